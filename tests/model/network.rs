//! The program's room under a network, as a model: connections that come, speak, read, stall and break in every order.
//!
//! Each connection has two first-in-first-out queues: what is on its way to the room, and what it was told and has not read.
//! Both are bounded, commands are not: who does not read in time has fallen behind (SLOW-1). Beside the room runs the atomic
//! room of the specification on the same inputs, and beside what a connection was told stands what it is owed. When a connection
//! reads a line, that must be the next line it is owed; when nothing is on its way, nothing may be owed.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::Display;

use parlour::protocol::Event;
use parlour::room::{Limits, Outbox, Room};
use parlour_spec::{AtomicRoom, Conn, Document, Happening, Model, Name, Owed, Rules};

use crate::faults::Fault;
use crate::room::{Both, expand, state};

/// How large a world is explored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// JOIN-3
    pub(crate) capacity: usize,
    /// CONN-3
    pub(crate) max_connections: usize,
    /// Lines on their way to the room, of each connection.
    pub(crate) up: usize,
    /// Lines told and not read, of each connection; with one more it has fallen behind.
    pub(crate) down: usize,
    /// What each connection may say; as many connections as there are such lists.
    pub(crate) says: &'static [&'static [&'static str]],
    /// Whether the server may be stopped.
    pub(crate) stops: bool,
}

/// The model.
pub(crate) struct Network {
    bounds: Bounds,
    fault: Option<Fault>,
    rules: Rules,
    says: Vec<Vec<Both>>,
    lines: RefCell<Interned<Event>>,
    owed: RefCell<Interned<Owed>>,
    /// How often each kind of thing happened.
    pub(crate) reached: RefCell<BTreeMap<&'static str, usize>>,
}

/// All that matters for what can happen next.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    room: Room,
    atomic: AtomicRoom,
    peers: Vec<Peer>,
    stopped: bool,
}

/// One end of a connection, and what is between it and the room.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Peer {
    life: Life,
    up: VecDeque<Up>,
    /// Told and not read; a number is a line of [`Network::lines`].
    down: VecDeque<u16>,
    /// Owed and not read; a number is a line of [`Network::owed`].
    due: VecDeque<u16>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum Life {
    /// Not connected.
    #[default]
    Absent,
    Open,
    /// It has ended its side.
    HalfClosed,
    /// It has read `close`.
    Over,
    /// It was reset, or has fallen behind: what was told and not read is gone.
    Gone,
}

/// What is on its way to the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Up {
    Connect,
    Said(u8),
    HalfClose,
    Lost,
}

/// What can happen; the number is a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deed {
    Connect(u8),
    Say(u8, u8),
    HalfClose(u8),
    Reset(u8),
    /// The room takes the next of what is on its way from there.
    Handle(u8),
    Read(u8),
    JoinTimeout(u8),
    Stop,
}

impl Network {
    pub(crate) fn new(bounds: Bounds, fault: Option<Fault>) -> Self {
        let document = Document::parlour();
        let says = |lines: &&[&str]| lines.iter().map(|line| Both::line(line)).collect();
        Self {
            bounds,
            fault,
            rules: Rules::of(&document, bounds.capacity, bounds.max_connections),
            says: bounds.says.iter().map(says).collect(),
            lines: RefCell::default(),
            owed: RefCell::default(),
            reached: RefCell::default(),
        }
    }

    /// The next of what is on its way from `c` reaches both rooms.
    fn arrive(&self, world: &mut World, c: u8) -> Result<(), String> {
        let up = world.peers[c as usize].up.pop_front();
        let both = match up.expect("something is on its way") {
            Up::Connect => Both::connect(),
            Up::Said(line) => self.says[c as usize][line as usize].clone(),
            Up::HalfClose => Both::half_close(),
            Up::Lost => Both::lost(),
        };
        self.happen(world, c, both)
    }

    fn happen(&self, world: &mut World, c: u8, both: Both) -> Result<(), String> {
        let id = conn(c);
        let seated = world.room.roster().names().len();
        let mut out = Outbox::new();
        let told = match self.fault {
            None => crate::room::handle(&mut world.room, id, both.input, &mut out),
            Some(fault) => fault.handle(&mut world.room, id, both.input, &mut out),
        };
        let owing = self.rules.step(&mut world.atomic, id, &both.happening);
        let members: Vec<Conn> = world.atomic.members().collect();
        self.deliver(world, told, expand(owing, &members))?;
        if world.room.roster().names().len() != seated {
            self.seats(&world.room)?;
        }
        Ok(())
    }

    fn stop(&self, world: &mut World) -> Result<(), String> {
        world.stopped = true;
        let mut out = Outbox::new();
        world.room.shut_down(&mut out);
        let mut told = crate::room::deliver(&world.room, &mut out);
        if let Some(fault) = self.fault {
            fault.shut_down(&mut told);
        }
        let mut owed = Vec::new();
        for id in world.atomic.sessions().collect::<Vec<_>>() {
            let owing = self.rules.step(&mut world.atomic, id, &Happening::Shutdown);
            owed.extend(expand(owing, &[]));
        }
        self.deliver(world, told, owed)
    }

    /// Puts what is told and what is owed into the queues; who has not read enough falls behind.
    fn deliver(
        &self,
        world: &mut World,
        told: Vec<(Conn, Event)>,
        owed: Vec<(Conn, Owed)>,
    ) -> Result<(), String> {
        for (id, event) in told {
            let peer = &mut world.peers[id as usize - 1];
            match peer.life {
                Life::Absent | Life::Over => return Err(format!("{id} is told after its end: {event}")),
                Life::Open | Life::HalfClosed => {
                    self.note(label(&event));
                    let line = self.lines.borrow_mut().number(event);
                    match self.fault {
                        Some(fault) => fault.queue(&mut peer.down, line, self.bounds.down),
                        None => peer.down.push_back(line),
                    }
                }
                Life::Gone => {}
            }
        }
        for (id, line) in owed {
            let peer = &mut world.peers[id as usize - 1];
            if matches!(peer.life, Life::Open | Life::HalfClosed) {
                peer.due.push_back(self.owed.borrow_mut().number(line));
            }
        }
        for peer in &mut world.peers {
            if peer.down.len() > self.bounds.down {
                self.note("fell behind");
                peer.lose(self.fault);
            }
        }
        Ok(())
    }

    /// JOIN-2, JOIN-3
    fn seats(&self, room: &Room) -> Result<(), String> {
        let names: Vec<Name> = room.roster().names().map(|name| Name::new(name.as_str())).collect();
        if names.len() > self.bounds.capacity {
            return Err(format!("{} members in a room for {}", names.len(), self.bounds.capacity));
        }
        for (i, name) in names.iter().enumerate() {
            if let Some(other) = names[..i].iter().find(|other| other.is_same(name)) {
                return Err(format!("{} and {} are both in", other.as_str(), name.as_str()));
            }
        }
        Ok(())
    }

    fn read(&self, world: &mut World, c: u8) -> Result<(), String> {
        let peer = &mut world.peers[c as usize];
        let (line, owed) = (peer.down.pop_front().expect("there is something to read"), peer.due.pop_front());
        let lines = self.lines.borrow();
        let event = &lines.all[line as usize];
        let told = event.to_string();
        let owed = owed.map(|owed| self.owed.borrow().all[owed as usize].clone());
        if !owed.as_ref().is_some_and(|owed| owed.explains(&told)) {
            return Err(format!("{} reads {told:?} and is owed {owed:?}", c + 1));
        }
        if *event == Event::Close {
            if !peer.down.is_empty() {
                return Err(format!("{} has more to read after close", c + 1));
            }
            peer.life = Life::Over;
        }
        Ok(())
    }

    /// What must hold between any two things that happen.
    fn settle(&self, world: &mut World) -> Result<(), String> {
        for (c, peer) in (0..).zip(&mut world.peers) {
            if peer.up.is_empty() && matches!(peer.life, Life::Over | Life::Gone) {
                if state(&world.room, conn(c)) != "Closed" {
                    return Err(format!("{} is gone, and the room still has it", c + 1));
                }
                *peer = Peer::default();
            }
        }
        let at_rest = world.peers.iter().all(|peer| peer.up.is_empty() && peer.down.is_empty());
        for (c, peer) in (0..).zip(&world.peers).filter(|_| at_rest) {
            if let Some(&owed) = peer.due.front() {
                let owed = &self.owed.borrow().all[owed as usize];
                return Err(format!("nothing is on its way, and {} is still owed {owed:?}", c + 1));
            }
            let (is, should_be) = (state(&world.room, conn(c)), self.rules.state(&world.atomic, conn(c)));
            if is != should_be {
                return Err(format!("at rest {} is {is} and should be {should_be}", c + 1));
            }
            if peer.life == Life::HalfClosed {
                return Err(format!("at rest {} waits for the end", c + 1));
            }
        }
        Ok(())
    }

    fn note(&self, what: &'static str) {
        *self.reached.borrow_mut().entry(what).or_default() += 1;
    }
}

impl Model for Network {
    type State = World;
    type Action = Deed;

    fn start(&self) -> World {
        let spare = usize::from(self.fault == Some(Fault::OneSeatTooMany));
        World {
            room: Room::new(Limits {
                capacity: self.bounds.capacity + spare,
                max_connections: self.bounds.max_connections,
            }),
            atomic: AtomicRoom::new(),
            peers: vec![Peer::default(); self.bounds.says.len()],
            stopped: false,
        }
    }

    fn actions(&self, world: &World, out: &mut Vec<Deed>) {
        for (c, peer) in (0..).zip(&world.peers) {
            if !peer.up.is_empty() {
                out.push(Deed::Handle(c));
            }
            if !peer.down.is_empty() {
                out.push(Deed::Read(c));
            }
            let room_for_more = peer.up.len() < self.bounds.up;
            match peer.life {
                Life::Absent if !world.stopped => out.push(Deed::Connect(c)),
                Life::Open => {
                    if room_for_more {
                        let lines = 0..self.says[c as usize].len() as u8;
                        out.extend(lines.map(|line| Deed::Say(c, line)));
                        out.push(Deed::HalfClose(c));
                    }
                    out.extend([Deed::Reset(c), Deed::JoinTimeout(c)]);
                }
                Life::HalfClosed => out.extend([Deed::Reset(c), Deed::JoinTimeout(c)]),
                Life::Absent | Life::Over | Life::Gone => {}
            }
        }
        if self.bounds.stops && !world.stopped {
            out.push(Deed::Stop);
        }
    }

    fn step(&self, world: &mut World, deed: Deed) -> Result<(), String> {
        match deed {
            Deed::Connect(c) => {
                let peer = &mut world.peers[c as usize];
                peer.life = Life::Open;
                peer.up.push_back(Up::Connect);
            }
            Deed::Say(c, line) => world.peers[c as usize].up.push_back(Up::Said(line)),
            Deed::HalfClose(c) => {
                let peer = &mut world.peers[c as usize];
                peer.life = Life::HalfClosed;
                peer.up.push_back(Up::HalfClose);
            }
            Deed::Reset(c) => {
                self.note("was reset");
                world.peers[c as usize].lose(self.fault);
            }
            Deed::Handle(c) => self.arrive(world, c)?,
            Deed::Read(c) => self.read(world, c)?,
            Deed::JoinTimeout(c) => self.happen(world, c, Both::join_timeout())?,
            Deed::Stop => self.stop(world)?,
        }
        self.settle(world)
    }

    fn may_end(&self, world: &World) -> bool {
        world.stopped && world.peers.iter().all(|peer| peer.life == Life::Absent)
    }

    fn describe(&self, world: &World, deed: Deed) -> String {
        let said = |c: u8, line: u8| self.bounds.says[c as usize][line as usize];
        match deed {
            Deed::Connect(c) => format!("{} connects", c + 1),
            Deed::Say(c, line) => format!("C {}: {}", c + 1, said(c, line)),
            Deed::HalfClose(c) => format!("{} ends its side", c + 1),
            Deed::Reset(c) => format!("{} is reset", c + 1),
            Deed::Handle(c) => {
                let what: &dyn Display = match world.peers[c as usize].up[0] {
                    Up::Connect => &"connection",
                    Up::Said(line) => &said(c, line),
                    Up::HalfClose => &"half-close",
                    Up::Lost => &"loss",
                };
                format!("    the room handles {what} of {}", c + 1)
            }
            Deed::Read(c) => {
                let line = world.peers[c as usize].down[0];
                format!("S {}: {}", c + 1, self.lines.borrow().all[line as usize])
            }
            Deed::JoinTimeout(c) => format!("    the time of {} to join is over", c + 1),
            Deed::Stop => "    the server stops".to_owned(),
        }
    }
}

impl Peer {
    /// CONN-6
    fn lose(&mut self, fault: Option<Fault>) {
        self.life = Life::Gone;
        self.down.clear();
        self.due.clear();
        if fault != Some(Fault::ResetUnheard) {
            self.up.push_back(Up::Lost);
        }
    }
}

/// Values and their numbers.
#[derive(Debug)]
struct Interned<T> {
    all: Vec<T>,
    numbers: HashMap<T, u16>,
}

impl<T: Clone + std::hash::Hash + Eq> Interned<T> {
    fn number(&mut self, value: T) -> u16 {
        if let Some(&number) = self.numbers.get(&value) {
            return number;
        }
        let number = u16::try_from(self.all.len()).expect("there are few lines");
        self.all.push(value.clone());
        self.numbers.insert(value, number);
        number
    }
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        let (all, numbers) = (Vec::new(), HashMap::new());
        Self { all, numbers }
    }
}

fn conn(c: u8) -> Conn {
    Conn::from(c) + 1
}

fn label(event: &Event) -> &'static str {
    match event {
        Event::Greeting => "greeting",
        Event::Joined(_) => "joined",
        Event::Left(_) => "left",
        Event::Broadcast { .. } => "broadcast",
        Event::Private { .. } => "private",
        Event::Online(_) => "online",
        Event::Pong(_) => "pong",
        Event::Help(_) => "help-line",
        Event::Full => "full",
        Event::Error { code, .. } => code.as_str(),
        Event::ShuttingDown => "shutting-down",
        Event::Close => "close",
    }
}
