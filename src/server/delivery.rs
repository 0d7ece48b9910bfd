//! What one turn has told, on its way to the sessions.
//!
//! The chunk for all goes to a few members at a time, who write it to their sockets before the next
//! few are told: what telling them has brought into the processor's caches is still there when they
//! write.

use std::task::{Context, Poll};
use std::vec;

use bytes::Bytes;

use super::broadcast::Splice;
use super::message::Deliver;
use super::room_actor::RoomActor;
use super::scheduler::Done;
use super::send_queue::Chunk;
use crate::room::SessionId;

/// As many members are told before they write.
const AT_ONCE: usize = 32;

/// The deliveries that a turn still owes.
pub(super) struct Delivery {
    chunk: Bytes,
    /// Whom the chunk is for as it is.
    members: vec::IntoIter<SessionId>,
    splices: vec::IntoIter<Splice>,
    /// Whose lines are all taken.
    done: vec::IntoIter<Done>,
}

impl Delivery {
    /// Of a chunk for all of `members` but those who have a splice of their own.
    pub(super) fn new(
        members: impl Iterator<Item = SessionId>,
        (chunk, splices): (Bytes, Vec<Splice>),
        done: Vec<Done>,
    ) -> Self {
        let spliced = |id: &SessionId| splices.binary_search_by_key(id, |s| s.id).is_ok();
        let members: Vec<_> = if chunk.is_empty() {
            Vec::new()
        } else {
            members.filter(|id| !spliced(id)).collect()
        };
        Self {
            chunk,
            members: members.into_iter(),
            splices: splices.into_iter(),
            done: done.into_iter(),
        }
    }

    /// Ready when all is delivered.
    pub(super) fn poll(&mut self, room: &mut RoomActor, cx: &mut Context<'_>) -> Poll<()> {
        for id in self.members.by_ref().take(AT_ONCE) {
            room.deliver(id, Deliver::Octets(Chunk::Shared(self.chunk.clone())));
        }
        if self.members.len() > 0 {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        for Splice { id, octets, close } in self.splices.by_ref() {
            for octets in octets {
                room.deliver(id, Deliver::Octets(octets));
            }
            if let Some(close) = close {
                room.deliver(id, Deliver::Close(close));
                room.forget(id);
            }
        }
        for Done { session, told } in self.done.by_ref() {
            room.deliver(session, Deliver::Taken(told));
        }
        Poll::Ready(())
    }
}
