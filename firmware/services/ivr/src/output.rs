use identity::{PlayId, QueueId};
use numbering::Key;
use plan::PromptRef;
use settings::{NodeId, Target};

/// What a walk wants done, in this order.
#[derive(Clone, PartialEq, Debug)]
pub enum WalkOutput {
    NodeEntered {
        id: NodeId,
        title: String,
    },
    /// Play these; report the end by [`crate::Walk::play_ended`]. Takes the place of any play before.
    Play {
        play: PlayId,
        prompts: Vec<PromptRef>,
    },
    /// Stop playing: the caller heard enough. No end is to be reported.
    StopPlay {
        play: PlayId,
    },
    /// The node that waits took this key.
    KeyTaken {
        key: Key,
    },
    /// The walk is over; one of these is its last word.
    Queue {
        queue: QueueId,
        /// Priority class; none: the queue's own.
        priority: Option<u8>,
    },
    Transfer {
        to: Target,
    },
    /// The caller heard the notice and would leave a message; until voicemail is built in, hang up.
    Voicemail,
    HangUp {
        why: HangUp,
    },
}

/// Why a walk hangs up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HangUp {
    /// The flow says so.
    Asked,
    /// Too many nodes in a row without waiting for the caller: the flow runs in a circle.
    RunsInCircle,
    /// A node leads nowhere. Checked flows have none.
    NoSuchNode,
}
