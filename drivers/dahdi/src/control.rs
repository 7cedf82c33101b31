//! The control node: spans and channels are set up here, before anybody opens them.

use crate::abi::{
    self, AttachEchocan, ChanConfig, DynamicSpan, LineConfig, MaintInfo, Plain, Request, SpanInfo, ToneZone,
};
use crate::error::{Error, Subject};
use crate::ioctl;
use crate::signalling::{E1Line, Law, Signalling};
use crate::span::{ChannelNumber, SpanNumber, SpanStatus, slips_of};
use std::fs::{File, OpenOptions};
use std::os::fd::AsFd;

const NODE: &str = "/dev/dahdi/ctl";

/// Where the driver tells what a request cannot ask.
const SPANS_TOLD: &str = "/sys/bus/dahdi_spans/devices";

/// Spans that the kernel has at most.
const SPANS: u16 = 128;

/// The zone of tones under which our cadence of ringing is kept.
const ZONE: i32 = 0;

/// A span that exists because a program asks for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dynamic {
    /// `loc` in software, `eth` over Ethernet.
    pub driver: String,
    /// `loc`: key and number, one hexadecimal digit each (`1:0` meets `1:1`). `eth`: interface, address and sub-address.
    pub address: String,
    pub channels: u16,
    /// 0: clocked by us; 1 and more: it is a clock, best first.
    pub clock_priority: u8,
}

impl Dynamic {
    fn encode(&self) -> DynamicSpan {
        DynamicSpan {
            driver: abi::text(&self.driver),
            addr: abi::text(&self.address),
            numchans: i32::from(self.channels),
            timing: i32::from(self.clock_priority),
            spanno: 0,
        }
    }

    fn subject(&self) -> Subject {
        Subject::Dynamic(format!("{},{}", self.driver, self.address))
    }
}

/// What maintenance does with a span.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Maintenance {
    /// Back to service.
    None,
    /// What we send comes back to us, inside the card.
    LocalLoop,
    /// What the line brings goes back to the line as it is.
    RemoteLoop,
    /// The same behind the framer: the far end's frames are made anew.
    PayloadLoop,
    /// The card sends and checks a pseudo-random pattern.
    BitErrorTest,
    ResetCounts,
}

impl Maintenance {
    fn raw(self) -> i32 {
        match self {
            Maintenance::None => 0,
            Maintenance::LocalLoop => 1,
            Maintenance::RemoteLoop => 2,
            Maintenance::PayloadLoop => 13,
            Maintenance::BitErrorTest => 12,
            Maintenance::ResetCounts => 14,
        }
    }
}

/// The control node, open.
#[derive(Debug)]
pub struct Control {
    node: File,
}

impl Control {
    pub fn open() -> Result<Control, Error> {
        let node = OpenOptions::new().read(true).write(true).open(NODE).map_err(Error::NotLoaded)?;
        Ok(Control { node })
    }

    /// The driver's version.
    pub fn version(&self) -> Result<String, Error> {
        let mut info = abi::VersionInfo { version: [0; 80], echo_canceller: [0; 80] };
        self.ask(Subject::Interface, &abi::GETVERSION, &mut info)?;
        Ok(abi::words(&info.version))
    }

    /// Every span there is, in the order of their numbers.
    pub fn spans(&self) -> Result<Vec<SpanStatus>, Error> {
        let mut found = Vec::new();
        for number in 1..=SPANS {
            match self.status(SpanNumber(number)) {
                Ok(status) => found.push(status),
                Err(Error::Refused { .. } | Error::Absent(_)) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(found)
    }

    /// A span with everything that is known of it: its slips and its place on the card come from files of their own.
    pub fn status(&self, span: SpanNumber) -> Result<SpanStatus, Error> {
        let mut status = self.quick_status(span)?;
        // Absent without procfs: the other counts still hold.
        if let Ok(text) = std::fs::read_to_string(format!("/proc/dahdi/{}", span.0)) {
            status.counts.slips = slips_of(&text);
        }
        status.on_card = told(span, "local_spanno").unwrap_or(0);
        Ok(status)
    }

    /// A span without its count of slips and place: one request, for who asks often.
    pub fn quick_status(&self, span: SpanNumber) -> Result<SpanStatus, Error> {
        let mut info = SpanInfo {
            spanno: span.raw(),
            name: [0; 20],
            desc: [0; 40],
            alarms: 0,
            txlevel: 0,
            rxlevel: 0,
            bpvcount: 0,
            crc4count: 0,
            ebitcount: 0,
            fascount: 0,
            fecount: 0,
            cvcount: 0,
            becount: 0,
            prbs: 0,
            errsec: 0,
            irqmisses: 0,
            syncsrc: 0,
            numchans: 0,
            totalchans: 0,
            totalspans: 0,
            lbo: 0,
            lineconfig: 0,
            lboname: [0; 40],
            location: [0; 40],
            manufacturer: [0; 40],
            devicetype: [0; 40],
            irq: 0,
            linecompat: 0,
            spantype: [0; 6],
        };
        self.ask(Subject::Span(span.0), &abi::SPANSTAT, &mut info)?;
        Ok(SpanStatus::decode(&info))
    }

    /// The number of a span's first channel: as the driver tells it, or counted through where it does not.
    pub fn first_channel(&self, span: SpanNumber) -> Result<ChannelNumber, Error> {
        if let Some(first) = told(span, "basechan") {
            return Ok(ChannelNumber(first));
        }
        let before: u16 = self.spans()?.iter().filter(|other| other.number < span).map(|other| other.channels).sum();
        Ok(ChannelNumber(before + 1))
    }

    /// Sets framing, coding and the order among clocks. To be followed by [`Control::start`].
    pub fn configure_line(&self, span: SpanNumber, line: E1Line) -> Result<(), Error> {
        let mut config = LineConfig {
            span: span.raw(),
            name: [0; 20],
            lbo: 0,
            lineconfig: line.bits(),
            sync: i32::from(line.clock_priority),
        };
        self.ask(Subject::Span(span.0), &abi::SPANCONFIG, &mut config)
    }

    /// Brings a span up: its line is driven, its alarms are watched.
    pub fn start(&self, span: SpanNumber) -> Result<(), Error> {
        self.ask(Subject::Span(span.0), &abi::STARTUP, &mut span.raw())
    }

    pub fn shut_down(&self, span: SpanNumber) -> Result<(), Error> {
        self.ask(Subject::Span(span.0), &abi::SHUTDOWN, &mut span.raw())
    }

    /// Sets a channel's signalling and law. Nobody may have it open.
    pub fn configure_channel(&self, channel: ChannelNumber, signalling: Signalling, law: Law) -> Result<(), Error> {
        let mut config = ChanConfig {
            chan: channel.raw(),
            name: [0; 40],
            sigtype: signalling.kind(),
            deflaw: law.raw(),
            master: channel.raw(),
            idlebits: signalling.idle_or_source(),
            netdev_name: [0; abi::SHORT_NAME],
        };
        self.ask(Subject::Channel(channel.0), &abi::CHANCONFIG, &mut config)
    }

    /// Chooses the echo canceller that a channel takes when it asks for one (`mg2`, `oslec`, a card's own `hwec`). None: none.
    pub fn attach_echo_canceller(&self, channel: ChannelNumber, name: Option<&str>) -> Result<(), Error> {
        let mut attach = AttachEchocan { chan: channel.raw(), echocan: abi::text(name.unwrap_or_default()) };
        self.ask(Subject::Channel(channel.0), &abi::ATTACH_ECHOCAN, &mut attach)
    }

    /// Makes a dynamic span; the kernel numbers it.
    pub fn create(&self, dynamic: &Dynamic) -> Result<SpanNumber, Error> {
        let mut made = dynamic.encode();
        self.ask(dynamic.subject(), &abi::DYNAMIC_CREATE, &mut made)?;
        u16::try_from(made.spanno).map(SpanNumber).map_err(|_| Error::Absent(dynamic.subject()))
    }

    /// Takes a dynamic span away. None of its channels may be open.
    pub fn destroy(&self, dynamic: &Dynamic) -> Result<(), Error> {
        self.ask(dynamic.subject(), &abi::DYNAMIC_DESTROY, &mut dynamic.encode())
    }

    pub fn maintain(&self, span: SpanNumber, maintenance: Maintenance) -> Result<(), Error> {
        let mut info = MaintInfo { spanno: span.raw(), command: maintenance.raw() };
        self.ask(Subject::Span(span.0), &abi::MAINT, &mut info)
    }

    /// Gives the kernel a cadence of ringing, in milliseconds of ring and rest by turns. It refuses to ring before it has one.
    /// Tones it needs none: we make our own.
    pub fn set_ringing(&self, cadence: &[u16]) -> Result<(), Error> {
        let mut zone = ToneZone { count: 0, zone: ZONE, ringcadence: ringing(cadence), name: abi::text("fastcall") };
        // A zone may be there from an earlier start: the kernel does not replace one.
        match self.ask(Subject::Interface, &abi::FREEZONE, &mut ZONE.clone()) {
            Ok(()) | Err(Error::Refused { .. } | Error::Absent(_) | Error::Busy(_) | Error::Fault { .. }) => {}
            Err(other) => return Err(other),
        }
        match self.ask(Subject::Interface, &abi::LOADZONE, &mut zone) {
            Ok(()) | Err(Error::Busy(_)) => {}
            Err(other) => return Err(other),
        }
        self.ask(Subject::Interface, &abi::DEFAULTZONE, &mut ZONE.clone())
    }

    fn ask<T: Plain>(&self, subject: Subject, request: &Request<T>, argument: &mut T) -> Result<(), Error> {
        match ioctl::request(self.node.as_fd(), request, argument) {
            Ok(_) => Ok(()),
            Err(cause) => Err(Error::of(subject, request.name, cause)),
        }
    }
}

/// A number that the driver tells of a span beside its requests.
fn told(span: SpanNumber, what: &str) -> Option<u16> {
    std::fs::read_to_string(format!("{SPANS_TOLD}/span-{}/{what}", span.0)).ok()?.trim().parse().ok()
}

pub(crate) fn ringing(cadence: &[u16]) -> [i32; abi::CADENCE] {
    let mut steps = [0; abi::CADENCE];
    for (step, duration) in steps.iter_mut().zip(cadence) {
        *step = i32::from(*duration);
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dynamic_span_is_written_as_the_kernel_reads_it() {
        let dynamic = Dynamic { driver: "loc".into(), address: "1:0".into(), channels: 31, clock_priority: 0 };
        let encoded = dynamic.encode();
        assert_eq!(&encoded.driver[..4], b"loc\0");
        assert_eq!(&encoded.addr[..4], b"1:0\0");
        assert_eq!((encoded.numchans, encoded.timing, encoded.spanno), (31, 0, 0));
    }

    #[test]
    fn a_cadence_too_long_is_cut() {
        assert_eq!(&ringing(&[1000, 4000])[..3], &[1000, 4000, 0]);
        assert_eq!(ringing(&[7; 40]), [7; abi::CADENCE]);
    }
}
