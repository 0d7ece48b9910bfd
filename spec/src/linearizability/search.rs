//! The depth-first search: steps are taken, and taken back at a dead end.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::rc::Rc;

use super::index::Index;
use super::step::{Step, Trigger};
use crate::{Conn, Connection, End, ReferenceModel, ReferenceRoom, Trace};

/// The search: the current path of steps, and the configurations known to be dead ends.
pub(super) struct Search<'a> {
    pub(super) model: &'a ReferenceModel,
    pub(super) trace: &'a Trace,
    pub(super) index: Index<'a>,
    /// The server has room for all connections at once, so that none is refused for another's sake.
    pub(super) all_fit: bool,
    pub(super) current: Configuration,
    path: Vec<Step>,
    /// Fingerprints of configurations from which no order explains the rest.
    dead_ends: HashSet<u64>,
    /// The number of steps taken, including those taken back.
    pub(super) steps: usize,
    /// The search gives up after this many steps.
    step_limit: usize,
    explained: usize,
    /// The largest number of lines explained so far, and how many of them each connection read.
    pub(super) best: usize,
    pub(super) best_read: Vec<usize>,
}

/// A configuration of the search: how far an order has come.
#[derive(Hash)]
pub(super) struct Configuration {
    pub(super) room: Rc<ReferenceRoom>,
    /// Per connection, how many of its inputs the room has handled, including the connect.
    pub(super) handled: Vec<usize>,
    /// Per connection, how many of its lines are explained.
    pub(super) read: Vec<usize>,
    pub(super) lost: Vec<bool>,
    pub(super) stopped: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visibility {
    /// Somebody reads a line of it, and the connection itself has lines to read.
    Sighted,
    /// Somebody reads a line of it, but the connection itself has no unread line that would show
    /// when.
    Blind,
    /// Nobody reads a line of it.
    Unseen,
}

/// The kinds of steps, in the order in which they are tried.
const CANDIDATES: [(Trigger, Visibility); 8] = [
    (Trigger::NextInput, Visibility::Sighted),
    (Trigger::JoinTimeout, Visibility::Sighted),
    (Trigger::NextInput, Visibility::Blind),
    (Trigger::NextInput, Visibility::Unseen),
    (Trigger::Lost, Visibility::Blind),
    (Trigger::Lost, Visibility::Unseen),
    (Trigger::JoinTimeout, Visibility::Unseen),
    (Trigger::Shutdown, Visibility::Sighted),
];

impl<'a> Search<'a> {
    pub(super) fn new(model: &'a ReferenceModel, trace: &'a Trace) -> Self {
        let count = trace.connections.len();
        let size = |connection: &Connection| connection.sent.len() + connection.read.len() + 2;
        Self {
            model,
            trace,
            index: Index::new(model, trace),
            all_fit: count <= model.max_connections,
            current: Configuration {
                room: Rc::new(ReferenceRoom::new()),
                handled: vec![0; count],
                read: vec![0; count],
                lost: vec![false; count],
                stopped: false,
            },
            path: Vec::new(),
            dead_ends: HashSet::new(),
            steps: 0,
            step_limit: 20_000 + 20 * trace.connections.iter().map(size).sum::<usize>(),
            explained: 0,
            best: 0,
            best_read: vec![0; count],
        }
    }

    /// Whether some order explains everything.
    pub(super) fn run(&mut self) -> bool {
        let mut from = 0;
        while !self.is_explained() {
            let is_dead_end =
                !self.dead_ends.is_empty() && self.dead_ends.contains(&self.fingerprint());
            let may_go_on = !is_dead_end && !self.is_given_up();
            if let Some(step) = may_go_on.then(|| self.next(from)).flatten() {
                self.take(step);
                from = 0;
                continue;
            }
            // Backtracks to the last step that has an untried alternative.
            loop {
                self.dead_ends.insert(self.fingerprint());
                let Some(step) = self.path.pop() else {
                    return false;
                };
                from = step.next_candidate;
                if !self.take_back(step) && !self.is_given_up() {
                    break;
                }
            }
        }
        true
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.steps >= self.step_limit
    }

    /// Whether every line is explained, and every connection that read the end of its stream is
    /// closed.
    fn is_explained(&self) -> bool {
        let mut all = self.trace.connections.iter().enumerate();
        all.all(|(c, connection)| {
            let has_been = self.current.handled[c] > 0 && !self.current.room.has_session(c as Conn);
            self.next_line(c).is_none() && (connection.end != End::Closed || has_been)
        })
    }

    /// The first possible step with at least this number. A step that makes no difference to others
    /// goes before all numbers.
    fn next(&self, from: usize) -> Option<Step> {
        let count = self.trace.connections.len();
        let first = (0..count).take_while(|_| from == 0);
        let first = first
            .filter_map(|c| self.answer(c))
            .find(|step| step.forced);
        first.or_else(|| {
            (from..count * CANDIDATES.len()).find_map(|number| {
                let ((trigger, visibility), c) = (CANDIDATES[number / count], number % count);
                if visibility != Visibility::Unseen
                    && (visibility == Visibility::Blind) != self.is_blind(c)
                {
                    return None;
                }
                let mut step = match trigger {
                    Trigger::NextInput => self.answer(c).or_else(|| self.change(trigger, c)),
                    Trigger::JoinTimeout | Trigger::Lost | Trigger::Shutdown => {
                        self.change(trigger, c)
                    }
                }?;
                step.next_candidate = number + 1;
                let fits = step.readers.is_empty() == (visibility == Visibility::Unseen);
                (fits || step.forced).then_some(step)
            })
        })
    }

    fn take(&mut self, mut step: Step) {
        std::mem::swap(&mut self.current.room, &mut step.room);
        for &id in &step.readers {
            self.current.read[id as usize] += 1;
        }
        match step.trigger {
            Trigger::NextInput => self.current.handled[step.by] += 1,
            Trigger::Lost => self.current.lost[step.by] = true,
            Trigger::Shutdown => self.current.stopped = true,
            Trigger::JoinTimeout => {}
        }
        self.steps += 1;
        self.explained += step.readers.len();
        if self.explained > self.best {
            self.best = self.explained;
            self.best_read.clone_from(&self.current.read);
        }
        self.path.push(step);
    }

    /// Returns whether the step was forced.
    fn take_back(&mut self, step: Step) -> bool {
        self.current.room = step.room;
        for &id in &step.readers {
            self.current.read[id as usize] -= 1;
        }
        match step.trigger {
            Trigger::NextInput => self.current.handled[step.by] -= 1,
            Trigger::Lost => self.current.lost[step.by] = false,
            Trigger::Shutdown => self.current.stopped = false,
            Trigger::JoinTimeout => {}
        }
        self.explained -= step.readers.len();
        step.forced
    }

    fn fingerprint(&self) -> u64 {
        BuildHasherDefault::<DefaultHasher>::default().hash_one(&self.current)
    }
}
