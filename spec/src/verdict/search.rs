//! The search itself: a way of steps, taken and taken back.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::rc::Rc;

use super::glance::Glance;
use super::step::{Deed, Step};
use crate::{AtomicRoom, Conn, Connection, End, Rules, Trace};

/// A way through the orders of a trace, and where they have turned out to lead nowhere.
pub(super) struct Search<'a> {
    pub(super) rules: &'a Rules,
    pub(super) trace: &'a Trace,
    pub(super) glance: Glance<'a>,
    /// All connections fit into the server, so that their coming and going is seen by nobody.
    pub(super) roomy: bool,
    pub(super) at: Point,
    way: Vec<Step>,
    /// No way leads on from these points.
    dead: HashSet<u64>,
    /// As many steps were taken, those included that were taken back.
    pub(super) steps: usize,
    /// After so many steps it is given up.
    most: usize,
    explained: usize,
    /// As many lines were explained at best, and so many of each connection.
    pub(super) best: usize,
    pub(super) best_read: Vec<usize>,
}

/// How far an order has come.
#[derive(Hash)]
pub(super) struct Point {
    pub(super) room: Rc<AtomicRoom>,
    /// Per connection, how much of what it did the room has handled, the connecting included.
    pub(super) handled: Vec<usize>,
    /// Per connection, how many of its lines are explained.
    pub(super) read: Vec<usize>,
    pub(super) lost: Vec<bool>,
    pub(super) stopped: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// Somebody reads of it, and whoever does it has lines to read itself.
    Awake,
    /// Somebody reads of it; whoever does it has no line of its own to say that this is the time.
    Blindly,
    /// Nobody whose record is known reads of it.
    ByNobody,
}

/// In the order in which they are tried.
const TRIES: [(Deed, Seen); 8] = [
    (Deed::Says, Seen::Awake),
    (Deed::TimesOut, Seen::Awake),
    (Deed::Says, Seen::Blindly),
    (Deed::Says, Seen::ByNobody),
    (Deed::IsLost, Seen::Blindly),
    (Deed::IsLost, Seen::ByNobody),
    (Deed::TimesOut, Seen::ByNobody),
    (Deed::Stops, Seen::Awake),
];

impl<'a> Search<'a> {
    pub(super) fn new(rules: &'a Rules, trace: &'a Trace) -> Self {
        let count = trace.connections.len();
        let size = |connection: &Connection| connection.said.len() + connection.read.len() + 2;
        Self {
            rules,
            trace,
            glance: Glance::at(rules, trace),
            roomy: count <= rules.max_connections,
            at: Point {
                room: Rc::new(AtomicRoom::new()),
                handled: vec![0; count],
                read: vec![0; count],
                lost: vec![false; count],
                stopped: false,
            },
            way: Vec::new(),
            dead: HashSet::new(),
            steps: 0,
            most: 20_000 + 20 * trace.connections.iter().map(size).sum::<usize>(),
            explained: 0,
            best: 0,
            best_read: vec![0; count],
        }
    }

    /// Whether there is an order that explains everything.
    pub(super) fn run(&mut self) -> bool {
        let mut from = 0;
        while !self.is_explained() {
            let hopeless = !self.dead.is_empty() && self.dead.contains(&self.fingerprint());
            let may_go_on = !hopeless && !self.is_given_up();
            if let Some(step) = may_go_on.then(|| self.next(from)).flatten() {
                self.take(step);
                from = 0;
                continue;
            }
            // Back to the last step in whose place another can be tried.
            loop {
                self.dead.insert(self.fingerprint());
                let Some(step) = self.way.pop() else {
                    return false;
                };
                from = step.other;
                if !self.take_back(step) && !self.is_given_up() {
                    break;
                }
            }
        }
        true
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.steps >= self.most
    }

    /// Whether all is read, and whoever read the end of its stream was closed.
    fn is_explained(&self) -> bool {
        let mut all = self.trace.connections.iter().enumerate();
        all.all(|(c, connection)| {
            let has_been = self.at.handled[c] > 0 && !self.at.room.has_session(c as Conn);
            self.next_line(c).is_none() && (connection.end != End::Closed || has_been)
        })
    }

    /// The first possible step from this number on. One that makes no difference to any other comes before all numbers.
    fn next(&self, from: usize) -> Option<Step> {
        let count = self.trace.connections.len();
        let first = (0..count).take_while(|_| from == 0);
        let first = first.filter_map(|c| self.answer(c)).find(|step| step.alone);
        first.or_else(|| {
            (from..count * TRIES.len()).find_map(|number| {
                let ((deed, seen), c) = (TRIES[number / count], number % count);
                if seen != Seen::ByNobody && (seen == Seen::Blindly) != self.is_blind(c) {
                    return None;
                }
                let mut step = match deed {
                    Deed::Says => self.answer(c).or_else(|| self.change(deed, c)),
                    Deed::TimesOut | Deed::IsLost | Deed::Stops => self.change(deed, c),
                }?;
                step.other = number + 1;
                let fits = step.readers.is_empty() == (seen == Seen::ByNobody);
                (fits || step.alone).then_some(step)
            })
        })
    }

    fn take(&mut self, mut step: Step) {
        std::mem::swap(&mut self.at.room, &mut step.room);
        for &id in &step.readers {
            self.at.read[id as usize] += 1;
        }
        match step.deed {
            Deed::Says => self.at.handled[step.by] += 1,
            Deed::IsLost => self.at.lost[step.by] = true,
            Deed::Stops => self.at.stopped = true,
            Deed::TimesOut => {}
        }
        self.steps += 1;
        self.explained += step.readers.len();
        if self.explained > self.best {
            self.best = self.explained;
            self.best_read.clone_from(&self.at.read);
        }
        self.way.push(step);
    }

    /// Says whether it was taken alone.
    fn take_back(&mut self, step: Step) -> bool {
        self.at.room = step.room;
        for &id in &step.readers {
            self.at.read[id as usize] -= 1;
        }
        match step.deed {
            Deed::Says => self.at.handled[step.by] -= 1,
            Deed::IsLost => self.at.lost[step.by] = false,
            Deed::Stops => self.at.stopped = false,
            Deed::TimesOut => {}
        }
        self.explained -= step.readers.len();
        step.alone
    }

    fn fingerprint(&self) -> u64 {
        BuildHasherDefault::<DefaultHasher>::default().hash_one(&self.at)
    }
}
