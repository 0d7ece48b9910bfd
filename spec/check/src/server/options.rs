//! The options of a server's check.

use parlour_spec::Document;

use crate::case::ServerCase;
use crate::coverage::not_from_outside;
use crate::limits::Limits;
use crate::run::{CannotRun, RunOptions};

/// The options of a server's check.
#[derive(Clone, Debug)]
pub struct Options {
    /// The options of the run.
    pub run: RunOptions,
    /// The server's limits.
    pub limits: Limits,
    /// The signal that tells the server to stop (SHUT-1), if known: `TERM`, `INT`.
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
    /// The selected cases, in their order.
    ///
    /// # Errors
    /// If a named case does not exist, or is not among those that are checked.
    pub fn selected(&self) -> Result<Vec<&'static ServerCase>, CannotRun> {
        self.run.select(ServerCase::all(), not_from_outside)
    }
}
