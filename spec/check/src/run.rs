//! A run against an implementation, be it a server or a client: which cases are selected, and how
//! they are played.

use std::thread;
use std::time::{Duration, Instant};

use parlour_spec::script::Head;
use thiserror::Error;
use tokio_util::sync::CancellationToken;

use crate::jobs::in_order;
use crate::outcome::{Case, Outcome, Profile, Run, Stage, Verdict};

/// The options of a run.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// How much of the specification is checked.
    pub profile: Profile,
    /// The last stage that is checked.
    pub stage: Stage,
    /// Only these cases, by name or clause; all cases if it is empty.
    pub only: Vec<String>,
    /// The seed of the cases that choose at random, and of the random words in scripts.
    pub seed: u64,
    /// How long the implementation may take for any one thing.
    pub timeout: Duration,
    /// Maximum number of cases played at once. Where they share a server, or a person starts the
    /// client by hand, cases are played one after the other.
    pub jobs: usize,
    /// Ends the run early when it is cancelled.
    pub interrupt: CancellationToken,
}

/// A case that can be selected.
pub trait Selectable {
    /// Its name, clauses and stage.
    fn case(&self) -> &Case;

    /// The head of its vector.
    fn head(&self) -> &Head;

    /// Whether `only` is its name or one of its clauses.
    fn is_named(&self, only: &str) -> bool {
        let mut clauses = self.case().clauses.iter();
        self.case().id == only || clauses.any(|clause| clause.eq_ignore_ascii_case(only))
    }

    /// Whether it belongs to the profile.
    fn is_in(&self, profile: Profile) -> bool {
        profile.is_in(self.head().profiles)
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
    /// Selects among all cases, in their order. `why_not` says why no case holds a clause.
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

    /// Why no case is selected by `only`; `called` are the cases that it names.
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

    /// Plays the selected cases, at most `jobs` at once. `attribute` turns each outcome into its
    /// final form, given those before it; `on_outcome` receives them in the order of the cases.
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

    /// The run that consists of these outcomes, of `cases` selected cases.
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

/// Why there was no run at all: nothing is known of the implementation.
#[derive(Debug, Error)]
pub enum CannotRun {
    /// No clause and no case has this name.
    #[error("no clause and no case is {0}: see --list")]
    NoSuchCase(String),
    /// No case was selected, or every selected case was skipped: that must not look as if all had
    /// passed.
    #[error("nothing was tried: {0}")]
    NothingTried(String),
    /// The server can't be reached, or no client connects.
    #[error("{0}")]
    Unreachable(String),
}
