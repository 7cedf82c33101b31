use crate::chain::{Digest, Entry, Event, GENESIS, Head, hash_of, parse_line};
use crate::hexadecimal::{from_hex, to_hex};
use ed25519_dalek::{Signature, VerifyingKey};
use identity::RecordingId;
use std::collections::BTreeMap;
use std::fmt;

/// What is wrong with a chain or a file that it tells of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// A line is no entry.
    Unreadable {
        manifest: String,
        line: usize,
    },
    /// A line does not follow the one before it: something was changed, removed, put in or put elsewhere.
    Broken {
        manifest: String,
        line: usize,
    },
    /// No given key signed it.
    Forged {
        manifest: String,
        line: usize,
    },
    /// The manifests end before the head does: entries after this one are gone.
    CutOff {
        found: u64,
        promised: u64,
    },
    /// The head is not there, or nobody we know signed it.
    NoHead,
    /// The file of a recording is gone, and no entry says that it was deleted.
    Missing {
        place: String,
    },
    Changed {
        place: String,
    },
    /// A file that no entry knows.
    Unknown {
        place: String,
    },
    /// It cannot be read.
    Unreachable {
        place: String,
        why: String,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Unreadable { manifest, line } => write!(f, "{manifest}:{line}: not an entry"),
            Fault::Broken { manifest, line } => {
                write!(
                    f,
                    "{manifest}:{line}: does not follow the entry before it: lines were changed, moved or removed"
                )
            }
            Fault::Forged { manifest, line } => write!(f, "{manifest}:{line}: signed by none of the given keys"),
            Fault::CutOff { found, promised } => {
                write!(f, "the manifests end with entry {found}, the head tells of {promised}: lines were removed")
            }
            Fault::NoHead => write!(f, "the head is missing or signed by none of the given keys"),
            Fault::Missing { place } => write!(f, "{place}: missing, and not told as deleted"),
            Fault::Changed { place } => write!(f, "{place}: changed since it was recorded"),
            Fault::Unknown { place } => write!(f, "{place}: in no manifest"),
            Fault::Unreachable { place, why } => write!(f, "{place}: cannot be read: {why}"),
        }
    }
}

/// What should be on the volume of a recording.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expected {
    pub place: String,
    pub octets: u64,
    pub sha256: Digest,
}

/// Reads the manifests of a volume in the order of their days.
#[derive(Debug)]
pub struct Audit {
    keys: Vec<VerifyingKey>,
    head: Option<Head>,
    pub faults: Vec<Fault>,
    /// Recordings whose files should be there.
    pub expected: BTreeMap<RecordingId, Expected>,
    pub entries: u64,
    pub deleted: u64,
    /// The number of the first entry: above 1 older manifests are not here.
    pub first: Option<u64>,
}

impl Audit {
    /// Trusts what one of these keys signed.
    pub fn new(keys: Vec<VerifyingKey>) -> Audit {
        let expected = BTreeMap::new();
        Audit { keys, head: None, faults: Vec::new(), expected, entries: 0, deleted: 0, first: None }
    }

    /// Takes in a manifest.
    pub fn read(&mut self, manifest: &str, text: &str) {
        for (number, line) in text.lines().enumerate() {
            self.line(manifest, number + 1, line);
        }
        if !text.is_empty() && !text.ends_with('\n') {
            self.faults.push(Fault::Unreadable { manifest: manifest.to_owned(), line: text.lines().count() });
        }
    }

    fn line(&mut self, manifest: &str, line: usize, text: &str) {
        let Some((entry, body)) = parse_line(text) else {
            self.faults.push(Fault::Unreadable { manifest: manifest.to_owned(), line });
            return;
        };
        let signature = Signature::from_bytes(&entry.signature);
        if !self.keys.iter().any(|key| key.verify_strict(&entry.hash, &signature).is_ok()) {
            self.faults.push(Fault::Forged { manifest: manifest.to_owned(), line });
            return;
        }
        // What came before the oldest manifest that is here is told by its first line, which is signed.
        let first = match (&self.head, &entry.body.event) {
            (None, Event::Day { after, .. }) => {
                from_hex(after).map(|hash| Head { n: entry.body.n.saturating_sub(1), hash })
            }
            (None, Event::Closed { .. } | Event::Deleted { .. }) => Some(Head { n: 0, hash: GENESIS }),
            (Some(_), _) => None,
        };
        let before = self.head.or(first).unwrap_or_default();
        if entry.body.n != before.n + 1 || hash_of(&before.hash, body) != entry.hash {
            self.faults.push(Fault::Broken { manifest: manifest.to_owned(), line });
        }
        self.first.get_or_insert(entry.body.n);
        self.head = Some(Head { n: entry.body.n, hash: entry.hash });
        self.entries += 1;
        self.take(entry);
    }

    fn take(&mut self, entry: Entry) {
        match entry.body.event {
            Event::Day { .. } => {}
            Event::Closed { recording, place, octets, sha256 } => {
                // An interrupted recorder closes again what it had closed: the last word counts.
                let sha256 = from_hex(&sha256).unwrap_or_default();
                self.expected.insert(recording, Expected { place, octets, sha256 });
            }
            Event::Deleted { recording, .. } => {
                self.expected.remove(&recording);
                self.deleted += 1;
            }
        }
    }

    /// After the last manifest: the head as its file tells it, none if there is no file.
    pub fn finish(&mut self, head: Option<&str>) {
        let found = self.head.unwrap_or_default();
        match head.and_then(|text| Head::from_text(text, &self.keys)) {
            None if self.entries == 0 && head.is_none() => {}
            None => self.faults.push(Fault::NoHead),
            Some(head) if head.n > found.n => {
                self.faults.push(Fault::CutOff { found: found.n, promised: head.n });
            }
            Some(head) if head.n == found.n && head.hash != found.hash => self.faults.push(Fault::NoHead),
            // A crash came between the last entry and its head.
            Some(_) => {}
        }
    }

    /// Number and hash of the newest entry, to be noted elsewhere.
    pub fn newest(&self) -> Option<(u64, String)> {
        self.head.map(|head| (head.n, to_hex(&head.hash)))
    }
}
