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
pub(super) struct JoinDeadlines {
    /// Zero: they can stay.
    join_timeout: Duration,
    deadlines: BTreeMap<SessionId, Instant>,
}

impl JoinDeadlines {
    pub(super) fn new(join_timeout: Duration) -> Self {
        Self {
            join_timeout,
            deadlines: BTreeMap::new(),
        }
    }

    /// One has connected just now.
    pub(super) fn start(&mut self, id: SessionId) {
        if !self.join_timeout.is_zero() {
            self.deadlines
                .insert(id, Instant::now() + self.join_timeout);
        }
    }

    /// One has joined, or is gone.
    pub(super) fn cancel(&mut self, id: SessionId) {
        self.deadlines.remove(&id);
    }

    /// When the next one is overdue.
    pub(super) fn next(&self) -> Option<Instant> {
        self.deadlines.values().next().copied()
    }

    /// Takes out one that is overdue.
    pub(super) fn pop_expired(&mut self) -> Option<SessionId> {
        let first = self.deadlines.first_entry()?;
        (*first.get() <= Instant::now()).then(|| first.remove_entry().0)
    }
}
