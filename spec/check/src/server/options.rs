//! What is asked of a server, and what is known of it.

use parlour_spec::Document;

use crate::case::ServerCase;
use crate::coverage::not_from_outside;
use crate::limits::Limits;
use crate::run::{CannotRun, RunOptions};

/// What is asked of a server, and what is known of it.
#[derive(Clone, Debug)]
pub struct Options {
    /// What is asked of anybody.
    pub run: RunOptions,
    /// What its limits are.
    pub limits: Limits,
    /// The signal that tells it to stop (SHUT-1), where it is known: `TERM`, `INT`.
    pub stop_signal: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            run: RunOptions::default(),
            limits: Limits::of(&Document::parlour()),
            stop_signal: None,
        }
    }
}

impl Options {
    /// The cases that are chosen, in their order.
    ///
    /// # Errors
    /// If one is named that is not there, or not among those that are asked.
    pub fn selected(&self) -> Result<Vec<&'static ServerCase>, CannotRun> {
        self.run.select(ServerCase::all(), not_from_outside)
    }
}
