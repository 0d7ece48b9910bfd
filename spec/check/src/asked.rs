//! What is asked of an implementation, be it a server or a client: which cases, and how they are played.

use std::thread;
use std::time::Duration;

use thiserror::Error;
use tokio_util::sync::CancellationToken;

use crate::outcome::{Outcome, Profile, Run, Stage, Verdict};

/// What is asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// How much of the specification.
    pub profile: Profile,
    /// Up to which stage.
    pub stage: Stage,
    /// Only these cases, by name or clause; all if there is none.
    pub only: Vec<String>,
    /// What makes the choices of the cases that choose, and the words of conversations.
    pub seed: u64,
    /// How long the implementation may take for anything.
    pub timeout: Duration,
    /// How many cases at once; where they share a server, or somebody starts the client by hand, they come one after the other all the
    /// same.
    pub jobs: usize,
    /// Ends the run early when it is cancelled.
    pub interrupt: CancellationToken,
}

/// A case that can be chosen.
pub trait Choice {
    /// Where it belongs.
    fn stage(&self) -> Stage;
    /// Whether it belongs to the profile.
    fn is_in(&self, profile: Profile) -> bool;
    /// Whether `only` is its name or one of its clauses.
    fn is_called(&self, only: &str) -> bool;
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            profile: Profile::Full,
            stage: Stage::Load,
            only: Vec::new(),
            seed: 1,
            timeout: Duration::from_secs(5),
            jobs: thread::available_parallelism().map_or(1, usize::from),
            interrupt: CancellationToken::new(),
        }
    }
}

impl Asked {
    /// The cases that are chosen among all, in their order.
    pub(crate) fn chosen<T: Choice>(
        &self,
        all: &'static [T],
    ) -> Result<Vec<&'static T>, CannotRun> {
        let belongs = |case: &&T| case.is_in(self.profile) && case.stage() <= self.stage;
        let all: Vec<&'static T> = all.iter().filter(belongs).collect();
        let nothing = |only: &&String| !all.iter().any(|case| case.is_called(only));
        if let Some(only) = self.only.iter().find(nothing) {
            return Err(CannotRun::NoSuchCase(only.clone()));
        }
        let is_wanted =
            |case: &&T| self.only.is_empty() || self.only.iter().any(|only| case.is_called(only));
        Ok(all.into_iter().filter(is_wanted).collect())
    }

    /// The run that these outcomes are, of so many cases.
    pub(crate) fn run(
        &self,
        target: String,
        outcomes: Vec<Outcome>,
        cases: usize,
    ) -> Result<Run, CannotRun> {
        let complete = outcomes.len() == cases;
        let skipped = |outcome: &Outcome| match &outcome.verdict {
            Verdict::Skip(why) => Some(why.clone()),
            Verdict::Pass | Verdict::Warn(_) | Verdict::Fail(_) | Verdict::Error(_) => None,
        };
        let reasons: Option<Vec<String>> = outcomes.iter().map(skipped).collect();
        if let Some(reasons) = reasons
            && complete
        {
            let first = reasons.into_iter().next();
            return Err(CannotRun::NothingTried(first.unwrap_or_default()));
        }
        Ok(Run {
            target,
            profile: self.profile,
            seed: self.seed,
            outcomes,
            complete,
        })
    }
}

/// Why a run could not be made at all: nothing is known of the implementation.
#[derive(Debug, Error)]
pub enum CannotRun {
    /// Nothing was chosen: that must not look as if all were well.
    #[error("no case is {0}: see --list")]
    NoSuchCase(String),
    /// Each case that was chosen was skipped.
    #[error("nothing was tried: {0}")]
    NothingTried(String),
    /// The server can't be reached, or no client comes.
    #[error("{0}")]
    Unreachable(String),
}
