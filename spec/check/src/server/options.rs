//! What is asked of a server, and what is known of it.

use parlour_spec::Document;

use crate::asked::{Asked, CannotRun};
use crate::case::Entry;
use crate::coverage::not_from_outside;
use crate::limits::Limits;

/// What is asked of a server, and what is known of it.
#[derive(Clone, Debug)]
pub struct Options {
    /// What is asked of anybody.
    pub asked: Asked,
    /// What its limits are.
    pub limits: Limits,
    /// The signal that tells it to stop (SHUT-1), where it is known: `TERM`, `INT`.
    pub stop_signal: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            asked: Asked::default(),
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
    pub fn chosen(&self) -> Result<Vec<&'static Entry>, CannotRun> {
        self.asked.chosen(Entry::all(), not_from_outside)
    }
}
