//! Every message that the actors exchange.
//!
//! A session has at most one [`Heard`] on its way and waits for its [`Deliver::Taken`], which bounds the room's mailbox by the
//! number of sessions. Answers and events reach a session through one queue, its mailbox, and so in one order (ORDER-4).

use std::collections::VecDeque;

use actix::{Message, Recipient};
use bytes::Bytes;

use crate::protocol::Line;
use crate::room::{Input, SessionId};

/// Lines of one connection, in order.
pub(super) type Lines = VecDeque<Line>;

/// To the room: a connection is there.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Connect {
    pub(super) id: SessionId,
    /// The peer's address, for the console.
    pub(super) peer: String,
    pub(super) session: Recipient<Deliver>,
}

/// To the room: lines that one read of a connection brought.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Heard {
    pub(super) from: SessionId,
    pub(super) lines: Lines,
}

/// To the room: something other than lines happened to a session.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Happened {
    pub(super) to: SessionId,
    pub(super) input: Input,
}

/// To the room: the server stops.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Shutdown;

/// To a session.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) enum Deliver {
    /// Whole lines for its peer.
    Octets(Bytes),
    /// The room has taken what it was sent last, but for these lines, for which there was no more room in this turn.
    Taken(Lines),
    /// Nothing more will come: say `close` and end (CONN-4).
    Close,
}
