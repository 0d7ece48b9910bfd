//! One connection's socket: lines in, octets out, and the deadlines of both (spec sections 2 and 8).
//!
//! Input is read only while nothing waits to be sent and the room has taken all lines read before (SLOW-3), so what a peer can
//! make the server hold is one read, some of its lines, one unfinished line and the send queue (SEC-3). All wires of a thread share one read buffer.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use tokio_util::codec::Decoder;
use tokio_util::io::poll_read_buf;
use tracing::debug;

use super::alarm::Alarm;
use super::message::Lines;
use super::send_queue::SendQueue;
use crate::protocol::ServerCodec;

/// How many octets are read at once at most.
const READ_OCTETS: usize = 64 << 10;

/// As many lines are cut off what was read before the room has taken them: a short one takes many times its octets.
const LINES: usize = 1024;

/// How long the end of the peer's side is awaited after the last line (CONN-4).
const LINGER: Duration = Duration::from_secs(2);

thread_local! {
    static READ_BUFFER: RefCell<BytesMut> = RefCell::new(BytesMut::with_capacity(READ_OCTETS));
}

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
    codec: ServerCodec,
    bounds: Rc<Bounds>,
    input: Input,
    /// The unfinished line, and before it those that are yet to be cut off.
    tail: BytesMut,
    /// There may be lines in the tail, for which nothing need be read.
    tail_has_lines: bool,
    /// Lines for which the room had no more room in its last turn.
    untaken: Lines,
    /// The room has the last lines and has not taken them yet.
    room_has_lines: bool,
    output: Output,
    queue: SendQueue,
    quiet_at: Option<Instant>,
    stalled_at: Option<Instant>,
    alarm: Alarm,
}

/// How far the peer's side has come.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Input {
    Open,
    /// It is ended, which the room has yet to be told.
    Ended,
    /// What comes is discarded until it ends.
    Discarded,
    /// It is ended.
    Over,
}

/// How far the server's side has come.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Output {
    Open,
    /// Writing failed. What came before on the other side is still read.
    Broken,
    /// `close` follows what waits.
    Closing,
    /// `close` is sent at this time, alone (LINE-9).
    Pausing(Instant),
    /// Nothing follows what waits.
    Closed,
    /// It is ended, and the end of the peer's side is awaited until this time.
    Lingering(Instant),
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    /// A wire whose peer has just connected.
    pub(super) fn new(socket: S, bounds: Rc<Bounds>) -> Self {
        Self {
            socket,
            codec: ServerCodec::new(bounds.max_line, !bounds.quiet.is_zero()),
            input: Input::Open,
            tail: BytesMut::new(),
            tail_has_lines: false,
            untaken: Lines::new(),
            room_has_lines: false,
            output: Output::Open,
            queue: SendQueue::default(),
            quiet_at: None,
            stalled_at: None,
            alarm: Alarm::default(),
            bounds,
        }
    }

    /// Sends `octets` after all that waits.
    pub(super) fn push(&mut self, octets: Bytes) {
        if self.output == Output::Open {
            self.queue.push(octets);
        }
    }

    /// The room has taken the last lines, but for these.
    pub(super) fn taken(&mut self, untaken: Lines) {
        self.room_has_lines = false;
        // An empty one still has the memory of all that was in it.
        self.untaken = if untaken.is_empty() {
            Lines::new()
        } else {
            untaken
        };
    }

    /// Sends `close` after all that waits, and ends the connection (CONN-4).
    pub(super) fn close(&mut self) {
        if self.output == Output::Open {
            self.output = Output::Closing;
        }
        self.input = match self.input {
            Input::Open | Input::Discarded => Input::Discarded,
            Input::Ended | Input::Over => Input::Over,
        };
        self.tail = BytesMut::new();
        self.tail_has_lines = false;
        self.untaken = Lines::new();
        self.room_has_lines = false;
        self.quiet_at = None;
    }

    /// Writes what waits, reads what came, and says what the room should know, one after the other. [`Arrival::Gone`] is the last.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Arrival> {
        loop {
            if self.poll_output(cx).is_ready() {
                return Poll::Ready(Arrival::Gone);
            }
            // Before the input: a peer that never pauses leaves the alarm no time to ring.
            if self.is_overdue() {
                return Poll::Ready(Arrival::Gone);
            }
            if let Poll::Ready(arrival) = self.poll_input(cx) {
                return Poll::Ready(arrival);
            }
            let deadline = self.deadline();
            ready!(self.alarm.poll(cx, deadline));
            self.end_quiet_time();
        }
    }

    /// Writes what waits, and what ends the connection after it. Ready when the connection is of no more use.
    fn poll_output(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.poll_queue(cx));
            match self.output {
                Output::Open => return Poll::Pending,
                Output::Broken => match self.input {
                    Input::Open | Input::Ended => return Poll::Pending,
                    Input::Discarded | Input::Over => return Poll::Ready(()),
                },
                Output::Closing if self.codec.is_undelimited() => {
                    self.output = Output::Pausing(Instant::now() + self.bounds.pause);
                }
                Output::Closing => self.send_close(b"close\n"),
                Output::Pausing(until) if Instant::now() < until => return Poll::Pending,
                Output::Pausing(_) => self.send_close(b"close"),
                Output::Closed => {
                    if ready!(Pin::new(&mut self.socket).poll_shutdown(cx)).is_err() {
                        return Poll::Ready(());
                    }
                    self.output = Output::Lingering(Instant::now() + LINGER);
                }
                Output::Lingering(_) if self.input == Input::Over => return Poll::Ready(()),
                Output::Lingering(_) => return Poll::Pending,
            }
        }
    }

    fn send_close(&mut self, line: &'static [u8]) {
        self.queue.push(Bytes::from_static(line));
        self.output = Output::Closed;
    }

    /// Ready when nothing waits to be sent. A peer can fall behind here (SLOW-1, SLOW-2).
    fn poll_queue(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while !self.queue.is_empty() {
            match self.queue.poll_write(cx, Pin::new(&mut self.socket)) {
                Poll::Ready(Ok(())) => self.stalled_at = None,
                Poll::Ready(Err(_)) => {
                    self.queue.clear();
                    self.output = Output::Broken;
                }
                Poll::Pending if self.queue.len() > self.bounds.send_queue => {
                    debug!(octets = self.queue.len(), "a peer has fallen behind");
                    self.give_up();
                }
                Poll::Pending => {
                    let stall = self.bounds.stall_timeout;
                    if !stall.is_zero() {
                        self.stalled_at
                            .get_or_insert_with(|| Instant::now() + stall);
                    }
                    return Poll::Pending;
                }
            }
        }
        self.stalled_at = None;
        Poll::Ready(())
    }

    /// The connection is lost, whatever may still be to read.
    fn give_up(&mut self) {
        self.queue.clear();
        self.output = Output::Broken;
        self.input = Input::Over;
    }

    fn poll_input(&mut self, cx: &mut Context<'_>) -> Poll<Arrival> {
        while !self.room_has_lines && self.queue.is_empty() {
            if !self.untaken.is_empty() {
                self.room_has_lines = true;
                return Poll::Ready(Arrival::Lines(std::mem::take(&mut self.untaken)));
            }
            match self.input {
                Input::Open => {
                    if ready!(self.poll_lines(cx)).is_err() {
                        return Poll::Ready(Arrival::Gone);
                    }
                }
                Input::Ended => {
                    self.input = Input::Over;
                    let is_lost = self.output == Output::Broken;
                    return Poll::Ready(if is_lost {
                        Arrival::Gone
                    } else {
                        Arrival::HalfClose
                    });
                }
                Input::Discarded => match ready!(self.poll_discard(cx)) {
                    Ok(0) if matches!(self.output, Output::Lingering(_)) => {
                        return Poll::Ready(Arrival::Gone);
                    }
                    Ok(0) => self.input = Input::Over,
                    Ok(_) => {}
                    Err(_) => return Poll::Ready(Arrival::Gone),
                },
                Input::Over => return Poll::Pending,
            }
        }
        Poll::Pending
    }

    /// Reads once, unless lines of the last read are left, and puts the next ones into `untaken`.
    fn poll_lines(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self {
            socket,
            codec,
            tail,
            tail_has_lines,
            untaken,
            ..
        } = self;
        let is_end = ready!(READ_BUFFER.with_borrow_mut(|input| {
            input.clear();
            input.extend_from_slice(tail);
            let is_end = if *tail_has_lines {
                false
            } else {
                input.reserve(READ_OCTETS);
                ready!(poll_read_buf(Pin::new(socket), cx, input))? == 0
            };
            let mut next = || {
                if is_end {
                    codec.decode_eof(input)
                } else {
                    codec.decode(input)
                }
            };
            while untaken.len() < LINES
                && let Some(line) = next()?
            {
                untaken.push_back(line);
            }
            *tail_has_lines = untaken.len() == LINES;
            *tail = BytesMut::from(&input[..]);
            Poll::Ready(io::Result::Ok(is_end))
        }))?;
        if is_end {
            self.input = Input::Ended;
        }
        let awaits_quiet = self.codec.awaits_quiet(&self.tail);
        self.quiet_at = awaits_quiet.then(|| Instant::now() + self.bounds.quiet);
        Poll::Ready(Ok(()))
    }

    /// Reads once, for nothing; says how many octets came.
    fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        READ_BUFFER.with_borrow_mut(|input| {
            input.clear();
            input.reserve(READ_OCTETS);
            poll_read_buf(Pin::new(&mut self.socket), cx, input)
        })
    }

    fn deadline(&self) -> Option<Instant> {
        let output = match self.output {
            Output::Pausing(until) | Output::Lingering(until) => Some(until),
            Output::Open | Output::Broken | Output::Closing | Output::Closed => None,
        };
        [self.stalled_at, output, self.end_of_quiet_time()]
            .into_iter()
            .flatten()
            .min()
    }

    /// While the input is not read nobody knows whether the peer is silent.
    fn end_of_quiet_time(&self) -> Option<Instant> {
        self.quiet_at
            .filter(|_| self.queue.is_empty() && !self.room_has_lines)
    }

    /// Whether the peer has taken nothing for too long (SLOW-2), or has not ended its side in time (CONN-4).
    fn is_overdue(&self) -> bool {
        let passed = |deadline: Instant| deadline <= Instant::now();
        if self.stalled_at.is_some_and(passed) {
            let octets = self.queue.len();
            debug!(octets, "a peer takes nothing of what waits for it");
            return true;
        }
        matches!(self.output, Output::Lingering(until) if passed(until))
    }

    /// LINE-8. To be called when a read has found nothing.
    fn end_quiet_time(&mut self) {
        let end = self.end_of_quiet_time();
        if end.is_some_and(|end| end <= Instant::now()) {
            self.quiet_at = None;
            let line = self.codec.decode_unfinished(&mut self.tail);
            self.untaken.extend(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncWriteExt, duplex};

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
