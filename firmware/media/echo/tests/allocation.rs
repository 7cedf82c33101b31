//! A canceller never touches the heap once it is made: an allocator that counts stands in for the system's.

use echo::{Canceller, Settings};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use two_wire::{css, near_css};

struct Counting;

thread_local! {
    /// Of this thread alone: the test harness has others.
    static TOUCHED: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: everything is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TOUCHED.set(TOUCHED.get() + 1);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        TOUCHED.set(TOUCHED.get() + 1);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Learning, double talk, a change of settings and another call: all in the memory it had from the beginning.
#[test]
fn the_tick_does_not_allocate() {
    let (far, mut near) = (css(-10.0, 2000, 1), near_css(-15.0, 2000, 2));
    let mut canceller = Canceller::new(Settings::default());
    let before = TOUCHED.get();
    for (far, near) in far.chunks(40).zip(near.chunks_mut(40)) {
        canceller.process(far, near);
    }
    canceller.set(Settings { learn: false, ..Settings::default() });
    canceller.reset();
    canceller.process(&far[..160], &mut near[..160]);
    assert_eq!(TOUCHED.get(), before);
}
