//! The thread on real sockets of the loopback interface, for a second each.

use graph::{Engine, Limits, connect};
use identity::{CircuitId, LegId, SpanId};
use media_io::{CardIo, MediaIo, NoCards, Running, Wiring};
use plan::{Codec, Hears, Law, MediaIndication, MediaRequest, Plan, Port, RtpSession, Tone};
use rtp::{Header, Packet};
use rtrb::{Consumer, Producer, RingBuffer};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

struct Machine {
    requests: Producer<MediaRequest>,
    indications: Consumer<MediaIndication>,
    running: Running,
    notified: Arc<AtomicU64>,
}

impl Machine {
    fn start(cards: impl CardIo) -> Machine {
        Machine::bound(HOME, cards)
    }

    fn bound(bind: IpAddr, cards: impl CardIo) -> Machine {
        let limits = Limits::default();
        let (ends, _loader, _recorder) = connect(&limits);
        let (requests, queue) = RingBuffer::new(256);
        let (indicate, indications) = RingBuffer::new(256);
        let notified = Arc::new(AtomicU64::new(0));
        let counter = notified.clone();
        let notify = Box::new(move || counter.store(1, Ordering::Relaxed));
        let wiring = Wiring { requests: queue, indications: indicate, notify, wake_loader: Box::new(|| {}) };
        let media = MediaIo::new(bind, Engine::new(limits, ends), wiring, cards).expect("sockets");
        Machine { requests, indications, running: media.spawn().expect("a thread"), notified }
    }

    fn request(&mut self, request: MediaRequest) {
        self.requests.push(request).expect("room");
    }

    /// A free pair of ports: found by binding them, then letting go.
    fn phone(&mut self, leg: u64, law: Law) -> (UdpSocket, SocketAddr) {
        self.phone_seen(leg, law, |own| own)
    }

    /// A phone whose SDP says what `said` makes of its address.
    fn phone_seen(&mut self, leg: u64, law: Law, said: fn(SocketAddr) -> SocketAddr) -> (UdpSocket, SocketAddr) {
        self.phone_at(HOME, leg, law, said)
    }

    fn phone_at(
        &mut self,
        home: IpAddr,
        leg: u64,
        law: Law,
        said: fn(SocketAddr) -> SocketAddr,
    ) -> (UdpSocket, SocketAddr) {
        let phone = UdpSocket::bind((home, 0)).expect("a port");
        phone.set_read_timeout(Some(Duration::from_millis(500))).expect("a timeout");
        let local_port = free_pair();
        self.request(MediaRequest::Open { leg: LegId(leg), port: Port::Rtp { local_port } });
        let rtp = RtpSession {
            remote: said(phone.local_addr().expect("bound")),
            codec: Codec::G711(law),
            payload_type: if law == Law::A { 8 } else { 0 },
            event_payload_type: None,
            event_khz: 8,
            packet_millis: 20,
            send: true,
            receive: true,
        };
        self.request(MediaRequest::Negotiated { leg: LegId(leg), rtp });
        (phone, SocketAddr::new(home, local_port))
    }

    fn hears(&mut self, leg: u64, hears: Hears) {
        self.request(MediaRequest::Plan { leg: LegId(leg), plan: Plan { hears, ..Plan::default() } });
    }
}

fn free_pair() -> u16 {
    let free = |port: &u16| UdpSocket::bind((HOME, *port)).is_ok() && UdpSocket::bind((HOME, *port + 1)).is_ok();
    let first = 20_000 + (std::process::id() % 10_000) as u16 * 2;
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let next = || first.wrapping_add(NEXT.fetch_add(2, Ordering::Relaxed) as u16) | 0x4000;
    std::iter::repeat_with(|| next() & !1).find(free).expect("a free pair")
}

/// A phone hears a tone: fifty packets a second from the port it was told, and none after the leg is closed.
#[test]
fn a_phone_hears_the_box() {
    let mut machine = Machine::start(NoCards);
    let (phone, port) = machine.phone(1, Law::A);
    machine.hears(1, Hears::Tone(Tone::Dial));
    let mut octets = [0; 2000];
    let began = Instant::now();
    for _ in 0..50 {
        let (length, from) = phone.recv_from(&mut octets).expect("a packet");
        assert_eq!((length, from), (172, port));
    }
    let took = began.elapsed();
    assert!(took > Duration::from_millis(900) && took < Duration::from_millis(1500), "{took:?}");
    machine.request(MediaRequest::Close { leg: LegId(1) });
    while phone.recv_from(&mut octets).is_ok() {}
    UdpSocket::bind(port).expect("the port is free again");
    machine.running.stop().expect("a clean end");
}

/// Two phones talk: each packet's octets come out at the other side, within the delay that the buffer promises (22 ms and scheduling).
#[test]
fn two_phones_talk() {
    let mut machine = Machine::start(NoCards);
    let (anna, to_anna) = machine.phone(1, Law::A);
    let (ben, _) = machine.phone(2, Law::A);
    machine.hears(1, Hears::Leg(LegId(2)));
    machine.hears(2, Hears::Leg(LegId(1)));
    std::thread::sleep(Duration::from_millis(50));
    let start = Instant::now();
    let sender = std::thread::spawn(move || {
        for n in 0..60u32 {
            let due = start + Duration::from_millis(20 * n as u64);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let header = Header { marker: n == 0, payload_type: 8, sequence: n as u16, timestamp: n * 160, ssrc: 5 };
            let packet = [&header.octets()[..], &[n as u8; 160]].concat();
            anna.send_to(&packet, to_anna).expect("sent");
        }
        anna
    });
    let mut delays = Vec::new();
    let mut octets = [0; 2000];
    while let Ok((length, _)) = ben.recv_from(&mut octets) {
        let packet = Packet::parse(&octets[..length]).expect("RTP");
        let number = packet.payload[0];
        if number < 60 && packet.payload == [number; 160] {
            delays.push(start.elapsed().saturating_sub(Duration::from_millis(20 * number as u64)));
            if number == 59 {
                break;
            }
        }
        if start.elapsed() > Duration::from_secs(3) {
            break;
        }
    }
    drop(sender.join().expect("sent all"));
    assert!(delays.len() >= 50, "{} of 60 packets came through", delays.len());
    delays.sort();
    let middle = delays[delays.len() / 2];
    // A loaded machine wakes threads late, ours too: the median is what the box adds.
    assert!(middle < Duration::from_millis(45), "{middle:?}");
    machine.running.stop().expect("a clean end");
}

/// A stranger floods the port of a phone behind a NAT, with a packet of a wrong type and rubbish among them: all is counted for the
/// administrator, none is heard, and the phone goes on being served.
#[test]
fn a_flood_is_counted_and_not_heard() {
    let (strangers, wrong, malformed) =
        flood(|own| SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), own.port()));
    assert!(strangers > 1000 && wrong > 25 && malformed > 25, "{strangers} {wrong} {malformed}");
}

/// A phone that is where it said: the kernel drops the stranger's packets, and the thread has no work with them.
#[test]
fn a_flood_on_a_settled_port_ends_in_the_kernel() {
    let (strangers, wrong, malformed) = flood(|own| own);
    assert!(strangers < 200 && wrong > 25 && malformed > 25, "{strangers} {wrong} {malformed}");
}

/// Forty packets of a stranger to each of a phone; returns how many of strangers, of a wrong type and of rubbish were counted.
fn flood(said: fn(SocketAddr) -> SocketAddr) -> (u64, u64, u64) {
    let mut machine = Machine::start(NoCards);
    let (phone, port) = machine.phone_seen(1, Law::A, said);
    machine.hears(1, Hears::Leg(LegId(1)));
    let packet = |payload_type: u8, n: u16, octet: u8| {
        let header =
            Header { marker: n == 0, payload_type, sequence: n, timestamp: u32::from(n) * 160, ssrc: octet.into() };
        [&header.octets()[..], &[octet; 160]].concat()
    };
    let stranger = UdpSocket::bind((HOME, 0)).expect("a port");
    let mut octets = [0; 2000];
    let mut own = 0;
    // The phone's own packet locks the port: until then anybody could be the phone.
    phone.set_read_timeout(Some(Duration::from_millis(20))).expect("a timeout");
    let locked = (0..50u16).find(|n| {
        // Refused while the port is not open yet.
        drop(phone.send_to(&packet(8, *n, 7), port));
        matches!(phone.recv_from(&mut octets), Ok((172, _)) if octets[12..172] == [7; 160])
    });
    let first = locked.expect("the port is locked to the phone") + 1;
    phone.set_read_timeout(Some(Duration::from_millis(500))).expect("a timeout");
    for n in first..first + 50 {
        phone.send_to(&packet(8, n, 7), port).expect("sent");
        for k in 0..40 {
            // Refused once the kernel knows that nobody listens to us there.
            drop(stranger.send_to(&packet(8, n * 40 + k, 99), port));
        }
        phone.send_to(&packet(3, n, 7), port).expect("sent");
        phone.send_to(b"rubbish", port).expect("sent");
        let (length, _) = phone.recv_from(&mut octets).expect("fifty packets a second go on");
        let heard = Packet::parse(&octets[..length]).expect("RTP").payload.to_vec();
        // What is concealed may pass by any octet.
        assert!(heard.iter().filter(|octet| **octet == 99).count() < 80, "the stranger is heard");
        own += usize::from(heard == [7; 160]);
    }
    assert!(own > 25, "{own} of 50 packets came through");
    let counted = machine.running.status().engine();
    machine.running.stop().expect("a clean end");
    ["rtp_strangers", "rtp_wrong_type", "rtp_malformed"]
        .map(|name| counted.iter().find(|(known, _)| *known == name).expect("counted").1)
        .into()
}

/// A port that somebody else has is refused and told, with a call of `notify`.
#[test]
fn a_taken_port_is_refused() {
    let mut machine = Machine::start(NoCards);
    let port = free_pair();
    let _taken = UdpSocket::bind((HOME, port)).expect("free");
    machine.request(MediaRequest::Open { leg: LegId(3), port: Port::Rtp { local_port: port } });
    let limit = Instant::now() + Duration::from_secs(3);
    let told = loop {
        match machine.indications.pop() {
            Ok(told) => break told,
            Err(_) => assert!(Instant::now() < limit, "never told"),
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    assert_eq!(told, MediaIndication::Refused { leg: LegId(3) });
    // The call comes after the ring is filled: it may be a moment later.
    while machine.notified.load(Ordering::Relaxed) == 0 {
        assert!(Instant::now() < limit, "never notified");
        std::thread::sleep(Duration::from_millis(1));
    }
    machine.running.stop().expect("a clean end");
}

/// Octets of a looped timeslot pass the engine both ways at the line's rate.
struct Loop {
    octets: Vec<u8>,
    begun: Option<u64>,
    heard: Arc<AtomicU64>,
}

const CIRCUIT: CircuitId = CircuitId { span: SpanId(1), slot: 7 };

impl CardIo for Loop {
    fn receive(&mut self, now: u64, engine: &mut Engine) {
        let begun = *self.begun.get_or_insert(now);
        let due = ((now - begun) / 125) as usize;
        self.octets.resize(due.min(8000), 0xd5);
        self.begun = Some(begun + due as u64 * 125);
        engine.circuit_received(CIRCUIT, &self.octets);
    }

    fn transmit(&mut self, _now: u64, engine: &mut Engine) {
        engine.circuit_transmit(CIRCUIT, &mut self.octets);
        let sounding = self.octets.iter().filter(|octet| **octet != 0xd5).count();
        self.heard.fetch_add(sounding as u64, Ordering::Relaxed);
    }
}

/// A card's timeslot hears the dial tone, 8,000 octets a second.
#[test]
fn a_card_hears_the_box() {
    let heard = Arc::new(AtomicU64::new(0));
    let mut machine = Machine::start(Loop { octets: Vec::new(), begun: None, heard: heard.clone() });
    machine.request(MediaRequest::Open { leg: LegId(1), port: Port::Circuit(CIRCUIT) });
    machine.hears(1, Hears::Tone(Tone::Dial));
    std::thread::sleep(Duration::from_millis(1000));
    let wakes = machine.running.status().wakes();
    machine.running.stop().expect("a clean end");
    let octets = heard.load(Ordering::Relaxed);
    assert!((5000..8400).contains(&octets), "{octets} octets in a second");
    assert!((100..=220).contains(&wakes), "{wakes} wakes");
}

/// Cards with a clock of their own: a block each 4 ms while they run, and none after so many.
struct Clocked {
    blocks: Arc<AtomicU64>,
    last: u64,
}

impl CardIo for Clocked {
    fn receive(&mut self, _now_micros: u64, _engine: &mut Engine) {
        self.blocks.fetch_add(1, Ordering::Relaxed);
    }

    fn transmit(&mut self, _now_micros: u64, _engine: &mut Engine) {}

    fn wait(&mut self, at_most: Duration) -> Option<bool> {
        if self.blocks.load(Ordering::Relaxed) < self.last {
            std::thread::sleep(Duration::from_millis(4));
            return Some(true);
        }
        std::thread::sleep(at_most);
        Some(false)
    }
}

/// The cards' clock paces the thread, faster than its own here; when the cards stop, the thread goes on by its own, at its own pace.
#[test]
fn cards_pace_the_thread_while_they_run() {
    let blocks = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    let machine = Machine::start(Clocked { blocks: blocks.clone(), last: 100 });
    while blocks.load(Ordering::Relaxed) < 100 {
        std::thread::sleep(Duration::from_millis(1));
        assert!(began.elapsed() < Duration::from_secs(20), "the cards' blocks do not come");
    }
    assert!(began.elapsed() >= Duration::from_millis(400), "a hundred blocks took {:?}", began.elapsed());
    let (stopped, before) = (Instant::now(), blocks.load(Ordering::Relaxed));
    std::thread::sleep(Duration::from_millis(500));
    let (lasted, more) = (stopped.elapsed().as_millis() as u64, blocks.load(Ordering::Relaxed) - before);
    assert!(more > 20 && more <= lasted / 5 + 3, "{more} wakes in {lasted} ms without a block");
    machine.running.stop().expect("to end");
}

/// Two telephones with IPv6 addresses talk, and so do one of each kind, through a box that listens to both: every packet says that it is
/// speech (DSCP EF, RFC 3246), whichever kind it is.
#[test]
fn telephones_of_both_internet_protocols_talk_marked_as_speech() {
    let (four, six) = (IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST));
    for (bind, homes) in [(six, [six, six]), (IpAddr::V6(Ipv6Addr::UNSPECIFIED), [six, four]), (four, [four, four])] {
        let mut machine = Machine::bound(bind, NoCards);
        let phones = [0, 1].map(|n| machine.phone_at(homes[n], n as u64 + 1, Law::A, |own| own));
        machine.hears(1, Hears::Leg(LegId(2)));
        machine.hears(2, Hears::Leg(LegId(1)));
        std::thread::sleep(Duration::from_millis(50));
        phones.iter().for_each(|(phone, _)| tell_class(phone));
        let mut heard = [0; 2];
        for n in 0..40u16 {
            for (speaker, (phone, port)) in phones.iter().enumerate() {
                let timestamp = u32::from(n) * 160;
                let header = Header { marker: n == 0, payload_type: 8, sequence: n, timestamp, ssrc: speaker as u32 };
                let packet = [&header.octets()[..], &[speaker as u8 + 1; 160]].concat();
                phone.send_to(&packet, port).expect("sent");
            }
            std::thread::sleep(Duration::from_millis(20));
            for (listener, (phone, _)) in phones.iter().enumerate() {
                while let Some((octets, class)) = read_class(phone) {
                    assert_eq!(class, Some(0xb8), "marked EF, to {}", homes[listener]);
                    let packet = Packet::parse(&octets).expect("RTP");
                    heard[listener] += usize::from(packet.payload == [2 - listener as u8; 160]);
                }
            }
        }
        assert!(heard.iter().all(|heard| *heard >= 30), "{heard:?} of 40 packets each at {bind}");
        machine.running.stop().expect("a clean end");
    }
}

/// The kernel tells the class of each packet that the phone gets.
fn tell_class(phone: &UdpSocket) {
    let on: libc::c_int = 1;
    let size = std::mem::size_of_val(&on) as libc::socklen_t;
    let (level, option) = match phone.local_addr().expect("bound") {
        SocketAddr::V4(_) => (libc::IPPROTO_IP, libc::IP_RECVTOS),
        SocketAddr::V6(_) => (libc::IPPROTO_IPV6, libc::IPV6_RECVTCLASS),
    };
    // SAFETY: the option is an integer that lives over the call.
    let done = unsafe { libc::setsockopt(phone.as_raw_fd(), level, option, (&raw const on).cast(), size) };
    assert_eq!(done, 0);
}

/// A packet that is there, and its class.
fn read_class(phone: &UdpSocket) -> Option<(Vec<u8>, Option<u8>)> {
    let (mut octets, mut control) = ([0u8; 2000], [0u64; 16]);
    let mut vector = libc::iovec { iov_base: octets.as_mut_ptr().cast(), iov_len: octets.len() };
    // SAFETY: all zeroes is a header of nothing; what is set lives over the calls.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    (header.msg_iov, header.msg_iovlen) = (&mut vector, 1);
    (header.msg_control, header.msg_controllen) = (control.as_mut_ptr().cast(), std::mem::size_of_val(&control) as _);
    // SAFETY: see above.
    let length = unsafe { libc::recvmsg(phone.as_raw_fd(), &mut header, libc::MSG_DONTWAIT) };
    let length = usize::try_from(length).ok()?;
    // SAFETY: the kernel filled in the control messages that the header tells of.
    let class = unsafe { libc::CMSG_FIRSTHDR(&header).as_ref() }.map(|message| {
        let kinds = [(libc::IPPROTO_IP, libc::IP_TOS), (libc::IPPROTO_IPV6, libc::IPV6_TCLASS)];
        assert!(kinds.contains(&(message.cmsg_level, message.cmsg_type)));
        // SAFETY: both kinds carry the class in their first octet (an octet, or an integer of this little-endian machine's kernel).
        unsafe { *libc::CMSG_DATA(message) }
    });
    Some((octets[..length].to_vec(), class))
}
