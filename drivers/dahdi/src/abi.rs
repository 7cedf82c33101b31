//! What crosses the kernel's edge, as DAHDI 2.11 lays it out: request numbers, structures, constants. x86-64 and arm64 agree on all of them.
//!
//! Names follow the kernel's header (`dahdi/user.h`), so that the two can be laid side by side.

use nix::{request_code_read, request_code_readwrite, request_code_write};
use std::mem::size_of;

/// The letter of all requests.
const CODE: u8 = 0xda;

/// Length of the name of an echo canceller, and of a network device.
pub(crate) const SHORT_NAME: usize = 16;

/// The kernel queues at most so many buffers a channel.
pub(crate) const MAX_BUFFERS: usize = 32;

/// And they hold at most so many octets together.
pub(crate) const MAX_BUFFER_SPACE: usize = 32768;

/// Steps of a ringing cadence.
pub(crate) const CADENCE: usize = 16;

/// The pending event that makes read and write fail.
pub(crate) const ELAST: i32 = 500;

/// `struct dahdi_params`
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Params {
    pub channo: i32,
    pub spanno: i32,
    pub chanpos: i32,
    pub sigtype: i32,
    pub sigcap: i32,
    pub rxisoffhook: i32,
    pub rxbits: i32,
    pub txbits: i32,
    pub txhooksig: i32,
    pub rxhooksig: i32,
    pub curlaw: i32,
    pub idlebits: i32,
    pub name: [u8; 40],
    pub prewinktime: i32,
    pub preflashtime: i32,
    pub winktime: i32,
    pub flashtime: i32,
    pub starttime: i32,
    pub rxwinktime: i32,
    pub rxflashtime: i32,
    pub debouncetime: i32,
    pub pulsebreaktime: i32,
    pub pulsemaketime: i32,
    pub pulseaftertime: i32,
    pub chan_alarms: u32,
}

/// `struct dahdi_spaninfo`
#[derive(Clone, Copy, Debug)]
#[repr(C, packed)]
pub(crate) struct SpanInfo {
    pub spanno: i32,
    pub name: [u8; 20],
    pub desc: [u8; 40],
    pub alarms: i32,
    pub txlevel: i32,
    pub rxlevel: i32,
    pub bpvcount: i32,
    pub crc4count: i32,
    pub ebitcount: i32,
    pub fascount: i32,
    pub fecount: u32,
    pub cvcount: u32,
    pub becount: u32,
    pub prbs: u32,
    pub errsec: u32,
    pub irqmisses: i32,
    pub syncsrc: i32,
    pub numchans: i32,
    pub totalchans: i32,
    pub totalspans: i32,
    pub lbo: i32,
    pub lineconfig: i32,
    pub lboname: [u8; 40],
    pub location: [u8; 40],
    pub manufacturer: [u8; 40],
    pub devicetype: [u8; 40],
    pub irq: i32,
    pub linecompat: i32,
    pub spantype: [u8; 6],
}

/// `struct dahdi_lineconfig`
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct LineConfig {
    pub span: i32,
    pub name: [u8; 20],
    pub lbo: i32,
    pub lineconfig: i32,
    pub sync: i32,
}

/// `struct dahdi_chanconfig`
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct ChanConfig {
    pub chan: i32,
    pub name: [u8; 40],
    pub sigtype: i32,
    pub deflaw: i32,
    pub master: i32,
    /// Idle bits of a CAS channel, or the channel to listen to of one that is cross-connected.
    pub idlebits: i32,
    pub netdev_name: [u8; SHORT_NAME],
}

/// `struct dahdi_bufferinfo`
#[derive(Clone, Copy, Default, Debug)]
#[repr(C)]
pub(crate) struct BufferInfo {
    pub txbufpolicy: i32,
    pub rxbufpolicy: i32,
    pub numbufs: i32,
    pub bufsize: i32,
    pub readbufs: i32,
    pub writebufs: i32,
}

/// `struct dahdi_maintinfo`
#[derive(Clone, Copy, Default, Debug)]
#[repr(C)]
pub(crate) struct MaintInfo {
    pub spanno: i32,
    pub command: i32,
}

/// `struct dahdi_confinfo`
#[derive(Clone, Copy, Default, Debug)]
#[repr(C)]
pub(crate) struct ConfInfo {
    pub chan: i32,
    pub confno: i32,
    pub confmode: i32,
}

/// `struct dahdi_gains`
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Gains {
    pub chan: i32,
    pub rxgain: [u8; 256],
    pub txgain: [u8; 256],
}

/// `struct dahdi_dynamic_span`
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct DynamicSpan {
    pub driver: [u8; 20],
    pub addr: [u8; 40],
    pub numchans: i32,
    pub timing: i32,
    pub spanno: i32,
}

/// `struct dahdi_attach_echocan`
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct AttachEchocan {
    pub chan: i32,
    pub echocan: [u8; SHORT_NAME],
}

/// `struct dahdi_versioninfo`
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct VersionInfo {
    pub version: [u8; 80],
    pub echo_canceller: [u8; 80],
}

/// `struct dahdi_ring_cadence`
#[derive(Clone, Copy, Default, Debug)]
#[repr(C)]
pub(crate) struct RingCadence {
    pub ringcadence: [i32; CADENCE],
}

/// `struct dahdi_tone_def_header`, with no tones behind it: we make tones ourselves, only the cadence of ringing is the kernel's.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct ToneZone {
    pub count: i32,
    pub zone: i32,
    pub ringcadence: [i32; CADENCE],
    pub name: [u8; 40],
}

/// `struct dahdi_dialoperation`
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct DialOperation {
    pub op: i32,
    pub dialstr: [u8; 256],
}

/// A structure whose every pattern of bits is a value, so that the kernel may write it.
pub(crate) trait Plain: Copy {}

macro_rules! plain {
    ($($name:ty),*) => { $(impl Plain for $name {})* };
}

plain!(
    i32,
    Params,
    SpanInfo,
    LineConfig,
    ChanConfig,
    BufferInfo,
    MaintInfo,
    ConfInfo,
    Gains,
    DynamicSpan,
    AttachEchocan,
    VersionInfo,
    RingCadence,
    ToneZone,
    DialOperation
);

/// A request and the type of what goes with it.
#[derive(Debug)]
pub(crate) struct Request<T> {
    pub code: u64,
    pub name: &'static str,
    kind: std::marker::PhantomData<T>,
}

impl<T: Plain> Request<T> {
    const fn read(number: u8, name: &'static str) -> Request<T> {
        Request { code: request_code_read!(CODE, number, size_of::<T>()), name, kind: std::marker::PhantomData }
    }

    const fn write(number: u8, name: &'static str) -> Request<T> {
        Request { code: request_code_write!(CODE, number, size_of::<T>()), name, kind: std::marker::PhantomData }
    }

    const fn both(number: u8, name: &'static str) -> Request<T> {
        Request { code: request_code_readwrite!(CODE, number, size_of::<T>()), name, kind: std::marker::PhantomData }
    }
}

pub(crate) const SET_BLOCKSIZE: Request<i32> = Request::write(1, "SET_BLOCKSIZE");
pub(crate) const FLUSH: Request<i32> = Request::write(3, "FLUSH");
pub(crate) const GET_PARAMS: Request<Params> = Request::both(5, "GET_PARAMS");
pub(crate) const SET_PARAMS: Request<Params> = Request::write(5, "SET_PARAMS");
pub(crate) const HOOK: Request<i32> = Request::write(7, "HOOK");
pub(crate) const GETEVENT: Request<i32> = Request::read(8, "GETEVENT");
pub(crate) const SPANSTAT: Request<SpanInfo> = Request::both(10, "SPANSTAT");
pub(crate) const MAINT: Request<MaintInfo> = Request::write(11, "MAINT");
pub(crate) const GETCONF: Request<ConfInfo> = Request::both(12, "GETCONF");
pub(crate) const SETCONF: Request<ConfInfo> = Request::both(13, "SETCONF");
pub(crate) const SETGAINS: Request<Gains> = Request::write(16, "SETGAINS");
pub(crate) const SPANCONFIG: Request<LineConfig> = Request::write(18, "SPANCONFIG");
pub(crate) const CHANCONFIG: Request<ChanConfig> = Request::write(19, "CHANCONFIG");
pub(crate) const DEFAULTZONE: Request<i32> = Request::write(24, "DEFAULTZONE");
pub(crate) const LOADZONE: Request<ToneZone> = Request::write(25, "LOADZONE");
pub(crate) const FREEZONE: Request<i32> = Request::write(26, "FREEZONE");
pub(crate) const GET_BUFINFO: Request<BufferInfo> = Request::read(27, "GET_BUFINFO");
pub(crate) const SET_BUFINFO: Request<BufferInfo> = Request::write(27, "SET_BUFINFO");
pub(crate) const DIAL: Request<DialOperation> = Request::write(31, "DIAL");
pub(crate) const AUDIOMODE: Request<i32> = Request::write(32, "AUDIOMODE");
pub(crate) const ECHOCANCEL: Request<i32> = Request::write(33, "ECHOCANCEL");
pub(crate) const HDLCFCSMODE: Request<i32> = Request::write(37, "HDLCFCSMODE");
pub(crate) const SPECIFY: Request<i32> = Request::write(38, "SPECIFY");
pub(crate) const SETLAW: Request<i32> = Request::write(39, "SETLAW");
pub(crate) const SETCADENCE: Request<RingCadence> = Request::write(42, "SETCADENCE");
pub(crate) const GETRXBITS: Request<i32> = Request::read(43, "GETRXBITS");
pub(crate) const SETTXBITS: Request<i32> = Request::write(43, "SETTXBITS");
pub(crate) const ECHOTRAIN: Request<i32> = Request::write(50, "ECHOTRAIN");
pub(crate) const ONHOOKTRANSFER: Request<i32> = Request::write(51, "ONHOOKTRANSFER");
pub(crate) const GETVERSION: Request<VersionInfo> = Request::read(57, "GETVERSION");
pub(crate) const LOOPBACK: Request<i32> = Request::write(58, "LOOPBACK");
pub(crate) const ATTACH_ECHOCAN: Request<AttachEchocan> = Request::write(59, "ATTACH_ECHOCAN");
pub(crate) const DYNAMIC_CREATE: Request<DynamicSpan> = Request::both(80, "DYNAMIC_CREATE");
pub(crate) const DYNAMIC_DESTROY: Request<DynamicSpan> = Request::write(81, "DYNAMIC_DESTROY");
pub(crate) const SETPOLARITY: Request<i32> = Request::write(92, "SETPOLARITY");
pub(crate) const VMWI: Request<i32> = Request::both(94, "VMWI");
pub(crate) const STARTUP: Request<i32> = Request::write(99, "STARTUP");
pub(crate) const SHUTDOWN: Request<i32> = Request::write(100, "SHUTDOWN");
pub(crate) const ECHOCANCEL_FAX_MODE: Request<i32> = Request::write(102, "ECHOCANCEL_FAX_MODE");
pub(crate) const BUFFER_EVENTS: Request<i32> = Request::write(105, "BUFFER_EVENTS");

/// Text as the kernel wants it: cut so that a zero ends it.
pub(crate) fn text<const N: usize>(words: &str) -> [u8; N] {
    let mut field = [0; N];
    let fits = words.len().min(N - 1);
    field[..fits].copy_from_slice(&words.as_bytes()[..fits]);
    field
}

/// Text as the kernel gives it: up to the zero, or the whole field.
pub(crate) fn words(field: &[u8]) -> String {
    let end = field.iter().position(|octet| *octet == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a C program prints for the header of DAHDI 2.11.1 on x86-64.
    #[test]
    fn request_numbers_are_the_kernels() {
        let expected: [(u64, u64, &str); 25] = [
            (SPECIFY.code, 0x4004_da26, SPECIFY.name),
            (SET_BLOCKSIZE.code, 0x4004_da01, SET_BLOCKSIZE.name),
            (SET_BUFINFO.code, 0x4018_da1b, SET_BUFINFO.name),
            (GET_PARAMS.code, 0xc088_da05, GET_PARAMS.name),
            (SPANSTAT.code, 0xc13a_da0a, SPANSTAT.name),
            (GETEVENT.code, 0x8004_da08, GETEVENT.name),
            (HOOK.code, 0x4004_da07, HOOK.name),
            (SETTXBITS.code, 0x4004_da2b, SETTXBITS.name),
            (GETRXBITS.code, 0x8004_da2b, GETRXBITS.name),
            (AUDIOMODE.code, 0x4004_da20, AUDIOMODE.name),
            (SETLAW.code, 0x4004_da27, SETLAW.name),
            (FLUSH.code, 0x4004_da03, FLUSH.name),
            (DYNAMIC_CREATE.code, 0xc048_da50, DYNAMIC_CREATE.name),
            (CHANCONFIG.code, 0x404c_da13, CHANCONFIG.name),
            (SPANCONFIG.code, 0x4024_da12, SPANCONFIG.name),
            (STARTUP.code, 0x4004_da63, STARTUP.name),
            (DIAL.code, 0x4104_da1f, DIAL.name),
            (SETCONF.code, 0xc00c_da0d, SETCONF.name),
            (GETVERSION.code, 0x80a0_da39, GETVERSION.name),
            (ATTACH_ECHOCAN.code, 0x4014_da3b, ATTACH_ECHOCAN.name),
            (LOADZONE.code, 0x4070_da19, LOADZONE.name),
            (SETCADENCE.code, 0x4040_da2a, SETCADENCE.name),
            (MAINT.code, 0x4008_da0b, MAINT.name),
            (SETGAINS.code, 0x4204_da10, SETGAINS.name),
            (VMWI.code, 0xc004_da5e, VMWI.name),
        ];
        for (ours, kernels, name) in expected {
            assert_eq!(ours, kernels, "{name}: {ours:x}, not {kernels:x}");
        }
    }

    #[test]
    fn structures_have_the_kernels_sizes() {
        assert_eq!(size_of::<Params>(), 136);
        assert_eq!(size_of::<BufferInfo>(), 24);
        assert_eq!(size_of::<DynamicSpan>(), 72);
        assert_eq!(size_of::<ChanConfig>(), 76);
        assert_eq!(size_of::<LineConfig>(), 36);
        assert_eq!(size_of::<SpanInfo>(), 314);
        assert_eq!(size_of::<DialOperation>(), 260);
    }

    #[test]
    fn text_is_cut_and_ended() {
        assert_eq!(&text::<4>("loc"), b"loc\0");
        assert_eq!(&text::<4>("local"), b"loc\0");
        assert_eq!(words(b"E1\0junk"), "E1");
        assert_eq!(words(b"full"), "full");
    }
}
