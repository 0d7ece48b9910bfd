//! What a step of the room asks its driver to tell.
//!
//! An event for everyone is in the outbox once, however many members there are: that is what makes
//! a broadcast cheap to carry.

use super::SessionId;
use crate::protocol::Event;

/// Events, in the order in which they are to be told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Outbox(Vec<Tell>);

/// One event and its audience.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tell {
    /// To whom the event goes.
    pub to: Audience,
    /// The event.
    pub event: Event,
}

/// To whom an event goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// All that are members after the step.
    Members,
    /// This session alone; nobody else learns of it (MESG-2).
    One(SessionId),
}

impl Outbox {
    /// An empty outbox.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an event for one session alone.
    pub fn tell(&mut self, id: SessionId, event: impl Into<Event>) {
        let (to, event) = (Audience::One(id), event.into());
        self.0.push(Tell { to, event });
    }

    /// Adds an event for all members.
    pub fn tell_members(&mut self, event: Event) {
        let to = Audience::Members;
        self.0.push(Tell { to, event });
    }

    /// Takes out everything, in order, and leaves the outbox empty for the next step.
    pub fn drain(&mut self) -> impl Iterator<Item = Tell> + '_ {
        self.0.drain(..)
    }
}
