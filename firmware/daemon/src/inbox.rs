//! The exchange thread's inbox: everything that wakes it but the rings of the media thread.

use desk::{Actor, AlarmKind, Command, FaxJob};
use http_api::{CommandReply, LadderLine, LineAnswer, LineQuestion};
use identity::{CallId, FaxId};
use settings::Settings;
use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::Thread;

/// Messages waiting at most. A full inbox refuses commands: the console is told to try again.
const ROOM: usize = 4096;

/// What the exchange thread is asked from outside the lines.
pub enum Message {
    Command {
        actor: Actor,
        command: Command,
        reply: CommandReply,
    },
    Settings(Arc<Settings>),
    /// What is wrong now with a volume of recordings, counted from 1.
    Volume {
        place: u8,
        wrong: BTreeSet<AlarmKind>,
    },
    /// What the trace knows of a call.
    Ladder {
        call: CallId,
        answer: SyncSender<Vec<LadderLine>>,
    },
    /// What who looks after lines wants to know.
    Line {
        question: LineQuestion,
        answer: SyncSender<LineAnswer>,
    },
    /// A fax to be sent; answered whether there is room for it.
    SendFax {
        job: FaxJob,
        answer: SyncSender<bool>,
    },
    /// A fax shall not be sent; answered whether it still waited.
    CancelFax {
        fax: FaxId,
        answer: SyncSender<bool>,
    },
    /// Take no new calls; release those that are up when `release`.
    Drain {
        release: bool,
    },
    /// Everything is closed: end the thread.
    Stop,
}

/// Wakes the exchange thread, from any thread, without waiting.
#[derive(Clone, Default)]
pub struct Waker(Arc<OnceLock<Thread>>);

impl Waker {
    /// The calling thread is the one to wake.
    pub fn is_me(&self) {
        // Set once, by the one exchange thread there is.
        self.0.set(std::thread::current()).ok();
    }

    pub fn wake(&self) {
        if let Some(thread) = self.0.get() {
            thread.unpark();
        }
    }
}

/// Where to put messages; clones share it.
#[derive(Clone)]
pub struct Inbox {
    messages: SyncSender<Message>,
    pub waker: Waker,
}

/// The inbox is full, or nobody reads it any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refused;

impl Inbox {
    pub fn new() -> (Inbox, Receiver<Message>) {
        let (messages, received) = sync_channel(ROOM);
        (Inbox { messages, waker: Waker::default() }, received)
    }

    pub fn put(&self, message: Message) -> Result<(), Refused> {
        let result = self.messages.try_send(message).map_err(|refused| match refused {
            TrySendError::Full(_) | TrySendError::Disconnected(_) => Refused,
        });
        self.waker.wake();
        result
    }
}
