//! What the room tells in one turn, each event encoded once.
//!
//! What all members are told goes into one shared chunk. Who is a member from the beginning of the
//! turn to its end, and is told nothing of its own, gets that chunk as it is; the others' way
//! through it is kept as a *detour*: the parts of the chunk that they are told, and their own lines
//! spliced between. So the order is one for all (ORDER-1), and whole for each from its joining to
//! its leaving (ORDER-2). Short parts are copied, as many small ones are slow to send.

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::{Bytes, BytesMut};

use super::send_queue::Chunk;
use crate::protocol::Event;
use crate::room::SessionId;

/// Parts of the shared chunk with fewer octets than this are copied into a detour.
const COPIED: usize = 512;

/// The events of one turn, for everyone.
#[derive(Debug, Default)]
pub(super) struct Turn {
    shared: BytesMut,
    /// The octets that were told to one session each.
    own_octets: usize,
    detours: BTreeMap<SessionId, Detour>,
}

/// The way of one session through the turn.
#[derive(Debug, Default)]
struct Detour {
    /// From where on it is told of the shared chunk, while it is a member.
    since: Option<usize>,
    /// Its own lines and what was copied. Apart from the others', or a peer that takes little would
    /// hold the memory of all theirs.
    own: BytesMut,
    parts: Vec<Part>,
    close: Option<Close>,
}

#[derive(Debug)]
enum Part {
    Shared(Range<usize>),
    Own(Range<usize>),
}

/// How a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Close {
    /// It was one too many (CONN-3).
    Refused,
    /// It had a session.
    Ended,
}

impl Turn {
    /// The octets in it, each event counted once.
    pub(super) fn len(&self) -> usize {
        self.shared.len() + self.own_octets
    }

    /// From here on the session is told what members are told.
    pub(super) fn enter(&mut self, id: SessionId) {
        let at = self.shared.len();
        self.detours.entry(id).or_default().since = Some(at);
    }

    /// From here on the session is not told any more what members are told.
    pub(super) fn leave(&mut self, id: SessionId) {
        let detour = self.detours.entry(id).or_insert_with(Detour::of_member);
        detour.catch_up(&self.shared);
        detour.since = None;
    }

    /// Tells all members.
    pub(super) fn tell_members(&mut self, event: &Event) {
        event.encode(&mut self.shared);
    }

    /// Tells one session, which is a member or not.
    pub(super) fn tell(&mut self, id: SessionId, is_member: bool, event: &Event) {
        let detour = self.detours.entry(id).or_insert_with(|| {
            if is_member {
                Detour::of_member()
            } else {
                Detour::default()
            }
        });
        detour.catch_up(&self.shared);
        let start = detour.own.len();
        event.encode(&mut detour.own);
        let end = detour.own.len();
        detour.extend(start..end);
        self.own_octets += end - start;
    }

    /// What the session has been told is the last.
    pub(super) fn close(&mut self, id: SessionId, close: Close) {
        self.detours.entry(id).or_default().close = Some(close);
    }

    /// Ends the turn and leaves an empty one: the chunk for all members, and those for whom it is
    /// not meant as it is.
    pub(super) fn end(&mut self) -> (Bytes, Vec<Splice>) {
        let shared = self.shared.split().freeze();
        self.own_octets = 0;
        let splices = std::mem::take(&mut self.detours).into_iter();
        let splices = splices.map(|(id, mut detour)| {
            detour.catch_up(&shared);
            let own = detour.own.freeze();
            let octets = detour.parts.into_iter().map(|part| match part {
                Part::Shared(range) => Chunk::Shared(shared.slice(range)),
                Part::Own(range) => Chunk::Own(own.slice(range)),
            });
            Splice {
                id,
                octets: octets.collect(),
                close: detour.close,
            }
        });
        let splices = splices.collect();
        (shared, splices)
    }
}

impl Detour {
    /// Of one who is a member from the beginning of the turn.
    fn of_member() -> Self {
        Self {
            since: Some(0),
            ..Self::default()
        }
    }

    /// Takes in what members were told up to the end of `shared`.
    fn catch_up(&mut self, shared: &[u8]) {
        let Some(since) = self.since else { return };
        self.since = Some(shared.len());
        if shared.len() - since < COPIED {
            let start = self.own.len();
            self.own.extend_from_slice(&shared[since..]);
            self.extend(start..self.own.len());
        } else {
            self.parts.push(Part::Shared(since..shared.len()));
        }
    }

    /// What is in this range of `own` comes next.
    fn extend(&mut self, range: Range<usize>) {
        match self.parts.last_mut() {
            Some(Part::Own(last)) => last.end = range.end,
            Some(Part::Shared(_)) | None if range.is_empty() => {}
            Some(Part::Shared(_)) | None => self.parts.push(Part::Own(range)),
        }
    }
}

/// What one session is told in a turn, where that is not the chunk for all members.
#[derive(Debug)]
pub(super) struct Splice {
    pub(super) id: SessionId,
    pub(super) octets: Vec<Chunk>,
    pub(super) close: Option<Close>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Text, UserName};

    fn say(text: &str) -> Event {
        let from = UserName::new("ann").expect("a name");
        let text = Text::new(text).expect("a text");
        Event::Broadcast { from, text }
    }

    fn told(splices: &[Splice], id: u64) -> String {
        let splice = splices.iter().find(|splice| splice.id == SessionId(id));
        let octets = splice.expect("a splice").octets.iter();
        let octets = octets.flat_map(|chunk| chunk.iter().copied()).collect();
        String::from_utf8(octets).expect("UTF-8")
    }

    /// ORDER-2, ORDER-4
    #[test]
    fn own_lines_are_spliced_where_they_were_told() {
        let mut turn = Turn::default();
        turn.tell_members(&say("1"));
        turn.tell(SessionId(7), true, &Event::Full);
        turn.tell(SessionId(7), true, &Event::Full);
        turn.tell_members(&say("2"));
        turn.enter(SessionId(8));
        turn.tell_members(&say("3"));
        turn.leave(SessionId(9));
        turn.tell_members(&say("4"));
        let (shared, splices) = turn.end();
        let lines: Vec<String> = (1..=4).map(|n| format!("ann: BCST {n}\n")).collect();
        let full = "Sorry the chat is full, please try later\n";
        assert_eq!(shared, lines.concat());
        assert_eq!(
            told(&splices, 7),
            format!("{}{full}{full}{}", lines[0], lines[1..].concat())
        );
        assert_eq!(told(&splices, 8), lines[2..].concat());
        assert_eq!(told(&splices, 9), lines[..3].concat());
        assert_eq!(turn.len(), 0);
    }

    /// SLOW-1, ORDER-4
    #[test]
    fn finely_mixed_lines_are_few_chunks_and_long_ones_are_shared() {
        let mut turn = Turn::default();
        let long = "x".repeat(COPIED);
        let mut all = String::new();
        for text in ["1", "2", &long, "3", "4"] {
            turn.tell_members(&say(text));
            turn.tell(SessionId(7), true, &Event::Full);
            all += &format!("{}\n{}\n", say(text), Event::Full);
        }
        let (shared, splices) = turn.end();
        assert_eq!(told(&splices, 7), all);
        let [before, between, after] = &splices[0].octets[..] else {
            panic!("three chunks: {splices:?}");
        };
        assert!(shared.as_ptr_range().contains(&between.as_ptr()));
        assert!(before.len() < between.len() && after.len() < between.len());
    }

    /// STATE-3
    #[test]
    fn who_leaves_and_enters_again_misses_what_was_between() {
        let mut turn = Turn::default();
        turn.leave(SessionId(7));
        turn.tell_members(&say("1"));
        turn.enter(SessionId(7));
        turn.tell_members(&say("2"));
        let (_, splices) = turn.end();
        assert_eq!(told(&splices, 7), "ann: BCST 2\n");
    }
}
