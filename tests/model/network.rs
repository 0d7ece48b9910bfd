//! The program's room under a network, as a model: connections that arrive, speak, read, stall and
//! break in every order.
//!
//! Each connection has two first-in-first-out queues: what is in transit to the room, and what the
//! room sent that is not read yet. Both are bounded, the number of commands is not: a connection
//! that does not read in time has fallen behind (SLOW-1). The atomic room of the specification runs
//! beside the room on the same inputs, and its output is what each connection is owed. When a
//! connection reads a line, that must be the next line it is owed; when nothing is in transit,
//! nothing may be owed.
//!
//! A session with much unread output *lags*, and reports that to the driver of the room; while a
//! member lags, talk is handled at the pace only (SLOW-5). The model leaves the rate open: one line
//! of talk is handled, and the next one some time later. Any of the waiting connections can be
//! next; that it is the one that has waited longest (FAIR-1) is for the tests of the scheduler.
//!
//! Rooms, lines and owed lines are kept as numbers. The effect of a step on a pair of rooms is
//! computed once and cached: both rooms are functions of their state and the input, and there are
//! few rooms, however many worlds they occur in.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::net::Ipv4Addr;
use std::rc::Rc;

use parlour::protocol::{ErrorCode, Event};
use parlour::room::{Input, Limits, Outbox, PeerAddress, Room};
use parlour_spec::{
    Conn, Document, ExpectedLine, Model, Name, PerAddress, ReferenceModel, ReferenceRoom,
};

use crate::faults::Fault;
use crate::interned::Interned;
use crate::queue::Queue;
use crate::room::{Both, deliver as told, expand, handle, rule, state};

/// The bounds of an explored world.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// JOIN-3
    pub(crate) capacity: usize,
    /// CONN-3
    pub(crate) max_connections: usize,
    /// The most lines of each connection in transit to the room.
    pub(crate) up: usize,
    /// The most unread lines of each connection; with one more it has fallen behind.
    pub(crate) down: usize,
    /// The lines that each connection may send; one list for each connection.
    pub(crate) says: Says,
    /// Whether the server may be stopped.
    pub(crate) stops: bool,
    /// When a session lags; `None`: none ever does.
    pub(crate) lag: Option<Lag>,
    /// Which connections share an address; `None`: none do.
    pub(crate) neighbours: Option<Neighbours>,
}

/// When a session lags (SLOW-5).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lag {
    /// It starts to lag when it has more unread lines than this.
    pub(crate) above: usize,
    /// It stops lagging when it has at most this many unread lines.
    pub(crate) until: usize,
}

/// Connections that share an address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neighbours {
    /// The address of each connection, as a number.
    pub(crate) of: &'static [u8],
    /// JOIN-3
    pub(crate) seats: usize,
    /// CONN-3
    pub(crate) connections: usize,
}

/// For each connection, the lines it may send.
pub(crate) type Says = &'static [&'static [&'static str]];

/// The model.
pub(crate) struct Network {
    bounds: Bounds,
    fault: Option<Fault>,
    rules: ReferenceModel,
    /// Everything that can be in transit, numbered: [`CONNECT`] and so on, then every line of every
    /// connection.
    inputs: Vec<Both>,
    /// Which of them are talk.
    talk: Vec<bool>,
    /// The index in `inputs` of each connection's first line.
    says: Vec<u8>,
    rooms: RefCell<Interned<(Room, ReferenceRoom)>>,
    steps: RefCell<HashMap<(u16, u8, u8), Rc<Step>>>,
    lines: RefCell<Interned<Event>>,
    owed: RefCell<Interned<ExpectedLine>>,
    /// How often each kind of thing happened.
    pub(crate) reached: RefCell<BTreeMap<&'static str, usize>>,
}

/// In transit to the room: the connection itself.
const CONNECT: u8 = 0;
/// CONN-5
const HALF_CLOSE: u8 = 1;
/// CONN-6
const LOST: u8 = 2;
/// JOIN-5. It is never in transit, it just happens.
const JOIN_TIMEOUT: u8 = 3;
/// SHUT-1. Likewise.
const STOP: u8 = 4;

/// The complete state: everything that determines what can happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    /// The number of a pair in [`Network::rooms`].
    rooms: u16,
    /// As many of them are used as there are connections.
    peers: [Peer; 3],
    stopped: bool,
    pace: Pace,
}

/// What the driver of the room knows about lagging sessions; a set has a bit for each connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Pace {
    members: u8,
    visitors: u8,
    /// Talk was handled while a member lagged, and the next talk has to wait.
    is_used_up: bool,
}

/// One end of a connection, and its queues to and from the room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Peer {
    life: Life,
    /// In transit to the room, as numbers of [`Network::inputs`].
    up: Queue,
    /// Sent by the room and not read, as numbers of [`Network::lines`].
    down: Queue,
    /// Owed and not read, as numbers of [`Network::owed`].
    due: Queue,
    /// It has much unread output, or had and has not caught up (SLOW-5).
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
    /// It was reset, or has fallen behind: its unread lines are lost.
    Gone,
}

/// What an input does to a pair of rooms.
#[derive(Debug)]
struct Step {
    rooms: u16,
    /// Lines sent and their recipients, as numbers of [`Network::lines`].
    told: Vec<(Conn, u8)>,
    /// Lines owed and their recipients, as numbers of [`Network::owed`].
    owed: Vec<(Conn, u8)>,
    broken: Option<String>,
}

/// What can happen; the first number is a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    Connect(u8),
    Say(u8, u8),
    HalfClose(u8),
    Reset(u8),
    /// The room takes the next input that is in transit from this connection.
    Handle(u8),
    Read(u8),
    JoinTimeout(u8),
    Stop,
    /// Enough time passes that talk may be handled again.
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
            // A connection that is never observed fills the place.
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

    /// Puts sent and owed lines into the queues; a connection that has not read enough falls
    /// behind.
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

    /// Updates the driver of the room after a step.
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

    /// A session checks whether it lags, and tells the driver of the room when that changes.
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

    /// Whether the next input of this connection is handled now.
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

    /// Whether the passing of time makes a difference.
    fn waits_for_pace(&self, world: &World) -> bool {
        world.pace.is_used_up && self.fault != Some(Fault::NoPaceGiven)
    }

    /// SLOW-5: talk waits while a member lags and no time has passed since other talk; nothing else
    /// waits, and nothing waits for ever.
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

    /// The address of the connection.
    fn address(&self, c: u8) -> Option<PeerAddress> {
        let number = *self.bounds.neighbours?.of.get(c as usize)?;
        PeerAddress::of(Ipv4Addr::new(192, 0, 2, number).into())
    }

    /// CONN-3, JOIN-3: the limits for one address.
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

    /// The invariants that hold between any two actions.
    fn settle(&self, world: &mut World) -> Result<(), String> {
        let (room, atomic) = &self.rooms.borrow().all[world.rooms as usize];
        // The age of a session is never observed.
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
    type Action = Action;

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

    fn actions(&self, world: &World, out: &mut Vec<Action>) {
        for (c, peer) in self.peers(world) {
            if self.is_handled(world, c) {
                out.push(Action::Handle(c));
            }
            if !peer.down.is_empty() {
                out.push(Action::Read(c));
            }
            let room_for_more = peer.up.len() < self.bounds.up;
            match peer.life {
                Life::Absent if !world.stopped => out.push(Action::Connect(c)),
                Life::Open => {
                    if room_for_more {
                        let first = self.says[c as usize];
                        let lines = (first..).take(self.bounds.says[c as usize].len());
                        out.extend(lines.map(|line| Action::Say(c, line)));
                        out.push(Action::HalfClose(c));
                    }
                    out.extend([Action::Reset(c), Action::JoinTimeout(c)]);
                }
                Life::HalfClosed => out.extend([Action::Reset(c), Action::JoinTimeout(c)]),
                Life::Absent | Life::Over | Life::Gone => {}
            }
        }
        if self.bounds.stops && !world.stopped {
            out.push(Action::Stop);
        }
        if self.waits_for_pace(world) {
            out.push(Action::Pace);
        }
    }

    fn step(&self, world: &mut World, action: Action) -> Result<(), String> {
        match action {
            Action::Connect(c) => {
                let peer = &mut world.peers[c as usize];
                peer.life = Life::Open;
                peer.up.push(CONNECT);
            }
            Action::Say(c, line) => world.peers[c as usize].up.push(line),
            Action::HalfClose(c) => {
                let peer = &mut world.peers[c as usize];
                peer.life = Life::HalfClosed;
                peer.up.push(HALF_CLOSE);
            }
            Action::Reset(c) => {
                self.note("was reset");
                world.peers[c as usize].lose(self.fault);
            }
            Action::Handle(c) => {
                let input = world.peers[c as usize].up.pop();
                let input = input.expect("something is on its way");
                world.pace.is_used_up |= self.talk[input as usize] && world.pace.members != 0;
                self.happen(world, c, input)?;
            }
            Action::Pace => world.pace.is_used_up = false,
            Action::Read(c) => self.read(world, c)?,
            Action::JoinTimeout(c) => self.happen(world, c, JOIN_TIMEOUT)?,
            Action::Stop => {
                world.stopped = true;
                self.happen(world, 0, STOP)?;
            }
        }
        self.settle(world)
    }

    fn may_end(&self, world: &World) -> bool {
        world.stopped && world.peers.iter().all(|peer| peer.life == Life::Absent)
    }

    fn describe(&self, world: &World, action: Action) -> String {
        let said = |input: u8| self.inputs[input as usize].said();
        match action {
            Action::Connect(c) => format!("{} connects", c + 1),
            Action::Say(c, line) => format!("C {}: {}", c + 1, said(line)),
            Action::HalfClose(c) => format!("{} ends its side", c + 1),
            Action::Reset(c) => format!("{} is reset", c + 1),
            Action::Handle(c) => {
                let input = world.peers[c as usize].up.front();
                let input = input.expect("something is on its way");
                format!("    the room handles this of {}: {}", c + 1, said(input))
            }
            Action::Read(c) => {
                let line = world.peers[c as usize].down.front();
                let line = line.expect("there is something to read");
                format!("S {}: {}", c + 1, self.lines.borrow().all[line as usize])
            }
            Action::JoinTimeout(c) => format!("    the time of {} to join is over", c + 1),
            Action::Stop => "    the server stops".to_owned(),
            Action::Pace => "    time passes".to_owned(),
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
    static CODES: [ErrorCode; 11] = ErrorCode::ALL;
    if let Event::Error { code, .. } = event {
        let known = CODES.iter().find(|known| *known == code);
        return known.expect("the room knows it").as_str();
    }
    rule(event)
}
