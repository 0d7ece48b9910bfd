//! The depth-first search: steps are taken, and taken back at a dead end.
//!
//! A step that can be taken now without loss is *forced* and taken at once. A connection whose next
//! answer is not possible is looked at again when that may have changed: when it reads a line
//! itself, when the reader in its way does, or when the room changes. While no choice is open,
//! nothing is kept to go back to. So a record in which one connection reads all that happens in the
//! room is searched in a time proportional to its lines and to the sessions at each change.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::rc::Rc;

use super::index::Index;
use super::step::{Possible, Step, Trigger};
use super::{Next, Unexplained};
use crate::{Conn, Connection, End, Input, Name, ReferenceModel, ReferenceRoom, Trace};

/// The search: the current path of steps, and the configurations known to be dead ends.
pub(super) struct Search<'a> {
    pub(super) model: &'a ReferenceModel,
    pub(super) trace: &'a Trace,
    pub(super) index: Index<'a>,
    /// The server has room for all connections at once, so that none is refused for another's sake.
    pub(super) all_fit: bool,
    pub(super) current: Configuration,
    /// The steps taken, in order.
    pub(super) order: Vec<(Trigger, usize)>,
    /// The steps taken since the first choice that is still open, each with its alternatives.
    path: Vec<(Step, Vec<Step>)>,
    /// The connections whose next answer may be possible now.
    awake: Vec<usize>,
    /// For each connection, the members, with their names, whose next answer waits for it to read
    /// another line first.
    waiting: Vec<Vec<(usize, Rc<Name>)>>,
    /// The connections whose next answer is possible and not forced.
    pub(super) undecided: Vec<usize>,
    /// Fingerprints of configurations from which no order explains the rest.
    dead_ends: HashSet<u64>,
    /// The number of steps taken, including those taken back.
    pub(super) steps: usize,
    /// The search gives up after this many steps.
    step_limit: usize,
    /// The number of lines explained.
    explained: usize,
    /// The dead end at which most lines were explained.
    best: Option<Unexplained>,
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
            order: Vec::new(),
            path: Vec::new(),
            awake: (0..count).rev().collect(),
            waiting: vec![Vec::new(); count],
            undecided: Vec::new(),
            dead_ends: HashSet::new(),
            steps: 0,
            step_limit: 20_000 + 20 * trace.connections.iter().map(size).sum::<usize>(),
            explained: 0,
            best: None,
        }
    }

    /// Finds an order that explains everything.
    pub(super) fn run(&mut self) -> Result<(), Unexplained> {
        while !self.is_explained() {
            let is_dead_end =
                !self.dead_ends.is_empty() && self.dead_ends.contains(&self.fingerprint());
            let mut steps = match is_dead_end {
                true => Vec::new(),
                false => self.next(),
            };
            while steps.is_empty() {
                let best = self.best.as_ref();
                if best.is_none_or(|best| best.explained < self.explained) {
                    self.best = Some(self.unexplained());
                }
                let gave_up = self.steps >= self.step_limit;
                if self.path.is_empty() || gave_up {
                    let best = self.best.take().expect("it was set");
                    return Err(Unexplained { gave_up, ..best });
                }
                self.dead_ends.insert(self.fingerprint());
                steps = self.take_back();
            }
            let step = steps.pop().expect("there is a step");
            self.take(step, steps);
        }
        Ok(())
    }

    /// What remains here.
    fn unexplained(&self) -> Unexplained {
        let connections = self.trace.connections.iter().enumerate();
        let next = |(c, connection): (usize, &Connection)| Next {
            connection: connection.name.clone(),
            line: self.next_line(c).map(|line| line.line.clone()),
            input: match self.current.handled[c] {
                0 => Some(Input::Connect),
                n => connection.sent.get(n - 1).map(|(input, _)| input.clone()),
            },
        };
        Unexplained {
            explained: self.explained,
            gave_up: false,
            members: self.current.room.names().map(str::to_owned).collect(),
            next: connections.map(next).collect(),
        }
    }

    /// Whether every line is explained, and every connection that read the end of its stream is
    /// closed.
    fn is_explained(&self) -> bool {
        let mut all = self.trace.connections.iter().enumerate();
        all.all(|(c, connection)| {
            let has_been =
                || self.current.handled[c] > 0 && !self.current.room.has_session(c as Conn);
            self.next_line(c).is_none() && (connection.end != End::Closed || has_been())
        })
    }

    /// The steps that may come next, the most promising one last.
    fn next(&mut self) -> Vec<Step> {
        while let Some(c) = self.awake.pop() {
            match self.forced(c) {
                Possible::Forced(step) => return vec![step],
                Possible::Free(_) => self.undecided.push(c),
                Possible::After(reader) => {
                    let name = self.current.room.name_of(c as Conn);
                    self.waiting[reader].extend(name.map(|name| (c, name)));
                }
                Possible::Not => {}
            }
        }
        let mut steps = self.choices();
        steps.sort_by_key(|step| std::cmp::Reverse(self.rank(step)));
        steps
    }

    /// The lower, the more promising: what shows in lines that are read, then what does not.
    fn rank(&self, step: &Step) -> u8 {
        let is_unseen = step.readers.is_empty();
        match step.trigger {
            Trigger::NextInput if is_unseen => 3,
            Trigger::NextInput if self.is_blind(step.by) => 2,
            Trigger::NextInput => 0,
            Trigger::JoinTimeout if is_unseen => 6,
            Trigger::JoinTimeout => 1,
            Trigger::Lost if is_unseen => 5,
            Trigger::Lost => 4,
            Trigger::Shutdown => 7,
        }
    }

    fn take(&mut self, mut step: Step, others: Vec<Step>) {
        for &id in &step.readers {
            self.current.read[id as usize] += 1;
        }
        match step.trigger {
            Trigger::NextInput => self.current.handled[step.by] += 1,
            Trigger::Lost => self.current.lost[step.by] = true,
            Trigger::Shutdown => self.current.stopped = true,
            Trigger::JoinTimeout => {}
        }
        if let Some(room) = &mut step.room {
            std::mem::swap(&mut self.current.room, room);
            self.wake_all();
        } else {
            self.awake.append(&mut self.undecided);
            self.awake.push(step.by);
            for &id in &step.readers {
                self.wake(id as usize);
            }
        }
        self.steps += 1;
        self.explained += step.readers.len();
        self.order.push((step.trigger, step.by));
        if !self.path.is_empty() || !others.is_empty() {
            self.path.push((step, others));
        }
    }

    /// Takes back the last step; returns its alternatives.
    fn take_back(&mut self) -> Vec<Step> {
        let (step, others) = self.path.pop().expect("a choice is open");
        for &id in &step.readers {
            self.current.read[id as usize] -= 1;
        }
        match step.trigger {
            Trigger::NextInput => self.current.handled[step.by] -= 1,
            Trigger::Lost => self.current.lost[step.by] = false,
            Trigger::Shutdown => self.current.stopped = false,
            Trigger::JoinTimeout => {}
        }
        if let Some(room) = step.room {
            self.current.room = room;
        }
        self.explained -= step.readers.len();
        self.order.pop();
        self.wake_all();
        others
    }

    /// `c` has read a line. Those that wait for it wait on if its next line is another member's.
    fn wake(&mut self, c: usize) {
        self.awake.push(c);
        let sender = self.next_line(c).map(|line| line.part("username", 0));
        let may_be_next = |name: &Name| sender.is_none_or(|sender| sender == Some(name.as_str()));
        let woken = self.waiting[c].extract_if(.., |(_, name)| may_be_next(name));
        self.awake.extend(woken.map(|(c, _)| c));
    }

    fn wake_all(&mut self) {
        self.undecided.clear();
        self.waiting.iter_mut().for_each(Vec::clear);
        self.awake.clear();
        self.awake.extend((0..self.trace.connections.len()).rev());
    }

    fn fingerprint(&self) -> u64 {
        BuildHasherDefault::<DefaultHasher>::default().hash_one(&self.current)
    }
}
