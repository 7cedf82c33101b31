//! Dialogs, RFC 3261 12: who talks to whom, with which numbers, by which way.

use crate::random::Random;
use crate::transactions::Peer;
use crate::wire::{self, parse_uri, push, text, uri_text};
use sipx_sip::{CSeq, HeaderName, Headers, Method, Request, Response};
use std::net::SocketAddr;

/// Names a dialog from our side (RFC 3261 12: Call-ID, local tag, remote tag).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct DialogName {
    pub call_id: String,
    pub local_tag: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Dialog {
    pub name: DialogName,
    pub remote_tag: Option<String>,
    /// From or To of our requests, without tag.
    pub local: String,
    pub remote: String,
    /// The far end's Contact, or what stands for it so far.
    pub target: String,
    pub routes: Vec<String>,
    pub local_seq: u32,
    pub remote_seq: Option<u32>,
    pub peer: Peer,
    /// The user part of our Contact.
    pub user: String,
    /// We made the Call-ID.
    pub caller: bool,
}

/// Is a request of the far end next in its order (RFC 3261 12.2.2)?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum InOrder {
    Yes,
    Late,
}

impl Dialog {
    /// The dialog that an INVITE opens at its receiver.
    pub fn incoming(request: &Request, peer: Peer, random: &mut Random) -> Option<Dialog> {
        let headers = &request.headers;
        let call_id = text(headers, &HeaderName::CallId)?;
        let cseq = headers.typed::<CSeq>()?.ok()?;
        let contact = wire::address(headers, &HeaderName::Contact);
        let target = match contact {
            Some(contact) => uri_text(&contact.uri),
            None => uri_text(&wire::address(headers, &HeaderName::From)?.uri),
        };
        Some(Dialog {
            name: DialogName { call_id, local_tag: random.token() },
            remote_tag: wire::tag(headers, &HeaderName::From),
            local: without_tag(&text(headers, &HeaderName::To)?),
            remote: without_tag(&text(headers, &HeaderName::From)?),
            target,
            routes: wire::list(headers, &HeaderName::RecordRoute),
            local_seq: 1,
            remote_seq: Some(cseq.sequence),
            peer,
            user: wire::user(&request.uri).unwrap_or_default(),
            caller: false,
        })
    }

    /// Notes a request of the far end.
    pub fn note_request(&mut self, request: &Request) -> InOrder {
        let Some(Ok(cseq)) = request.headers.typed::<CSeq>() else { return InOrder::Late };
        if self.remote_seq.is_some_and(|last| cseq.sequence <= last) {
            return InOrder::Late;
        }
        self.remote_seq = Some(cseq.sequence);
        InOrder::Yes
    }

    /// Takes tag, target and route from a response that makes or refreshes the dialog (RFC 3261 12.1.2, 12.2.1.2).
    pub fn note_response(&mut self, response: &Response, from: SocketAddr, first: bool) {
        if first {
            self.remote_tag = wire::tag(&response.headers, &HeaderName::To).or(self.remote_tag.take());
            self.routes = wire::list(&response.headers, &HeaderName::RecordRoute);
            self.routes.reverse();
        }
        self.note_target(&response.headers);
        self.peer.to = from;
    }

    /// A target refresh request or its 2xx names a new Contact.
    pub fn note_target(&mut self, headers: &Headers) {
        if let Some(contact) = wire::address(headers, &HeaderName::Contact) {
            self.target = uri_text(&contact.uri);
        }
    }

    /// Our Contact: where the far end sends its requests.
    pub fn contact(&self) -> String {
        let transport = match self.peer.transport {
            crate::Transport::Udp => "",
            crate::Transport::Tcp(_) => ";transport=tcp",
        };
        let user = if self.user.is_empty() { String::new() } else { format!("{}@", escape_user(&self.user)) };
        format!("<sip:{user}{}{transport}>", self.peer.local)
    }

    /// A request in this dialog. ACK keeps the number of its INVITE, everything else takes the next.
    pub fn request(&mut self, method: Method, random: &mut Random) -> Option<Request> {
        let seq = match method {
            Method::Ack => self.local_seq,
            _ => {
                self.local_seq += 1;
                self.local_seq
            }
        };
        self.request_numbered(method, seq, random)
    }

    /// A request with this number: the ACK of an INVITE that is not the last request, CANCEL.
    pub fn request_numbered(&self, method: Method, seq: u32, random: &mut Random) -> Option<Request> {
        let mut request = Request::new(method.clone(), parse_uri(&self.target)?);
        let headers = &mut request.headers;
        push(headers, HeaderName::Via, via(self.peer, random));
        push(headers, HeaderName::MaxForwards, "70");
        push(headers, HeaderName::From, format!("{};tag={}", self.local, self.name.local_tag));
        let to = match &self.remote_tag {
            Some(tag) => format!("{};tag={tag}", self.remote),
            None => self.remote.clone(),
        };
        push(headers, HeaderName::To, to);
        push(headers, HeaderName::CallId, self.name.call_id.clone());
        push(headers, HeaderName::CSeq, format!("{seq} {}", String::from_utf8_lossy(method.as_bytes())));
        for route in &self.routes {
            push(headers, HeaderName::Route, route.clone());
        }
        if matches!(method, Method::Invite | Method::Update | Method::Refer | Method::Notify) {
            push(headers, HeaderName::Contact, self.contact());
        }
        push(headers, HeaderName::UserAgent, wire::USER_AGENT);
        push(headers, HeaderName::ContentLength, "0");
        Some(request)
    }
}

/// A Via of ours with a branch of its own; `rport` asks for replies to where we send from (RFC 3581).
pub(crate) fn via(peer: Peer, random: &mut Random) -> String {
    format!("SIP/2.0/{} {};branch=z9hG4bK{};rport", peer.transport.name(), peer.local, random.token())
}

/// A From or To value without its tag.
fn without_tag(value: &str) -> String {
    let after_uri = value.rfind('>').map_or(0, |i| i + 1);
    let (kept, params) = value.split_at(if after_uri > 0 { after_uri } else { value.find(';').unwrap_or(value.len()) });
    let params: Vec<&str> = params
        .split(';')
        .map(str::trim)
        .filter(|p| !p.is_empty() && !p.split('=').next().unwrap_or_default().trim().eq_ignore_ascii_case("tag"))
        .collect();
    if params.is_empty() { kept.trim().to_owned() } else { format!("{};{}", kept.trim(), params.join(";")) }
}

/// Escapes what may not stand in the user part of a URI (RFC 3261 25.1).
pub(crate) fn escape_user(user: &str) -> String {
    let mut text = String::new();
    for b in user.bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => text.push(b as char),
            b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')' | b'&' | b'=' | b'+' | b'$' | b',' => {
                text.push(b as char);
            }
            _ => text.push_str(&format!("%{b:02X}")),
        }
    }
    text
}
