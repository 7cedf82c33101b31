//! The media engine: per leg a port and an immutable plan, and a tick every 20 ms that executes the plans.
//!
//! It decides nothing about calls: it takes [`plan::MediaRequest`]s and yields [`plan::MediaIndication`]s. It does no I/O and reads
//! no clock: whoever runs the cards and sockets (`adapters/media-io`) feeds it octets and packets and takes them from it.
//!
//! # One tick
//! ```text
//! circuit_received ─┐                                                 ┌─> circuit_transmit
//!                   ├─> 1 capture: what each leg says ─> 2 render: ───┤
//! rtp_received ─────┘   (receive FIFO, jitter buffer,    what it hears└─> packets()
//!                        key detection)                    │
//!                                                          └─> recording tap (left says, right hears)
//! ```
//! Capture of all legs comes before the first rendering, so a bridge adds one block of 20 ms and no more. Same-law legs are copied
//! octet for octet; only mixing and key detection decode.
//!
//! Between two telephones of one law there are no blocks: a packet of the one becomes the other's as it comes ([`Arrived::pass`]). Only who
//! wants speech by blocks (recorder, key detector, a third party) makes the tick see it.
//!
//! A leg of another codec than G.711 has a decoder and an encoder of its own (`codec`). What it says is there as linear speech and as A-law, so
//! lines, recorder, detectors and conferences need not know; two legs of wide-band codecs hear each other in 16 kHz. Nothing is decoded
//! or coded for a leg whose packets pass.
//!
//! Who listens to a call of two gets a copy by blocks, and those who talk go on as they were: packets straight on, octets copied. In a
//! meeting room the four loudest are summed once, turned down rather than cut off where they are too loud together, and told to
//! the exchange ([`plan::MediaIndication::Talkers`]).
//!
//! Two circuits that need nothing but each other are left to a card that can connect them ([`Engine::cross_order`]): their octets come here no more
//! until something else must be heard or sent.
//!
//! # What may allocate
//! [`Engine::tick`], the card's and the socket's feeding never allocate, lock or format. [`Engine::request`] may (a play makes its
//! list of fragments); it runs between ticks. Memory that a request or an ended play leaves behind goes to the loader's thread
//! through a ring ([`LoaderEnd::discarded`]) and is freed there.
//!
//! # Rings
//! [`connect`] makes the two ends of each:
//!
//! | ring | from | to | when full |
//! |---|---|---|---|
//! | audio wanted | engine | loader | asked again next tick |
//! | audio found or missing | loader | engine | the loader waits |
//! | discarded memory | engine | loader | freed in place, counted |
//! | recorded blocks | engine | recorder | block lost, counted, `RecordingFailed` once |
//!
//! # Example
//! ```
//! use graph::{Engine, Limits, Moment, connect};
//! use identity::{CircuitId, LegId, SpanId};
//! use plan::{Hears, MediaRequest, Plan, Port, Tone};
//!
//! let limits = Limits { circuits: 30, ..Limits::default() };
//! let (ends, _loader, _recorder) = connect(&limits);
//! let mut engine = Engine::new(limits, ends);
//! let circuit = CircuitId { span: SpanId(1), slot: 5 };
//! engine.request(MediaRequest::Open { leg: LegId(1), port: Port::Circuit(circuit) });
//! let plan = Plan { hears: Hears::Tone(Tone::Dial), ..Plan::default() };
//! engine.request(MediaRequest::Plan { leg: LegId(1), plan });
//! engine.circuit_received(circuit, &[0xd5; 160]);
//! engine.tick(Moment { micros: 20_000, unix_micros: 0 });
//! let mut line = [0; 160];
//! engine.circuit_transmit(circuit, &mut line);
//! assert_ne!(line, [0xd5; 160]);
//! ```

mod circuit;
mod coded;
mod crossing;
mod engine;
mod hearing;
mod limits;
mod music;
mod outbox;
mod passing;
mod playing;
mod quality;
mod requests;
mod rings;
mod rooms;
mod secrecy;
mod straight;
mod stream;
mod streams;
mod tick;

pub use crossing::CrossOrder;
pub use engine::{Arrival, Arrived, Engine};
pub use limits::{BLOCKS_A_RECORDING, Counters, Limits, Moment};
pub use outbox::OutgoingPacket;
pub use passing::Passed;
pub use rings::{
    AudioFound, AudioName, AudioTicket, AudioWanted, Discarded, EngineEnd, LoaderEnd, RecordedBlock, RecorderEnd,
    connect,
};
