//! Commands while it runs, as UDP datagrams of text; each is answered by `ok` or `no` and a reason.
//!
//! | command | does |
//! |---|---|
//! | `call CALLED [CALLING [KEYS]]` | one customer calls |
//! | `rate N` | calls a minute from now on |
//! | `hang-up` | every customer hangs up |
//! | `cut SPAN`, `mend SPAN` | the pair towards the box is cut, mended |
//! | `ais SPAN`, `misframe SPAN` | all ones, damaged alignment |
//! | `noise SPAN PPM` | bits inverted, of a million |
//! | `slip SPAN` | one frame repeated |
//! | `lift PORT NUMBER` | the telephone at a port of the box's analog card is lifted and dials |
//! | `ring PORT NUMBER` | somebody calls, from this number, the line at a port |
//! | `drop PORT` | whoever is at a port hangs up |
//! | `status` | the counts |

use crate::analog::AnalogTown;
use crate::random::Random;
use crate::town::Town;
use chassis::{Direction, Fault, Slip};
use clock::Monotonic;
use identity::SpanId;
use numbering::Digits;
use std::net::{SocketAddr, UdpSocket};

#[derive(Debug)]
pub struct Control {
    socket: UdpSocket,
    random: Random,
}

impl Control {
    pub fn open(address: SocketAddr) -> std::io::Result<Control> {
        let socket = UdpSocket::bind(address)?;
        socket.set_nonblocking(true)?;
        Ok(Control { socket, random: Random::new(1) })
    }

    /// Obeys what has come.
    pub fn obey(&mut self, now: Monotonic, town: &mut Town, mut analog: Option<&mut AnalogTown>) {
        let mut datagram = [0; 512];
        while let Ok((length, from)) = self.socket.recv_from(&mut datagram) {
            let text = String::from_utf8_lossy(&datagram[..length]);
            let words: Vec<&str> = text.split_whitespace().collect();
            let done = match (words.as_slice(), analog.as_deref_mut()) {
                (["lift" | "ring" | "drop", ..], Some(analog)) => obey_analog(now, analog, &words),
                _ => obey(now, town, &mut self.random, &words),
            };
            let answer = match done {
                Ok(more) if more.is_empty() => "ok".to_owned(),
                Ok(more) => format!("ok {more}"),
                Err(why) => format!("no {why}"),
            };
            // Who asked may be gone: the command is done all the same.
            let _gone = self.socket.send_to(answer.as_bytes(), from);
        }
    }
}

fn obey_analog(now: Monotonic, analog: &mut AnalogTown, words: &[&str]) -> Result<String, &'static str> {
    let port = |text: &str| text.parse::<u8>().map_err(|_| "bad port");
    let number = |text: &str| text.parse::<Digits>().map_err(|_| "bad number");
    match words {
        ["lift", at, called] => analog.call(now, port(at)?, number(called)?, None),
        ["ring", at, calling] => analog.call(now, port(at)?, Digits::default(), Some(number(calling)?)),
        ["drop", at] => analog.hang_up(now, port(at)?),
        _ => return Err("unknown command"),
    }
    Ok(format!("talking {}", analog.talking()))
}

fn obey(now: Monotonic, town: &mut Town, random: &mut Random, words: &[&str]) -> Result<String, &'static str> {
    match words {
        ["call", called, more @ ..] => {
            let number = |text: &&str| text.parse::<Digits>().map_err(|_| "bad number");
            let calling = more.first().map_or_else(|| Ok(random.subscriber()), number)?;
            let keys = more.get(1).map(number).transpose()?;
            if !town.dial(now, number(called)?, calling, keys) {
                return Err("no circuit");
            }
        }
        ["rate", rate] => {
            let rate = rate.parse().ok().filter(|rate: &f64| (0.0..=6000.0).contains(rate)).ok_or("bad rate")?;
            town.set_rate(now, rate);
        }
        ["hang-up"] => town.hang_up_all(now),
        ["status"] => return Ok(format!("spans {} calls {} {:?}", town.spans_up(), town.calls_up(), town.counts())),
        ["noise", span, rate] => {
            let rate = rate.parse().map_err(|_| "bad rate")?;
            town.inject(span_of(span)?, Direction::Transmit, Fault::BitErrors(rate));
        }
        [fault, span] => {
            let fault = match *fault {
                "cut" => Fault::Cut(true),
                "mend" => Fault::Mended,
                "ais" => Fault::Ais(true),
                "misframe" => Fault::Misframed(true),
                "slip" => Fault::Slip(Slip::Repeated),
                _ => return Err("unknown command"),
            };
            town.inject(span_of(span)?, Direction::Transmit, fault);
        }
        _ => return Err("unknown command"),
    }
    Ok(String::new())
}

fn span_of(text: &str) -> Result<SpanId, &'static str> {
    text.parse().map(SpanId).map_err(|_| "bad span")
}
