//! Until when each visitor may join (JOIN-5).
//!
//! All visitors have the same time, and ids grow in the order of connecting. So the first entry is
//! always the next to expire, and one timer serves them all.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::room::SessionId;

/// The visitors, and until when each may join.
#[derive(Debug)]
pub(super) struct JoinDeadlines {
    /// Zero: for ever.
    join_timeout: Duration,
    pub(super) deadlines: BTreeMap<SessionId, Instant>,
}

impl JoinDeadlines {
    pub(super) fn new(join_timeout: Duration) -> Self {
        Self {
            join_timeout,
            deadlines: BTreeMap::new(),
        }
    }

    /// The visitor has just connected.
    pub(super) fn start(&mut self, id: SessionId) {
        if !self.join_timeout.is_zero() {
            self.deadlines
                .insert(id, Instant::now() + self.join_timeout);
        }
    }

    /// The visitor has joined, or its session has ended.
    pub(super) fn cancel(&mut self, id: SessionId) {
        self.deadlines.remove(&id);
    }

    /// When the next visitor's time is over.
    pub(super) fn next(&self) -> Option<Instant> {
        self.deadlines.values().next().copied()
    }

    /// Takes a visitor whose time is over.
    pub(super) fn pop_expired(&mut self) -> Option<SessionId> {
        let first = self.deadlines.first_entry()?;
        (*first.get() <= Instant::now()).then(|| first.remove_entry().0)
    }
}
