use crate::audio::Audio;
use crc32c::crc32c;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// What the file is called, in the folder of the prompts that are shipped.
pub const FILE_NAME: &str = "prompts.bank";

const MAGIC: &[u8; 8] = b"FCPROMP1";
/// Magic, count, CRC.
const HEAD: usize = 16;

/// Why a file is no bank of prompts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BankFault {
    NoBank,
    /// Its index is cut short or was changed.
    Damaged,
}

impl fmt::Display for BankFault {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            BankFault::NoBank => "the file is no bank of prompts",
            BankFault::Damaged => "the bank's index is damaged: install the prompts again",
        })
    }
}

impl std::error::Error for BankFault {}

/// The prompts of a file.
#[derive(Debug)]
pub struct Bank {
    memory: Arc<[u8]>,
    parts: HashMap<String, Range<usize>>,
}

impl Bank {
    /// Understands a file, and tells the names of prompts that cannot be played for what happened to it.
    pub fn read(memory: Arc<[u8]>) -> Result<(Bank, Vec<String>), BankFault> {
        let mut rest = memory.strip_prefix(MAGIC).ok_or(BankFault::NoBank)?;
        let (count, crc) = (take_u32(&mut rest)?, take_u32(&mut rest)?);
        let begin = rest;
        let (mut entries, mut damaged, mut parts) = (Vec::new(), Vec::new(), HashMap::new());
        for _ in 0..count {
            entries.push(take_entry(&mut rest)?);
        }
        if crc32c(&begin[..begin.len() - rest.len()]) != crc {
            return Err(BankFault::Damaged);
        }
        for Entry { name, offset, octets, crc } in entries {
            let part = offset as usize..(offset as usize).saturating_add(octets as usize);
            match memory.get(part.clone()) {
                Some(whole) if crc32c(whole) == crc => {
                    parts.insert(name.to_owned(), part);
                }
                _ => damaged.push(name.to_owned()),
            }
        }
        Ok((Bank { memory, parts }, damaged))
    }

    /// A prompt of a language, or music of the folder `music`.
    pub fn find(&self, folder: &str, name: &str) -> Option<Audio> {
        let part = self.parts.get(&format!("{folder}/{name}"))?;
        Audio::part(&self.memory, part.clone())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}

struct Entry<'a> {
    name: &'a str,
    offset: u32,
    octets: u32,
    crc: u32,
}

fn take_entry<'a>(rest: &mut &'a [u8]) -> Result<Entry<'a>, BankFault> {
    let (length, after) = rest.split_first_chunk::<2>().ok_or(BankFault::Damaged)?;
    let (name, after) = after.split_at_checked(u16::from_le_bytes(*length).into()).ok_or(BankFault::Damaged)?;
    *rest = after;
    let name = std::str::from_utf8(name).map_err(|_| BankFault::Damaged)?;
    Ok(Entry { name, offset: take_u32(rest)?, octets: take_u32(rest)?, crc: take_u32(rest)? })
}

fn take_u32(rest: &mut &[u8]) -> Result<u32, BankFault> {
    let (octets, after) = rest.split_first_chunk::<4>().ok_or(BankFault::Damaged)?;
    *rest = after;
    Ok(u32::from_le_bytes(*octets))
}

/// The file of these prompts: names with their folder, A-law octets. What does not fit into four gigabytes is left out.
pub fn write<'a>(prompts: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let prompts: Vec<(&str, &[u8])> =
        prompts.into_iter().filter(|(name, _)| u16::try_from(name.len()).is_ok()).collect();
    let index_length: usize = prompts.iter().map(|(name, _)| 2 + name.len() + 12).sum();
    let (mut index, mut audio, mut count) = (Vec::new(), Vec::<u8>::new(), 0u32);
    for (name, octets) in prompts {
        let (Ok(offset), Ok(length)) = (u32::try_from(HEAD + index_length + audio.len()), u32::try_from(octets.len()))
        else {
            break;
        };
        index.extend((name.len() as u16).to_le_bytes());
        index.extend(name.as_bytes());
        [offset, length, crc32c(octets)].iter().for_each(|word| index.extend(word.to_le_bytes()));
        audio.extend(octets);
        count += 1;
    }
    let crc = crc32c(&index);
    index.resize(index_length, 0);
    let mut file = MAGIC.to_vec();
    [count, crc].iter().for_each(|word| file.extend(word.to_le_bytes()));
    file.extend(index);
    file.extend(audio);
    file
}
