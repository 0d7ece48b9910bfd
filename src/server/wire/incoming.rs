//! What comes in on a connection: octets of its socket, and lines for the room.
//!
//! All wires of a thread share one read buffer.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use tokio::io::AsyncRead;
use tokio::time::Instant;
use tokio_util::codec::Decoder;
use tokio_util::io::poll_read_buf;

use super::super::message::Lines;
use super::{Arrival, Bounds};
use crate::protocol::ServerCodec;

/// How many octets are read at once at most.
pub(super) const READ_OCTETS: usize = 64 << 10;

/// As many lines are cut off what was read before the room has taken them: a short one takes many times its octets.
pub(super) const LINES: usize = 1024;

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
    /// Lines for which the room had no more room in its last turn.
    untaken: Lines,
    /// The room has the last lines and has not taken them yet.
    room_has_lines: bool,
    quiet_at: Option<Instant>,
}

/// How far the peer's side has come.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Side {
    Open,
    /// It is ended, which the room has yet to be told.
    Ended,
    /// What comes is discarded until it ends.
    Discarded,
    /// It is ended.
    Over,
}

impl Incoming {
    pub(super) fn new(bounds: &Bounds) -> Self {
        Self {
            side: Side::Open,
            codec: ServerCodec::new(bounds.max_line, !bounds.quiet.is_zero()),
            tail: BytesMut::new(),
            tail_has_lines: false,
            untaken: Lines::new(),
            room_has_lines: false,
            quiet_at: None,
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

    /// Nothing that comes is for the room any more.
    pub(super) fn discard(&mut self) {
        self.side = match self.side {
            Side::Open | Side::Discarded => Side::Discarded,
            Side::Ended | Side::Over => Side::Over,
        };
        self.tail = BytesMut::new();
        self.tail_has_lines = false;
        self.untaken = Lines::new();
        self.room_has_lines = false;
        self.quiet_at = None;
    }

    /// Whether the peer sends bare commands, without a LF.
    pub(super) fn is_undelimited(&self) -> bool {
        self.codec.is_undelimited()
    }

    /// Whether there may be more for the room.
    pub(super) fn is_for_room(&self) -> bool {
        matches!(self.side, Side::Open | Side::Ended)
    }

    /// Whether nothing more comes, and the room need not be told.
    pub(super) fn is_over(&self) -> bool {
        self.side == Side::Over
    }

    /// Reads what came, unless the room has lines that it has not taken, and says what it should know.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        mut socket: Pin<&mut impl AsyncRead>,
        bounds: &Bounds,
    ) -> Poll<Arrival> {
        while !self.room_has_lines {
            if !self.untaken.is_empty() {
                self.room_has_lines = true;
                return Poll::Ready(Arrival::Lines(std::mem::take(&mut self.untaken)));
            }
            match self.side {
                Side::Open => {
                    if ready!(self.poll_lines(cx, socket.as_mut(), bounds)).is_err() {
                        return Poll::Ready(Arrival::Gone);
                    }
                }
                Side::Ended => {
                    self.side = Side::Over;
                    return Poll::Ready(Arrival::HalfClose);
                }
                Side::Discarded => match ready!(poll_discard(cx, socket.as_mut())) {
                    Ok(0) => self.side = Side::Over,
                    Ok(_) => {}
                    Err(_) => return Poll::Ready(Arrival::Gone),
                },
                Side::Over => return Poll::Pending,
            }
        }
        Poll::Pending
    }

    /// Reads once, unless lines of the last read are left, and puts the next ones into `untaken`.
    fn poll_lines(
        &mut self,
        cx: &mut Context<'_>,
        socket: Pin<&mut impl AsyncRead>,
        bounds: &Bounds,
    ) -> Poll<io::Result<()>> {
        let Self {
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
                ready!(poll_read_buf(socket, cx, input))? == 0
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
            self.side = Side::Ended;
        }
        let awaits_quiet = self.codec.awaits_quiet(&self.tail);
        self.quiet_at = awaits_quiet.then(|| Instant::now() + bounds.quiet);
        Poll::Ready(Ok(()))
    }

    /// When silence ends the line that is unfinished, if the side is read until then.
    pub(super) fn end_of_quiet_time(&self) -> Option<Instant> {
        self.quiet_at.filter(|_| !self.room_has_lines)
    }

    /// LINE-8. To be called at that time, when a read has found nothing.
    pub(super) fn end_quiet_time(&mut self) {
        self.quiet_at = None;
        let line = self.codec.decode_unfinished(&mut self.tail);
        self.untaken.extend(line);
    }
}

/// Reads once, for nothing; says how many octets came.
fn poll_discard(cx: &mut Context<'_>, socket: Pin<&mut impl AsyncRead>) -> Poll<io::Result<usize>> {
    READ_BUFFER.with_borrow_mut(|input| {
        input.clear();
        input.reserve(READ_OCTETS);
        poll_read_buf(socket, cx, input)
    })
}
