//! One connection's socket: lines in, octets out, and the deadlines of both (spec sections 2 and 8).
//!
//! Input is read only while nothing waits to be sent and the room has taken all lines read before (SLOW-3), so what a peer can
//! make the server hold is one read, some of its lines, one unfinished line and the send queue (SEC-3).

mod incoming;
mod outgoing;

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use self::incoming::Incoming;
use self::outgoing::Outgoing;
use super::alarm::Alarm;
use super::message::Lines;

/// The bounds of a connection (spec section 8).
#[derive(Clone, Debug)]
pub(super) struct Bounds {
    /// Octets.
    pub(super) max_line: usize,
    /// Zero: LINE-8 and LINE-9 do not hold.
    pub(super) quiet: Duration,
    /// Before a `close` that comes alone (LINE-9).
    pub(super) pause: Duration,
    /// Octets.
    pub(super) send_queue: usize,
    /// Zero: a peer may take nothing for ever.
    pub(super) stall_timeout: Duration,
}

/// What a wire has for the room.
#[derive(Debug, PartialEq)]
pub(super) enum Arrival {
    /// At least one. No more come before [`Wire::taken`].
    Lines(Lines),
    /// The peer has ended its side, and the room has taken all its lines.
    HalfClose,
    /// The connection is of no more use: it is lost, or it ended as it should.
    Gone,
}

/// A socket of type `S` and all that is known of it, driven by [`Wire::poll`].
#[derive(Debug)]
pub(super) struct Wire<S> {
    socket: S,
    bounds: Rc<Bounds>,
    incoming: Incoming,
    outgoing: Outgoing,
    alarm: Alarm,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    /// A wire whose peer has just connected.
    pub(super) fn new(socket: S, bounds: Rc<Bounds>) -> Self {
        Self {
            socket,
            incoming: Incoming::new(&bounds),
            outgoing: Outgoing::default(),
            alarm: Alarm::default(),
            bounds,
        }
    }

    /// Sends `octets` after all that waits.
    pub(super) fn push(&mut self, octets: Bytes) {
        self.outgoing.push(octets);
    }

    /// The room has taken the last lines, but for these.
    pub(super) fn taken(&mut self, untaken: Lines) {
        self.incoming.taken(untaken);
    }

    /// Sends `close` after all that waits, and ends the connection (CONN-4).
    pub(super) fn close(&mut self) {
        self.outgoing.close(self.incoming.is_undelimited());
        self.incoming.discard();
    }

    /// Writes what waits, reads what came, and says what the room should know, one after the other. [`Arrival::Gone`] is the last.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Arrival> {
        let Self {
            socket,
            bounds,
            incoming,
            outgoing,
            alarm,
        } = self;
        let mut socket = Pin::new(socket);
        loop {
            // Before the input: a peer that never pauses leaves the alarm no time to ring.
            if outgoing.poll(cx, socket.as_mut(), bounds).is_ready() || outgoing.is_overdue() {
                return Poll::Ready(Arrival::Gone);
            }
            let is_read = outgoing.is_empty();
            let arrival = if is_read {
                incoming.poll(cx, socket.as_mut(), bounds)
            } else {
                Poll::Pending
            };
            if is_over(incoming, outgoing) {
                return Poll::Ready(Arrival::Gone);
            }
            if arrival.is_ready() {
                return arrival;
            }
            // While the input is not read nobody knows whether the peer is silent.
            let end_of_quiet = incoming.end_of_quiet_time().filter(|_| is_read);
            // At most one is set: while output waits nothing is read, and who is told `close` has no quiet time.
            ready!(alarm.poll(cx, outgoing.deadline().or(end_of_quiet)));
            if end_of_quiet.is_some_and(|end| end <= Instant::now()) {
                incoming.end_quiet_time();
            }
        }
    }
}

/// Whether all that can still come of the connection has come.
fn is_over(incoming: &Incoming, outgoing: &Outgoing) -> bool {
    // What came before a write failed is still read.
    (outgoing.is_broken() && !incoming.is_for_room())
        || (outgoing.is_lingering() && incoming.is_over())
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncWriteExt, duplex};

    use super::incoming::{LINES, READ_OCTETS};
    use super::*;
    use crate::protocol::parse_line;

    /// SEC-3, ORDER-3: short lines take many times their octets, so those of one read come in portions.
    #[tokio::test]
    async fn the_lines_of_one_read_come_a_portion_at_a_time_and_all_before_the_end() {
        let bounds = Bounds {
            max_line: 4096,
            quiet: Duration::ZERO,
            pause: Duration::ZERO,
            send_queue: 0,
            stall_timeout: Duration::ZERO,
        };
        let (mut peer, socket) = duplex(READ_OCTETS);
        let mut wire = Wire::new(socket, Rc::new(bounds));
        let sent: String = (0..9_000).map(|n| format!("PING {n}\n\n")).collect();
        let sent = &sent[..READ_OCTETS];
        peer.write_all(sent.as_bytes()).await.expect("it is taken");
        drop(peer);
        let mut came = Lines::new();
        while let Arrival::Lines(lines) = poll_fn(|cx| wire.poll(cx)).await {
            assert!((1..=LINES).contains(&lines.len()), "{}", lines.len());
            came.extend(lines);
            wire.taken(Lines::new());
        }
        let whole = sent.rsplit_once('\n').expect("many lines").0;
        let expected = whole.lines().filter_map(|line| parse_line(line.as_bytes()));
        assert!(came.into_iter().eq(expected));
    }
}
