//! How many texts of each talker a reader was told.

use std::time::Instant;

/// With what a text begins, and nothing else that a server says does.
const MARK: u8 = b'@';

/// Talkers have one letter each.
const TALKERS: usize = 26;

/// Counts the marks in what one is told, and does nothing else with it.
#[derive(Default)]
pub(crate) struct Tally {
    texts: [u64; TALKERS],
    /// Whether the mark came last, and the letter is to come.
    is_marked: bool,
    /// When the last of those went who heard for it.
    pub(crate) ended: Option<Instant>,
}

/// The text of `talker`: the mark, its letter, and what makes it `octets` long.
pub(crate) fn text(talker: usize, octets: usize) -> Vec<u8> {
    let letter = u8::try_from(talker).expect("there are few talkers");
    let mut text = vec![MARK, b'a' + letter];
    text.resize(octets, b'x');
    text
}

impl Tally {
    pub(crate) fn hear(&mut self, octets: &[u8]) {
        if std::mem::take(&mut self.is_marked) {
            self.count(octets.first());
        }
        for at in memchr::memchr_iter(MARK, octets) {
            match octets.get(at + 1) {
                None => self.is_marked = true,
                letter => self.count(letter),
            }
        }
    }

    /// The texts of each of the first `talkers`.
    pub(crate) fn texts(&self, talkers: usize) -> &[u64] {
        &self.texts[..talkers]
    }

    fn count(&mut self, letter: Option<&u8>) {
        let talker = letter.map(|letter| usize::from(letter.wrapping_sub(b'a')));
        if let Some(texts) = talker.and_then(|talker| self.texts.get_mut(talker)) {
            *texts += 1;
        }
    }
}
