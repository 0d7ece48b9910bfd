//! What waits to be sent on one connection: chunks by reference, shared with the queues of other
//! members.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::iter;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::AsyncWrite;

/// A chunk with fewer octets than this is appended to the last one in the queue, because each chunk
/// costs memory of its own.
const COPY_BELOW: usize = 512;

/// A chunk with this many octets or more is not appended to.
const MAX_COPIED: usize = 4 << 10;

/// The most chunks of one write.
const CHUNKS_PER_WRITE: usize = 64;

/// Octets in the order in which they are sent.
#[derive(Debug, Default)]
pub(super) struct SendQueue {
    /// Empty if the queue is. Most queues hold no more than this chunk, and allocate nothing.
    first: Chunk,
    later: VecDeque<Chunk>,
    len: usize,
    own: usize,
}

/// Octets to be sent.
#[derive(Clone, Debug)]
pub(super) enum Chunk {
    /// In the queues of other members too; the memory is shared.
    Shared(Bytes),
    /// In this queue alone.
    Own(Bytes),
}

impl Chunk {
    fn is_shared(&self) -> bool {
        matches!(self, Self::Shared(_))
    }

    fn octets(&mut self) -> &mut Bytes {
        match self {
            Self::Shared(octets) | Self::Own(octets) => octets,
        }
    }
}

impl Default for Chunk {
    fn default() -> Self {
        Self::Own(Bytes::new())
    }
}

impl Deref for Chunk {
    type Target = Bytes;

    fn deref(&self) -> &Bytes {
        match self {
            Self::Shared(octets) | Self::Own(octets) => octets,
        }
    }
}

impl SendQueue {
    pub(super) fn push(&mut self, chunk: Chunk) {
        self.len += chunk.len();
        let own = |chunk: &Chunk| if chunk.is_shared() { 0 } else { chunk.len() };
        if self.first.is_empty() {
            self.own += own(&chunk);
            self.first = chunk;
            return;
        }
        let last = self.later.back_mut().unwrap_or(&mut self.first);
        if chunk.len() < COPY_BELOW && last.len() < MAX_COPIED {
            self.own += chunk.len() + last.len() - own(last);
            let merged = std::mem::take(last.octets()).try_into_mut();
            let mut merged = merged.unwrap_or_else(|shared| BytesMut::from(&shared[..]));
            merged.extend_from_slice(&chunk);
            *last = Chunk::Own(merged.freeze());
        } else {
            self.own += own(&chunk);
            self.later.push_back(chunk);
        }
    }

    /// The octets in the queue.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The octets that no other queue shares.
    pub(super) fn own(&self) -> usize {
        self.own
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Makes one write, of at most [`CHUNKS_PER_WRITE`] chunks.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        socket: Pin<&mut impl AsyncWrite>,
    ) -> Poll<io::Result<()>> {
        let taken = ready!(if self.later.is_empty() {
            // For one slice a plain write is cheaper than a vectored one.
            socket.poll_write(cx, &self.first)
        } else {
            let mut slices = [IoSlice::new(&[]); CHUNKS_PER_WRITE];
            let chunks = iter::once(&self.first).chain(&self.later);
            let mut count = 0;
            for (slice, chunk) in slices.iter_mut().zip(chunks) {
                *slice = IoSlice::new(chunk);
                count += 1;
            }
            socket.poll_write_vectored(cx, &slices[..count])
        })?;
        if taken == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        self.advance(taken);
        Poll::Ready(Ok(()))
    }

    fn advance(&mut self, mut taken: usize) {
        self.len -= taken;
        while let Some(rest) = taken.checked_sub(self.first.len()) {
            self.release(self.first.len());
            let Some(next) = self.later.pop_front() else {
                // This frees the deque: thousands of queues are empty most of the time.
                *self = Self::default();
                return;
            };
            self.first = next;
            taken = rest;
        }
        self.release(taken);
        self.first.octets().advance(taken);
    }

    /// This many octets of the first chunk were sent.
    fn release(&mut self, octets: usize) {
        if !self.first.is_shared() {
            self.own -= octets;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    /// SEC-3: a peer takes nothing and is told one short line after the other.
    #[test]
    fn short_chunks_wait_together_and_in_order() {
        let mut queue = SendQueue::default();
        let mut told = Vec::new();
        for n in 0..5000 {
            let line = match n % 100 {
                0 => format!("{n}\n").repeat(COPY_BELOW),
                _ => format!("{n}\n"),
            };
            told.extend_from_slice(line.as_bytes());
            queue.push(Chunk::Own(line.into()));
        }
        assert_eq!((queue.len(), queue.own()), (told.len(), told.len()));
        assert!(queue.later.len() < 2 * 50, "{}", queue.later.len());
        let mut taken = Vec::new();
        while !queue.is_empty() {
            let mut cx = Context::from_waker(Waker::noop());
            let written = queue.poll_write(&mut cx, Pin::new(&mut taken));
            assert!(matches!(written, Poll::Ready(Ok(()))));
        }
        assert_eq!((taken, queue.own()), (told, 0));
    }

    /// SLOW-6
    ///
    /// > SLOW-6: Long events for all members are kept once, for all of them.
    #[test]
    fn a_shared_chunk_is_not_own_until_it_is_copied() {
        let mut queue = SendQueue::default();
        let long = Bytes::from(vec![b'x'; MAX_COPIED]);
        queue.push(Chunk::Shared(long.clone()));
        queue.push(Chunk::Shared(Bytes::from_static(b"short")));
        assert_eq!((queue.len(), queue.own()), (MAX_COPIED + 5, 0));
        queue.push(Chunk::Own(Bytes::from_static(b"own")));
        assert_eq!(queue.own(), 5 + 3);
        queue.push(Chunk::Own(long));
        queue.advance(MAX_COPIED + 6);
        assert_eq!(queue.own(), 2 + MAX_COPIED);
        queue.advance(2 + MAX_COPIED);
        assert_eq!((queue.len(), queue.own()), (0, 0));
        queue.push(Chunk::Own(Bytes::from_static(b"own")));
        queue.clear();
        assert_eq!((queue.len(), queue.own()), (0, 0));
    }

    #[test]
    fn a_write_that_takes_nothing_is_an_error_and_not_tried_for_ever() {
        let mut queue = SendQueue::default();
        queue.push(Chunk::Own(Bytes::from_static(b"own")));
        let mut full = io::Cursor::new(&mut [][..]);
        let mut cx = Context::from_waker(Waker::noop());
        let written = queue.poll_write(&mut cx, Pin::new(&mut full));
        assert!(matches!(written, Poll::Ready(Err(_))), "{written:?}");
    }
}
