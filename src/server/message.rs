//! Every message that the actors exchange.
//!
//! A session has at most one [`LinesReceived`] on its way and waits for its [`Deliver::Ack`], which
//! bounds the room's mailbox by the number of sessions. Answers and events reach a session through
//! one queue, its mailbox, and so in one order (ORDER-4).

use std::collections::VecDeque;
use std::net::SocketAddr;

use actix::{Message, Recipient};

use super::batch::CloseReason;
use super::connection::Dropped;
use super::send_queue::Chunk;
use crate::protocol::Line;
use crate::room::SessionId;

/// Lines of one connection, in order.
pub(super) type Lines = VecDeque<Line>;

/// To the room: a connection is there.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Connect {
    pub(super) id: SessionId,
    pub(super) peer: SocketAddr,
    pub(super) session: Recipient<Deliver>,
}

/// To the room: lines that one read of a connection brought.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct LinesReceived {
    pub(super) from: SessionId,
    pub(super) lines: Lines,
}

/// To the room: the peer has ended its side, and all its lines are taken.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct HalfClosed(pub(super) SessionId);

/// To the room: the session lags behind what it is told, or no longer (SLOW-5).
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct LagChanged {
    pub(super) id: SessionId,
    pub(super) is_lagging: bool,
}

/// To the room: the session is gone.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Disconnected {
    pub(super) id: SessionId,
    /// Its peer, and why the server dropped it, if that is how it ended.
    pub(super) dropped: Option<(SocketAddr, Dropped)>,
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
    Chunk(Chunk),
    /// The room has taken all that it was sent, and told so many octets for it, each event counted
    /// once.
    Ack(usize),
    /// Nothing more will come: say `close` and end (CONN-4).
    Close(CloseReason),
}
