//! Is there an order in which the room of the specification could have handled everything, such that each connection reads exactly
//! what it read?
//!
//! Depth first: a step is possible if each line that it makes somebody read is that somebody's next unread line. A step that only
//! its own connection can see, and that leaves the room as it is, commutes with all steps of others, so it is taken
//! without alternatives. A departure is no such step.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};
use std::rc::Rc;

use crate::{AtomicRoom, Audience, Conn, Connection, End, Happening, Owing, Rules, Trace};

/// What came of the search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// As many lines were read.
    pub lines: usize,
    /// As many of them does the best order explain; in it the next line of nobody can be explained.
    pub explained: usize,
    /// As many steps of the room were tried and were possible.
    pub steps: usize,
    /// The search was given up: there may be an order that it has not tried.
    pub gave_up: bool,
    /// `None` if every line is explained; else each connection and its next unread line.
    pub unexplained: Option<Vec<(String, Option<String>)>>,
}

/// Judges a trace by the rules.
pub fn judge(rules: &Rules, trace: &Trace) -> Verdict {
    let mut search = Search::new(rules, trace);
    let good = search.run();
    let lines = trace
        .connections
        .iter()
        .map(|connection| connection.read.len())
        .sum();
    let next = |(connection, &read): (&Connection, &usize)| {
        (connection.name.clone(), connection.read.get(read).cloned())
    };
    let unexplained = || {
        trace
            .connections
            .iter()
            .zip(&search.best_read)
            .map(next)
            .collect()
    };
    Verdict {
        lines,
        explained: search.best,
        steps: search.steps,
        gave_up: !good && search.steps >= search.most,
        unexplained: (!good).then(unexplained),
    }
}

struct Search<'a> {
    rules: &'a Rules,
    trace: &'a Trace,
    room: Rc<AtomicRoom>,
    /// Per connection, how many of its lines the room has handled, the connecting included.
    handled: Vec<usize>,
    /// Per connection, how many of its lines are explained.
    read: Vec<usize>,
    lost: Vec<bool>,
    stopped: bool,
    explained: usize,
    /// All connections fit into the server, so that their coming and going is seen by nobody.
    roomy: bool,
    glance: Glance<'a>,
    way: Vec<Taken>,
    dead: HashSet<u64>,
    steps: usize,
    /// After so many steps it is given up.
    most: usize,
    best: usize,
    best_read: Vec<usize>,
}

/// A step that was taken, with what takes it back.
struct Taken {
    candidate: usize,
    room: Rc<AtomicRoom>,
    readers: Vec<u32>,
    /// There is no point in trying another in its place.
    alone: bool,
}

/// What a connection can do next, in the order in which it is tried.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Said,
    JoinTimeout,
    /// As `Said`, by one that reads nothing more: it has no line of its own to say that this is the time.
    SaidBlind,
    Lost,
    /// As `Said`, though nobody whose record is known sees it.
    SaidUnseen,
    LostUnseen,
    Shutdown,
}

const KINDS: [Kind; 7] = [
    Kind::Said,
    Kind::JoinTimeout,
    Kind::SaidBlind,
    Kind::SaidUnseen,
    Kind::Lost,
    Kind::LostUnseen,
    Kind::Shutdown,
];

impl<'a> Search<'a> {
    fn new(rules: &'a Rules, trace: &'a Trace) -> Self {
        let count = trace.connections.len();
        let size = |connection: &Connection| connection.said.len() + connection.read.len() + 2;
        Self {
            most: 20_000 + 20 * trace.connections.iter().map(size).sum::<usize>(),
            rules,
            trace,
            room: Rc::new(AtomicRoom::new()),
            handled: vec![0; count],
            read: vec![0; count],
            lost: vec![false; count],
            stopped: false,
            explained: 0,
            roomy: count <= rules.max_connections,
            glance: Glance::at(trace),
            way: Vec::new(),
            dead: HashSet::new(),
            steps: 0,
            best: 0,
            best_read: vec![0; count],
        }
    }

    fn run(&mut self) -> bool {
        let mut from = 0;
        loop {
            if self.is_explained() {
                return true;
            }
            let hopeless = !self.dead.is_empty() && self.dead.contains(&self.fingerprint());
            if !hopeless && self.steps < self.most && self.take_one(from) {
                from = 0;
                continue;
            }
            // Nothing is possible from here.
            let here = self.fingerprint();
            self.dead.insert(here);
            loop {
                let Some(taken) = self.way.pop() else {
                    return false;
                };
                let alone = taken.alone;
                from = taken.candidate + 1;
                self.take_back(taken);
                if !alone && self.steps < self.most {
                    break;
                }
                let here = self.fingerprint();
                self.dead.insert(here);
            }
        }
    }

    /// Whether all is read, and whoever read the end of its stream was closed.
    fn is_explained(&self) -> bool {
        let all = self.trace.connections.iter().zip(&self.read);
        all.clone()
            .all(|(connection, &read)| read == connection.read.len())
            && (0..).zip(all).all(|(id, (connection, _))| {
                connection.end != End::Closed || self.rules.state(&self.room, id) == "Closed"
            })
    }

    /// Takes the first possible step from this candidate on.
    ///
    /// Those that can be taken without alternatives come first.
    fn take_one(&mut self, from: usize) -> bool {
        let all = self.trace.connections.len() * KINDS.len();
        (from == 0 && (0..all).any(|candidate| self.take(candidate, true)))
            || (from..all).any(|candidate| self.take(candidate, false))
    }

    fn take(&mut self, candidate: usize, only_alone: bool) -> bool {
        let count = self.trace.connections.len();
        let (kind, c) = (KINDS[candidate / count], candidate % count);
        if only_alone
            && matches!(
                kind,
                Kind::JoinTimeout | Kind::Lost | Kind::LostUnseen | Kind::Shutdown
            )
        {
            return false;
        }
        let Some(input) = self.input(kind, c) else {
            return false;
        };
        if !self.is_plausible(c, &input) {
            return false;
        }
        let unseen = matches!(kind, Kind::SaidUnseen | Kind::LostUnseen);
        let id = c as Conn;
        let same = self.rules.answer(&self.room, id, &input);
        let stays = same.is_some();
        if only_alone && !stays && input != Happening::Connect {
            return false;
        }
        let (room, owing) = match same {
            Some(owing) => (Rc::clone(&self.room), owing),
            None => {
                let mut room = (*self.room).clone();
                let owing = if kind == Kind::Shutdown {
                    let all: Vec<Conn> = room.sessions().collect();
                    let step = |id| self.rules.step(&mut room, id, &input);
                    all.into_iter().flat_map(step).collect()
                } else {
                    self.rules.step(&mut room, id, &input)
                };
                (Rc::new(room), owing)
            }
        };
        let joins = !stays && matches!(input, Happening::Join(_));
        if joins && !self.may_join(&room, c) {
            return false;
        }
        let Some(readers) = self.readers(&room, &owing) else {
            return false;
        };
        let alone = if stays {
            !readers.is_empty() || self.is_indifferent(c, &input, &owing)
        } else {
            let connects = input == Happening::Connect;
            self.unread(&readers);
            let next =
                !only_alone && !connects && !readers.is_empty() && self.must_be_next(kind, c);
            self.reread(&readers);
            self.roomy && (connects || next)
        };
        if only_alone && !alone {
            self.unread(&readers);
            return false;
        }
        if !alone && readers.is_empty() != unseen {
            self.unread(&readers);
            return false;
        }
        let room = std::mem::replace(&mut self.room, room);
        self.advance(kind, c, true);
        self.way.push(Taken {
            candidate,
            room,
            readers,
            alone,
        });
        self.steps += 1;
        if self.explained > self.best {
            self.best = self.explained;
            self.best_read.clone_from(&self.read);
        }
        true
    }

    fn take_back(&mut self, taken: Taken) {
        let count = self.trace.connections.len();
        let (kind, c) = (KINDS[taken.candidate / count], taken.candidate % count);
        self.room = taken.room;
        self.unread(&taken.readers);
        self.advance(kind, c, false);
    }

    fn advance(&mut self, kind: Kind, c: usize, forth: bool) {
        match kind {
            Kind::Said | Kind::SaidBlind | Kind::SaidUnseen if forth => self.handled[c] += 1,
            Kind::Said | Kind::SaidBlind | Kind::SaidUnseen => self.handled[c] -= 1,
            Kind::Lost | Kind::LostUnseen => self.lost[c] = forth,
            Kind::Shutdown => self.stopped = forth,
            Kind::JoinTimeout => {}
        }
    }

    /// What would happen, if it can.
    fn input(&self, kind: Kind, c: usize) -> Option<Happening> {
        let connection = &self.trace.connections[c];
        let (handled, read) = (self.handled[c], self.read[c]);
        let next = connection.read.get(read);
        let blind = connection.end == End::Lost && next.is_none();
        if self.lost[c] || self.is_idle(c) {
            return None;
        }
        match kind {
            Kind::Said if blind && handled > 0 => None,
            Kind::Said | Kind::SaidBlind | Kind::SaidUnseen if handled == 0 => {
                Some(Happening::Connect)
            }
            Kind::Said | Kind::SaidBlind | Kind::SaidUnseen => {
                let (said, after) = connection.said.get(handled - 1)?;
                // Once it is closed, what it says means nothing.
                let open = self.rules.state(&self.room, c as Conn) != "Closed";
                (open && *after <= read).then(|| said.clone())
            }
            Kind::JoinTimeout => {
                let timely = next.is_some_and(|next| next == "close");
                let visits = self.rules.state(&self.room, c as Conn) == "Visitor";
                (timely && visits).then_some(Happening::JoinTimeout)
            }
            Kind::Lost | Kind::LostUnseen => {
                let may = blind && handled > 0;
                // That a visitor is lost matters only where it makes room for another connection.
                let matters = self.room.is_member(c as Conn) || !self.roomy;
                (may && matters).then_some(Happening::Lost)
            }
            Kind::Shutdown => {
                let all = self.trace.connections.iter().zip(&self.read);
                let mut next = all.filter_map(|(connection, &read)| connection.read.get(read));
                let open = self.rules.state(&self.room, c as Conn) != "Closed";
                (open && !self.stopped && next.any(|next| next == "SERVER: shutting down"))
                    .then_some(Happening::Shutdown)
            }
        }
    }

    /// Whether the next unread line of `c` lets this be, as far as a look at its beginning and end can tell.
    fn is_plausible(&self, c: usize, input: &Happening) -> bool {
        let Some(next) = self.trace.connections[c].read.get(self.read[c]) else {
            return true;
        };
        match input {
            Happening::Join(_) | Happening::List | Happening::Ping(_) | Happening::Help => {
                !is_private(next) && !is_broadcast(next) && !is_left(next)
            }
            Happening::Malformed(_) => next.starts_with("ERROR "),
            Happening::Bcst(text) => next.starts_with("ERROR ") || next.ends_with(text.as_str()),
            Happening::Quit | Happening::HalfClose | Happening::JoinTimeout => next == "close",
            Happening::Connect | Happening::Mesg(..) | Happening::Lost | Happening::Shutdown => {
                true
            }
        }
    }

    /// Whether `c` may be the one that joins now, `room` being what it is then.
    ///
    /// Whoever is not in the room but will read of a joining of this name needs another to join so after itself. And whoever is in
    /// it hears the same as `c` from now on, until one of the two reads no more.
    fn may_join(&self, room: &AtomicRoom, c: usize) -> bool {
        let connection = &self.trace.connections[c];
        let Some(line) = connection.read.get(self.read[c]) else {
            return true;
        };
        let supply = (0..self.trace.connections.len())
            .filter(|&d| d != c && self.may_join_as(d, line))
            .count();
        let demand = |d: usize| {
            let unread = |&at: &usize| at >= self.read[d] && self.glance.joined[d] != Some(at);
            let at = self.glance.joinings[d].get(line.as_str());
            at.map_or(0, |at| at.iter().filter(|at| unread(at)).count())
        };
        let all = 0..self.trace.connections.len();
        let enough = all
            .filter(|&d| d != c && !room.is_member(d as Conn))
            .all(|d| demand(d) <= supply);
        let heard = |d: usize| {
            let lines = &self.glance.heard[d];
            let from = lines.partition_point(|&(at, _)| at < self.read[d]);
            lines[from..].iter().map(|&(_, line)| line)
        };
        enough
            && room.members().all(|d| {
                heard(d as usize)
                    .zip(heard(c))
                    .all(|(one, other)| one == other)
            })
    }

    /// Whether this coming or going, which others read of, is what the room does next in any order, and all that it could do
    /// before may as well be done after.
    ///
    /// Whoever reads of it reads nothing else before. So what could come before are answers that nobody reads: they depend on who
    /// is in the room if they answer a JOIN or a MESG.
    fn must_be_next(&mut self, kind: Kind, c: usize) -> bool {
        let all = || (0..self.trace.connections.len()).filter(|&d| d != c);
        if kind == Kind::Shutdown {
            return false;
        }
        if !self.room.is_member(c as Conn) {
            let Some(at) = self.glance.joined[c] else {
                return false;
            };
            let line = &self.trace.connections[c].read[at];
            // Somebody other than itself reads of it: else nobody could tell when it was.
            let told = |d: usize| {
                let next = self.trace.connections[d].read.get(self.read[d]);
                self.room.is_member(d as Conn) && next == Some(line)
            };
            if all().any(|d| self.may_join_as(d, line)) || !all().any(told) {
                return false;
            }
        }
        let others: Vec<usize> = all().collect();
        !others.into_iter().any(|d| self.has_choice(d))
    }

    /// Whether `d` could be answered now so that nobody reads it, and otherwise later.
    fn has_choice(&mut self, d: usize) -> bool {
        let input = self
            .input(Kind::Said, d)
            .or_else(|| self.input(Kind::SaidBlind, d));
        let unread = self.trace.connections[d].read.get(self.read[d]).is_none();
        match input {
            Some(Happening::Join(_)) => unread && !self.room.is_member(d as Conn),
            Some(input @ Happening::Mesg(..)) => {
                let room = Rc::clone(&self.room);
                let owing = self.rules.answer(&room, d as Conn, &input);
                let readers = owing.and_then(|owing| self.readers(&room, &owing));
                self.unread(readers.as_deref().unwrap_or_default());
                readers.is_some()
            }
            _ => false,
        }
    }

    /// Whether all that `c`, a visitor that reads nothing more, could still do is done unseen: then it is left alone for as long
    /// as somebody sees the room.
    fn is_idle(&self, c: usize) -> bool {
        let connection = &self.trace.connections[c];
        let visits = self.handled[c] > 0 && !self.room.is_member(c as Conn);
        if !visits || self.read[c] < connection.read.len() {
            return false;
        }
        let unread = |d: usize| self.read[d] < self.trace.connections[d].read.len();
        let is_seen = self.room.members().any(|d| unread(d as usize));
        is_seen
            && !connection.said[self.handled[c] - 1..]
                .iter()
                .any(|(said, _)| {
                    let Happening::Join(name) = said else {
                        return false;
                    };
                    let line = format!("SERVER: {} joined the chat!", name.as_str());
                    (0..self.trace.connections.len()).any(|d| {
                        let at = self.glance.joinings[d].get(line.as_str());
                        at.is_some_and(|at| {
                            at.iter()
                                .any(|&at| at >= self.read[d] && self.glance.joined[d] != Some(at))
                        })
                    })
                })
    }

    /// Whether `d` has not joined yet, and may do so with this line.
    fn may_join_as(&self, d: usize, line: &str) -> bool {
        let connection = &self.trace.connections[d];
        match self.glance.joined[d] {
            Some(at) => at >= self.read[d] && connection.read[at] == line,
            None => {
                connection.end != End::Closed && !self.room.is_member(d as Conn) && !self.lost[d]
            }
        }
    }

    /// Whether it makes no difference when the room handles this, of which nobody reads anything.
    fn is_indifferent(&self, c: usize, input: &Happening, owing: &[Owing]) -> bool {
        match input {
            Happening::Join(_) => false,
            Happening::Mesg(_, text) => {
                let Some(name) = self.room.written(c as Conn) else {
                    return true;
                };
                let meant = |&&(d, at, line): &&(usize, usize, &str)| {
                    at >= self.read[d] && line.ends_with(text.as_str())
                };
                let privates = self.glance.privates.get(name);
                let delivered = owing
                    .iter()
                    .all(|owing| owing.to != Audience::One(c as Conn));
                let refused = delivered && self.reads_of_nobody(c);
                !refused && privates.is_none_or(|lines| !lines.iter().any(|line| meant(&line)))
            }
            Happening::Connect
            | Happening::Bcst(_)
            | Happening::List
            | Happening::Quit
            | Happening::Help
            | Happening::Ping(_)
            | Happening::Malformed(_)
            | Happening::HalfClose
            | Happening::Lost
            | Happening::JoinTimeout
            | Happening::Shutdown => owing
                .iter()
                .all(|owing| owing.to == Audience::One(c as Conn)),
        }
    }

    /// Whether the next answer that `c` reads is that nobody has some name.
    fn reads_of_nobody(&self, c: usize) -> bool {
        let answers = &self.glance.answers[c];
        let next = answers.partition_point(|&(at, _)| at < self.read[c]);
        answers
            .get(next)
            .is_some_and(|(_, line)| line.starts_with("ERROR no-such-user"))
    }

    /// Whose next unread lines these are, with that they count as read; `None` if they are not.
    fn readers(&mut self, room: &AtomicRoom, owing: &[Owing]) -> Option<Vec<u32>> {
        let mut readers = Vec::new();
        for Owing { to, line } in owing {
            let mut one = |id: Conn| {
                let connection = &self.trace.connections[id as usize];
                let read = &mut self.read[id as usize];
                match connection.read.get(*read) {
                    Some(next) if line.explains(next) => {
                        *read += 1;
                        self.explained += 1;
                        readers.push(id);
                        true
                    }
                    Some(_) => false,
                    // What it was told has not come, or was not waited for.
                    None => connection.end != End::Closed,
                }
            };
            let good = match *to {
                Audience::One(id) => one(id),
                Audience::MembersBut(but) => room.members().all(|id| id == but || one(id)),
            };
            if !good {
                self.unread(&readers);
                return None;
            }
        }
        Some(readers)
    }

    fn unread(&mut self, readers: &[u32]) {
        for &id in readers {
            self.read[id as usize] -= 1;
        }
        self.explained -= readers.len();
    }

    fn reread(&mut self, readers: &[u32]) {
        for &id in readers {
            self.read[id as usize] += 1;
        }
        self.explained += readers.len();
    }

    fn fingerprint(&self) -> u64 {
        let state = (&self.handled, &self.read, &self.lost, self.stopped);
        let names: Vec<Conn> = self.room.members().collect();
        let sessions: Vec<Conn> = self.room.sessions().collect();
        fn hash(value: &impl Hash) -> u64 {
            BuildHasherDefault::<DefaultHasher>::default().hash_one(value)
        }
        hash(&(state, names, sessions))
    }
}

/// What the lines of each connection say at a glance, with where they stand among those it read.
struct Glance<'a> {
    /// Its own joining.
    joined: Vec<Option<usize>>,
    /// All joinings that it read of.
    joinings: Vec<HashMap<&'a str, Vec<usize>>>,
    /// The lines that all members are told.
    heard: Vec<Vec<(usize, &'a str)>>,
    /// The answers to its own commands.
    answers: Vec<Vec<(usize, &'a str)>>,
    /// By sender: private lines, and who read them.
    privates: HashMap<&'a str, Vec<(usize, usize, &'a str)>>,
}

impl<'a> Glance<'a> {
    fn at(trace: &'a Trace) -> Self {
        let mut glance = Self {
            joined: Vec::new(),
            joinings: Vec::new(),
            heard: Vec::new(),
            answers: Vec::new(),
            privates: HashMap::new(),
        };
        for (c, connection) in trace.connections.iter().enumerate() {
            let mut joinings = HashMap::<_, Vec<_>>::new();
            let (mut heard, mut answers) = (Vec::new(), Vec::new());
            let mut name = None;
            for (at, line) in connection.read.iter().map(String::as_str).enumerate() {
                if let Some(joined) = joined(line) {
                    name = name.or(Some((at, joined)));
                    joinings.entry(line).or_default().push(at);
                }
                if joined(line).is_some() || is_left(line) || is_broadcast(line) {
                    heard.push((at, line));
                }
                let own = name.and_then(|(_, name)| line.strip_prefix(name));
                if own.is_some_and(|rest| rest.starts_with(": BCST "))
                    || name.is_some_and(|(joined, _)| joined == at)
                    || is_answer(line)
                {
                    answers.push((at, line));
                }
                if is_private(line)
                    && let Some((from, _)) = line.split_once(": ")
                {
                    let privates: &mut Vec<_> = glance.privates.entry(from).or_default();
                    privates.push((c, at, line));
                }
            }
            glance.joined.push(name.map(|(at, _)| at));
            glance.joinings.push(joinings);
            glance.heard.push(heard);
            glance.answers.push(answers);
        }
        glance
    }
}

fn joined(line: &str) -> Option<&str> {
    line.strip_prefix("SERVER: ")?
        .strip_suffix(" joined the chat!")
}

fn is_left(line: &str) -> bool {
    let name = line.strip_suffix(" has left the chat");
    name.is_some_and(|name| !name.contains(' '))
}

fn is_broadcast(line: &str) -> bool {
    !is_answer(line)
        && line
            .split_once(": ")
            .is_some_and(|(_, said)| said.starts_with("BCST "))
}

fn is_private(line: &str) -> bool {
    !is_answer(line)
        && line
            .split_once(": ")
            .is_some_and(|(_, said)| said.starts_with("MESG "))
}

/// Whether it begins with a reserved name as only answers do.
fn is_answer(line: &str) -> bool {
    [
        "ERROR ", "HELP ", "Online: ", "PONG ", "Sorry ", "close", "Enter ",
    ]
    .iter()
    .any(|start| line.starts_with(start))
}
