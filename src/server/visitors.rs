//! Until when each visitor may join (JOIN-5).
//!
//! All have the same time, and ids are given in the order of connecting: the first of them is
//! always the next that is overdue, and one timer serves them all.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::room::SessionId;

/// The visitors, and when the time of each to join is over.
#[derive(Debug)]
pub(super) struct Visitors {
    /// Zero: they can stay.
    join_timeout: Duration,
    join_by: BTreeMap<SessionId, Instant>,
}

impl Visitors {
    pub(super) fn new(join_timeout: Duration) -> Self {
        Self {
            join_timeout,
            join_by: BTreeMap::new(),
        }
    }

    /// One has connected just now.
    pub(super) fn enter(&mut self, id: SessionId) {
        if !self.join_timeout.is_zero() {
            self.join_by.insert(id, Instant::now() + self.join_timeout);
        }
    }

    /// One has joined, or is gone.
    pub(super) fn leave(&mut self, id: SessionId) {
        self.join_by.remove(&id);
    }

    /// When the next one is overdue.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.join_by.values().next().copied()
    }

    /// Takes out one that is overdue.
    pub(super) fn pop_overdue(&mut self) -> Option<SessionId> {
        let first = self.join_by.first_entry()?;
        (*first.get() <= Instant::now()).then(|| first.remove_entry().0)
    }
}
