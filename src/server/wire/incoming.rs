//! What comes in on a connection: octets of its socket, and lines for the room.
//!
//! All wires of a thread share one read buffer.

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
use super::{Arrival, Bounds};
use crate::protocol::{Command, ServerCodec};

/// How many octets are read at once at most.
pub(super) const READ_OCTETS: usize = 16 << 10;

/// How many reads come one after the other before other sessions have their turn.
const READS: usize = 4;

/// How many lines are cut off what was read before the room has taken them: a short one takes many
/// times its octets. A LIST is the last of them: its answer is as long as the room is large, and so
/// is the time for which it is paid (FAIR-2).
pub(super) const LINES: usize = 128;

thread_local! {
    static READ_BUFFER: RefCell<BytesMut> = RefCell::new(BytesMut::with_capacity(READ_OCTETS));
}

/// The peer's side of a connection.
#[derive(Debug)]
pub(super) struct Incoming {
    side: Side,
    codec: ServerCodec,
    /// The unfinished line, and before it those that are yet to be cut off.
    tail: BytesMut,
    /// There may be lines in the tail, for which nothing need be read.
    tail_has_lines: bool,
    /// Cut off, and yet to be told to the room.
    lines: Lines,
    /// The room has the last lines and has not taken them yet.
    room_has_lines: bool,
    /// The octets of those lines, and what was ignored or skipped before each.
    octets: usize,
    said: TokenBucket,
    /// Until when nothing is taken, as too much was said before (FAIR-2, FAIR-3).
    held_until: Option<Instant>,
    quiet_at: Option<Instant>,
}

/// How far the peer's side has come.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Side {
    Open,
    /// Nothing can be sent to the peer any more, and what it sent is read once more (CONN-6).
    LastRead,
    /// What was read last is the last.
    Read,
    /// It is ended, which the room has yet to be told.
    Ended,
    /// What comes is discarded until it ends.
    Discarded,
    /// It is ended.
    Over,
}

impl Incoming {
    /// The side of a peer of which nothing is taken before `held_until`.
    pub(super) fn new(bounds: &Bounds, held_until: Option<Instant>) -> Self {
        Self {
            side: Side::Open,
            codec: ServerCodec::new(bounds.max_line, !bounds.quiet.is_zero()),
            tail: BytesMut::new(),
            tail_has_lines: false,
            lines: Lines::new(),
            room_has_lines: false,
            octets: 0,
            said: TokenBucket::full(Instant::now()),
            held_until,
            quiet_at: None,
        }
    }

    /// The room has taken the last lines, and told so many octets for them.
    pub(super) fn taken(&mut self, told: usize, bounds: &Bounds) {
        self.room_has_lines = false;
        self.count(told.saturating_sub(self.octets), bounds);
        self.octets = 0;
    }

    /// Nothing can be sent to the peer any more.
    pub(super) fn read_once_more(&mut self) {
        if self.side == Side::Open {
            self.side = Side::LastRead;
            self.held_until = None;
        }
    }

    /// Counts so many octets as said (FAIR-2).
    fn count(&mut self, octets: usize, bounds: &Bounds) {
        if let Some(rate) = bounds.talk
            && self.side == Side::Open
        {
            let now = Instant::now();
            self.said.take(octets, rate, now);
            self.held_until = self.said.in_debt_until(rate, now);
        }
    }

    /// Nothing that comes is for the room any more.
    pub(super) fn discard(&mut self) {
        self.side = match self.side {
            Side::Open | Side::LastRead | Side::Discarded => Side::Discarded,
            Side::Read | Side::Ended | Side::Over => Side::Over,
        };
        self.tail = BytesMut::new();
        self.tail_has_lines = false;
        self.lines = Lines::new();
        self.room_has_lines = false;
        self.held_until = None;
        self.quiet_at = None;
    }

    /// Whether the peer sends bare commands, without a LF.
    pub(super) fn is_undelimited(&self) -> bool {
        self.codec.is_undelimited()
    }

    /// Whether there may be more for the room.
    pub(super) fn is_for_room(&self) -> bool {
        match self.side {
            Side::Open | Side::LastRead | Side::Read | Side::Ended => true,
            Side::Discarded | Side::Over => false,
        }
    }

    /// Until when nothing is taken.
    pub(super) fn held_until(&self) -> Option<Instant> {
        self.held_until.filter(|_| !self.room_has_lines)
    }

    /// Whether nothing more comes, and the room need not be told.
    pub(super) fn is_over(&self) -> bool {
        self.side == Side::Over
    }

    /// Reads what came, unless the room has lines that it has not taken, and says what it should
    /// know.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        mut socket: Pin<&mut impl AsyncRead>,
        bounds: &Bounds,
    ) -> Poll<Arrival> {
        for _ in 0..READS {
            if self.room_has_lines {
                return Poll::Pending;
            }
            if !self.lines.is_empty() {
                self.room_has_lines = true;
                return Poll::Ready(Arrival::Lines(std::mem::take(&mut self.lines)));
            }
            if self.held_until.is_some_and(|until| until > Instant::now()) {
                return Poll::Pending;
            }
            self.held_until = None;
            let read = match self.side {
                Side::Open | Side::LastRead | Side::Read => {
                    ready!(self.poll_lines(cx, socket.as_mut(), bounds))
                }
                Side::Discarded => ready!(self.poll_discard(cx, socket.as_mut())),
                Side::Ended => {
                    self.side = Side::Over;
                    return Poll::Ready(Arrival::HalfClose);
                }
                Side::Over => return Poll::Pending,
            };
            if read.is_err() {
                return Poll::Ready(Arrival::Gone(None));
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Reads once, unless lines of the last read are left, and cuts off the next ones.
    fn poll_lines(
        &mut self,
        cx: &mut Context<'_>,
        socket: Pin<&mut impl AsyncRead>,
        bounds: &Bounds,
    ) -> Poll<io::Result<()>> {
        let Self {
            side,
            codec,
            tail,
            tail_has_lines,
            lines,
            ..
        } = self;
        let cut = READ_BUFFER.with_borrow_mut(|input| {
            input.clear();
            input.extend_from_slice(tail);
            if !*tail_has_lines {
                input.reserve(READ_OCTETS);
                let mut unread = (&mut *input).limit(READ_OCTETS);
                *side = match (*side, poll_read_buf(socket, cx, &mut unread)?) {
                    // What is unfinished at the end of a lost peer is no line (LINE-8).
                    (Side::LastRead, Poll::Ready(_) | Poll::Pending) => Side::Read,
                    (_, Poll::Ready(0)) => Side::Ended,
                    (side, Poll::Ready(_)) => side,
                    (_, Poll::Pending) => return Poll::Pending,
                };
            }
            let before = input.len();
            let is_end = *side == Side::Ended;
            let is_gone = matches!(side, Side::LastRead | Side::Read);
            let mut next = || {
                if is_end {
                    codec.decode_eof(input)
                } else {
                    codec.decode(input)
                }
            };
            *tail_has_lines = false;
            while !*tail_has_lines && let Some(line) = next()? {
                // Nobody is there any more to be answered.
                if is_gone && !matches!(&line, Ok(command) if command.is_talk()) {
                    continue;
                }
                *tail_has_lines = line == Ok(Command::List) || lines.len() + 1 == LINES;
                lines.push_back(line);
            }
            *tail = BytesMut::from(&input[..]);
            Poll::Ready(io::Result::Ok(before - input.len()))
        });
        self.octets = ready!(cut)?;
        self.count(self.octets, bounds);
        if self.side == Side::Read && !self.tail_has_lines {
            self.side = Side::Ended;
        }
        let awaits_quiet = self.codec.awaits_quiet(&self.tail);
        self.quiet_at = awaits_quiet.then(|| Instant::now() + bounds.quiet);
        Poll::Ready(Ok(()))
    }

    /// Reads once, for nothing.
    fn poll_discard(
        &mut self,
        cx: &mut Context<'_>,
        socket: Pin<&mut impl AsyncRead>,
    ) -> Poll<io::Result<()>> {
        READ_BUFFER.with_borrow_mut(|input| {
            input.clear();
            input.reserve(READ_OCTETS);
            if ready!(poll_read_buf(socket, cx, input))? == 0 {
                self.side = Side::Over;
            }
            Poll::Ready(Ok(()))
        })
    }

    /// When silence ends the line that is unfinished, if the side is read until then.
    pub(super) fn end_of_quiet_time(&self) -> Option<Instant> {
        self.quiet_at.filter(|_| !self.room_has_lines)
    }

    /// LINE-8. To be called at that time, when a read has found nothing.
    pub(super) fn end_quiet_time(&mut self, bounds: &Bounds) {
        self.quiet_at = None;
        let octets = self.tail.len();
        let line = self.codec.decode_unfinished(&mut self.tail);
        self.octets = octets - self.tail.len();
        self.count(self.octets, bounds);
        self.lines.extend(line);
    }
}
