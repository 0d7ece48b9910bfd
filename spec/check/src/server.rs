//! Holds a server against the specification: each case on connections of its own, and with `--spawn` on a server of its own.
//!
//! [`check`] is the whole of it. A case is played by its script or by the code of [`cases`], on a scene that knows how to wait, and
//! what was expected where nothing came.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use thiserror::Error;

use crate::outcome::{Outcome, Run, Verdict};
use standing::Failed;

mod attempt;
pub mod cases;
mod finding;
mod host;
mod leave;
mod likeness;
mod options;
mod peer;
mod play;
mod process;
mod scene;
mod seed;
mod standing;

pub use host::Target;
pub use options::Options;

/// Why a run could not be made at all: nothing is known of the server.
#[derive(Debug, Error)]
pub enum CannotRun {
    /// Nothing was chosen: that must not look as if all were well.
    #[error("no case is {0}: see --list")]
    NoSuchCase(String),
    /// Each case that was chosen was skipped.
    #[error("nothing was tried: {0}")]
    NothingTried(String),
    /// The server can't be reached.
    #[error("{0}")]
    Unreachable(String),
}

/// Plays the chosen cases against `target`. Each outcome is given to `on_outcome` in the order of the cases, as soon as those before it are known.
///
/// # Errors
/// If nothing could be tried: [`CannotRun`].
pub fn check(
    target: &Target,
    options: &Options,
    mut on_outcome: impl FnMut(&Outcome),
) -> Result<Run, CannotRun> {
    let chosen = options.chosen()?;
    let jobs = if target.is_shared() {
        1
    } else {
        options.jobs.clamp(1, chosen.len().max(1))
    };
    let next = AtomicUsize::new(0);
    let was_reached = AtomicBool::new(false);
    let failed = Failed::none();
    let (tell, told) = mpsc::channel();
    let mut outcomes = Vec::new();
    let mut unreachable = None;
    thread::scope(|scope| {
        for _ in 0..jobs {
            let (tell, chosen, next) = (tell.clone(), &chosen, &next);
            let (was_reached, failed) = (&was_reached, &failed);
            scope.spawn(move || {
                while !options.interrupt.is_cancelled() {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let Some(entry) = chosen.get(n) else { return };
                    let outcome = if failed.is_below(entry.case.stage) {
                        Some(Ok(standing::unplayed(entry)))
                    } else {
                        attempt::outcome(entry, target, options, was_reached)
                    };
                    let Some(outcome) = outcome else { return };
                    outcome.iter().for_each(|outcome| failed.note(outcome));
                    // Nobody listens any more when the run has come to nothing.
                    if tell.send((n, outcome)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(tell);
        let mut early = BTreeMap::new();
        for (n, outcome) in told {
            if let Err(why) = outcome {
                unreachable.get_or_insert(why);
                next.store(chosen.len(), Ordering::Relaxed);
                continue;
            }
            early.insert(n, outcome);
            while let Some(Ok(outcome)) = early.remove(&outcomes.len()) {
                let outcome = standing::settled(&outcomes, outcome);
                on_outcome(&outcome);
                outcomes.push(outcome);
            }
        }
    });
    if let Some(why) = unreachable {
        return Err(CannotRun::Unreachable(why));
    }
    let complete = outcomes.len() == chosen.len();
    let skipped = |outcome: &Outcome| match &outcome.verdict {
        Verdict::Skip(why) => Some(why.clone()),
        Verdict::Pass | Verdict::Warn(_) | Verdict::Fail(_) | Verdict::Error(_) => None,
    };
    if let Some(reasons) = outcomes
        .iter()
        .map(skipped)
        .collect::<Option<Vec<String>>>()
        && complete
    {
        return Err(CannotRun::NothingTried(
            reasons.first().cloned().unwrap_or_default(),
        ));
    }
    Ok(Run {
        target: target.to_string(),
        profile: options.profile,
        seed: options.seed,
        outcomes,
        complete,
    })
}
