use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

/// A-law octets to be played: some memory, or part of it, shared with all who play it. To clone it copies no octet.
#[derive(Clone)]
pub struct Audio {
    memory: Arc<[u8]>,
    part: Range<usize>,
}

impl Audio {
    /// `None`: the memory has no such part.
    pub fn part(memory: &Arc<[u8]>, part: Range<usize>) -> Option<Audio> {
        memory.get(part.clone())?;
        Some(Audio { memory: memory.clone(), part })
    }
}

impl Deref for Audio {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.memory.get(self.part.clone()).unwrap_or_default()
    }
}

impl From<Arc<[u8]>> for Audio {
    fn from(memory: Arc<[u8]>) -> Audio {
        let part = 0..memory.len();
        Audio { memory, part }
    }
}

impl From<Vec<u8>> for Audio {
    fn from(octets: Vec<u8>) -> Audio {
        Arc::<[u8]>::from(octets).into()
    }
}

impl fmt::Debug for Audio {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "Audio({} octets)", self.part.len())
    }
}
