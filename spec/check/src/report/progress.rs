//! A run in progress, with its reports.

use std::time::Duration;

use crate::outcome::{Case, Outcome, Profile, Run, Verdict};
use crate::report::{Files, NotWritten};

/// The reason given for a case that an interrupted run did not reach.
pub const NOT_REACHED: &str = "the run was interrupted before it";

/// A run in progress. It has all its cases from the start, so that the report of a killed run
/// counts the cases that it did not reach as errors, and nobody earns points by an interruption.
#[derive(Debug)]
pub struct Progress {
    run: Run,
    files: Files,
}

impl Progress {
    /// Starts a run of `cases`, and writes the first reports.
    ///
    /// # Errors
    /// If a report can't be written: better to know that now than at the end.
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

    /// Records the outcome of a case, and rewrites the reports. An outcome of an unknown case is
    /// appended.
    ///
    /// # Errors
    /// If a report can't be written.
    pub fn tell(&mut self, outcome: Outcome) -> Result<(), NotWritten> {
        let mut outcomes = self.run.outcomes.iter_mut();
        match outcomes.find(|known| known.case.id == outcome.case.id) {
            Some(known) => *known = outcome,
            None => self.run.outcomes.push(outcome),
        }
        self.files.write(&self.run)
    }

    /// Completes the run, and writes the final reports.
    ///
    /// # Errors
    /// If a report can't be written.
    pub fn end(mut self) -> Result<Run, NotWritten> {
        self.run.complete = true;
        self.files.write(&self.run)?;
        Ok(self.run)
    }
}
