//! One connection over a socket: lines in, octets out, and the deadlines of both (spec sections 2
//! and 8).
//!
//! Back-pressure: input is read only while nothing waits to be sent and the room has handled all
//! lines read before (SLOW-3). So the most that a peer can make the server hold is one read, some
//! of its lines, one unfinished line and the send queue (SEC-3, MEM-1). Input that comes faster
//! than the peer may talk stays unread (FAIR-2).

mod incoming;
mod outgoing;

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use self::incoming::Incoming;
use self::outgoing::Outgoing;
use super::batch::CloseReason;
use super::deadline_timer::DeadlineTimer;
use super::message::Lines;
use super::send_memory::SendMemory;
use super::send_queue::Chunk;
use super::token_bucket::Rate;

/// The limits of a connection (spec section 8).
#[derive(Clone, Debug)]
pub(super) struct ConnectionLimits {
    /// In octets, with the LF.
    pub(super) max_line: usize,
    /// How long a silence ends a line. Zero: LINE-8 and LINE-9 do not hold.
    pub(super) quiet: Duration,
    /// The pause before a `close` that comes alone (LINE-9).
    pub(super) pause: Duration,
    /// In octets.
    pub(super) send_queue: usize,
    /// Shared by all connections.
    pub(super) send_memory: Rc<SendMemory>,
    /// How long a peer may take nothing. Zero: for ever.
    pub(super) stall_timeout: Duration,
    /// How much a session may say (FAIR-2). `None`: as much as it likes.
    pub(super) talk_limit: Option<Rate>,
}

/// What the room should know of a connection.
#[derive(Debug, PartialEq)]
pub(super) enum ConnectionEvent {
    /// At least one line. No more come before [`Connection::acked`].
    Lines(Lines),
    /// The peer has ended its side, and the room has handled all its lines.
    HalfClose,
    /// Whether the peer lags now (SLOW-5).
    LagChanged(bool),
    /// The connection is of no more use: it has ended as it should, the peer is lost, or the server
    /// drops it, for the reason given.
    Disconnected(Option<Dropped>),
}

/// Why the server dropped a peer, and how much the peer had not taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Dropped {
    pub(super) reason: DropReason,
    /// The octets in its send queue.
    pub(super) octets: usize,
}

/// Why the server drops a peer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum DropReason {
    /// SLOW-1
    FellBehind,
    /// SLOW-2
    Stalled,
    /// SLOW-6
    NoMemoryLeft,
    /// CONN-7
    LinkDead,
}

/// A socket of type `S` and its state, driven by [`Connection::poll`].
#[derive(Debug)]
pub(super) struct Connection<S> {
    socket: S,
    limits: Rc<ConnectionLimits>,
    incoming: Incoming,
    outgoing: Outgoing,
    timer: DeadlineTimer,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// A new connection, of which nothing is read before `throttled_until` (FAIR-3).
    pub(super) fn new(
        socket: S,
        limits: Rc<ConnectionLimits>,
        throttled_until: Option<Instant>,
    ) -> Self {
        Self {
            socket,
            incoming: Incoming::new(&limits, throttled_until),
            outgoing: Outgoing::new(&limits),
            timer: DeadlineTimer::default(),
            limits,
        }
    }

    /// Queues `chunk` to be sent.
    pub(super) fn push(&mut self, chunk: Chunk) {
        self.outgoing.push(chunk);
    }

    /// The room has handled the last lines, and they made it tell `cost` octets.
    pub(super) fn acked(&mut self, cost: usize) {
        self.incoming.acked(cost, &self.limits);
    }

    /// Sends `close` after what is queued, and ends the connection (CONN-4).
    pub(super) fn close(&mut self, close: CloseReason) {
        let alone = self.incoming.is_undelimited();
        self.outgoing.close(alone, close);
        self.incoming.discard();
    }

    /// Writes what is queued, reads what came, and returns the next event for the room.
    /// [`ConnectionEvent::Disconnected`] is the last.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ConnectionEvent> {
        let Self {
            socket,
            limits,
            incoming,
            outgoing,
            timer,
        } = self;
        let mut socket = Pin::new(socket);
        loop {
            if let Poll::Ready(dropped) = outgoing.poll(cx, socket.as_mut(), limits) {
                return Poll::Ready(ConnectionEvent::Disconnected(dropped));
            }
            if let Some(is_lagging) = outgoing.take_lag_change(limits) {
                return Poll::Ready(ConnectionEvent::LagChanged(is_lagging));
            }
            if outgoing.is_broken() {
                incoming.read_once_more();
            }
            let is_read = outgoing.is_empty();
            let event = if is_read {
                incoming.poll(cx, socket.as_mut(), limits)
            } else {
                Poll::Pending
            };
            if is_finished(incoming, outgoing) {
                return Poll::Ready(ConnectionEvent::Disconnected(None));
            }
            if event.is_ready() {
                return event;
            }
            if let Poll::Ready(dropped) = outgoing.poll_overdue() {
                return Poll::Ready(ConnectionEvent::Disconnected(dropped));
            }
            // While the input is not read, the server cannot know whether the peer is silent.
            let throttled_until = incoming.throttled_until().filter(|_| is_read);
            let quiet_deadline = incoming
                .quiet_deadline()
                .filter(|_| is_read && throttled_until.is_none());
            // At most one is set: nothing is read while output waits, and after `close` there is no
            // quiet time.
            let deadline = outgoing.deadline().or(throttled_until).or(quiet_deadline);
            ready!(timer.poll(cx, deadline));
            if quiet_deadline.is_some_and(|end| end <= Instant::now()) {
                incoming.end_quiet_time(limits);
            }
        }
    }
}

/// Whether the connection is of no more use.
fn is_finished(incoming: &Incoming, outgoing: &Outgoing) -> bool {
    // What came before a write failed is still read first.
    (outgoing.is_broken() && !incoming.is_for_room())
        || (outgoing.is_lingering() && incoming.is_finished())
}

#[cfg(test)]
mod tests;
