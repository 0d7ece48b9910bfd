//! Why a case did not pass: a violation by the server or client, or why nothing is known.

use crate::octets::common;
use crate::outcome::{Expected, Fault};

/// Why a case did not pass.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The implementation violates the specification.
    Violation(Box<Violation>),
    /// The case could not be tried.
    Error(String),
    /// The case does not apply.
    Skip(String),
}

/// A violation, before it is known for which clause it counts.
#[derive(Debug)]
pub(crate) struct Violation {
    /// The violated clause, if it is not the case's main one.
    pub(crate) clause: Option<&'static str>,
    pub(crate) fault: Fault,
    pub(crate) expected: Expected,
    pub(crate) got: Vec<u8>,
    pub(crate) differs_at: Option<usize>,
    pub(crate) hint: Option<&'static str>,
}

impl Violation {
    /// A violation described in words, with the octets that were read.
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

    /// A violation with the expected octets, those that were read, and where they first differ.
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
