//! The client's view of its session, beside the room: whatever the room tells it, that view is
//! correct.
//!
//! Each client has two first-in-first-out queues: commands in transit to the room, and lines from
//! the room that it has not read. Beside a client's [`Session`] the model keeps what the room did
//! with each of its commands. Every answer must say exactly that, and a client that has read
//! everything must know whether it is a member, and under which name. Both queues are bounded; a
//! client whose unread lines exceed the bound has lost its connection (SLOW-1).

use std::collections::VecDeque;

use parlour::client::Disconnect;
use parlour::client::session::{Answer, Session, Tag};
use parlour::protocol::{Command, Event, parse_line};
use parlour::room::{self, Input, Limits, Outbox, Room, SessionId};
use parlour_spec::{Conn, Model};

use crate::room::{deliver, handle};

/// What is explored: a room, and what each client may send to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct World {
    capacity: usize,
    max_connections: usize,
    sends: [&'static [&'static str]; 2],
}

/// One seat for two clients.
const SEAT: World = World {
    capacity: 1,
    max_connections: 2,
    sends: [&["JOIN ann", "JOIN bob", "QUIT"], &["JOIN bob"]],
};

/// One connection for two clients.
const CONNECTION: World = World {
    capacity: 1,
    max_connections: 1,
    sends: [&["JOIN ann", "PING 1", "QUIT"], &["JOIN ann"]],
};

/// Two members that talk.
const TALK: World = World {
    capacity: 2,
    max_connections: 2,
    sends: [
        &["JOIN ann", "BCST x", "MESG bob x"],
        &["JOIN bob", "BCST x"],
    ],
};

pub(crate) const WORLDS: [World; 3] = [SEAT, CONNECTION, TALK];

/// The most commands of each client that are in transit or whose answers are in transit.
const UP: [usize; 2] = [2, 1];

/// The most lines that one client has not read.
const DOWN: usize = 2;

/// The most private lines of a client that are still unanswered.
const UNANSWERED: usize = 1;

/// A fault of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It forgets a JOIN that it sends while another is in transit.
    SecondJoin,
    /// It ignores refusals.
    Refusals,
    /// It ignores the greeting.
    Greeting,
    /// It takes another member's lines for its own.
    Others,
}

impl Fault {
    pub(crate) const ALL: [Self; 4] = [
        Self::SecondJoin,
        Self::Refusals,
        Self::Greeting,
        Self::Others,
    ];
}

/// The model.
pub(crate) struct Clients {
    world: World,
    commands: Vec<Vec<Command>>,
    fault: Option<Fault>,
}

#[derive(Clone, Hash)]
pub(crate) struct State {
    room: Room,
    clients: Vec<Client>,
    is_stopped: bool,
}

#[derive(Clone, Default, Hash)]
struct Client {
    is_connected: bool,
    session: Session,
    up: VecDeque<(usize, Tag)>,
    down: VecDeque<Event>,
    /// What the room did with the commands that await answers.
    handled: VecDeque<Handled>,
    /// Why the room has closed the session.
    closed: Option<Closed>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Handled {
    command: Command,
    tag: Tag,
    is_refused: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Closed {
    TooMany,
    Quit,
    JoinTimeout,
    Shutdown,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    Connect(usize),
    Send(usize, usize),
    Handle(usize),
    Read(usize),
    JoinTimeout(usize),
    Shutdown,
}

impl Clients {
    pub(crate) fn new(world: World, fault: Option<Fault>) -> Self {
        let command = |line: &&str| {
            let line = parse_line(line.as_bytes()).expect("not empty");
            line.expect("well-formed")
        };
        let commands = world
            .sends
            .iter()
            .map(|lines| lines.iter().map(command).collect());
        Self {
            world,
            commands: commands.collect(),
            fault,
        }
    }

    fn send(&self, client: &mut Client, command: &Command, tag: Tag) {
        let is_join = matches!(command, Command::Join(_));
        let is_forgotten = is_join && client.session.joining().is_some();
        if !(self.fault == Some(Fault::SecondJoin) && is_forgotten) {
            client.session.sent(command, Some(tag));
        }
    }

    fn hear(&self, client: &mut Client, event: Event) -> Vec<Answer> {
        let event = match (self.fault, event) {
            (Some(Fault::Refusals), Event::Error { .. }) => return Vec::new(),
            (Some(Fault::Greeting), Event::Greeting) => return Vec::new(),
            (Some(Fault::Others), Event::Broadcast { text, from }) => {
                let from = client.session.member().cloned().unwrap_or(from);
                Event::Broadcast { from, text }
            }
            (_, event) => event,
        };
        client.session.heard(&Ok(event))
    }
}

fn conn(client: usize) -> Conn {
    Conn::try_from(client + 1).expect("few clients")
}

fn session_id(client: usize) -> SessionId {
    SessionId(conn(client).into())
}

impl State {
    /// The room handles an input of this client, and its outbox is delivered.
    fn input(&mut self, client: usize, input: Input) -> Vec<Event> {
        let told = handle(&mut self.room, conn(client), input, &mut Outbox::new());
        self.tell(client, told)
    }

    /// Returns what `client` is told. A connection with too many unread lines is lost.
    fn tell(&mut self, client: usize, told: Vec<(Conn, Event)>) -> Vec<Event> {
        let mut own = Vec::new();
        for (to, event) in told {
            let to = usize::try_from(to).expect("few clients") - 1;
            if to == client {
                own.push(event.clone());
            }
            self.clients[to].down.push_back(event);
        }
        for id in 0..self.clients.len() {
            let has_lost = self.clients[id].down.len() > DOWN;
            if has_lost {
                self.clients[id] = Client::default();
                if self.room.session(session_id(id)).is_some() {
                    self.input(id, Input::Lost);
                }
            }
        }
        own
    }

    fn name(&self, client: usize) -> Option<&str> {
        match self.room.session(session_id(client)) {
            Some(room::Session::Member(name)) => Some(name.as_str()),
            Some(room::Session::Visitor) | None => None,
        }
    }
}

impl Model for Clients {
    type State = State;
    type Action = Action;

    fn start(&self) -> State {
        State {
            room: Room::new(Limits::by_count(
                self.world.capacity,
                self.world.max_connections,
            )),
            clients: vec![Client::default(); self.commands.len()],
            is_stopped: false,
        }
    }

    fn actions(&self, state: &State, out: &mut Vec<Action>) {
        for (id, client) in state.clients.iter().enumerate() {
            if !client.is_connected {
                if !state.is_stopped {
                    out.push(Action::Connect(id));
                }
                continue;
            }
            let is_open = state.room.session(session_id(id)).is_some();
            if is_open
                && !client.session.is_leaving()
                && client.up.len() + client.handled.len() < UP[id]
            {
                let private = |command: &Command| matches!(command, Command::Mesg { .. });
                let up = client.up.iter().map(|(at, _)| &self.commands[id][*at]);
                let handled = client.handled.iter().map(|handled| &handled.command);
                let unanswered = up.chain(handled).filter(|command| private(command)).count();
                let may_send = (0..self.commands[id].len())
                    .filter(|at| !private(&self.commands[id][*at]) || unanswered < UNANSWERED);
                out.extend(may_send.map(|at| Action::Send(id, at)));
            }
            if !client.up.is_empty() {
                out.push(Action::Handle(id));
            }
            if !client.down.is_empty() {
                out.push(Action::Read(id));
            }
            if matches!(
                state.room.session(session_id(id)),
                Some(room::Session::Visitor)
            ) {
                out.push(Action::JoinTimeout(id));
            }
        }
        if !state.is_stopped {
            out.push(Action::Shutdown);
        }
    }

    fn step(&self, state: &mut State, action: Action) -> Result<(), String> {
        match action {
            Action::Connect(id) => {
                state.clients[id].is_connected = true;
                let told = state.input(id, Input::Connect(None));
                if told == [Event::Full, Event::Close] {
                    state.clients[id].closed = Some(Closed::TooMany);
                }
            }
            Action::Send(id, at) => {
                let client = &mut state.clients[id];
                let is_used = |tag: &Tag| {
                    client.up.iter().any(|(_, used)| used == tag)
                        || client.handled.iter().any(|handled| handled.tag == *tag)
                };
                let tag = (0..).find(|tag| !is_used(tag)).expect("few are used");
                client.up.push_back((at, tag));
                self.send(client, &self.commands[id][at], tag);
            }
            Action::Handle(id) => {
                let (at, tag) = state.clients[id].up.pop_front().expect("it is on its way");
                if state.room.session(session_id(id)).is_none() {
                    return Ok(());
                }
                let command = self.commands[id][at].clone();
                let told = state.input(id, Input::Line(Ok(command.clone())));
                let client = &mut state.clients[id];
                if !client.is_connected {
                    return Ok(());
                }
                if command == Command::Quit {
                    client.closed = Some(Closed::Quit);
                    return Ok(());
                }
                let is_refused = matches!(told[..], [Event::Error { .. } | Event::Full]);
                let handled = Handled {
                    command,
                    tag,
                    is_refused,
                };
                client.handled.push_back(handled);
            }
            Action::JoinTimeout(id) => {
                state.input(id, Input::JoinTimeout);
                state.clients[id].closed = Some(Closed::JoinTimeout);
            }
            Action::Shutdown => {
                state.is_stopped = true;
                let open = |id: &usize| state.room.session(session_id(*id)).is_some();
                let open: Vec<usize> = (0..state.clients.len()).filter(open).collect();
                let mut out = Outbox::new();
                state.room.shut_down(&mut out);
                let told = deliver(&state.room, &mut out);
                state.tell(usize::MAX, told);
                for id in open {
                    state.clients[id].closed = Some(Closed::Shutdown);
                }
            }
            Action::Read(id) => return self.read(state, id),
        }
        Ok(())
    }

    fn may_end(&self, state: &State) -> bool {
        state.is_stopped
    }

    fn describe(&self, state: &State, action: Action) -> String {
        match action {
            Action::Send(id, at) => format!("{id} sends {}", self.commands[id][at]),
            Action::Handle(id) => {
                let (at, _) = state.clients[id].up[0];
                format!("the room handles {} of {id}", self.commands[id][at])
            }
            Action::Read(id) => format!("{id} reads {}", state.clients[id].down[0]),
            Action::Connect(_) | Action::JoinTimeout(_) | Action::Shutdown => format!("{action:?}"),
        }
    }
}

impl Clients {
    fn read(&self, state: &mut State, id: usize) -> Result<(), String> {
        let client = &mut state.clients[id];
        let event = client.down.pop_front().expect("it was told");
        let is_close = event == Event::Close;
        for answer in self.hear(client, event) {
            client.is_right(&answer)?;
        }
        if is_close {
            let closed = client.closed.ok_or("closed without a reason")?;
            let why = client.session.ended(None);
            let is_right = match closed {
                // Whatever closes the connection after QUIT was sent, the client has left.
                _ if client.session.is_leaving() => matches!(why, Disconnect::Left),
                Closed::Quit => false,
                Closed::TooMany => matches!(why, Disconnect::Full),
                Closed::JoinTimeout => matches!(why, Disconnect::NotJoined),
                Closed::Shutdown => matches!(why, Disconnect::ShuttingDown),
            };
            if !is_right {
                return Err(format!("{id} takes its end for {why:?}"));
            }
            *client = Client::default();
            return Ok(());
        }
        if client.down.is_empty() && client.closed.is_none() {
            let believed = client.session.member().map(|name| name.as_str().to_owned());
            let name = state.name(id);
            if believed.as_deref() != name {
                return Err(format!(
                    "{id} takes itself for {believed:?}, and is {name:?}"
                ));
            }
            let client = &state.clients[id];
            // A private line that was delivered has no answer until a later command has one
            // (MESG-2).
            let is_awaited = |handled: &&Handled| {
                handled.is_refused || !matches!(handled.command, Command::Mesg { .. })
            };
            if let Some(missed) = client.handled.iter().find(is_awaited) {
                return Err(format!("{id} has not noticed the answer to {missed:?}"));
            }
        }
        Ok(())
    }
}

impl Client {
    /// Whether the answer says what the room did.
    fn is_right(&mut self, answer: &Answer) -> Result<(), String> {
        let at = match answer {
            // The JOIN was accepted too, and its answer says the rest.
            Answer::Admitted(_) => return Ok(()),
            Answer::NotAdmitted(name, _) => self.handled.iter().position(|handled| {
                let is_it = handled.command == Command::Join(name.clone());
                is_it && handled.is_refused
            }),
            Answer::Taken(tag) => self
                .handled
                .iter()
                .position(|handled| handled.tag == *tag && !handled.is_refused),
            Answer::Refused { command, tag } => self.handled.iter().position(|handled| {
                let is_it = Some(handled.tag) == *tag && handled.command == *command;
                is_it && handled.is_refused
            }),
        };
        let at = at.ok_or_else(|| format!("{answer:?}, and the room did {:?}", self.handled))?;
        self.handled.remove(at);
        Ok(())
    }
}
