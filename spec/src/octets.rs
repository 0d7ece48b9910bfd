//! A set of octets: what one edge of an automaton consumes.

use std::ops::RangeInclusive;

/// A set of octets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Octets([u64; 4]);

impl Octets {
    /// The set of all octets in `range`.
    pub fn range(range: RangeInclusive<u8>) -> Self {
        range.collect()
    }

    /// Whether the set contains `octet`.
    pub fn contains(&self, octet: u8) -> bool {
        self.0[usize::from(octet >> 6)] >> (octet & 63) & 1 == 1
    }

    /// The intersection of both sets.
    pub fn both(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & other.0[i]))
    }

    /// The least octet of the set.
    pub fn first(&self) -> Option<u8> {
        self.iter().next()
    }

    /// All octets of the set, ascending.
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
