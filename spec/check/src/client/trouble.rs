//! Why a case was not passed.

use crate::outcome::Fault;

/// Why a case was not passed.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The client is wrong.
    Wrong(Box<Wrong>),
    /// It could not be tried.
    Cannot(String),
}

/// What a client did wrong.
#[derive(Debug)]
pub(crate) struct Wrong {
    /// If it is not the one that the case is for.
    pub(super) clause: Option<&'static str>,
    pub(super) fault: Fault,
    pub(super) expected: String,
    pub(super) got: Vec<u8>,
    pub(super) differs_at: Option<usize>,
    pub(super) hint: Option<&'static str>,
}

impl Wrong {
    /// What was expected, and what came.
    pub(super) fn new(fault: Fault, expected: &str, got: &[u8]) -> Self {
        const KEPT: usize = 4096;
        Self {
            clause: None,
            fault,
            expected: expected.to_owned(),
            got: got[..got.len().min(KEPT)].to_vec(),
            differs_at: None,
            hint: None,
        }
    }
}

impl From<Wrong> for Trouble {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(Box::new(wrong))
    }
}
