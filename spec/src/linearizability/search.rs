//! The search itself: a way of steps, taken and taken back.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::rc::Rc;

use super::index::Index;
use super::step::{Step, Trigger};
use crate::{Conn, Connection, End, ReferenceModel, ReferenceRoom, Trace};

/// A way through the orders of a trace, and where they have turned out to lead nowhere.
pub(super) struct Search<'a> {
    pub(super) model: &'a ReferenceModel,
    pub(super) trace: &'a Trace,
    pub(super) index: Index<'a>,
    /// All connections fit into the server, so that their coming and going is seen by nobody.
    pub(super) all_fit: bool,
    pub(super) current: Configuration,
    path: Vec<Step>,
    /// No way leads on from these points.
    dead_ends: HashSet<u64>,
    /// As many steps were taken, those included that were taken back.
    pub(super) steps: usize,
    /// After so many steps it is given up.
    step_limit: usize,
    explained: usize,
    /// As many lines were explained at best, and so many of each connection.
    pub(super) best: usize,
    pub(super) best_read: Vec<usize>,
}

/// How far an order has come.
#[derive(Hash)]
pub(super) struct Configuration {
    pub(super) room: Rc<ReferenceRoom>,
    /// Per connection, how much of what it did the room has handled, the connecting included.
    pub(super) handled: Vec<usize>,
    /// Per connection, how many of its lines are explained.
    pub(super) read: Vec<usize>,
    pub(super) lost: Vec<bool>,
    pub(super) stopped: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visibility {
    /// Somebody reads of it, and whoever does it has lines to read itself.
    Sighted,
    /// Somebody reads of it; whoever does it has no line of its own to say that this is the time.
    Blind,
    /// Nobody whose record is known reads of it.
    Unseen,
}

/// In the order in which they are tried.
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

    /// Whether there is an order that explains everything.
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
            // Back to the last step in whose place another can be tried.
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

    /// Whether all is read, and whoever read the end of its stream was closed.
    fn is_explained(&self) -> bool {
        let mut all = self.trace.connections.iter().enumerate();
        all.all(|(c, connection)| {
            let has_been = self.current.handled[c] > 0 && !self.current.room.has_session(c as Conn);
            self.next_line(c).is_none() && (connection.end != End::Closed || has_been)
        })
    }

    /// The first possible step from this number on. One that makes no difference to any other comes before all numbers.
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

    /// Says whether it was taken alone.
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
