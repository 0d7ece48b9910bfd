//! Holds a server against the specification: each case on connections of its own, and with `--spawn` on a server of its own.
//!
//! [`check`] is the whole of it. A case is played by its script or by the code of [`cases`], on a scene that knows how to wait, and
//! what was expected where nothing came.

use std::sync::atomic::AtomicBool;

use crate::asked::CannotRun;
use crate::case::Entry;
use crate::jobs::in_order;
use crate::outcome::{Outcome, Run};
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
        options.asked.jobs
    };
    let was_reached = AtomicBool::new(false);
    let failed = Failed::none();
    let play = |&entry: &&'static Entry| {
        if options.asked.interrupt.is_cancelled() {
            return None;
        }
        let outcome = if failed.is_below(entry.case.stage) {
            Ok(standing::unplayed(entry))
        } else {
            attempt::outcome(entry, target, options, &was_reached)?
        };
        outcome.iter().for_each(|outcome| failed.note(outcome));
        Some(outcome)
    };
    let mut outcomes = Vec::new();
    let take = |outcome| {
        let outcome = standing::settled(&outcomes, outcome);
        on_outcome(&outcome);
        outcomes.push(outcome);
    };
    in_order(&chosen, jobs, play, take).map_err(CannotRun::Unreachable)?;
    options
        .asked
        .run(target.to_string(), outcomes, chosen.len())
}
