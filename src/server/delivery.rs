//! The delivery of one batch to the sessions.
//!
//! The chunk for all members goes to a few of them at a time, and these write it to their sockets
//! before the next few get it: so a session's state is still in the processor's caches when it
//! writes.

use std::task::{Context, Poll};
use std::vec;

use bytes::Bytes;

use super::batch::SessionChunks;
use super::message::Deliver;
use super::recipients::Recipients;
use super::scheduler::Done;
use super::send_queue::Chunk;
use crate::room::SessionId;

/// The most members that get the chunk before they write it.
pub(super) const MEMBERS_PER_POLL: usize = 32;

/// What is still to be delivered of a batch.
pub(super) struct Delivery {
    chunk: Bytes,
    /// The members that get the chunk as it is.
    members: vec::IntoIter<SessionId>,
    sessions: vec::IntoIter<SessionChunks>,
    /// The sessions to be acknowledged.
    done: vec::IntoIter<Done>,
}

impl Delivery {
    /// Delivers the chunk to those of `members` that have no chunks of their own.
    pub(super) fn new(
        members: impl Iterator<Item = SessionId>,
        (chunk, sessions): (Bytes, Vec<SessionChunks>),
        done: Vec<Done>,
    ) -> Self {
        let has_own = |id: &SessionId| sessions.binary_search_by_key(id, |s| s.id).is_ok();
        let members: Vec<_> = if chunk.is_empty() {
            Vec::new()
        } else {
            members.filter(|id| !has_own(id)).collect()
        };
        Self {
            chunk,
            members: members.into_iter(),
            sessions: sessions.into_iter(),
            done: done.into_iter(),
        }
    }

    /// Ready when all is delivered, with the sessions whose connections are closed, which get
    /// nothing more.
    pub(super) fn poll(
        &mut self,
        recipients: &mut Recipients,
        cx: &mut Context<'_>,
    ) -> Poll<Vec<SessionId>> {
        for id in self.members.by_ref().take(MEMBERS_PER_POLL) {
            recipients.send(id, Deliver::Chunk(Chunk::Shared(self.chunk.clone())));
        }
        if self.members.len() > 0 {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut closed = Vec::new();
        for SessionChunks { id, chunks, close } in self.sessions.by_ref() {
            for chunk in chunks {
                recipients.send(id, Deliver::Chunk(chunk));
            }
            if let Some(close) = close {
                recipients.send(id, Deliver::Close(close));
                recipients.remove(id);
                closed.push(id);
            }
        }
        for Done { session, cost } in self.done.by_ref() {
            recipients.send(session, Deliver::Ack(cost));
        }
        Poll::Ready(closed)
    }
}
