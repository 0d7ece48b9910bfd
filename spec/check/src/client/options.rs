//! The options of a client's check.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::cases::why_not;
use super::{ClientCase, all};
use crate::run::{CannotRun, RunOptions};

/// The options of a client's check.
#[derive(Clone)]
pub struct Options {
    /// The options of the run.
    pub run: RunOptions,
    /// How long a person may take to start the client, or to type.
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
    /// The selected cases, in their order.
    ///
    /// # Errors
    /// If a named case does not exist, or is not among those that are checked.
    pub fn selected(&self) -> Result<Vec<&'static ClientCase>, CannotRun> {
        self.run.select(all(), why_not)
    }
}
