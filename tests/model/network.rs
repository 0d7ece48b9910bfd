//! The program's room under a network, as a model: connections that come, speak, read, stall and break in every order.
//!
//! Each connection has two first-in-first-out queues: what is on its way to the room, and what it was told and has not read.
//! Both are bounded, commands are not: who does not read in time has fallen behind (SLOW-1). Beside the room runs the atomic
//! room of the specification on the same inputs, and beside what a connection was told stands what it is owed. When a connection
//! reads a line, that must be the next line it is owed; when nothing is on its way, nothing may be owed.
//!
//! A session that has much unread *lags*, and says so to whoever drives the room; while a member
//! does, talk is handled at the pace only (SLOW-5). How fast that is nobody says here: one line of
//! talk is handled, and the next one some time later. Of those who wait any can be next. That the
//! one who waits longest is (FAIR-1) is for the tests of the scheduler.
//!
//! Rooms, lines and what is owed are kept as numbers. What a step does to a pair of rooms is worked out once and remembered: both are
//! functions of their state and the input, and there are few rooms, however many worlds they are in.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::net::Ipv4Addr;
use std::rc::Rc;

use parlour::protocol::Event;
use parlour::room::{Input, Limits, Outbox, PeerAddress, Room};
use parlour_spec::{
    Conn, Document, ExpectedLine, Model, Name, PerAddress, ReferenceModel, ReferenceRoom,
};

use crate::faults::Fault;
use crate::interned::Interned;
use crate::queue::Queue;
use crate::room::{Both, deliver as told, expand, handle, rule, state};

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
    pub(crate) says: Says,
    /// Whether the server may be stopped.
    pub(crate) stops: bool,
    /// When a session lags; `None`: none ever does.
    pub(crate) lag: Option<Lag>,
    /// Who is a neighbour; `None`: nobody is.
    pub(crate) neighbours: Option<Neighbours>,
}

/// When a session lags (SLOW-5).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lag {
    /// It does from the moment at which it has more lines unread.
    pub(crate) above: usize,
    /// It does until it has no more lines unread.
    pub(crate) until: usize,
}

/// Connections of one address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neighbours {
    /// The address of each connection, as a number.
    pub(crate) of: &'static [u8],
    /// JOIN-3
    pub(crate) seats: usize,
    /// CONN-3
    pub(crate) connections: usize,
}

/// For each connection, the lines it may say.
pub(crate) type Says = &'static [&'static [&'static str]];

/// The model.
pub(crate) struct Network {
    bounds: Bounds,
    fault: Option<Fault>,
    rules: ReferenceModel,
    /// What can be on its way, a number each: [`CONNECT`] and so on, then everything that anyone says.
    inputs: Vec<Both>,
    /// Which of them are talk.
    talk: Vec<bool>,
    /// Where the lines of each connection begin in there.
    says: Vec<u8>,
    rooms: RefCell<Interned<(Room, ReferenceRoom)>>,
    steps: RefCell<HashMap<(u16, u8, u8), Rc<Step>>>,
    lines: RefCell<Interned<Event>>,
    owed: RefCell<Interned<ExpectedLine>>,
    /// How often each kind of thing happened.
    pub(crate) reached: RefCell<BTreeMap<&'static str, usize>>,
}

/// On its way to the room: the connection itself.
const CONNECT: u8 = 0;
/// CONN-5
const HALF_CLOSE: u8 = 1;
/// CONN-6
const LOST: u8 = 2;
/// JOIN-5. This one is on no way, it happens.
const JOIN_TIMEOUT: u8 = 3;
/// SHUT-1. So does this.
const STOP: u8 = 4;

/// All that matters for what can happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    /// A pair of [`Network::rooms`].
    rooms: u16,
    /// The first so many of them are there.
    peers: [Peer; 3],
    stopped: bool,
    pace: Pace,
}

/// What the driver of the room knows of those who lag; a set has a bit for each connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Pace {
    members: u8,
    visitors: u8,
    /// Talk was handled while a member lagged, and the next one has to wait.
    is_used_up: bool,
}

/// One end of a connection, and what is between it and the room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Peer {
    life: Life,
    /// On its way to the room, as numbered in [`Network::inputs`].
    up: Queue,
    /// Told and not read; a number is a line of [`Network::lines`].
    down: Queue,
    /// Owed and not read; a number is a line of [`Network::owed`].
    due: Queue,
    /// It has much unread, or had and has not caught up (SLOW-5).
    lags: bool,
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

/// What an input does to a pair of rooms.
#[derive(Debug)]
struct Step {
    rooms: u16,
    /// Who is told what, as numbered in [`Network::lines`].
    told: Vec<(Conn, u8)>,
    /// Who is owed what, as numbered in [`Network::owed`].
    owed: Vec<(Conn, u8)>,
    broken: Option<String>,
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
    /// So much time passes that talk may be handled again.
    Pace,
}

impl Network {
    pub(crate) fn new(bounds: Bounds, fault: Option<Fault>) -> Self {
        let document = Document::parlour();
        let mut inputs = vec![
            Both::connect(),
            Both::half_close(),
            Both::lost(),
            Both::join_timeout(),
            Both::stop(),
        ];
        let mut says = Vec::new();
        for lines in bounds.says {
            says.push(u8::try_from(inputs.len()).expect("little is said"));
            inputs.extend(lines.iter().map(|line| Both::line(line)));
        }
        let mut rules = ReferenceModel::of(&document, bounds.capacity, bounds.max_connections);
        if let Some(neighbours) = bounds.neighbours {
            rules.per_address = PerAddress {
                of: (1..)
                    .zip(neighbours.of.iter().copied().map(u64::from))
                    .collect(),
                seats: neighbours.seats,
                connections: neighbours.connections,
            };
        }
        Self {
            bounds,
            fault,
            rules,
            talk: inputs.iter().map(is_talk).collect(),
            inputs,
            says,
            rooms: RefCell::default(),
            steps: RefCell::default(),
            lines: RefCell::default(),
            owed: RefCell::default(),
            reached: RefCell::default(),
        }
    }

    fn peers(&self, world: &World) -> impl Iterator<Item = (u8, Peer)> + use<> {
        (0..).zip(world.peers).take(self.says.len())
    }

    /// An input reaches both rooms.
    fn happen(&self, world: &mut World, c: u8, input: u8) -> Result<(), String> {
        let key = (world.rooms, c, input);
        let known = self.steps.borrow().get(&key).cloned();
        let step = known.unwrap_or_else(|| {
            let step = Rc::new(self.work_out(key));
            self.steps.borrow_mut().insert(key, Rc::clone(&step));
            step
        });
        world.rooms = step.rooms;
        self.follow(world);
        self.deliver(world, &step)?;
        step.broken.clone().map_or(Ok(()), Err)
    }

    fn work_out(&self, (rooms, c, input): (u16, u8, u8)) -> Step {
        let (mut room, mut atomic) = self.rooms.borrow().all[rooms as usize].clone();
        let both = &self.inputs[input as usize];
        let mut out = Outbox::new();
        let was_there = state(&room, conn(c)) != "Closed";
        let input = both.input.clone().map(|input| match input {
            Input::Connect(_) => Input::Connect(self.address(c)),
            input @ (Input::Line(_) | Input::HalfClose | Input::Lost | Input::JoinTimeout) => input,
        });
        let told = match (input, self.fault) {
            (Some(input), None) => handle(&mut room, conn(c), input, &mut out),
            (Some(input), Some(fault)) => fault.handle(&mut room, conn(c), input, &mut out),
            (None, fault) => {
                room.shut_down(&mut out);
                let mut told = told(&room, &mut out);
                fault
                    .into_iter()
                    .for_each(|fault| fault.shut_down(&mut told));
                told
            }
        };
        if self.fault == Some(Fault::AddressStaysCounted)
            && was_there
            && state(&room, conn(c)) == "Closed"
        {
            // One that nobody sees takes the place.
            handle(&mut room, 9, Input::Connect(self.address(c)), &mut out);
        }
        let to: Vec<Conn> = match both.input {
            Some(_) => vec![conn(c)],
            None => atomic.sessions().collect(),
        };
        let owed = to.into_iter().flat_map(|id| {
            let owing = self.rules.step(&mut atomic, id, &both.spec_input);
            expand(owing, &atomic.members().collect::<Vec<_>>())
        });
        let owed = owed
            .map(|(id, owed)| (id, self.owed.borrow_mut().number(owed) as u8))
            .collect();
        let told = told
            .into_iter()
            .map(|(id, event)| (id, self.lines.borrow_mut().number(event) as u8))
            .collect();
        let broken = self
            .seats(&room)
            .and_then(|()| self.neighbours(&room))
            .err();
        let rooms = self.rooms.borrow_mut().number((room, atomic));
        Step {
            rooms,
            told,
            owed,
            broken,
        }
    }

    /// Puts what is told and what is owed into the queues; who has not read enough falls behind.
    fn deliver(&self, world: &mut World, step: &Step) -> Result<(), String> {
        for &(id, line) in &step.told {
            let peer = &mut world.peers[id as usize - 1];
            match peer.life {
                Life::Absent | Life::Over => {
                    let event = &self.lines.borrow().all[line as usize];
                    return Err(format!("{id} is told after its end: {event}"));
                }
                Life::Open | Life::HalfClosed => {
                    self.note(label(&self.lines.borrow().all[line as usize]));
                    match self.fault {
                        Some(fault) => fault.queue(&mut peer.down, line, self.bounds.down),
                        None => peer.down.push(line),
                    }
                    if peer.down.len() > self.bounds.down {
                        self.note("fell behind");
                        peer.lose(self.fault);
                    }
                    self.see_lag(world, id as u8 - 1);
                }
                Life::Gone => {}
            }
        }
        for &(id, owed) in &step.owed {
            let peer = &mut world.peers[id as usize - 1];
            if matches!(peer.life, Life::Open | Life::HalfClosed) {
                peer.due.push(owed);
            }
        }
        Ok(())
    }

    /// The driver of the room follows what a step has changed.
    fn follow(&self, world: &mut World) {
        if self.bounds.lag.is_none() {
            return;
        }
        let room = &self.rooms.borrow().all[world.rooms as usize].0;
        for c in 0..self.says.len() as u8 {
            let pace = &mut world.pace;
            match state(room, conn(c)) {
                "Visitor" => {}
                "Member" => {
                    let lags = pace.visitors & bit(c);
                    if self.fault != Some(Fault::LagForgottenAtJoining) {
                        pace.members |= lags;
                    }
                    pace.visitors &= !bit(c);
                }
                _ => {
                    if self.fault != Some(Fault::LagOutlivesMember) {
                        pace.members &= !bit(c);
                    }
                    pace.visitors &= !bit(c);
                }
            }
        }
    }

    /// A session looks whether it lags, and tells the driver of the room when that changes.
    fn see_lag(&self, world: &mut World, c: u8) {
        let peer = &mut world.peers[c as usize];
        let Some(lag) = self.bounds.lag.filter(|_| peer.life != Life::Gone) else {
            return;
        };
        let limit = if peer.lags { lag.until } else { lag.above };
        let lags = peer.down.len() > limit;
        if std::mem::replace(&mut peer.lags, lags) == lags {
            return;
        }
        let room = &self.rooms.borrow().all[world.rooms as usize].0;
        let pace = &mut world.pace;
        match (lags, state(room, conn(c))) {
            (false, _) if self.fault == Some(Fault::LagNeverEnds) => {}
            (false, _) => {
                pace.members &= !bit(c);
                pace.visitors &= !bit(c);
            }
            (true, "Visitor") if self.fault != Some(Fault::VisitorsAreWaitedFor) => {
                pace.visitors |= bit(c);
            }
            (true, "Closed") => {}
            (true, _) => {
                self.note("lags");
                pace.members |= bit(c);
            }
        }
    }

    /// Whether what is next on its way from there is handled now.
    fn is_handled(&self, world: &World, c: u8) -> bool {
        let Some(next) = world.peers[c as usize].up.front() else {
            return false;
        };
        let is_held = world.pace.members != 0 && world.pace.is_used_up;
        match self.fault {
            Some(Fault::AllWaits) => !is_held,
            Some(Fault::NothingWaits) => true,
            _ => !is_held || !self.talk[next as usize],
        }
    }

    /// Whether time makes a difference.
    fn waits_for_pace(&self, world: &World) -> bool {
        world.pace.is_used_up && self.fault != Some(Fault::NoPaceGiven)
    }

    /// SLOW-5: talk waits while a member lags and no time has passed since other talk, nothing else
    /// does, and nobody for ever.
    fn paced(&self, world: &World, room: &Room) -> Result<(), String> {
        let peers = || self.peers(world);
        let lags = |c: u8, peer: &Peer| peer.lags && state(room, conn(c)) == "Member";
        let lagging = peers().filter(|(c, peer)| lags(*c, peer));
        let lagging = lagging.fold(0, |lagging, (c, _)| lagging | bit(c));
        if world.pace.members != lagging {
            let known = world.pace.members;
            return Err(format!(
                "members {lagging:03b} lag, and talk waits for {known:03b}"
            ));
        }
        for (c, peer) in peers() {
            let Some(next) = peer.up.front() else {
                continue;
            };
            let is_talk = self.talk[next as usize];
            let should_wait = is_talk && lagging != 0 && world.pace.is_used_up;
            match (self.is_handled(world, c), should_wait) {
                (true, true) => return Err(format!("{} talks faster than the pace", c + 1)),
                (false, false) => return Err(format!("{} waits, and need not", c + 1)),
                (true, false) => {}
                (false, true) => {
                    self.note("waits");
                    let mut later = *world;
                    later.pace.is_used_up = false;
                    if !self.waits_for_pace(world) || !self.is_handled(&later, c) {
                        return Err(format!("{} waits for ever", c + 1));
                    }
                }
            }
        }
        Ok(())
    }

    /// Where the connection comes from.
    fn address(&self, c: u8) -> Option<PeerAddress> {
        let number = *self.bounds.neighbours?.of.get(c as usize)?;
        PeerAddress::of(Ipv4Addr::new(192, 0, 2, number).into())
    }

    /// CONN-3, JOIN-3: of one address.
    fn neighbours(&self, room: &Room) -> Result<(), String> {
        let Some(neighbours) = self.bounds.neighbours else {
            return Ok(());
        };
        for (c, of) in (0..).zip(neighbours.of) {
            let same = (0..).zip(neighbours.of).filter(|(_, other)| *other == of);
            let states = same.map(|(c, _)| state(room, conn(c)));
            let count = |is: fn(&str) -> bool| states.clone().filter(|state| is(state)).count();
            let seats = count(|state| state == "Member");
            let connections = count(|state| state != "Closed");
            if seats > neighbours.seats || connections > neighbours.connections {
                return Err(format!("{} has too many neighbours", c + 1));
            }
        }
        Ok(())
    }

    /// JOIN-2, JOIN-3
    fn seats(&self, room: &Room) -> Result<(), String> {
        let names: Vec<Name> = room
            .roster()
            .names()
            .map(|name| Name::new(name.as_str()))
            .collect();
        if names.len() > self.bounds.capacity {
            return Err(format!(
                "{} members in a room for {}",
                names.len(),
                self.bounds.capacity
            ));
        }
        for (i, name) in names.iter().enumerate() {
            if let Some(other) = names[..i].iter().find(|other| other.is_same(name)) {
                return Err(format!(
                    "{} and {} are both in",
                    other.as_str(),
                    name.as_str()
                ));
            }
        }
        Ok(())
    }

    fn read(&self, world: &mut World, c: u8) -> Result<(), String> {
        let peer = &mut world.peers[c as usize];
        let line = peer.down.pop().expect("there is something to read");
        let owed = peer.due.pop();
        let event = &self.lines.borrow().all[line as usize];
        let all_owed = &self.owed.borrow().all;
        let owed = owed.map(|owed| &all_owed[owed as usize]);
        if !owed.is_some_and(|owed| owed.matches(&event.to_string())) {
            return Err(format!("{} reads \"{event}\" and is owed {owed:?}", c + 1));
        }
        if *event == Event::Close {
            if !peer.down.is_empty() {
                return Err(format!("{} has more to read after close", c + 1));
            }
            peer.life = Life::Over;
        }
        self.see_lag(world, c);
        Ok(())
    }

    /// What must hold between any two things that happen.
    fn settle(&self, world: &mut World) -> Result<(), String> {
        let (room, atomic) = &self.rooms.borrow().all[world.rooms as usize];
        // Nobody asks how long ago it was.
        world.pace.is_used_up &= world.pace.members != 0;
        self.paced(world, room)?;
        for (c, peer) in self.peers(world) {
            if peer.up.is_empty() && matches!(peer.life, Life::Over | Life::Gone) {
                if state(room, conn(c)) != "Closed" {
                    return Err(format!("{} is gone, and the room still has it", c + 1));
                }
                world.peers[c as usize] = Peer::default();
            }
        }
        if world
            .peers
            .iter()
            .any(|peer| !peer.up.is_empty() || !peer.down.is_empty())
        {
            return Ok(());
        }
        for (c, peer) in self.peers(world) {
            if let Some(owed) = peer.due.front() {
                let owed = &self.owed.borrow().all[owed as usize];
                return Err(format!(
                    "nothing is on its way, and {} is still owed {owed:?}",
                    c + 1
                ));
            }
            let (is, should_be) = (state(room, conn(c)), self.rules.state(atomic, conn(c)));
            if is != should_be {
                return Err(format!(
                    "at rest {} is {is} and should be {should_be}",
                    c + 1
                ));
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
        let spare = |fault| usize::from(self.fault == Some(fault));
        let mut limits = Limits::by_count(
            self.bounds.capacity + spare(Fault::OneSeatTooMany),
            self.bounds.max_connections,
        );
        if let Some(Neighbours {
            seats, connections, ..
        }) = self.bounds.neighbours
        {
            limits.seats_per_address = seats + spare(Fault::OneNeighbourTooManyInside);
            limits.connections_per_address = connections + spare(Fault::OneNeighbourTooMany);
        }
        let room = Room::new(limits);
        World {
            rooms: self.rooms.borrow_mut().number((room, ReferenceRoom::new())),
            peers: [Peer::default(); 3],
            stopped: false,
            pace: Pace::default(),
        }
    }

    fn actions(&self, world: &World, out: &mut Vec<Deed>) {
        for (c, peer) in self.peers(world) {
            if self.is_handled(world, c) {
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
                        let first = self.says[c as usize];
                        let lines = (first..).take(self.bounds.says[c as usize].len());
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
        if self.waits_for_pace(world) {
            out.push(Deed::Pace);
        }
    }

    fn step(&self, world: &mut World, deed: Deed) -> Result<(), String> {
        match deed {
            Deed::Connect(c) => {
                let peer = &mut world.peers[c as usize];
                peer.life = Life::Open;
                peer.up.push(CONNECT);
            }
            Deed::Say(c, line) => world.peers[c as usize].up.push(line),
            Deed::HalfClose(c) => {
                let peer = &mut world.peers[c as usize];
                peer.life = Life::HalfClosed;
                peer.up.push(HALF_CLOSE);
            }
            Deed::Reset(c) => {
                self.note("was reset");
                world.peers[c as usize].lose(self.fault);
            }
            Deed::Handle(c) => {
                let input = world.peers[c as usize].up.pop();
                let input = input.expect("something is on its way");
                world.pace.is_used_up |= self.talk[input as usize] && world.pace.members != 0;
                self.happen(world, c, input)?;
            }
            Deed::Pace => world.pace.is_used_up = false,
            Deed::Read(c) => self.read(world, c)?,
            Deed::JoinTimeout(c) => self.happen(world, c, JOIN_TIMEOUT)?,
            Deed::Stop => {
                world.stopped = true;
                self.happen(world, 0, STOP)?;
            }
        }
        self.settle(world)
    }

    fn may_end(&self, world: &World) -> bool {
        world.stopped && world.peers.iter().all(|peer| peer.life == Life::Absent)
    }

    fn describe(&self, world: &World, deed: Deed) -> String {
        let said = |input: u8| self.inputs[input as usize].said();
        match deed {
            Deed::Connect(c) => format!("{} connects", c + 1),
            Deed::Say(c, line) => format!("C {}: {}", c + 1, said(line)),
            Deed::HalfClose(c) => format!("{} ends its side", c + 1),
            Deed::Reset(c) => format!("{} is reset", c + 1),
            Deed::Handle(c) => {
                let input = world.peers[c as usize].up.front();
                let input = input.expect("something is on its way");
                format!("    the room handles this of {}: {}", c + 1, said(input))
            }
            Deed::Read(c) => {
                let line = world.peers[c as usize].down.front();
                let line = line.expect("there is something to read");
                format!("S {}: {}", c + 1, self.lines.borrow().all[line as usize])
            }
            Deed::JoinTimeout(c) => format!("    the time of {} to join is over", c + 1),
            Deed::Stop => "    the server stops".to_owned(),
            Deed::Pace => "    time passes".to_owned(),
        }
    }
}

impl Peer {
    /// CONN-6
    fn lose(&mut self, fault: Option<Fault>) {
        self.life = Life::Gone;
        self.down = Queue::default();
        self.due = Queue::default();
        if fault != Some(Fault::ResetUnheard) {
            self.up.push(LOST);
        }
    }
}

fn conn(c: u8) -> Conn {
    Conn::from(c) + 1
}

fn bit(c: u8) -> u8 {
    1 << c
}

fn is_talk(both: &Both) -> bool {
    matches!(&both.input, Some(Input::Line(Ok(command))) if command.is_talk())
}

fn label(event: &Event) -> &'static str {
    if let Event::Error { code, .. } = event {
        return code.as_str();
    }
    rule(event)
}
