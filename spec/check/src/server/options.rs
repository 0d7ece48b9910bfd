//! What is asked of a server, and how.

use std::thread;
use std::time::Duration;

use parlour_spec::Document;
use tokio_util::sync::CancellationToken;

use super::CannotRun;
use crate::case::Entry;
use crate::limits::Limits;
use crate::outcome::{Profile, Stage};

/// What is asked of a server, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// How much of the specification.
    pub profile: Profile,
    /// Up to which stage.
    pub stage: Stage,
    /// Only these cases, by name or clause; all if there is none.
    pub only: Vec<String>,
    /// What makes the choices of the cases that choose.
    pub seed: u64,
    /// How long a server may take for anything.
    pub timeout: Duration,
    /// How many cases at once; where they share a server they come one after the other all the same.
    pub jobs: usize,
    /// What its limits are.
    pub limits: Limits,
    /// The signal that tells it to stop (SHUT-1), where it is known: `TERM`, `INT`.
    pub stop_signal: Option<String>,
    /// Ends the run early when it is cancelled.
    pub interrupt: CancellationToken,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            profile: Profile::Full,
            stage: Stage::Load,
            only: Vec::new(),
            seed: 1,
            timeout: Duration::from_secs(5),
            jobs: thread::available_parallelism().map_or(1, usize::from),
            limits: Limits::of(&Document::parlour()),
            stop_signal: None,
            interrupt: CancellationToken::new(),
        }
    }
}

impl Options {
    /// The cases that are chosen, in their order.
    ///
    /// # Errors
    /// If one is named that is not there, or none is chosen.
    pub fn chosen(&self) -> Result<Vec<&'static Entry>, CannotRun> {
        let belongs = |entry: &&Entry| entry.is_in(self.profile) && entry.case.stage <= self.stage;
        let all: Vec<&'static Entry> = Entry::all().iter().filter(belongs).collect();
        let nothing = |only: &&String| !all.iter().any(|entry| entry.is_called(only));
        if let Some(only) = self.only.iter().find(nothing) {
            return Err(CannotRun::NoSuchCase(only.clone()));
        }
        let is_wanted = |entry: &&Entry| {
            self.only.is_empty() || self.only.iter().any(|only| entry.is_called(only))
        };
        Ok(all.into_iter().filter(is_wanted).collect())
    }
}
