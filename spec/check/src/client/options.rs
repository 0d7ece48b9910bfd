//! What is asked of a client, and how a person is asked.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::cases::why_not;
use super::{Entry, all};
use crate::asked::{Asked, CannotRun};

/// What is asked of a client, and how.
#[derive(Clone)]
pub struct Options {
    /// What is asked of anybody.
    pub asked: Asked,
    /// How long a person may take.
    pub patience: Duration,
    /// Tells a person what to do.
    pub tell: Arc<dyn Fn(&str) + Send + Sync>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            asked: Asked::default(),
            patience: Duration::from_secs(120),
            tell: Arc::new(|what| eprintln!("{what}")),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut options = f.debug_struct("Options");
        options.field("asked", &self.asked);
        options.field("patience", &self.patience);
        options.finish_non_exhaustive()
    }
}

impl Options {
    /// The cases that are chosen, in their order.
    ///
    /// # Errors
    /// If one is named that is not there, or not among those that are asked.
    pub fn chosen(&self) -> Result<Vec<&'static Entry>, CannotRun> {
        self.asked.chosen(all(), why_not)
    }
}
