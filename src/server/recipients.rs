//! The actors of the sessions.

use std::collections::BTreeMap;

use actix::Recipient;

use super::message::Deliver;
use crate::room::SessionId;

/// Who is sent what the room tells a session.
#[derive(Default)]
pub(super) struct Recipients(pub(super) BTreeMap<SessionId, Recipient<Deliver>>);

impl Recipients {
    pub(super) fn insert(&mut self, id: SessionId, session: Recipient<Deliver>) {
        self.0.insert(id, session);
    }

    pub(super) fn remove(&mut self, id: SessionId) {
        self.0.remove(&id);
    }

    /// Sends the session `deliver`, unless it was removed.
    pub(super) fn send(&self, id: SessionId, deliver: Deliver) {
        if let Some(session) = self.0.get(&id) {
            session.do_send(deliver);
        }
    }
}
