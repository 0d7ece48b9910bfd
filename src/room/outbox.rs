//! What one step of the room asks of its driver.
//!
//! An event for everyone is in it once, however many members there are: that is what makes a
//! broadcast cheap to carry.

use super::SessionId;
use crate::protocol::Event;

/// Events in the order in which they are told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Outbox(Vec<Tell>);

/// One event and who is told of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tell {
    /// Who is told.
    pub to: Audience,
    /// What they are told.
    pub event: Event,
}

/// Who is told of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Everyone who is a member after the step.
    Members,
    /// This session alone; nobody else learns of it (MESG-2).
    One(SessionId),
}

impl Outbox {
    /// An outbox with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells one session alone.
    pub fn tell(&mut self, id: SessionId, event: impl Into<Event>) {
        let (to, event) = (Audience::One(id), event.into());
        self.0.push(Tell { to, event });
    }

    /// Tells every member.
    pub fn tell_members(&mut self, event: Event) {
        let to = Audience::Members;
        self.0.push(Tell { to, event });
    }

    /// Takes out everything, in order, and leaves the outbox empty for the next step.
    pub fn drain(&mut self) -> impl Iterator<Item = Tell> + '_ {
        self.0.drain(..)
    }
}
