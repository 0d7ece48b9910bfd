//! What the room said, once: the stream of whoever read furthest, against which every other member's is compared octet by octet.
//!
//! One order for all members is then plain; what is lost, doubled or reordered shows in the record itself, as each
//! text carries who said it and the how-manieth of its texts it is.

use std::collections::{BTreeSet, VecDeque};
use std::ops::AddAssign;

use super::target::{MARK, TEXT, Target};

/// The talker whose texts are not counted: they only show that everyone listens.
pub(crate) const NOBODY: usize = 999;

/// One text in the record.
#[derive(Clone, Copy)]
pub(crate) struct Said {
    /// Where its line ends.
    pub(crate) end: u64,
    pub(crate) talker: usize,
    pub(crate) number: u64,
}

/// What went wrong, in lines; all zero as it should be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
    pub(crate) reordered: u64,
    /// Lines that nobody was to be told.
    pub(crate) strange: u64,
    /// Members who were told otherwise than the record says.
    pub(crate) differing: u64,
}

impl AddAssign for Faults {
    fn add_assign(&mut self, other: Self) {
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.reordered += other.reordered;
        self.strange += other.strange;
        self.differing += other.differing;
    }
}

pub(crate) struct Record {
    target: Target,
    octets: Vec<u8>,
    /// Where in the stream `octets` begins, and up to where it is read.
    base: u64,
    read: u64,
    said: VecDeque<Said>,
    first_said: u64,
    talkers: Vec<Talker>,
    pub(crate) faults: Faults,
}

#[derive(Default)]
struct Talker {
    next: u64,
    missing: BTreeSet<u64>,
}

impl Record {
    pub(crate) fn new(target: Target) -> Self {
        Self {
            target,
            octets: Vec::new(),
            base: 0,
            read: 0,
            said: VecDeque::new(),
            first_said: 0,
            talkers: Vec::new(),
            faults: Faults::default(),
        }
    }

    pub(crate) fn end(&self) -> u64 {
        self.base + self.octets.len() as u64
    }

    /// As many texts are in the record, or were.
    pub(crate) fn count(&self) -> u64 {
        self.first_said + self.said.len() as u64
    }

    /// How many texts of a talker were said, if none are missing.
    pub(crate) fn taken(&self, talker: usize) -> u64 {
        self.talkers.get(talker).map_or(0, |talker| talker.next)
    }

    /// Compares what a member read at `at`, and takes in what nobody had read before. False if it differs.
    pub(crate) fn compare(&mut self, at: u64, octets: &[u8], mut heard: impl FnMut(Said)) -> bool {
        let known = &self.octets[(at - self.base) as usize..];
        let both = known.len().min(octets.len());
        if known[..both] != octets[..both] {
            return false;
        }
        if both < octets.len() {
            self.octets.extend_from_slice(&octets[both..]);
            self.parse(&mut heard);
        }
        true
    }

    /// The texts from the `index`th on.
    pub(crate) fn from(&self, index: u64) -> impl Iterator<Item = &Said> {
        self.said.range((index - self.first_said) as usize..)
    }

    /// Drops what all members have read, if that is much; they are at `at` or further, and past `index` texts.
    pub(crate) fn trim(&mut self, at: u64, index: u64) {
        self.octets.drain(..(at - self.base) as usize);
        self.base = at;
        self.said.drain(..(index - self.first_said) as usize);
        self.first_said = index;
    }

    /// The length of what is kept.
    pub(crate) fn len(&self) -> usize {
        self.octets.len()
    }

    fn parse(&mut self, heard: &mut impl FnMut(Said)) {
        let unread = &self.octets[(self.read - self.base) as usize..];
        let mut start = 0;
        for lf in memchr::memchr_iter(b'\n', unread) {
            let line = &unread[start..lf];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            start = lf + 1;
            let text = line
                .split_at_checked(line.len().wrapping_sub(TEXT))
                .map(|(_, text)| text);
            if let Some((talker, number)) = text.and_then(read_text) {
                let said = Said {
                    end: self.read + start as u64,
                    talker,
                    number,
                };
                if talker != NOBODY {
                    if self.talkers.len() <= talker {
                        self.talkers.resize_with(talker + 1, Talker::default);
                    }
                    count(&mut self.talkers[talker], number, &mut self.faults);
                }
                self.said.push_back(said);
                heard(said);
            } else if !self.target.is_framing(line) {
                self.faults.strange += 1;
            }
        }
        self.read += start as u64;
    }
}

fn count(talker: &mut Talker, number: u64, faults: &mut Faults) {
    if number >= talker.next {
        faults.lost += number - talker.next;
        talker.missing.extend(talker.next..number);
        talker.next = number + 1;
    } else if talker.missing.remove(&number) {
        faults.lost -= 1;
        faults.reordered += 1;
    } else {
        faults.doubled += 1;
    }
}

/// Appends the text: a mark, who says it, the how-manieth of its texts it is, and what makes it [`TEXT`] octets.
pub(crate) fn write_text(talker: usize, number: u64, into: &mut Vec<u8>) {
    use std::io::Write;
    let start = into.len();
    write!(into, "{}{talker:03}-{number:010}-", char::from(MARK)).expect("a Vec grows as needed");
    into.resize(start + TEXT, b'x');
}

fn read_text(text: &[u8]) -> Option<(usize, u64)> {
    if text.first() != Some(&MARK) {
        return None;
    }
    let number = |digits: &[u8]| {
        let mut number = 0_u64;
        for digit in digits {
            number = number * 10 + u64::from(digit.checked_sub(b'0').filter(|&digit| digit < 10)?);
        }
        Some(number)
    };
    Some((number(&text[1..4])? as usize, number(&text[5..15])?))
}
