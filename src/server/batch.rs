//! One batch: what the room tells between two deliveries, each event encoded once.
//!
//! Events for all members go into one shared chunk. A session that is a member for the whole batch
//! and is told nothing of its own gets that chunk as it is. Every other session has a *view*: the
//! segments of the chunk that it is told, with its own lines spliced in between. So all sessions
//! see one order (ORDER-1), and each sees all of it from its joining to its leaving (ORDER-2).
//! Short segments are copied, because many small ones are slow to send.

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::{Bytes, BytesMut};

use super::send_queue::Chunk;
use crate::protocol::Event;
use crate::room::SessionId;

/// A segment of the shared chunk with fewer octets than this is copied into the view.
const COPY_BELOW: usize = 512;

/// The events of one batch, for all sessions.
#[derive(Debug, Default)]
pub(super) struct Batch {
    shared: BytesMut,
    /// The octets of events for single sessions.
    own_octets: usize,
    views: BTreeMap<SessionId, SessionView>,
}

/// What one session is told in the batch.
#[derive(Debug, Default)]
struct SessionView {
    /// While it is a member: where in the shared chunk its next segment begins.
    since: Option<usize>,
    /// Its own lines and copied segments. Not shared with other views, or one slow peer would keep
    /// the lines of all of them in memory.
    own: BytesMut,
    segments: Vec<Segment>,
    close: Option<CloseReason>,
}

#[derive(Debug)]
enum Segment {
    Shared(Range<usize>),
    Own(Range<usize>),
}

/// Why the room closes a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CloseReason {
    /// It was one too many (CONN-3): it never had a session.
    Refused,
    /// It had a session.
    Ended,
}

impl Batch {
    /// The octets told so far, each event counted once.
    pub(super) fn len(&self) -> usize {
        self.shared.len() + self.own_octets
    }

    /// From here on the session is told the events for members.
    pub(super) fn enter(&mut self, id: SessionId) {
        let at = self.shared.len();
        self.views.entry(id).or_default().since = Some(at);
    }

    /// From here on the session is no longer told the events for members.
    pub(super) fn leave(&mut self, id: SessionId) {
        let view = self.views.entry(id).or_insert_with(SessionView::of_member);
        view.catch_up(&self.shared);
        view.since = None;
    }

    /// Tells all members.
    pub(super) fn tell_members(&mut self, event: &Event) {
        event.encode(&mut self.shared);
    }

    /// Tells one session. `is_member` says whether it is a member now: one without a view yet has
    /// been told everything since the batch began.
    pub(super) fn tell(&mut self, id: SessionId, is_member: bool, event: &Event) {
        let view = self.views.entry(id).or_insert_with(|| {
            if is_member {
                SessionView::of_member()
            } else {
                SessionView::default()
            }
        });
        view.catch_up(&self.shared);
        let start = view.own.len();
        event.encode(&mut view.own);
        let end = view.own.len();
        view.extend(start..end);
        self.own_octets += end - start;
    }

    /// The session is told nothing more, and its connection is closed.
    pub(super) fn close(&mut self, id: SessionId, close: CloseReason) {
        self.views.entry(id).or_default().close = Some(close);
    }

    /// Ends the batch and begins an empty one. Returns the chunk for all members, and the chunks of
    /// each session with a view, in the order of ids.
    pub(super) fn end(&mut self) -> (Bytes, Vec<SessionChunks>) {
        let shared = self.shared.split().freeze();
        self.own_octets = 0;
        let sessions = std::mem::take(&mut self.views).into_iter();
        let sessions = sessions.map(|(id, mut view)| {
            view.catch_up(&shared);
            let own = view.own.freeze();
            let chunks = view.segments.into_iter().map(|segment| match segment {
                Segment::Shared(range) => Chunk::Shared(shared.slice(range)),
                Segment::Own(range) => Chunk::Own(own.slice(range)),
            });
            SessionChunks {
                id,
                chunks: chunks.collect(),
                close: view.close,
            }
        });
        let sessions = sessions.collect();
        (shared, sessions)
    }
}

impl SessionView {
    /// The view of a session that was a member when the batch began.
    fn of_member() -> Self {
        Self {
            since: Some(0),
            ..Self::default()
        }
    }

    /// Adds the segment from where it left off to the end of `shared`.
    fn catch_up(&mut self, shared: &[u8]) {
        let Some(since) = self.since else { return };
        self.since = Some(shared.len());
        if shared.len() - since < COPY_BELOW {
            let start = self.own.len();
            self.own.extend_from_slice(&shared[since..]);
            self.extend(start..self.own.len());
        } else {
            self.segments.push(Segment::Shared(since..shared.len()));
        }
    }

    /// Adds this range of `own`.
    fn extend(&mut self, range: Range<usize>) {
        match self.segments.last_mut() {
            Some(Segment::Own(last)) => last.end = range.end,
            Some(Segment::Shared(_)) | None if range.is_empty() => {}
            Some(Segment::Shared(_)) | None => self.segments.push(Segment::Own(range)),
        }
    }
}

/// What a session with a view is told, instead of the chunk for all members.
#[derive(Debug)]
pub(super) struct SessionChunks {
    pub(super) id: SessionId,
    pub(super) chunks: Vec<Chunk>,
    pub(super) close: Option<CloseReason>,
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

    fn told(sessions: &[SessionChunks], id: u64) -> String {
        let session = sessions.iter().find(|session| session.id == SessionId(id));
        let octets = session.expect("a view").chunks.iter();
        let octets = octets.flat_map(|chunk| chunk.iter().copied()).collect();
        String::from_utf8(octets).expect("UTF-8")
    }

    /// ORDER-2, ORDER-4
    #[test]
    fn own_lines_are_spliced_where_they_were_told() {
        let mut batch = Batch::default();
        batch.tell_members(&say("1"));
        batch.tell(SessionId(7), true, &Event::Full);
        batch.tell(SessionId(7), true, &Event::Full);
        batch.tell_members(&say("2"));
        batch.enter(SessionId(8));
        batch.tell_members(&say("3"));
        batch.leave(SessionId(9));
        batch.tell_members(&say("4"));
        let (shared, sessions) = batch.end();
        let lines: Vec<String> = (1..=4).map(|n| format!("ann: BCST {n}\n")).collect();
        let full = "Sorry the chat is full, please try later\n";
        assert_eq!(shared, lines.concat());
        assert_eq!(
            told(&sessions, 7),
            format!("{}{full}{full}{}", lines[0], lines[1..].concat())
        );
        assert_eq!(told(&sessions, 8), lines[2..].concat());
        assert_eq!(told(&sessions, 9), lines[..3].concat());
        assert_eq!(batch.len(), 0);
    }

    /// SLOW-1, ORDER-4
    #[test]
    fn finely_mixed_lines_are_few_chunks_and_long_ones_are_shared() {
        let mut batch = Batch::default();
        let long = "x".repeat(COPY_BELOW);
        let mut all = String::new();
        for text in ["1", "2", &long, "3", "4"] {
            batch.tell_members(&say(text));
            batch.tell(SessionId(7), true, &Event::Full);
            all += &format!("{}\n{}\n", say(text), Event::Full);
        }
        let (shared, sessions) = batch.end();
        assert_eq!(told(&sessions, 7), all);
        let [before, between, after] = &sessions[0].chunks[..] else {
            panic!("three chunks: {sessions:?}");
        };
        assert!(shared.as_ptr_range().contains(&between.as_ptr()));
        assert!(before.len() < between.len() && after.len() < between.len());
    }

    /// STATE-3
    #[test]
    fn a_session_that_leaves_and_enters_again_misses_what_was_between() {
        let mut batch = Batch::default();
        batch.leave(SessionId(7));
        batch.tell_members(&say("1"));
        batch.enter(SessionId(7));
        batch.tell_members(&say("2"));
        let (_, sessions) = batch.end();
        assert_eq!(told(&sessions, 7), "ann: BCST 2\n");
    }
}
