//! How many cases have each verdict.

use serde::Serialize;

use crate::outcome::{Outcome, Verdict};

/// How many cases have each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Passed.
    pub pass: usize,
    /// Permitted, but advised against.
    pub warn: usize,
    /// Violations.
    pub fail: usize,
    /// Could not be tried.
    pub error: usize,
    /// Not tried.
    pub skip: usize,
}

impl Tally {
    /// Counts these outcomes.
    pub fn of<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Self {
        let mut tally = Self::default();
        for outcome in outcomes {
            let count = match outcome.verdict {
                Verdict::Pass => &mut tally.pass,
                Verdict::Warn(_) => &mut tally.warn,
                Verdict::Fail(_) => &mut tally.fail,
                Verdict::Error(_) => &mut tally.error,
                Verdict::Skip(_) => &mut tally.skip,
            };
            *count += 1;
        }
        tally
    }

    /// The number of all outcomes.
    pub fn total(self) -> usize {
        self.pass + self.warn + self.fail + self.error + self.skip
    }

    /// Each count with its word, in the order in which they are shown.
    pub(super) fn counts(self) -> [(&'static str, usize); 5] {
        [
            ("pass", self.pass),
            ("warn", self.warn),
            ("fail", self.fail),
            ("error", self.error),
            ("skip", self.skip),
        ]
    }
}
