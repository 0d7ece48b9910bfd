//! The input of a connection: octets from the socket, lines for the room.
//!
//! All connections of a thread share one read buffer.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{BufMut, BytesMut};
use tokio::io::AsyncRead;
use tokio::time::Instant;
use tokio_util::codec::Decoder;
use tokio_util::io::poll_read_buf;

use super::super::message::Lines;
use super::super::token_bucket::TokenBucket;
use super::{ConnectionEvent, ConnectionLimits};
use crate::protocol::{Command, ServerCodec};

/// The most octets of one read.
pub(super) const READ_OCTETS: usize = 16 << 10;

/// The most reads in a row before other tasks run.
pub(super) const READS_PER_POLL: usize = 4;

/// The most lines that are cut off and handed to the room at once, because a short line takes many
/// times its octets in memory. A LIST is always the last of them: its answer grows with the room,
/// and the session has to pay for it (FAIR-2) before it says more.
pub(super) const LINES_PER_MESSAGE: usize = 128;

thread_local! {
    static READ_BUFFER: RefCell<BytesMut> = RefCell::new(BytesMut::with_capacity(READ_OCTETS));
}

/// The peer's direction of a connection.
#[derive(Debug)]
pub(super) struct Incoming {
    side: Side,
    codec: ServerCodec,
    /// What was read and is not yet cut into lines; its end may be an unfinished line.
    tail: BytesMut,
    /// The tail may hold whole lines, so they are cut off before anything more is read.
    tail_has_lines: bool,
    /// Cut off, and not yet handed to the room.
    pending: Lines,
    /// The room has not acknowledged the last lines yet.
    awaiting_ack: bool,
    /// The octets already charged for those lines: their own, and what was ignored or skipped
    /// before each.
    charged: usize,
    talk_bucket: TokenBucket,
    /// Nothing is read before this time, because too much came before (FAIR-2, FAIR-3).
    throttled_until: Option<Instant>,
    quiet_deadline: Option<Instant>,
}

/// How far the input has come.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Side {
    Open,
    /// Nothing can be sent to the peer any more; one more read takes what it sent (CONN-6).
    LastRead,
    /// That read is done; lines of it may be left in the tail.
    AllRead,
    /// The input has ended, and the room has not been told yet.
    Eof,
    /// What still comes is discarded.
    Discarding,
    /// The input has ended, and there is nothing more to tell the room.
    Finished,
}

impl Incoming {
    /// An input of which nothing is read before `throttled_until`.
    pub(super) fn new(limits: &ConnectionLimits, throttled_until: Option<Instant>) -> Self {
        Self {
            side: Side::Open,
            codec: ServerCodec::new(limits.max_line, !limits.quiet.is_zero()),
            tail: BytesMut::new(),
            tail_has_lines: false,
            pending: Lines::new(),
            awaiting_ack: false,
            charged: 0,
            talk_bucket: TokenBucket::full(Instant::now()),
            throttled_until,
            quiet_deadline: None,
        }
    }

    /// The room has handled the last lines, and they made it tell `cost` octets.
    pub(super) fn acked(&mut self, cost: usize, limits: &ConnectionLimits) {
        self.awaiting_ack = false;
        self.charge(cost.saturating_sub(self.charged), limits);
    }

    /// Nothing can be sent to the peer any more, so its input ends with one more read.
    pub(super) fn read_once_more(&mut self) {
        if self.side == Side::Open {
            self.side = Side::LastRead;
            self.throttled_until = None;
        }
    }

    /// Charges the session for `octets` (FAIR-2).
    fn charge(&mut self, octets: usize, limits: &ConnectionLimits) {
        if let Some(rate) = limits.talk_limit
            && self.side == Side::Open
        {
            let now = Instant::now();
            self.talk_bucket.take(octets, rate, now);
            self.throttled_until = self.talk_bucket.in_debt_until(rate, now);
        }
    }

    /// From now on nothing that comes is for the room.
    pub(super) fn discard(&mut self) {
        self.side = match self.side {
            Side::Open | Side::LastRead | Side::Discarding => Side::Discarding,
            Side::AllRead | Side::Eof | Side::Finished => Side::Finished,
        };
        self.tail = BytesMut::new();
        self.tail_has_lines = false;
        self.pending = Lines::new();
        self.awaiting_ack = false;
        self.throttled_until = None;
        self.quiet_deadline = None;
    }

    /// Whether the peer sends bare commands, without an LF.
    pub(super) fn is_undelimited(&self) -> bool {
        self.codec.is_undelimited()
    }

    /// Whether the room may still be told something.
    pub(super) fn is_for_room(&self) -> bool {
        match self.side {
            Side::Open | Side::LastRead | Side::AllRead | Side::Eof => true,
            Side::Discarding | Side::Finished => false,
        }
    }

    /// Until when nothing is read.
    pub(super) fn throttled_until(&self) -> Option<Instant> {
        self.throttled_until.filter(|_| !self.awaiting_ack)
    }

    /// Whether the input has ended and the room knows all it should.
    pub(super) fn is_finished(&self) -> bool {
        self.side == Side::Finished
    }

    /// Reads, unless the room has not acknowledged the last lines, and returns what the room should
    /// know.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        mut socket: Pin<&mut impl AsyncRead>,
        limits: &ConnectionLimits,
    ) -> Poll<ConnectionEvent> {
        for _ in 0..READS_PER_POLL {
            if self.awaiting_ack {
                return Poll::Pending;
            }
            if !self.pending.is_empty() {
                self.awaiting_ack = true;
                return Poll::Ready(ConnectionEvent::Lines(std::mem::take(&mut self.pending)));
            }
            if self
                .throttled_until
                .is_some_and(|until| until > Instant::now())
            {
                return Poll::Pending;
            }
            self.throttled_until = None;
            let read = match self.side {
                Side::Open | Side::LastRead | Side::AllRead => {
                    ready!(self.poll_lines(cx, socket.as_mut(), limits))
                }
                Side::Discarding => ready!(self.poll_discard(cx, socket.as_mut())),
                Side::Eof => {
                    self.side = Side::Finished;
                    return Poll::Ready(ConnectionEvent::HalfClose);
                }
                Side::Finished => return Poll::Pending,
            };
            if read.is_err() {
                return Poll::Ready(ConnectionEvent::Disconnected(None));
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Reads once, unless whole lines may be left of the last read, and cuts off the next lines.
    fn poll_lines(
        &mut self,
        cx: &mut Context<'_>,
        socket: Pin<&mut impl AsyncRead>,
        limits: &ConnectionLimits,
    ) -> Poll<io::Result<()>> {
        let Self {
            side,
            codec,
            tail,
            tail_has_lines,
            pending,
            ..
        } = self;
        let cut = READ_BUFFER.with_borrow_mut(|input| {
            input.clear();
            input.extend_from_slice(tail);
            if !*tail_has_lines {
                input.reserve(READ_OCTETS);
                let mut unread = (&mut *input).limit(READ_OCTETS);
                *side = match (*side, poll_read_buf(socket, cx, &mut unread)?) {
                    // A lost peer's unfinished line is no line (LINE-8).
                    (Side::LastRead, Poll::Ready(_) | Poll::Pending) => Side::AllRead,
                    (_, Poll::Ready(0)) => Side::Eof,
                    (side, Poll::Ready(_)) => side,
                    (_, Poll::Pending) => return Poll::Pending,
                };
            }
            let before = input.len();
            let is_end = *side == Side::Eof;
            let is_lost = matches!(side, Side::LastRead | Side::AllRead);
            let mut next = || {
                if is_end {
                    codec.decode_eof(input)
                } else {
                    codec.decode(input)
                }
            };
            *tail_has_lines = false;
            while !*tail_has_lines && let Some(line) = next()? {
                // A lost peer gets no answers, so only its talk matters, up to a QUIT.
                if is_lost && line == Ok(Command::Quit) {
                    *side = Side::AllRead;
                    input.clear();
                    break;
                }
                if is_lost && !matches!(&line, Ok(command) if command.is_talk()) {
                    continue;
                }
                *tail_has_lines =
                    line == Ok(Command::List) || pending.len() + 1 == LINES_PER_MESSAGE;
                pending.push_back(line);
            }
            *tail = BytesMut::from(&input[..]);
            Poll::Ready(io::Result::Ok(before - input.len()))
        });
        self.charged = ready!(cut)?;
        self.charge(self.charged, limits);
        if self.side == Side::AllRead && !self.tail_has_lines {
            self.side = Side::Eof;
        }
        let awaits_quiet = self.codec.awaits_quiet(&self.tail);
        self.quiet_deadline = awaits_quiet.then(|| Instant::now() + limits.quiet);
        Poll::Ready(Ok(()))
    }

    /// Reads once, and discards it.
    fn poll_discard(
        &mut self,
        cx: &mut Context<'_>,
        socket: Pin<&mut impl AsyncRead>,
    ) -> Poll<io::Result<()>> {
        READ_BUFFER.with_borrow_mut(|input| {
            input.clear();
            input.reserve(READ_OCTETS);
            if ready!(poll_read_buf(socket, cx, input))? == 0 {
                self.side = Side::Finished;
            }
            Poll::Ready(Ok(()))
        })
    }

    /// When silence ends the unfinished line, if the input is read until then.
    pub(super) fn quiet_deadline(&self) -> Option<Instant> {
        self.quiet_deadline.filter(|_| !self.awaiting_ack)
    }

    /// LINE-8. To be called at [`Self::quiet_deadline`], when a read has found nothing.
    pub(super) fn end_quiet_time(&mut self, limits: &ConnectionLimits) {
        self.quiet_deadline = None;
        let before = self.tail.len();
        let line = self.codec.decode_unfinished(&mut self.tail);
        self.charged = before - self.tail.len();
        self.charge(self.charged, limits);
        self.pending.extend(line);
    }
}
