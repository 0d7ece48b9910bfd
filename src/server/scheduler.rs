//! Whose input the room takes next (FAIR-1), and how fast it takes talk while a member lags
//! (SLOW-5).
//!
//! This is fair queueing: virtual time is counted in octets, each session's turn comes at a virtual
//! time of its own, and what a turn makes the room tell puts the next one off by as much. So who
//! said little lately comes before all who said much. Real time is an argument, and what waits is
//! bounded by the sessions: each brings one batch of lines, and no other before that one is done.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;

use super::message::Lines;
use super::token_bucket::{Rate, TokenBucket};
use crate::room::{Input, SessionId};

/// How many octets a session's lines make the room tell before others come first, each event
/// counted once.
const QUANTUM: usize = 1024;

/// When a session's turn comes, in virtual time, and after how many others that came to wait.
type Turn = (u64, u64);

/// The inputs that wait for the room.
#[derive(Debug)]
pub(super) struct Scheduler {
    /// How fast the room takes talk while a member lags; a quantum at once.
    pace: Rate,
    paced: TokenBucket,
    lagging_members: BTreeSet<SessionId>,
    lagging_visitors: BTreeSet<SessionId>,
    /// The latest turn that has come.
    virtual_time: u64,
    /// How often a session came to wait so far.
    waits: u64,
    /// The last or next turn of each session that has ever brought something.
    turns: BTreeMap<SessionId, Turn>,
    /// Those whose next input is talk, and all others.
    talk: BTreeMap<Turn, Batch>,
    other: BTreeMap<Turn, Batch>,
    serving: Option<Serving>,
    done: Vec<Done>,
}

/// What a session has brought and the room has not taken yet.
#[derive(Debug)]
struct Batch {
    from: SessionId,
    lines: Lines,
    /// The session was lost after it had brought them.
    is_lost: bool,
    /// The octets that what was taken of it made the room tell.
    told: usize,
}

#[derive(Debug)]
struct Serving {
    batch: Batch,
    /// Octets told in this turn.
    told: usize,
    /// Talk could be taken too when its turn came: no talk that waits has waited longer.
    before_all: bool,
}

/// The octets that an input made the room tell, each event counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Octets {
    pub(super) in_all: usize,
    /// Of them, those told to others than the one who brought the input.
    pub(super) to_others: usize,
}

/// A session whose batch is done: it may bring the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Done {
    pub(super) session: SessionId,
    /// The octets that its batch made the room tell, each event counted once.
    pub(super) told: usize,
}

impl Scheduler {
    /// Nothing waits. `pace` is the octets a second of SLOW-5, at least 1.
    pub(super) fn new(pace: u64, now: Instant) -> Self {
        Self {
            pace: Rate::new(pace.max(1), QUANTUM as u64).expect("more than 0"),
            paced: TokenBucket::full(now),
            lagging_members: BTreeSet::new(),
            lagging_visitors: BTreeSet::new(),
            virtual_time: 0,
            waits: 0,
            turns: BTreeMap::new(),
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
        self.turns.entry(from).or_insert((newcomers, 0));
        self.enqueue(Batch {
            from,
            lines,
            is_lost: false,
            told: 0,
        });
    }

    /// The session is lost. Its lines that still wait come first (CONN-6); says whether there are
    /// any.
    pub(super) fn push_lost(&mut self, id: SessionId) -> bool {
        let batch = match &mut self.serving {
            Some(serving) if serving.batch.from == id => Some(&mut serving.batch),
            _ => self.turns.get(&id).and_then(|turn| {
                let in_talk = self.talk.get_mut(turn);
                in_talk.or_else(|| self.other.get_mut(turn))
            }),
        };
        batch.map(|batch| batch.is_lost = true).is_some()
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
        if self.serving.as_ref().is_some_and(|s| s.batch.from == id) {
            self.serving = None;
        }
        if let Some(turn) = self.turns.remove(&id) {
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
        let is_servable = |serving: &Serving| !serving.batch.is_talk() || self.takes_talk(now);
        !self.other.is_empty()
            || self.serving.as_ref().is_some_and(is_servable)
            || (!self.talk.is_empty() && self.takes_talk(now))
    }

    /// When the talk that waits may be taken, if a member lags; that may be past.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let waits = |serving: &Serving| serving.batch.is_talk();
        let talk_waits = !self.talk.is_empty() || self.serving.as_ref().is_some_and(waits);
        let is_paced = talk_waits && !self.lagging_members.is_empty();
        self.paced.paid_at(self.pace).filter(|_| is_paced)
    }

    /// Takes the next input. [`Self::told`] has to be called with what it made the room tell.
    pub(super) fn next(&mut self, now: Instant) -> Option<(SessionId, Input)> {
        let takes_talk = self.takes_talk(now);
        let is_too_early = |s: &mut Serving| s.batch.is_talk() && !(takes_talk && s.before_all);
        if let Some(serving) = self.serving.take_if(is_too_early) {
            self.end_turn(&serving);
            self.enqueue(serving.batch);
        }
        let serving = match &mut self.serving {
            Some(serving) => serving,
            none => {
                let (turn, batch) = pop(&mut self.talk, &mut self.other, takes_talk)?;
                self.virtual_time = self.virtual_time.max(turn.0);
                none.insert(Serving {
                    batch,
                    told: 0,
                    before_all: takes_talk,
                })
            }
        };
        let from = serving.batch.from;
        let input = serving.batch.next();
        Some((from, input.expect("what waits is not empty")))
    }

    /// What the last input has made the room tell.
    pub(super) fn told(&mut self, told: Octets, now: Instant) {
        let Some(mut serving) = self.serving.take() else {
            return;
        };
        if !self.lagging_members.is_empty() {
            self.paced.take(told.to_others, self.pace, now);
        }
        serving.batch.told += told.in_all;
        serving.told += told.in_all;
        if serving.batch.is_empty() {
            self.end_turn(&serving);
            let Batch { from, told, .. } = serving.batch;
            self.done.push(Done {
                session: from,
                told,
            });
        } else if serving.told >= QUANTUM {
            self.end_turn(&serving);
            self.enqueue(serving.batch);
        } else {
            self.serving = Some(serving);
        }
    }

    /// Takes out those whose batches are done.
    pub(super) fn take_done(&mut self) -> Vec<Done> {
        std::mem::take(&mut self.done)
    }

    /// Puts the session's next turn off by what this one has told. Of the time in which it said
    /// nothing it has a quantum left, to say more at once.
    fn end_turn(&mut self, serving: &Serving) {
        let turn = self.turns.get_mut(&serving.batch.from);
        let turn = turn.expect("who is served has a turn");
        let credit = self.virtual_time.saturating_sub(QUANTUM as u64);
        turn.0 = turn.0.max(credit) + serving.told as u64;
    }

    fn enqueue(&mut self, batch: Batch) {
        self.waits += 1;
        let turn = self.turns.get_mut(&batch.from);
        let turn = turn.expect("who brings something has a turn");
        turn.1 = self.waits;
        let queue = if batch.is_talk() {
            &mut self.talk
        } else {
            &mut self.other
        };
        queue.insert(*turn, batch);
    }

    fn takes_talk(&self, now: Instant) -> bool {
        self.lagging_members.is_empty() || self.paced.in_debt_until(self.pace, now).is_none()
    }

    fn remove_lagging(&mut self, id: SessionId) {
        self.lagging_members.remove(&id);
        self.lagging_visitors.remove(&id);
    }
}

/// The one whose turn comes first of all whose turn it can be.
fn pop(
    talk: &mut BTreeMap<Turn, Batch>,
    other: &mut BTreeMap<Turn, Batch>,
    takes_talk: bool,
) -> Option<(Turn, Batch)> {
    let talks = talk.first_entry().filter(|_| takes_talk);
    let first = match (talks, other.first_entry()) {
        (Some(talk), Some(other)) if talk.key() < other.key() => talk,
        (_, Some(other)) => other,
        (talk, None) => talk?,
    };
    Some(first.remove_entry())
}

impl Batch {
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
