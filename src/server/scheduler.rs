//! Whose input the room takes next (FAIR-1), and how fast it takes talk while a member lags
//! (SLOW-5).
//!
//! This is start-time fair queueing. Virtual time is counted in octets. The next turn of a session
//! starts at its *start tag*, a virtual time, and the cost of each turn moves that tag on. So a
//! session that has cost little lately comes before all that have cost much. Real time is an
//! argument. What waits is bounded by the number of sessions: each has one backlog, and brings no
//! more lines before that one is done.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;

use super::message::Lines;
use super::token_bucket::{Rate, TokenBucket};
use crate::room::{Input, SessionId};

/// The octets, each event counted once, that a session's lines may make the room tell before its
/// turn ends and others come first.
const QUANTUM: usize = 1024;

/// The virtual time at which a session's turn starts; of equal times the one that began to wait
/// first.
type StartTag = (u64, u64);

/// The inputs that wait for the room.
#[derive(Debug)]
pub(super) struct Scheduler {
    /// How fast the room takes talk while a member lags; the burst is one quantum.
    talk_pace: Rate,
    talk_bucket: TokenBucket,
    lagging_members: BTreeSet<SessionId>,
    lagging_visitors: BTreeSet<SessionId>,
    /// The latest start tag that was served.
    virtual_time: u64,
    /// How many times a backlog began to wait.
    arrivals: u64,
    /// The start tag of each session that has ever brought lines.
    pub(super) tags: BTreeMap<SessionId, StartTag>,
    /// The backlogs whose next input is talk, and all others.
    talk: BTreeMap<StartTag, Backlog>,
    other: BTreeMap<StartTag, Backlog>,
    serving: Option<Serving>,
    done: Vec<Done>,
}

/// What a session has brought and the room has not yet handled.
#[derive(Debug)]
struct Backlog {
    from: SessionId,
    lines: Lines,
    /// The session was lost after it had brought the lines.
    is_lost: bool,
    /// The octets that its lines have made the room tell so far.
    cost: usize,
}

/// The session whose turn it is.
#[derive(Debug)]
struct Serving {
    backlog: Backlog,
    /// The octets told in this turn.
    cost: usize,
    /// Talk was allowed when the turn began, so no talk that waits has an earlier start tag.
    talk_was_allowed: bool,
}

/// The octets that an input made the room tell, each event counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cost {
    pub(super) total: usize,
    /// Those told to any session but the one that brought the input.
    pub(super) to_others: usize,
}

/// A session whose backlog is done: it may bring more lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Done {
    pub(super) session: SessionId,
    /// The octets that the backlog made the room tell, each event counted once.
    pub(super) cost: usize,
}

impl Scheduler {
    /// An empty scheduler. `pace` is the octets a second of SLOW-5, taken as 1 if it is 0.
    pub(super) fn new(pace: u64, now: Instant) -> Self {
        Self {
            talk_pace: Rate::new(pace.max(1), QUANTUM as u64).expect("more than 0"),
            talk_bucket: TokenBucket::full(now),
            lagging_members: BTreeSet::new(),
            lagging_visitors: BTreeSet::new(),
            virtual_time: 0,
            arrivals: 0,
            tags: BTreeMap::new(),
            talk: BTreeMap::new(),
            other: BTreeMap::new(),
            serving: None,
            done: Vec::new(),
        }
    }

    /// The session has brought lines. Those it had brought before must be done.
    pub(super) fn push(&mut self, from: SessionId, lines: Lines) {
        // As if it had just had a turn: a new session does not overtake those that wait.
        let newcomers = self.virtual_time + QUANTUM as u64;
        self.tags.entry(from).or_insert((newcomers, 0));
        self.enqueue(Backlog {
            from,
            lines,
            is_lost: false,
            cost: 0,
        });
    }

    /// The session is lost. Returns whether it has lines that still wait: they come first (CONN-6).
    pub(super) fn push_lost(&mut self, id: SessionId) -> bool {
        let backlog = match &mut self.serving {
            Some(serving) if serving.backlog.from == id => Some(&mut serving.backlog),
            _ => self.tags.get(&id).and_then(|tag| {
                let in_talk = self.talk.get_mut(tag);
                in_talk.or_else(|| self.other.get_mut(tag))
            }),
        };
        backlog.map(|backlog| backlog.is_lost = true).is_some()
    }

    /// The session has begun or ceased to lag (SLOW-5).
    pub(super) fn set_lagging(&mut self, id: SessionId, is_lagging: bool, is_member: bool) {
        match (is_lagging, is_member) {
            (true, true) => drop(self.lagging_members.insert(id)),
            (true, false) => drop(self.lagging_visitors.insert(id)),
            (false, _) => self.remove_lagging(id),
        }
    }

    /// The visitor is a member now.
    pub(super) fn joined(&mut self, id: SessionId) {
        self.lagging_members.extend(self.lagging_visitors.take(&id));
    }

    /// The session has ended.
    pub(super) fn forget(&mut self, id: SessionId) {
        self.remove_lagging(id);
        if self.serving.as_ref().is_some_and(|s| s.backlog.from == id) {
            self.serving = None;
        }
        if let Some(tag) = self.tags.remove(&id) {
            self.talk.remove(&tag);
            self.other.remove(&tag);
        }
    }

    /// Whether [`Self::next`] would return an input.
    pub(super) fn is_ready(&self, now: Instant) -> bool {
        let is_servable = |serving: &Serving| !serving.backlog.is_talk() || self.allows_talk(now);
        !self.other.is_empty()
            || self.serving.as_ref().is_some_and(is_servable)
            || (!self.talk.is_empty() && self.allows_talk(now))
    }

    /// When talk may be taken, if talk waits and a member lags. That time may have passed.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let waits = |serving: &Serving| serving.backlog.is_talk();
        let talk_waits = !self.talk.is_empty() || self.serving.as_ref().is_some_and(waits);
        let is_paced = talk_waits && !self.lagging_members.is_empty();
        self.talk_bucket
            .paid_at(self.talk_pace)
            .filter(|_| is_paced)
    }

    /// Takes the next input. The caller must then call [`Self::charge`] with what it cost.
    pub(super) fn next(&mut self, now: Instant) -> Option<(SessionId, Input)> {
        let allows_talk = self.allows_talk(now);
        let is_too_early =
            |s: &mut Serving| s.backlog.is_talk() && !(allows_talk && s.talk_was_allowed);
        if let Some(serving) = self.serving.take_if(is_too_early) {
            self.end_turn(&serving);
            self.enqueue(serving.backlog);
        }
        let serving = match &mut self.serving {
            Some(serving) => serving,
            none => {
                let (tag, backlog) = pop(&mut self.talk, &mut self.other, allows_talk)?;
                self.virtual_time = self.virtual_time.max(tag.0);
                none.insert(Serving {
                    backlog,
                    cost: 0,
                    talk_was_allowed: allows_talk,
                })
            }
        };
        let from = serving.backlog.from;
        let input = serving.backlog.next();
        Some((from, input.expect("what waits is not empty")))
    }

    /// Counts the cost of the last input.
    pub(super) fn charge(&mut self, cost: Cost, now: Instant) {
        let Some(mut serving) = self.serving.take() else {
            return;
        };
        if !self.lagging_members.is_empty() {
            self.talk_bucket.take(cost.to_others, self.talk_pace, now);
        }
        serving.backlog.cost += cost.total;
        serving.cost += cost.total;
        if serving.backlog.is_empty() {
            self.end_turn(&serving);
            let Backlog { from, cost, .. } = serving.backlog;
            self.done.push(Done {
                session: from,
                cost,
            });
        } else if serving.cost >= QUANTUM {
            self.end_turn(&serving);
            self.enqueue(serving.backlog);
        } else {
            self.serving = Some(serving);
        }
    }

    /// Takes the sessions whose backlogs are done.
    pub(super) fn take_done(&mut self) -> Vec<Done> {
        std::mem::take(&mut self.done)
    }

    /// Moves the session's start tag on by the cost of this turn. A session that was idle keeps one
    /// quantum of credit, however long that was.
    fn end_turn(&mut self, serving: &Serving) {
        let tag = self.tags.get_mut(&serving.backlog.from);
        let tag = tag.expect("a session that is served has a tag");
        let credit = self.virtual_time.saturating_sub(QUANTUM as u64);
        tag.0 = tag.0.max(credit) + serving.cost as u64;
    }

    fn enqueue(&mut self, backlog: Backlog) {
        self.arrivals += 1;
        let tag = self.tags.get_mut(&backlog.from);
        let tag = tag.expect("a session that brings lines has a tag");
        tag.1 = self.arrivals;
        let queue = if backlog.is_talk() {
            &mut self.talk
        } else {
            &mut self.other
        };
        queue.insert(*tag, backlog);
    }

    fn allows_talk(&self, now: Instant) -> bool {
        self.lagging_members.is_empty()
            || self
                .talk_bucket
                .in_debt_until(self.talk_pace, now)
                .is_none()
    }

    fn remove_lagging(&mut self, id: SessionId) {
        self.lagging_members.remove(&id);
        self.lagging_visitors.remove(&id);
    }
}

/// The backlog with the earliest start tag of those that may be served.
fn pop(
    talk: &mut BTreeMap<StartTag, Backlog>,
    other: &mut BTreeMap<StartTag, Backlog>,
    allows_talk: bool,
) -> Option<(StartTag, Backlog)> {
    let talks = talk.first_entry().filter(|_| allows_talk);
    let first = match (talks, other.first_entry()) {
        (Some(talk), Some(other)) if talk.key() < other.key() => talk,
        (_, Some(other)) => other,
        (talk, None) => talk?,
    };
    Some(first.remove_entry())
}

impl Backlog {
    fn next(&mut self) -> Option<Input> {
        let line = self.lines.pop_front().map(Input::Line);
        line.or_else(|| std::mem::take(&mut self.is_lost).then_some(Input::Lost))
    }

    fn is_empty(&self) -> bool {
        self.lines.is_empty() && !self.is_lost
    }

    /// Whether its next input is talk.
    fn is_talk(&self) -> bool {
        matches!(self.lines.front(), Some(Ok(command)) if command.is_talk())
    }
}

#[cfg(test)]
mod tests;
