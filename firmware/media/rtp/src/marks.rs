//! What is known of each sample's place in the jitter buffer: two bits, 64 places at a time.

use crate::nearby::bring_near;
use std::ops::Range;

const WORD: usize = u64::BITS as usize;
const HERE: usize = 0;
const PLAYED: usize = 1;

/// A place is empty, here, or played.
#[derive(Clone, Debug)]
pub(crate) struct Marks<const WORDS: usize> {
    /// Those that are here and those that were played, side by side: whoever asks for the one needs the other.
    words: [[u64; 2]; WORDS],
}

/// The words that places touch, and which bits of each.
fn words(places: Range<usize>) -> impl Iterator<Item = (usize, u64)> {
    let (first, last) = (places.start / WORD, places.end.saturating_sub(1) / WORD);
    (first..=last).map(move |word| {
        let from = places.start.saturating_sub(word * WORD);
        let to = (places.end - word * WORD).min(WORD);
        (word, u64::MAX << from & u64::MAX >> (WORD - to))
    })
}

impl<const WORDS: usize> Marks<WORDS> {
    pub(crate) fn new() -> Marks<WORDS> {
        Marks { words: [[0; 2]; WORDS] }
    }

    pub(crate) fn clear(&mut self) {
        *self = Marks::new();
    }

    /// What is said of this place and some after it is brought near.
    pub(crate) fn expect(&self, place: usize) {
        bring_near(&self.words[place / WORD..], 2);
    }

    pub(crate) fn is_here(&self, place: usize) -> bool {
        self.words[place / WORD][HERE] >> (place % WORD) & 1 == 1
    }

    pub(crate) fn was_played(&self, place: usize) -> bool {
        self.words[place / WORD][PLAYED] >> (place % WORD) & 1 == 1
    }

    /// Nothing is missing in these places, at least one.
    pub(crate) fn all_here(&self, places: Range<usize>) -> bool {
        words(places).all(|(word, bits)| self.words[word][HERE] & bits == bits)
    }

    /// These places, at least one, are filled.
    pub(crate) fn put(&mut self, places: Range<usize>) {
        for (word, bits) in words(places) {
            let [here, played] = &mut self.words[word];
            *here |= bits;
            *played &= !bits;
        }
    }

    /// What is in these places, at least one, is played, and what is not will not be.
    pub(crate) fn pass(&mut self, places: Range<usize>) {
        for (word, bits) in words(places) {
            let [here, played] = &mut self.words[word];
            *played = *played & !bits | *here & bits;
            *here &= !bits;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs of every length at every place do to their places, and to no other, what a table of single places would.
    #[test]
    fn runs_are_their_places() {
        for start in 0..200 {
            for end in start + 1..=256 {
                let mut marks = Marks::<4>::new();
                marks.put(10..100);
                marks.pass(start..end);
                for place in 0..256 {
                    let (was, inside) = ((10..100).contains(&place), (start..end).contains(&place));
                    assert_eq!((marks.is_here(place), marks.was_played(place)), (was && !inside, was && inside));
                }
                marks.put(start..end);
                assert!(marks.all_here(start..end));
                assert!(start == 0 || marks.is_here(start - 1) == (10..100).contains(&(start - 1)));
                assert!(end == 256 || marks.is_here(end) == (10..100).contains(&end));
            }
        }
    }
}
