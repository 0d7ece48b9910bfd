//! Connections that are not accepted, not limited, or not ended in time (CONN-3, JOIN-5, SHUT-1).

use std::time::Duration;

use crate::behaviour::Behaviour;
use crate::limits::Limits;
use crate::room::{Effect, Id, Input, Room, Tell};

/// Only one client at a time is accepted.
pub(crate) struct SecondConnectionDropped;

impl Behaviour for SecondConnectionDropped {
    fn accepts(&mut self, open: usize) -> bool {
        open == 0
    }
}

/// Any number of connections is accepted.
pub(crate) struct ConnectionsUnlimited;

impl Behaviour for ConnectionsUnlimited {
    fn limits(&mut self, limits: Limits) -> Limits {
        Limits {
            max_connections: usize::MAX,
            ..limits
        }
    }
}

/// A visitor stays for as long as it likes.
pub(crate) struct VisitorsStayForEver;

impl Behaviour for VisitorsStayForEver {
    fn limits(&mut self, limits: Limits) -> Limits {
        Limits {
            join_timeout: Duration::ZERO,
            ..limits
        }
    }
}

/// Joining does not stop the join timeout.
pub(crate) struct JoinClockNotStopped;

impl Behaviour for JoinClockNotStopped {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        match input {
            Input::JoinTimeout => room.handle(from, Input::HalfClose),
            input => room.handle(from, input),
        }
    }
}

/// The server stops without saying so.
pub(crate) struct StopsWithoutAWord;

impl Behaviour for StopsWithoutAWord {
    fn shut_down(&mut self, room: &mut Room) -> Vec<Tell> {
        let mut told = room.shut_down();
        told.retain(|tell| tell.effect == Effect::Close);
        told
    }
}
