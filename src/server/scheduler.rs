//! Whose input the room takes next (FAIR-1), and how fast it takes talk while a member lags
//! (SLOW-5).
//!
//! This is fair queueing: virtual time is counted in octets, each session's turn comes at a virtual
//! time of its own, and what a turn makes the room tell puts the next one off by as much. So who
//! said little lately comes before all who said much. Real time is an argument, and what waits is
//! bounded by the sessions: each brings one backlog of lines, and no other before that one is done.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;

use super::message::Lines;
use super::token_bucket::{Rate, TokenBucket};
use crate::room::{Input, SessionId};

/// How many octets a session's lines make the room tell before others come first, each event
/// counted once.
const QUANTUM: usize = 1024;

/// When a session's turn comes, in virtual time, and after how many others that came to wait.
type StartTag = (u64, u64);

/// The inputs that wait for the room.
#[derive(Debug)]
pub(super) struct Scheduler {
    /// How fast the room takes talk while a member lags; a quantum at once.
    talk_pace: Rate,
    talk_bucket: TokenBucket,
    lagging_members: BTreeSet<SessionId>,
    lagging_visitors: BTreeSet<SessionId>,
    /// The latest turn that has come.
    virtual_time: u64,
    /// How often a session came to wait so far.
    arrivals: u64,
    /// The last or next turn of each session that has ever brought something.
    tags: BTreeMap<SessionId, StartTag>,
    /// Those whose next input is talk, and all others.
    talk: BTreeMap<StartTag, Backlog>,
    other: BTreeMap<StartTag, Backlog>,
    serving: Option<Serving>,
    done: Vec<Done>,
}

/// What a session has brought and the room has not taken yet.
#[derive(Debug)]
struct Backlog {
    from: SessionId,
    lines: Lines,
    /// The session was lost after it had brought them.
    is_lost: bool,
    /// The octets that what was taken of it made the room tell.
    cost: usize,
}

#[derive(Debug)]
struct Serving {
    backlog: Backlog,
    /// Cost told in this turn.
    cost: usize,
    /// Talk could be taken too when its turn came: no talk that waits has waited longer.
    talk_was_allowed: bool,
}

/// The octets that an input made the room tell, each event counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cost {
    pub(super) total: usize,
    /// Of them, those told to others than the one who brought the input.
    pub(super) to_others: usize,
}

/// A session whose backlog is done: it may bring the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Done {
    pub(super) session: SessionId,
    /// The octets that its backlog made the room tell, each event counted once.
    pub(super) cost: usize,
}

impl Scheduler {
    /// Nothing waits. `pace` is the octets a second of SLOW-5, at least 1.
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

    /// The session has brought lines, and those that it had brought before are done.
    pub(super) fn push(&mut self, from: SessionId, lines: Lines) {
        // A newcomer comes after those who are there, as if it had just had its turn.
        let newcomers = self.virtual_time + QUANTUM as u64;
        self.tags.entry(from).or_insert((newcomers, 0));
        self.enqueue(Backlog {
            from,
            lines,
            is_lost: false,
            cost: 0,
        });
    }

    /// The session is lost. Its lines that still wait come first (CONN-6); says whether there are
    /// any.
    pub(super) fn push_lost(&mut self, id: SessionId) -> bool {
        let backlog = match &mut self.serving {
            Some(serving) if serving.backlog.from == id => Some(&mut serving.backlog),
            _ => self.tags.get(&id).and_then(|turn| {
                let in_talk = self.talk.get_mut(turn);
                in_talk.or_else(|| self.other.get_mut(turn))
            }),
        };
        backlog.map(|backlog| backlog.is_lost = true).is_some()
    }

    /// The session lags from now on, or no longer (SLOW-5).
    pub(super) fn set_lagging(&mut self, id: SessionId, lags: bool, is_member: bool) {
        match (lags, is_member) {
            (true, true) => drop(self.lagging_members.insert(id)),
            (true, false) => drop(self.lagging_visitors.insert(id)),
            (false, _) => self.remove_lagging(id),
        }
    }

    /// The session is a member now.
    pub(super) fn joined(&mut self, id: SessionId) {
        self.lagging_members.extend(self.lagging_visitors.take(&id));
    }

    /// The session is not there any more.
    pub(super) fn forget(&mut self, id: SessionId) {
        self.remove_lagging(id);
        if self.serving.as_ref().is_some_and(|s| s.backlog.from == id) {
            self.serving = None;
        }
        if let Some(turn) = self.tags.remove(&id) {
            self.talk.remove(&turn);
            self.other.remove(&turn);
        }
    }

    /// Forgets all that waits.
    pub(super) fn clear(&mut self) {
        self.talk.clear();
        self.other.clear();
        self.serving = None;
    }

    /// Whether [`Self::next`] would give something.
    pub(super) fn is_ready(&self, now: Instant) -> bool {
        let is_servable = |serving: &Serving| !serving.backlog.is_talk() || self.allows_talk(now);
        !self.other.is_empty()
            || self.serving.as_ref().is_some_and(is_servable)
            || (!self.talk.is_empty() && self.allows_talk(now))
    }

    /// When the talk that waits may be taken, if a member lags; that may be past.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let waits = |serving: &Serving| serving.backlog.is_talk();
        let talk_waits = !self.talk.is_empty() || self.serving.as_ref().is_some_and(waits);
        let is_paced = talk_waits && !self.lagging_members.is_empty();
        self.talk_bucket
            .paid_at(self.talk_pace)
            .filter(|_| is_paced)
    }

    /// Takes the next input. [`Self::charge`] has to be called with what it made the room tell.
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
                let (turn, backlog) = pop(&mut self.talk, &mut self.other, allows_talk)?;
                self.virtual_time = self.virtual_time.max(turn.0);
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

    /// What the last input has made the room tell.
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

    /// Takes out those whose backlogs are done.
    pub(super) fn take_done(&mut self) -> Vec<Done> {
        std::mem::take(&mut self.done)
    }

    /// Puts the session's next turn off by what this one has told. Of the time in which it said
    /// nothing it has a quantum left, to say more at once.
    fn end_turn(&mut self, serving: &Serving) {
        let turn = self.tags.get_mut(&serving.backlog.from);
        let turn = turn.expect("who is served has a turn");
        let credit = self.virtual_time.saturating_sub(QUANTUM as u64);
        turn.0 = turn.0.max(credit) + serving.cost as u64;
    }

    fn enqueue(&mut self, backlog: Backlog) {
        self.arrivals += 1;
        let turn = self.tags.get_mut(&backlog.from);
        let turn = turn.expect("who brings something has a turn");
        turn.1 = self.arrivals;
        let queue = if backlog.is_talk() {
            &mut self.talk
        } else {
            &mut self.other
        };
        queue.insert(*turn, backlog);
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

/// The one whose turn comes first of all whose turn it can be.
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
