//! What is used of spandsp 0.0.6: the names and types of its headers `fax.h`, `t30.h`, `t30_api.h`, `t38_terminal.h`, `t38_core.h`.

use std::ffi::{c_char, c_int, c_void};

#[repr(C)]
pub struct FaxState {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct T30State {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct T38TerminalState {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct T38CoreState {
    _opaque: [u8; 0],
}

/// `t30_stats_t`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct T30Stats {
    pub bit_rate: c_int,
    pub error_correcting_mode: c_int,
    pub pages_tx: c_int,
    pub pages_rx: c_int,
    pub pages_in_file: c_int,
    pub x_resolution: c_int,
    pub y_resolution: c_int,
    pub width: c_int,
    pub length: c_int,
    pub image_size: c_int,
    pub encoding: c_int,
    pub bad_rows: c_int,
    pub longest_bad_row_run: c_int,
    pub error_correcting_mode_retries: c_int,
    pub current_status: c_int,
}

pub const T30_ERR_OK: c_int = 0;
pub const T30_ERR_CEDTONE: c_int = 1;
pub const T30_ERR_T0_EXPIRED: c_int = 2;
pub const T30_ERR_T1_EXPIRED: c_int = 3;

/// V.27 ter, V.29, V.17.
pub const MODEMS: c_int = 0x01 | 0x02 | 0x04;
/// T.4 in one and two dimensions, T.6.
pub const COMPRESSIONS: c_int = 0x02 | 0x04 | 0x08;
/// Standard, fine, superfine; 8 columns a millimetre.
pub const RESOLUTIONS: c_int = 0x01 | 0x02 | 0x04 | 0x20000;
/// A4, B4 and A3 wide, any length.
pub const SIZES: c_int = 0x01 | 0x02 | 0x04 | 0x10000 | 0x20000 | 0x40000;
/// Files are made in T.6.
pub const T4_COMPRESSION_ITU_T6: c_int = 3;

pub type PhaseHandler = extern "C" fn(*mut T30State, *mut c_void, c_int) -> c_int;
pub type PhaseEHandler = extern "C" fn(*mut T30State, *mut c_void, c_int);
pub type PacketHandler = extern "C" fn(*mut T38CoreState, *mut c_void, *const u8, c_int, c_int) -> c_int;

#[link(name = "spandsp")]
unsafe extern "C" {
    pub fn fax_init(s: *mut FaxState, calling_party: c_int) -> *mut FaxState;
    pub fn fax_free(s: *mut FaxState) -> c_int;
    pub fn fax_rx(s: *mut FaxState, amp: *mut i16, len: c_int) -> c_int;
    pub fn fax_rx_fillin(s: *mut FaxState, len: c_int) -> c_int;
    pub fn fax_tx(s: *mut FaxState, amp: *mut i16, max_len: c_int) -> c_int;
    pub fn fax_set_transmit_on_idle(s: *mut FaxState, transmit_on_idle: c_int);
    pub fn fax_get_t30_state(s: *mut FaxState) -> *mut T30State;

    pub fn t38_terminal_init(
        s: *mut T38TerminalState,
        calling_party: c_int,
        tx_packet_handler: PacketHandler,
        tx_packet_user_data: *mut c_void,
    ) -> *mut T38TerminalState;
    pub fn t38_terminal_free(s: *mut T38TerminalState) -> c_int;
    pub fn t38_terminal_send_timeout(s: *mut T38TerminalState, samples: c_int) -> c_int;
    pub fn t38_terminal_get_t30_state(s: *mut T38TerminalState) -> *mut T30State;
    pub fn t38_terminal_get_t38_core_state(s: *mut T38TerminalState) -> *mut T38CoreState;
    pub fn t38_core_rx_ifp_packet(s: *mut T38CoreState, buf: *const u8, len: c_int, seq_no: u16) -> c_int;

    pub fn t30_set_tx_ident(s: *mut T30State, id: *const c_char) -> c_int;
    pub fn t30_set_tx_page_header_info(s: *mut T30State, info: *const c_char) -> c_int;
    pub fn t30_set_rx_file(s: *mut T30State, file: *const c_char, stop_page: c_int);
    pub fn t30_set_tx_file(s: *mut T30State, file: *const c_char, start_page: c_int, stop_page: c_int);
    pub fn t30_set_rx_encoding(s: *mut T30State, encoding: c_int) -> c_int;
    pub fn t30_set_ecm_capability(s: *mut T30State, enabled: c_int) -> c_int;
    pub fn t30_set_supported_modems(s: *mut T30State, modems: c_int) -> c_int;
    pub fn t30_set_supported_compressions(s: *mut T30State, compressions: c_int) -> c_int;
    pub fn t30_set_supported_resolutions(s: *mut T30State, resolutions: c_int) -> c_int;
    pub fn t30_set_supported_image_sizes(s: *mut T30State, sizes: c_int) -> c_int;
    pub fn t30_set_phase_b_handler(s: *mut T30State, handler: PhaseHandler, user_data: *mut c_void);
    pub fn t30_set_phase_d_handler(s: *mut T30State, handler: PhaseHandler, user_data: *mut c_void);
    pub fn t30_set_phase_e_handler(s: *mut T30State, handler: PhaseEHandler, user_data: *mut c_void);
    pub fn t30_get_rx_ident(s: *mut T30State) -> *const c_char;
    pub fn t30_get_transfer_statistics(s: *mut T30State, t: *mut T30Stats);
    pub fn t30_completion_code_to_str(result: c_int) -> *const c_char;
    pub fn t30_terminate(s: *mut T30State);
}
