//! What the room said, once: the stream of the member that has read furthest, compared octet by
//! octet with what every other member reads.
//!
//! That shows that all members receive one order. Lost, doubled and reordered lines show in the
//! record itself, because each text carries its talker and its sequence number.

use std::collections::{BTreeSet, VecDeque};
use std::ops::AddAssign;

use super::target::{MARK, TEXT, Target};

/// The talker whose texts are not counted: they only show that every member is receiving.
pub(crate) const NOBODY: usize = 999;

/// One text in the record.
#[derive(Clone, Copy)]
pub(crate) struct Said {
    /// Where its line ends.
    pub(crate) end: u64,
    pub(crate) talker: usize,
    pub(crate) number: u64,
}

/// The faults, counted in lines; all zero in a correct run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
    pub(crate) reordered: u64,
    /// Lines that the server should not have sent to anyone.
    pub(crate) strange: u64,
    /// Members that received something other than the record.
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
    /// Where in the stream `octets` begins, and how far it is parsed.
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

    /// How many texts the record has had, including trimmed ones.
    pub(crate) fn count(&self) -> u64 {
        self.first_said + self.said.len() as u64
    }

    /// How many texts of a talker were said, if none are missing.
    pub(crate) fn taken(&self, talker: usize) -> u64 {
        self.talkers.get(talker).map_or(0, |talker| talker.next)
    }

    /// Compares what a member read at `at`, and appends what no member had read before. Returns
    /// false if it differs.
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

    /// The texts from index `index` on.
    pub(crate) fn from(&self, index: u64) -> impl Iterator<Item = &Said> {
        self.said.range((index - self.first_said) as usize..)
    }

    /// Trims what all members have read, if that is much; all are at `at` or further, and past
    /// `index` texts.
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

/// Appends the text: a mark, its talker, its sequence number, and padding to [`TEXT`] octets.
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
