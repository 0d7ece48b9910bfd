//! How many cases ended in which way.

use serde::Serialize;

use crate::outcome::{Outcome, Verdict};

/// How many cases ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// As the specification wants it.
    pub pass: usize,
    /// Permitted, and advised against.
    pub warn: usize,
    /// Broken.
    pub fail: usize,
    /// Could not be tried.
    pub error: usize,
    /// Was not tried.
    pub skip: usize,
}

impl Tally {
    /// Of these.
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

    /// Of whatever kind.
    pub fn total(self) -> usize {
        self.pass + self.warn + self.fail + self.error + self.skip
    }

    /// Each count with its word, the way they are always shown.
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
