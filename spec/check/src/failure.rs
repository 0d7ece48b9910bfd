//! Why a case was not passed: what the server or the client did wrong, or why nothing is known.

use crate::octets::common;
use crate::outcome::{Expected, Fault};

/// Why a case was not passed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The implementation is wrong.
    Violation(Box<Violation>),
    /// It could not be tried.
    Error(String),
    /// It makes no sense to try it.
    Skip(String),
}

/// What was done wrong, before it is known for which clause that counts.
#[derive(Debug)]
pub(crate) struct Violation {
    /// If it is not the one that the case is for.
    pub(crate) clause: Option<&'static str>,
    pub(crate) fault: Fault,
    pub(crate) expected: Expected,
    pub(crate) got: Vec<u8>,
    pub(crate) differs_at: Option<usize>,
    pub(crate) hint: Option<&'static str>,
}

impl Violation {
    /// What was expected, in words, and what came.
    pub(crate) fn new(fault: Fault, expected: &str, got: &[u8]) -> Self {
        Self::with(fault, Expected::words(expected), got)
    }

    fn with(fault: Fault, expected: Expected, got: &[u8]) -> Self {
        const KEPT: usize = 16 << 10;
        Self {
            clause: None,
            fault,
            expected,
            got: got[..got.len().min(KEPT)].to_vec(),
            differs_at: None,
            hint: None,
        }
    }

    /// What was expected, and what came, with where it first differs.
    pub(crate) fn differing(fault: Fault, expected: Expected, got: &[u8]) -> Self {
        let differs_at = match &expected {
            Expected::Words(_) => None,
            Expected::Octets(_) | Expected::Beginning(_) | Expected::End(_) => {
                Some(common(expected.octets(), got))
            }
        };
        Self {
            differs_at,
            ..Self::with(fault, expected, got)
        }
    }
}

impl From<Violation> for Failure {
    fn from(violation: Violation) -> Self {
        Self::Violation(Box::new(violation))
    }
}
