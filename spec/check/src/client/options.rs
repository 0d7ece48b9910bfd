//! What is asked of a client, and how a person is asked.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::cases::why_not;
use super::{ClientCase, all};
use crate::run::{CannotRun, RunOptions};

/// What is asked of a client, and how.
#[derive(Clone)]
pub struct Options {
    /// What is asked of anybody.
    pub run: RunOptions,
    /// How long a person may take.
    pub person_timeout: Duration,
    /// Tells a person what to do.
    pub prompt: Arc<dyn Fn(&str) + Send + Sync>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            run: RunOptions::default(),
            person_timeout: Duration::from_secs(120),
            prompt: Arc::new(|what| eprintln!("{what}")),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut options = f.debug_struct("Options");
        options.field("run", &self.run);
        options.field("patience", &self.person_timeout);
        options.finish_non_exhaustive()
    }
}

impl Options {
    /// The cases that are chosen, in their order.
    ///
    /// # Errors
    /// If one is named that is not there, or not among those that are asked.
    pub fn selected(&self) -> Result<Vec<&'static ClientCase>, CannotRun> {
        self.run.select(all(), why_not)
    }
}
