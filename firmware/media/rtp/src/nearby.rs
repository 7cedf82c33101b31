//! Memory that will be needed soon is asked for now: at a thousand calls it is in no near cache, and packets of other calls are moved meanwhile.

/// Octets of a cache's line.
const LINE: usize = 64;

/// Brings the first `lines` lines of a value near. It is a hint: it changes nothing, on other processors it does nothing.
#[inline]
pub fn bring_near<T: ?Sized>(value: &T, lines: usize) {
    let begin = std::ptr::from_ref(value).cast::<i8>();
    for line in 0..lines.min(size_of_val(value).div_ceil(LINE)) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a hint that faults on no address; these are inside a value that is borrowed.
        unsafe {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            _mm_prefetch::<_MM_HINT_T0>(begin.add(line * LINE));
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _unused = (begin, line);
    }
}
