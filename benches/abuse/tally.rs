//! Counts how many texts of each talker a reader received.

use std::time::Instant;

/// The beginning of a text, which occurs in nothing else that a server sends.
const MARK: u8 = b'@';

/// Each talker has one letter.
const TALKERS: usize = 26;

/// Counts the marks in what a client reads, and does nothing else with it.
#[derive(Default)]
pub(crate) struct Tally {
    texts: [u64; TALKERS],
    /// Whether the mark came last, so that the letter comes next.
    is_marked: bool,
    /// When the last reader that counted into it was dropped.
    pub(crate) ended: Option<Instant>,
}

/// The text of `talker`: the mark, its letter, and padding to `octets`.
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

    /// The number of texts of each of the first `talkers`.
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
