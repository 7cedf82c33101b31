//! All prompts that are shipped, in one file: thousands of plays share its one copy in memory.
//!
//! [`write`] makes the file out of names and A-law octets, [`Bank::read`] understands one, and [`Bank::find`] gives a prompt's [`Audio`]: a part of the
//! bank's memory, which stays as long as somebody plays it. It opens no file, decodes nothing and knows no language: names are
//! `zh/welcome`, `music/default`.
//!
//! ```text
//! "FCPROMP1"  count u32  CRC-32C of the index u32
//! index, count times: length of the name u16, name, offset u32, octets u32, CRC-32C of the octets u32
//! octets
//! ```
//!
//! Numbers are little-endian; offsets count from the file's first octet. A prompt whose octets are cut short or changed is told by its name and left
//! out, the others are good.
//!
//! ```
//! use prompt_bank::{Bank, write};
//! let file = write([("zh/welcome", &[0xd5, 0xd5, 0x55][..])]);
//! let (bank, damaged) = Bank::read(file.into()).unwrap();
//! assert_eq!(&*bank.find("zh", "welcome").unwrap(), &[0xd5, 0xd5, 0x55]);
//! assert!(damaged.is_empty());
//! ```

mod audio;
mod bank;

pub use audio::Audio;
pub use bank::{Bank, BankFault, FILE_NAME, write};
