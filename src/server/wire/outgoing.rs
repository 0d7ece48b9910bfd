//! What goes out on a connection: all that waits, then `close`, then the end of the server's side.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncWrite;
use tokio::time::Instant;
use tracing::debug;

use super::super::send_queue::SendQueue;
use super::Bounds;

/// How long the end of the peer's side is awaited after the last line (CONN-4).
const LINGER: Duration = Duration::from_secs(2);

/// The server's side.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    side: Side,
    queue: SendQueue,
    stalled_at: Option<Instant>,
}

/// How far the server's side has come.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Side {
    #[default]
    Open,
    /// Writing failed.
    Broken,
    /// `close` follows what waits.
    Closing,
    /// `close` follows what waits, alone and after a pause (LINE-9).
    ClosingAlone,
    /// `close` is sent at this time, alone.
    Pausing(Instant),
    /// Nothing follows what waits.
    Closed,
    /// It is ended, and the end of the peer's side is awaited until this time.
    Lingering(Instant),
}

impl Outgoing {
    /// Sends `octets` after all that waits.
    pub(super) fn push(&mut self, octets: Bytes) {
        if self.side == Side::Open {
            self.queue.push(octets);
        }
    }

    /// Sends `close` after all that waits, and ends the side; `alone` as LINE-9 says.
    pub(super) fn close(&mut self, alone: bool) {
        if self.side == Side::Open {
            self.side = if alone {
                Side::ClosingAlone
            } else {
                Side::Closing
            };
        }
    }

    /// Whether nothing waits to be sent.
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether writing failed.
    pub(super) fn is_broken(&self) -> bool {
        self.side == Side::Broken
    }

    /// Whether the side is ended.
    pub(super) fn is_lingering(&self) -> bool {
        matches!(self.side, Side::Lingering(_))
    }

    /// Writes what waits, and what ends the side after it. Ready when the connection is lost, whatever may still be to read.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        mut socket: Pin<&mut impl AsyncWrite>,
        bounds: &Bounds,
    ) -> Poll<()> {
        loop {
            let has_fallen_behind = ready!(self.poll_queue(cx, socket.as_mut(), bounds));
            if has_fallen_behind {
                return Poll::Ready(());
            }
            match self.side {
                Side::Open | Side::Broken | Side::Lingering(_) => return Poll::Pending,
                Side::Closing => self.send_close(b"close\n"),
                Side::ClosingAlone => self.side = Side::Pausing(Instant::now() + bounds.pause),
                Side::Pausing(until) if Instant::now() < until => return Poll::Pending,
                Side::Pausing(_) => self.send_close(b"close"),
                Side::Closed => {
                    if ready!(socket.as_mut().poll_shutdown(cx)).is_err() {
                        return Poll::Ready(());
                    }
                    self.side = Side::Lingering(Instant::now() + LINGER);
                }
            }
        }
    }

    fn send_close(&mut self, line: &'static [u8]) {
        self.queue.push(Bytes::from_static(line));
        self.side = Side::Closed;
    }

    /// Ready when nothing waits to be sent, or the peer has fallen behind, which it says (SLOW-1).
    fn poll_queue(
        &mut self,
        cx: &mut Context<'_>,
        mut socket: Pin<&mut impl AsyncWrite>,
        bounds: &Bounds,
    ) -> Poll<bool> {
        while !self.queue.is_empty() {
            match self.queue.poll_write(cx, socket.as_mut()) {
                Poll::Ready(Ok(())) => self.stalled_at = None,
                Poll::Ready(Err(_)) => {
                    self.queue.clear();
                    self.side = Side::Broken;
                }
                Poll::Pending if self.queue.len() > bounds.send_queue => {
                    debug!(octets = self.queue.len(), "a peer has fallen behind");
                    return Poll::Ready(true);
                }
                Poll::Pending => {
                    let stall = bounds.stall_timeout;
                    if !stall.is_zero() {
                        self.stalled_at
                            .get_or_insert_with(|| Instant::now() + stall);
                    }
                    return Poll::Pending;
                }
            }
        }
        self.stalled_at = None;
        Poll::Ready(false)
    }

    /// When it is overdue, or to be polled again.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.side {
            Side::Pausing(until) | Side::Lingering(until) => Some(until),
            Side::Open | Side::Broken | Side::Closing | Side::ClosingAlone | Side::Closed => {
                self.stalled_at
            }
        }
    }

    /// Whether the peer has taken nothing for too long (SLOW-2), or has not ended its side in time (CONN-4).
    pub(super) fn is_overdue(&self) -> bool {
        let passed = |deadline: Instant| deadline <= Instant::now();
        if self.stalled_at.is_some_and(passed) {
            let octets = self.queue.len();
            debug!(octets, "a peer takes nothing of what waits for it");
            return true;
        }
        matches!(self.side, Side::Lingering(until) if passed(until))
    }
}
