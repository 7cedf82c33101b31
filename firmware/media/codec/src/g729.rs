//! G.729 with Annexes A and B by libbcg729, which is looked for when a call first needs it.
//!
//! The library is under the GPL. It is no part of this program: it is loaded if the machine has it and this crate was built with the
//! feature `g729`; otherwise there is no G.729, and calls are offered the other codecs.

use crate::duration::{G729_FRAME, G729_SID};
use std::ffi::{CStr, c_void};
use std::ptr::NonNull;
use std::sync::OnceLock;

/// Samples of a frame: 10 ms.
pub(crate) const FRAME: usize = 80;

type Context = NonNull<c_void>;

/// The functions of the library, as its headers declare them (version 1.1).
struct Library {
    open_encoder: unsafe extern "C" fn(annex_b: u8) -> Option<Context>,
    close_encoder: unsafe extern "C" fn(Context),
    encode: unsafe extern "C" fn(Context, *const i16, *mut u8, *mut u8),
    open_decoder: unsafe extern "C" fn() -> Option<Context>,
    close_decoder: unsafe extern "C" fn(Context),
    decode: unsafe extern "C" fn(Context, *const u8, u8, u8, u8, u8, *mut i16),
}

/// The major version whose functions these are.
const NAME: &CStr = c"libbcg729.so.0";

impl Library {
    fn load() -> Option<Library> {
        // SAFETY: a constant name; the library has no constructors of its own.
        let handle = unsafe { libc::dlopen(NAME.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        let handle = NonNull::new(handle)?;
        let find = |name: &CStr| {
            // SAFETY: the handle is open, and stays so for as long as the process lives.
            NonNull::new(unsafe { libc::dlsym(handle.as_ptr(), name.as_ptr()) })
        };
        let open_encoder = find(c"initBcg729EncoderChannel")?.as_ptr();
        let close_encoder = find(c"closeBcg729EncoderChannel")?.as_ptr();
        let encode = find(c"bcg729Encoder")?.as_ptr();
        let open_decoder = find(c"initBcg729DecoderChannel")?.as_ptr();
        let close_decoder = find(c"closeBcg729DecoderChannel")?.as_ptr();
        let decode = find(c"bcg729Decoder")?.as_ptr();
        // SAFETY: these are the library's functions of these names; the types are those of its headers, which version 0 of its binary
        // interface promises to keep. A null context is `None`.
        unsafe {
            Some(Library {
                open_encoder: std::mem::transmute::<*mut c_void, unsafe extern "C" fn(u8) -> Option<Context>>(
                    open_encoder,
                ),
                close_encoder: std::mem::transmute::<*mut c_void, unsafe extern "C" fn(Context)>(close_encoder),
                encode: std::mem::transmute::<*mut c_void, unsafe extern "C" fn(Context, *const i16, *mut u8, *mut u8)>(
                    encode,
                ),
                open_decoder: std::mem::transmute::<*mut c_void, unsafe extern "C" fn() -> Option<Context>>(
                    open_decoder,
                ),
                close_decoder: std::mem::transmute::<*mut c_void, unsafe extern "C" fn(Context)>(close_decoder),
                decode: std::mem::transmute::<
                    *mut c_void,
                    unsafe extern "C" fn(Context, *const u8, u8, u8, u8, u8, *mut i16),
                >(decode),
            })
        }
    }
}

fn library() -> Option<&'static Library> {
    static LOADED: OnceLock<Option<Library>> = OnceLock::new();
    LOADED.get_or_init(Library::load).as_ref()
}

pub(crate) fn is_available() -> bool {
    library().is_some()
}

pub(crate) struct Encoder {
    library: &'static Library,
    context: Context,
}

// SAFETY: a context is plain memory of the library's; nothing of it belongs to a thread.
unsafe impl Send for Encoder {}

impl Encoder {
    pub(crate) fn new(annex_b: bool) -> Option<Encoder> {
        let library = library()?;
        // SAFETY: the function of the loaded library.
        let context = unsafe { (library.open_encoder)(annex_b.into()) }?;
        Some(Encoder { library, context })
    }

    /// Octets of the frame: ten of speech, two that describe silence, or none: the silence goes on as described.
    pub(crate) fn encode(&mut self, speech: &[i16; FRAME], coded: &mut [u8; G729_FRAME]) -> usize {
        let mut length = 0;
        // SAFETY: the context is ours; 80 samples are read, at most 10 octets and one length are written.
        unsafe { (self.library.encode)(self.context, speech.as_ptr(), coded.as_mut_ptr(), &mut length) };
        usize::from(length).min(G729_FRAME)
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: the context is ours and is used no more.
        unsafe { (self.library.close_encoder)(self.context) }
    }
}

pub(crate) struct Decoder {
    library: &'static Library,
    context: Context,
}

// SAFETY: as for the encoder.
unsafe impl Send for Decoder {}

impl Decoder {
    pub(crate) fn new() -> Option<Decoder> {
        let library = library()?;
        // SAFETY: the function of the loaded library.
        let context = unsafe { (library.open_decoder)() }?;
        Some(Decoder { library, context })
    }

    /// A frame of speech, a description of silence, or `None`: concealment after speech, comfort noise after silence (B.4.4).
    pub(crate) fn decode(&mut self, frame: Option<&[u8]>, speech: &mut [i16; FRAME]) {
        let octets = frame.unwrap_or_default();
        // The library reads ten octets of speech or two of a description.
        let mut bits = [0; G729_FRAME];
        let length = octets.len().min(G729_FRAME);
        bits[..length].copy_from_slice(&octets[..length]);
        let silence = u8::from(length == G729_SID);
        let lost = u8::from(frame.is_none());
        // SAFETY: the context is ours; at most ten octets are read, 80 samples are written.
        unsafe {
            (self.library.decode)(self.context, bits.as_ptr(), length as u8, lost, silence, 0, speech.as_mut_ptr());
        }
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: the context is ours and is used no more.
        unsafe { (self.library.close_decoder)(self.context) }
    }
}
