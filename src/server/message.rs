//! Every message that the actors exchange.
//!
//! A session sends one [`LinesReceived`] and waits for its [`Deliver::Ack`] before the next, which
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

/// To the room: a peer has connected.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Connect {
    pub(super) id: SessionId,
    pub(super) peer: SocketAddr,
    pub(super) session: Recipient<Deliver>,
}

/// To the room: lines of one read of a connection.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct LinesReceived {
    pub(super) from: SessionId,
    pub(super) lines: Lines,
}

/// To the room: the peer has ended its side, and all its lines were acknowledged.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct HalfClosed(pub(super) SessionId);

/// To the room: the session has begun or ceased to lag (SLOW-5).
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct LagChanged {
    pub(super) id: SessionId,
    pub(super) is_lagging: bool,
}

/// To the room: the connection has ended.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Disconnected {
    pub(super) id: SessionId,
    /// If the server dropped it: the peer, and why.
    pub(super) dropped: Option<(SocketAddr, Dropped)>,
}

/// To the room: the server is shutting down.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Shutdown;

/// To a session.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) enum Deliver {
    /// Whole lines for its peer.
    Chunk(Chunk),
    /// The room has handled the session's lines, and they made it tell this many octets, each event
    /// counted once.
    Ack(usize),
    /// Nothing more will come: send `close` and end the connection (CONN-4).
    Close(CloseReason),
}
