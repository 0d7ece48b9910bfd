//! A set of octets: what one edge of an automaton takes.

use std::ops::RangeInclusive;

/// A set of octets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Octets([u64; 4]);

impl Octets {
    /// All of `range`.
    pub fn range(range: RangeInclusive<u8>) -> Self {
        range.collect()
    }

    /// Whether `octet` is one of them.
    pub fn contains(&self, octet: u8) -> bool {
        self.0[usize::from(octet >> 6)] >> (octet & 63) & 1 == 1
    }

    /// Those that are in both.
    pub fn both(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & other.0[i]))
    }

    /// The least of them.
    pub fn first(&self) -> Option<u8> {
        self.iter().next()
    }

    /// All of them, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u8> {
        (0..=255).filter(|&octet| self.contains(octet))
    }
}

impl FromIterator<u8> for Octets {
    fn from_iter<I: IntoIterator<Item = u8>>(octets: I) -> Self {
        let mut set = Self::default();
        for octet in octets {
            set.0[usize::from(octet >> 6)] |= 1 << (octet & 63);
        }
        set
    }
}
