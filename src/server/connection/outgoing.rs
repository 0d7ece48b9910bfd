//! The output of a connection: what is queued, then `close`, then the end of the stream.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::AsyncWrite;
use tokio::time::Instant;

use super::super::batch::CloseReason;
use super::super::send_memory::Share;
use super::super::send_queue::{Chunk, SendQueue};
use super::{ConnectionLimits, DropReason, Dropped};
use crate::protocol::Event;

/// How long the server waits for the peer to end its side after `close` (CONN-4).
const LINGER: Duration = Duration::from_secs(2);

/// The same for a refused peer (CONN-3): long enough to read what it had sent already.
const REFUSED_LINGER: Duration = Duration::from_millis(100);

/// The server's direction of a connection.
#[derive(Debug)]
pub(super) struct Outgoing {
    side: Side,
    queue: SendQueue,
    share: Share,
    /// What the room was last told (SLOW-5).
    is_lagging: bool,
    linger: Duration,
    stalled_at: Option<Instant>,
}

/// How far the output has come.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Side {
    Open,
    /// Writing failed.
    Broken,
    /// `close` follows what is queued.
    Closing,
    /// `close` follows what is queued, alone and after a pause (LINE-9).
    ClosingAlone,
    /// `close` is sent at this time, alone.
    Pausing(Instant),
    /// `close` is queued, and the end of the stream follows.
    Closed,
    /// The output has ended; until this time the peer may end its side.
    Lingering(Instant),
}

impl Outgoing {
    pub(super) fn new(limits: &ConnectionLimits) -> Self {
        Self {
            side: Side::Open,
            queue: SendQueue::default(),
            share: Share::new(&limits.send_memory),
            is_lagging: false,
            linger: LINGER,
            stalled_at: None,
        }
    }

    /// Queues `chunk`.
    pub(super) fn push(&mut self, chunk: Chunk) {
        if self.side == Side::Open {
            self.queue.push(chunk);
            self.share.set(self.queue.own());
        }
    }

    /// Sends `close` after what is queued, `alone` as LINE-9 says, and ends the output. The server
    /// waits less long for a refused peer to hang up (CONN-3).
    pub(super) fn close(&mut self, alone: bool, close: CloseReason) {
        if close == CloseReason::Refused {
            self.linger = REFUSED_LINGER;
        }
        if self.side == Side::Open {
            self.side = if alone {
                Side::ClosingAlone
            } else {
                Side::Closing
            };
        }
    }

    /// Whether nothing is queued.
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether writing failed.
    pub(super) fn is_broken(&self) -> bool {
        self.side == Side::Broken
    }

    /// Whether the output has ended.
    pub(super) fn is_lingering(&self) -> bool {
        matches!(self.side, Side::Lingering(_))
    }

    /// Whether the peer lags (SLOW-5), if that has changed since the room was last told.
    pub(super) fn take_lag_change(&mut self, limits: &ConnectionLimits) -> Option<bool> {
        let limit = if self.is_lagging {
            limits.send_queue / 8
        } else {
            limits.send_queue / 4
        };
        let is_lagging = self.queue.len() > limit;
        (is_lagging != std::mem::replace(&mut self.is_lagging, is_lagging)).then_some(is_lagging)
    }

    /// Writes what is queued, then `close` and the end if they are due. Ready when the connection
    /// is of no more use, even if there is still something to read; says why, if it is dropped.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        mut socket: Pin<&mut impl AsyncWrite>,
        limits: &ConnectionLimits,
    ) -> Poll<Option<Dropped>> {
        loop {
            let written = self.poll_queue(cx, socket.as_mut(), limits);
            self.share.set(self.queue.own());
            if let Err(why) = ready!(written) {
                return Poll::Ready(Some(self.dropped(why)));
            }
            match self.side {
                Side::Open | Side::Broken | Side::Lingering(_) => return Poll::Pending,
                Side::Closing => self.send_close(false),
                Side::ClosingAlone => self.side = Side::Pausing(Instant::now() + limits.pause),
                Side::Pausing(until) if Instant::now() < until => return Poll::Pending,
                Side::Pausing(_) => self.send_close(true),
                Side::Closed => {
                    if ready!(socket.as_mut().poll_shutdown(cx)).is_err() {
                        return Poll::Ready(None);
                    }
                    self.side = Side::Lingering(Instant::now() + self.linger);
                }
            }
        }
    }

    /// Queues `close`, without its LF if it is sent alone (LINE-9).
    fn send_close(&mut self, is_alone: bool) {
        let mut line = BytesMut::new();
        Event::Close.encode(&mut line);
        if is_alone {
            line.truncate(line.len() - 1);
        }
        self.queue.push(Chunk::Own(line.freeze()));
        self.side = Side::Closed;
    }

    /// Writes what is queued. Ready when nothing is queued any more, or the peer is to be dropped.
    fn poll_queue(
        &mut self,
        cx: &mut Context<'_>,
        mut socket: Pin<&mut impl AsyncWrite>,
        limits: &ConnectionLimits,
    ) -> Poll<Result<(), DropReason>> {
        while !self.queue.is_empty() {
            match self.queue.poll_write(cx, socket.as_mut()) {
                Poll::Ready(Ok(())) => self.stalled_at = None,
                Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::TimedOut => {
                    return Poll::Ready(Err(DropReason::LinkDead));
                }
                Poll::Ready(Err(_)) => {
                    self.queue.clear();
                    self.side = Side::Broken;
                }
                Poll::Pending => {
                    self.share.set(self.queue.own());
                    if self.queue.len() > limits.send_queue {
                        return Poll::Ready(Err(DropReason::FellBehind));
                    }
                    if self.share.is_too_large() {
                        return Poll::Ready(Err(DropReason::NoMemoryLeft));
                    }
                    let stall = limits.stall_timeout;
                    if !stall.is_zero() {
                        self.stalled_at
                            .get_or_insert_with(|| Instant::now() + stall);
                    }
                    return Poll::Pending;
                }
            }
        }
        self.stalled_at = None;
        Poll::Ready(Ok(()))
    }

    /// When [`Self::poll`] or [`Self::poll_overdue`] has something to do, whatever the socket does.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.side {
            Side::Pausing(until) | Side::Lingering(until) => Some(until),
            Side::Open | Side::Broken | Side::Closing | Side::ClosingAlone | Side::Closed => {
                self.stalled_at
            }
        }
    }

    /// Ready when the peer has taken nothing for too long and is dropped (SLOW-2), or has not ended
    /// its side in time (CONN-4).
    pub(super) fn poll_overdue(&self) -> Poll<Option<Dropped>> {
        let passed = |deadline: Instant| deadline <= Instant::now();
        if self.stalled_at.is_some_and(passed) {
            return Poll::Ready(Some(self.dropped(DropReason::Stalled)));
        }
        if matches!(self.side, Side::Lingering(until) if passed(until)) {
            return Poll::Ready(None);
        }
        Poll::Pending
    }

    fn dropped(&self, reason: DropReason) -> Dropped {
        let octets = self.queue.len();
        Dropped { reason, octets }
    }
}
