//! What is asked of an implementation, be it a server or a client: which cases, and how they are played.

use std::thread;
use std::time::{Duration, Instant};

use thiserror::Error;
use tokio_util::sync::CancellationToken;

use crate::jobs::in_order;
use crate::outcome::{Case, Outcome, Profile, Run, Stage, Verdict};
use crate::vector::Head;

/// What is asked.
#[derive(Clone, Debug)]
pub struct RunOptions {
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
pub trait Selectable {
    /// What it is called, and where it belongs.
    fn case(&self) -> &Case;

    /// What it is for.
    fn head(&self) -> &Head;

    /// Whether `only` is its name or one of its clauses.
    fn is_named(&self, only: &str) -> bool {
        let mut clauses = self.case().clauses.iter();
        self.case().id == only || clauses.any(|clause| clause.eq_ignore_ascii_case(only))
    }

    /// Whether it belongs to the profile.
    fn is_in(&self, profile: Profile) -> bool {
        self.head().profiles.has(profile)
    }
}

impl Default for RunOptions {
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

/// Runs a case on a runtime of its own, and measures how long that takes. `None` if it was
/// interrupted, an error if the implementation has never been reached.
pub(crate) fn run_case(
    case: &Case,
    verdict: impl Future<Output = Option<Result<Verdict, String>>>,
) -> Option<Result<Outcome, String>> {
    let begun = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let verdict = match runtime {
        Ok(runtime) => runtime.block_on(verdict)?,
        Err(why) => Ok(Verdict::Error(why.to_string())),
    };
    Some(verdict.map(|verdict| Outcome {
        case: case.clone(),
        verdict,
        took: begun.elapsed(),
    }))
}

impl RunOptions {
    /// The cases that are chosen among all, in their order; `why_not` says of a clause why no case holds it.
    pub(crate) fn select<T: Selectable>(
        &self,
        all: &'static [T],
        why_not: impl Fn(&str) -> Option<String>,
    ) -> Result<Vec<&'static T>, CannotRun> {
        let belongs = |case: &&T| case.is_in(self.profile) && case.case().stage <= self.stage;
        let asked: Vec<&'static T> = all.iter().filter(belongs).collect();
        let is_nothing = |only: &&String| !asked.iter().any(|case| case.is_named(only));
        if let Some(only) = self.only.iter().find(is_nothing) {
            let called: Vec<&T> = all.iter().filter(|case| case.is_named(only)).collect();
            return Err(self.why_none(only, &called, why_not));
        }
        let is_wanted =
            |case: &&T| self.only.is_empty() || self.only.iter().any(|only| case.is_named(only));
        Ok(asked.into_iter().filter(is_wanted).collect())
    }

    /// Why nothing is asked of what is called `only`, which are these cases.
    fn why_none<T: Selectable>(
        &self,
        only: &str,
        called: &[&T],
        why_not: impl Fn(&str) -> Option<String>,
    ) -> CannotRun {
        let first = { called.iter() }
            .filter(|case| case.is_in(self.profile))
            .map(|case| case.case().stage.number())
            .min();
        if let Some(stage) = first {
            let asked = self.stage.number();
            return CannotRun::NothingTried(format!(
                "{only} is of stage {stage}, and --stage {asked} ends before it"
            ));
        }
        if !called.is_empty() {
            let profile = match self.profile {
                Profile::Seed => "seed",
                Profile::Full => "full",
            };
            return CannotRun::NothingTried(format!("--profile {profile} does not ask {only}"));
        }
        match why_not(only) {
            Some(why) => CannotRun::NothingTried(format!("{only} can't be tried: {why}")),
            None => CannotRun::NoSuchCase(only.to_owned()),
        }
    }

    /// Plays the chosen cases, so many at once. Each outcome is what `settle` makes of it after those before it, and is told in the
    /// order of the cases.
    pub(crate) fn run_cases<T: Sync>(
        &self,
        target: String,
        chosen: &[T],
        jobs: usize,
        play: impl Fn(&T) -> Option<Result<Outcome, String>> + Sync,
        attribute: impl Fn(&[Outcome], Outcome) -> Outcome,
        mut on_outcome: impl FnMut(&Outcome),
    ) -> Result<Run, CannotRun> {
        let mut outcomes = Vec::new();
        let take = |outcome| {
            let outcome = attribute(&outcomes, outcome);
            on_outcome(&outcome);
            outcomes.push(outcome);
        };
        in_order(chosen, jobs, play, take).map_err(CannotRun::Unreachable)?;
        self.run(target, outcomes, chosen.len())
    }

    /// The run that these outcomes are, of so many cases.
    fn run(&self, target: String, outcomes: Vec<Outcome>, cases: usize) -> Result<Run, CannotRun> {
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
    /// There is no clause and no case of this name.
    #[error("no clause and no case is {0}: see --list")]
    NoSuchCase(String),
    /// Nothing was chosen, or each case that was chosen was skipped: that must not look as if all were well.
    #[error("nothing was tried: {0}")]
    NothingTried(String),
    /// The server can't be reached, or no client comes.
    #[error("{0}")]
    Unreachable(String),
}
