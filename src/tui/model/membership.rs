//! Whether the person is a member of the room, or on the way to become one.

use std::time::Duration;

use crate::protocol::UserName;

/// The warning that the room has no free seat.
pub(in crate::tui) const FULL: &str = "the room is full, please try later";

/// The person's state in the room, now and before.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Membership {
    state: State,
    past: Past,
}

#[derive(Clone, Debug)]
enum State {
    /// The input line asks for a name. With the reason why the last one was refused.
    Unnamed(Option<String>),
    /// JOIN is pending under this name, or will be sent once there is a connection.
    Joining(UserName),
    /// The room was full. Enter tries again under this name.
    Full(UserName),
    Member(UserName),
}

#[derive(Clone, Copy, Debug)]
enum Past {
    NeverMember,
    Member,
    /// A member until the connection was lost, at this time since the start.
    Lost(Duration),
}

/// How the person was admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Admission {
    /// For the first time.
    First,
    /// Again, this long after the connection was lost.
    Back(Duration),
    /// Again, without a lost connection in between.
    Again,
}

impl Membership {
    pub(super) fn new(name: Option<UserName>) -> Self {
        Self {
            state: name.map_or(State::Unnamed(None), State::Joining),
            past: Past::NeverMember,
        }
    }

    /// The member's name, or the name to join under.
    pub(in crate::tui) fn name(&self) -> Option<&UserName> {
        match &self.state {
            State::Unnamed(_) => None,
            State::Joining(name) | State::Full(name) | State::Member(name) => Some(name),
        }
    }

    pub(in crate::tui) fn is_joining(&self) -> bool {
        matches!(self.state, State::Joining(_))
    }

    pub(in crate::tui) fn is_full(&self) -> bool {
        matches!(self.state, State::Full(_))
    }

    pub(in crate::tui) fn is_member(&self) -> bool {
        matches!(self.state, State::Member(_))
    }

    /// Why the last name was refused.
    pub(in crate::tui) fn refusal(&self) -> Option<&str> {
        match &self.state {
            State::Unnamed(refusal) => refusal.as_deref(),
            State::Joining(_) | State::Full(_) | State::Member(_) => None,
        }
    }

    /// JOIN is being sent under this name.
    pub(in crate::tui) fn join(&mut self, name: UserName) {
        if !self.is_member() {
            self.state = State::Joining(name);
        }
    }

    pub(in crate::tui) fn admit(&mut self, name: UserName, now: Duration) -> Admission {
        self.state = State::Member(name);
        match std::mem::replace(&mut self.past, Past::Member) {
            Past::NeverMember => Admission::First,
            Past::Member => Admission::Again,
            Past::Lost(at) => Admission::Back(now.saturating_sub(at)),
        }
    }

    /// The room was full when this name asked to join.
    pub(in crate::tui) fn set_full(&mut self, name: UserName) {
        self.state = State::Full(name);
    }

    /// The name was refused, for this reason. The person has to choose another.
    pub(in crate::tui) fn refuse(&mut self, why: String) {
        self.state = State::Unnamed(Some(why));
    }

    /// Tries again to join a room that was full. Returns the name to join under.
    pub(in crate::tui) fn retry_join(&mut self) -> Option<UserName> {
        let State::Full(name) = &self.state else {
            return None;
        };
        let name = name.clone();
        self.state = State::Joining(name.clone());
        Some(name)
    }

    /// The connection was lost.
    pub(in crate::tui) fn disconnected(&mut self, now: Duration) {
        if let State::Member(name) = &self.state {
            self.state = State::Joining(name.clone());
        }
        if let Past::Member = self.past {
            self.past = Past::Lost(now);
        }
    }
}
