//! A run while it lasts, with its reports.

use std::time::Duration;

use crate::outcome::{Case, Outcome, Profile, Run, Verdict};
use crate::report::{Files, NotWritten};

/// The reason of a case that an interrupted run has not come to.
pub const NOT_REACHED: &str = "the run was interrupted before it";

/// A run while it lasts. All its cases are in it from the beginning, so that a report of a run that was killed counts as errors what
/// was not reached, and nobody earns points by being interrupted.
#[derive(Debug)]
pub struct Progress {
    run: Run,
    files: Files,
}

impl Progress {
    /// Begins with `cases`, and writes the first reports.
    ///
    /// # Errors
    /// If a report cannot be written, which is better known now than at the end.
    pub fn begin(
        target: String,
        profile: Profile,
        seed: u64,
        cases: impl IntoIterator<Item = Case>,
        files: Files,
    ) -> Result<Self, NotWritten> {
        let not_reached = |case| Outcome {
            case,
            verdict: Verdict::Error(NOT_REACHED.to_owned()),
            took: Duration::ZERO,
        };
        let run = Run {
            target,
            profile,
            seed,
            outcomes: cases.into_iter().map(not_reached).collect(),
            complete: false,
        };
        files.write(&run)?;
        Ok(Self { run, files })
    }

    /// Takes what came of a case, and writes the reports anew. A case that was not known at the beginning comes last.
    ///
    /// # Errors
    /// If a report cannot be written.
    pub fn tell(&mut self, outcome: Outcome) -> Result<(), NotWritten> {
        let mut outcomes = self.run.outcomes.iter_mut();
        match outcomes.find(|known| known.case.id == outcome.case.id) {
            Some(known) => *known = outcome,
            None => self.run.outcomes.push(outcome),
        }
        self.files.write(&self.run)
    }

    /// Ends the run, and writes the last reports.
    ///
    /// # Errors
    /// If a report cannot be written.
    pub fn end(mut self) -> Result<Run, NotWritten> {
        self.run.complete = true;
        self.files.write(&self.run)?;
        Ok(self.run)
    }
}
