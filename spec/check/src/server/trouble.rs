//! Why a case was not passed: what the server did wrong, or why nothing is known.

use super::likeness::common;
use crate::outcome::Fault;

/// Why a case was not passed.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The server is wrong.
    Wrong(Box<Wrong>),
    /// It could not be tried.
    Cannot(String),
    /// It makes no sense to try it.
    Skip(String),
}

/// What a server did wrong, before it is known for which clause that counts.
#[derive(Debug)]
pub(crate) struct Wrong {
    pub(super) clause: Option<&'static str>,
    pub(super) fault: Fault,
    pub(super) expected: String,
    pub(super) got: Vec<u8>,
    pub(super) differs_at: Option<usize>,
    pub(super) hint: Option<String>,
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

    /// What was expected, and what came, with where it first differs.
    pub(super) fn differing(fault: Fault, expected: &str, got: &[u8]) -> Self {
        let differs_at = Some(common(expected.as_bytes(), got));
        Self {
            differs_at,
            ..Self::new(fault, expected, got)
        }
    }
}

impl From<Wrong> for Trouble {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(Box::new(wrong))
    }
}
