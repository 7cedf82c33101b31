use crate::ffi;
use facsimile::{Kind, Outcome, Report};
use std::collections::VecDeque;
use std::ffi::{CStr, CString, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::NonNull;

/// Samples heard and said at a time: 20 ms.
pub const BLOCK: usize = pcm::BLOCK;
/// More packets than this are not made between two looks; the library's own pacing makes two or three.
const MOST_WAITING: usize = 256;

/// How a conversation begins.
#[derive(Clone, Copy, Debug)]
pub struct Begin<'a> {
    pub kind: Kind,
    pub file: &'a Path,
    pub station: &'a str,
    pub header: &'a str,
    pub error_correction: bool,
}

/// An IFP packet to send, `times` times as one datagram (T.38 repeats what starts a signal).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Packet {
    pub ifp: Vec<u8>,
    pub times: u32,
}

/// What the library's calls back leave for us.
#[derive(Default)]
struct Desk {
    kind: Option<Kind>,
    agreed: bool,
    reports: VecDeque<Report>,
    packets: VecDeque<Packet>,
    ended: bool,
}

enum Engine {
    Sound(NonNull<ffi::FaxState>),
    Packets(NonNull<ffi::T38TerminalState>),
}

/// One fax conversation.
pub struct Terminal {
    engine: Engine,
    t30: NonNull<ffi::T30State>,
    /// From a box; the library's calls back have it, too. It is looked at only between calls of the library.
    desk: NonNull<Desk>,
}

impl Terminal {
    /// One that hears and speaks. `None`: no memory.
    pub fn by_sound(begin: &Begin<'_>) -> Option<Terminal> {
        // SAFETY: a null state asks the library to allocate one.
        let state = NonNull::new(unsafe { ffi::fax_init(std::ptr::null_mut(), calling(begin.kind)) })?;
        // SAFETY: the state is the one just made; its T.30 part lives as long.
        let t30 = unsafe {
            ffi::fax_set_transmit_on_idle(state.as_ptr(), 1);
            NonNull::new(ffi::fax_get_t30_state(state.as_ptr()))?
        };
        Some(Terminal::new(Engine::Sound(state), t30, desk(begin.kind), begin))
    }

    /// One that speaks T.38.
    pub fn by_packets(begin: &Begin<'_>) -> Option<Terminal> {
        let desk = desk(begin.kind);
        // SAFETY: a null state asks the library to allocate one; the desk lives until the terminal is dropped, after the state.
        let state = NonNull::new(unsafe {
            ffi::t38_terminal_init(std::ptr::null_mut(), calling(begin.kind), on_packet, desk.as_ptr().cast())
        })?;
        // SAFETY: the state is the one just made; its T.30 part lives as long.
        let t30 = NonNull::new(unsafe { ffi::t38_terminal_get_t30_state(state.as_ptr()) })?;
        Some(Terminal::new(Engine::Packets(state), t30, desk, begin))
    }

    fn new(engine: Engine, t30: NonNull<ffi::T30State>, desk: NonNull<Desk>, begin: &Begin<'_>) -> Terminal {
        let (t, user) = (t30.as_ptr(), desk.as_ptr().cast::<c_void>());
        let (station, header) = (text(begin.station.as_bytes()), text(begin.header.as_bytes()));
        let file = text(begin.file.as_os_str().as_bytes());
        // SAFETY: the state is alive; the library copies the strings; the desk outlives the state.
        unsafe {
            ffi::t30_set_tx_ident(t, station.as_ptr());
            if !begin.header.is_empty() {
                ffi::t30_set_tx_page_header_info(t, header.as_ptr());
            }
            ffi::t30_set_ecm_capability(t, c_int::from(begin.error_correction));
            ffi::t30_set_supported_modems(t, ffi::MODEMS);
            ffi::t30_set_supported_compressions(t, ffi::COMPRESSIONS);
            ffi::t30_set_supported_resolutions(t, ffi::RESOLUTIONS);
            ffi::t30_set_supported_image_sizes(t, ffi::SIZES);
            ffi::t30_set_rx_encoding(t, ffi::T4_COMPRESSION_ITU_T6);
            match begin.kind {
                Kind::Receive => ffi::t30_set_rx_file(t, file.as_ptr(), -1),
                Kind::Send => ffi::t30_set_tx_file(t, file.as_ptr(), -1, -1),
            }
            ffi::t30_set_phase_b_handler(t, on_phase_b, user);
            ffi::t30_set_phase_d_handler(t, on_phase_d, user);
            ffi::t30_set_phase_e_handler(t, on_phase_e, user);
        }
        Terminal { engine, t30, desk }
    }

    /// What the line says. Nothing, if this one speaks T.38.
    pub fn hear(&mut self, samples: &[i16; BLOCK]) {
        if let Engine::Sound(state) = self.engine {
            // The library writes into what it hears.
            let mut heard = *samples;
            // SAFETY: the buffer is as long as is said.
            unsafe { ffi::fax_rx(state.as_ptr(), heard.as_mut_ptr(), BLOCK as c_int) };
        }
    }

    /// A block was lost on the way: time goes on.
    pub fn miss(&mut self) {
        if let Engine::Sound(state) = self.engine {
            // SAFETY: the state is alive.
            unsafe { ffi::fax_rx_fillin(state.as_ptr(), BLOCK as c_int) };
        }
    }

    /// What it says to the line.
    pub fn say(&mut self) -> [i16; BLOCK] {
        let mut said = [0; BLOCK];
        if let Engine::Sound(state) = self.engine {
            // SAFETY: the buffer is as long as is said; the library may fill less, and the rest is silence.
            unsafe { ffi::fax_tx(state.as_ptr(), said.as_mut_ptr(), BLOCK as c_int) };
        }
        said
    }

    /// 20 ms went by: T.38's packets that are due are made.
    pub fn pass_time(&mut self) {
        if let Engine::Packets(state) = self.engine {
            // SAFETY: the state is alive.
            unsafe { ffi::t38_terminal_send_timeout(state.as_ptr(), BLOCK as c_int) };
        }
    }

    /// An IFP packet of the far end's.
    pub fn take_packet(&mut self, sequence: u16, ifp: &[u8]) {
        if let Engine::Packets(state) = self.engine {
            // SAFETY: the core's state is part of the terminal's; the packet is read only during the call.
            unsafe {
                let core = ffi::t38_terminal_get_t38_core_state(state.as_ptr());
                ffi::t38_core_rx_ifp_packet(core, ifp.as_ptr(), ifp.len() as c_int, sequence);
            }
        }
    }

    /// The call is gone: what was received is closed.
    pub fn hang_up(&mut self) {
        if !self.ended() {
            // SAFETY: the state is alive. The library reports phase E from here.
            unsafe { ffi::t30_terminate(self.t30.as_ptr()) };
        }
    }

    /// The next IFP packet to send.
    pub fn packet(&mut self) -> Option<Packet> {
        self.desk().packets.pop_front()
    }

    pub fn report(&mut self) -> Option<Report> {
        self.desk().reports.pop_front()
    }

    /// [`Report::Ended`] was made.
    pub fn ended(&mut self) -> bool {
        self.desk().ended
    }

    fn desk(&mut self) -> &mut Desk {
        // SAFETY: it came from a box that only `drop` takes back; the library does not run now, so that nobody else looks at it.
        unsafe { self.desk.as_mut() }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // SAFETY: each is freed once, the desk after who calls back with it.
        unsafe {
            match self.engine {
                Engine::Sound(state) => ffi::fax_free(state.as_ptr()),
                Engine::Packets(state) => ffi::t38_terminal_free(state.as_ptr()),
            };
            drop(Box::from_raw(self.desk.as_ptr()));
        }
    }
}

fn calling(kind: Kind) -> c_int {
    c_int::from(kind == Kind::Send)
}

fn desk(kind: Kind) -> NonNull<Desk> {
    NonNull::from(Box::leak(Box::new(Desk { kind: Some(kind), ..Desk::default() })))
}

/// Text for C, up to a zero in it.
fn text(octets: &[u8]) -> CString {
    let until = octets.iter().position(|octet| *octet == 0).unwrap_or(octets.len());
    CString::new(&octets[..until]).unwrap_or_default()
}

/// The desk behind a call back.
fn desk_of<'a>(user: *mut c_void) -> &'a mut Desk {
    // SAFETY: `user` is what was handed over with the handler: the desk of a terminal that lives, and which no one looks at while the library runs.
    unsafe { &mut *user.cast::<Desk>() }
}

fn statistics(t30: *mut ffi::T30State) -> ffi::T30Stats {
    let mut statistics = ffi::T30Stats::default();
    // SAFETY: the library fills in the structure of its header.
    unsafe { ffi::t30_get_transfer_statistics(t30, &raw mut statistics) };
    statistics
}

fn station(t30: *mut ffi::T30State) -> String {
    // SAFETY: null or a text that the library holds.
    let told = unsafe { ffi::t30_get_rx_ident(t30) };
    if told.is_null() { String::new() } else { lossless(told).trim().to_owned() }
}

fn lossless(text: *const std::ffi::c_char) -> String {
    // SAFETY: the caller has a text that ends with a zero.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// Phase B ends (T.30 5.1): both know what the other can.
extern "C" fn on_phase_b(t30: *mut ffi::T30State, user: *mut c_void, _result: c_int) -> c_int {
    let desk = desk_of(user);
    if !std::mem::replace(&mut desk.agreed, true) {
        let told = statistics(t30);
        desk.reports.push_back(Report::Agreed {
            station: station(t30),
            bits_a_second: told.bit_rate.max(0) as u32,
            error_correction: told.error_correcting_mode != 0,
        });
    }
    ffi::T30_ERR_OK
}

/// Phase D: a page is through.
extern "C" fn on_phase_d(t30: *mut ffi::T30State, user: *mut c_void, _result: c_int) -> c_int {
    let told = statistics(t30);
    let desk = desk_of(user);
    let number = if desk.kind == Some(Kind::Send) { told.pages_tx } else { told.pages_rx };
    desk.reports.push_back(Report::Page { number: number.max(0) as u32, bad_rows: told.bad_rows.max(0) as u32 });
    ffi::T30_ERR_OK
}

/// Phase E: all is over.
extern "C" fn on_phase_e(t30: *mut ffi::T30State, user: *mut c_void, code: c_int) {
    let told = statistics(t30);
    let desk = desk_of(user);
    let pages = if desk.kind == Some(Kind::Send) { told.pages_tx } else { told.pages_rx }.max(0) as u32;
    // SAFETY: the library's own constant text.
    let reason = lossless(unsafe { ffi::t30_completion_code_to_str(code) });
    let outcome = match code {
        ffi::T30_ERR_OK => Outcome::Complete,
        ffi::T30_ERR_CEDTONE | ffi::T30_ERR_T0_EXPIRED | ffi::T30_ERR_T1_EXPIRED if pages == 0 => {
            Outcome::NoFax { reason }
        }
        _ => Outcome::Broken { reason },
    };
    let bits_a_second = told.bit_rate.max(0) as u32;
    if !std::mem::replace(&mut desk.ended, true) {
        desk.reports.push_back(Report::Ended { outcome, pages, station: station(t30), bits_a_second });
    }
}

extern "C" fn on_packet(
    _core: *mut ffi::T38CoreState,
    user: *mut c_void,
    octets: *const u8,
    length: c_int,
    times: c_int,
) -> c_int {
    let desk = desk_of(user);
    if desk.packets.len() < MOST_WAITING && length > 0 && !octets.is_null() {
        // SAFETY: the library hands over so many octets, for the time of the call.
        let ifp = unsafe { std::slice::from_raw_parts(octets, length as usize) }.to_vec();
        desk.packets.push_back(Packet { ifp, times: times.clamp(1, 5) as u32 });
    }
    0
}
