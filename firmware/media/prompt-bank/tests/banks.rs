//! What is read is what was written, whatever happens to the file on the way.

#![allow(clippy::unwrap_used)]

use prompt_bank::{Bank, BankFault, write};
use proptest::prelude::*;

fn file() -> Vec<u8> {
    write([("zh/welcome", &[1, 2, 3][..]), ("en/welcome", &[4, 5][..]), ("music/default", &[6][..])])
}

/// Each prompt is a part of one memory: two who play it share it.
#[test]
fn prompts_are_found_by_language_and_name() {
    let (bank, damaged) = Bank::read(file().into()).unwrap();
    assert_eq!((bank.len(), damaged), (3, vec![]));
    let (one, other) = (bank.find("zh", "welcome").unwrap(), bank.find("zh", "welcome").unwrap());
    assert_eq!((&*one, one.as_ptr()), (&[1, 2, 3][..], other.as_ptr()));
    assert_eq!(&*bank.find("music", "default").unwrap(), &[6]);
    assert!(bank.find("zh", "goodbye").is_none() && bank.find("zh/wel", "come").is_none());
    drop(bank);
    assert_eq!(&*one, &[1, 2, 3], "who plays keeps the memory");
}

/// A prompt cut short or changed is named and left out; the others play.
#[test]
fn a_damaged_prompt_costs_no_other() {
    let whole = file();
    let (bank, damaged) = Bank::read(whole[..whole.len() - 1].to_vec().into()).unwrap();
    assert_eq!((bank.len(), damaged), (2, vec!["music/default".to_owned()]));
    let mut changed = whole.clone();
    let place = whole.len() - 5;
    changed[place] ^= 1;
    let (bank, damaged) = Bank::read(changed.into()).unwrap();
    assert_eq!((bank.len(), damaged), (2, vec!["zh/welcome".to_owned()]));
    assert_eq!(Bank::read(whole[..20].to_vec().into()).unwrap_err(), BankFault::Damaged);
    assert_eq!(Bank::read(b"RIFF".to_vec().into()).unwrap_err(), BankFault::NoBank);
}

proptest! {
    #[test]
    fn what_is_read_is_what_was_written(prompts in prop::collection::btree_map("[a-z]{2}/[a-z0-9/-]{1,20}", prop::collection::vec(any::<u8>(), 0..50), 0..20)) {
        let file = write(prompts.iter().map(|(name, octets)| (name.as_str(), octets.as_slice())));
        let (bank, damaged) = Bank::read(file.into()).unwrap();
        prop_assert_eq!((bank.len(), damaged.len()), (prompts.len(), 0));
        for (name, octets) in &prompts {
            let (folder, name) = name.split_once('/').unwrap();
            prop_assert_eq!(&*bank.find(folder, name).unwrap(), octets.as_slice());
        }
    }

    /// No file is more than no bank, and none gives a prompt other than it was.
    #[test]
    fn any_file_is_taken(mut octets in prop::collection::vec(any::<u8>(), 0..200), cut in 0..100usize, place in 0..100usize, mask: u8) {
        prop_assert!(Bank::read(octets.clone().into()).is_err());
        octets = file();
        octets.truncate(octets.len().saturating_sub(cut));
        if let Some(octet) = octets.get_mut(place) {
            *octet ^= mask;
        }
        if let Ok((bank, _)) = Bank::read(octets.into()) {
            let known = [("zh", "welcome", &[1u8, 2, 3][..]), ("en", "welcome", &[4, 5]), ("music", "default", &[6])];
            for (folder, name, whole) in known {
                prop_assert!(bank.find(folder, name).is_none_or(|audio| *audio == *whole));
            }
        }
    }
}
