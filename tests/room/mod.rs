//! Drives and reads the program's room in the terms of the specification's oracle.
#![allow(dead_code, reason = "each test uses its part of it")]

use parlour::protocol::{Event, Malformed, NameError, Refusal, Verb, parse_line};
use parlour::room::{Audience, Input, Outbox, Room, Session, SessionId};
use parlour_spec::{Conn, ExpectedDelivery, ExpectedLine};

/// A client's line, or another input of its session except the shutdown, in the form that both
/// rooms take.
#[derive(Clone, Debug)]
pub(crate) struct Both {
    /// For the program; `None` for the shutdown, which comes to all sessions at once.
    pub(crate) input: Option<Input>,
    /// For the oracle.
    pub(crate) spec_input: parlour_spec::Input,
}

impl Both {
    /// A line as a client types it, or the error code of a malformed line that can't be typed.
    pub(crate) fn line(typed: &str) -> Self {
        let line = match typed {
            "line-too-long" => Err(Malformed::LineTooLong),
            "not-utf8" => Err(Malformed::NotUtf8),
            "name-reserved" => Err(Malformed::Name(NameError::Reserved)),
            "usage" => Err(Malformed::Usage(Verb::Mesg)),
            typed => parse_line(typed.as_bytes()).expect("the line is not empty"),
        };
        let spec_input = match &line {
            Ok(command) => parlour_spec::Input::of(Ok(&command.to_string())),
            Err(malformed) => parlour_spec::Input::of(Err(malformed.code().as_str())),
        };
        Self::new(Input::Line(line), spec_input)
    }

    pub(crate) fn connect() -> Self {
        Self::new(Input::Connect(None), parlour_spec::Input::Connect)
    }

    pub(crate) fn half_close() -> Self {
        Self::new(Input::HalfClose, parlour_spec::Input::HalfClose)
    }

    pub(crate) fn lost() -> Self {
        Self::new(Input::Lost, parlour_spec::Input::Lost)
    }

    pub(crate) fn join_timeout() -> Self {
        Self::new(Input::JoinTimeout, parlour_spec::Input::JoinTimeout)
    }

    pub(crate) fn not_joined() -> Event {
        Refusal::NotJoined.into()
    }

    pub(crate) fn stop() -> Self {
        let (input, spec_input) = (None, parlour_spec::Input::Shutdown);
        Self { input, spec_input }
    }

    /// How a transcript shows it.
    pub(crate) fn said(&self) -> String {
        match &self.input {
            Some(Input::Line(Ok(command))) => command.to_string(),
            Some(Input::Line(Err(malformed))) => malformed.code().to_string(),
            Some(input) => format!("{input:?}"),
            None => "the shutdown".to_owned(),
        }
    }

    fn new(input: Input, spec_input: parlour_spec::Input) -> Self {
        let input = Some(input);
        Self { input, spec_input }
    }
}

/// What the program's room tells, and to whom.
pub(crate) type AllTold = Vec<(Conn, Event)>;

/// What the specification requires to be told, and to whom.
pub(crate) type AllOwed = Vec<(Conn, ExpectedLine)>;

/// One step of the program's room: one entry for each recipient and line.
pub(crate) fn handle(
    room: &mut Room,
    id: Conn,
    input: Input,
    out: &mut Outbox,
) -> Vec<(Conn, Event)> {
    room.handle(SessionId(id.into()), input, out);
    deliver(room, out)
}

/// The contents of the outbox, one entry for each recipient and line.
pub(crate) fn deliver(room: &Room, out: &mut Outbox) -> Vec<(Conn, Event)> {
    let mut told = Vec::new();
    for tell in out.drain() {
        match tell.to {
            Audience::One(id) => told.push((conn(id), tell.event)),
            Audience::Members => {
                let members = room.roster().sessions();
                told.extend(members.map(|id| (conn(id), tell.event.clone())));
            }
        }
    }
    told
}

/// The output of the oracle, one entry for each recipient and line; `members` are the room's after
/// the step.
pub(crate) fn expand(owing: Vec<ExpectedDelivery>, members: &[Conn]) -> AllOwed {
    let mut owed = Vec::new();
    for ExpectedDelivery { to, line } in owing {
        match to {
            parlour_spec::Audience::One(id) => owed.push((id, line)),
            parlour_spec::Audience::MembersBut(but) => {
                let others = members.iter().filter(|&&id| id != but);
                owed.extend(others.map(|&id| (id, line.clone())));
            }
        }
    }
    owed
}

/// The rule of the grammar that derives the event.
pub(crate) fn rule(event: &Event) -> &'static str {
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
        Event::Error { .. } => "error",
        Event::ShuttingDown => "shutting-down",
        Event::Close => "close",
    }
}

/// The specification's name for the state of a session.
pub(crate) fn state(room: &Room, id: Conn) -> &'static str {
    match room.session(SessionId(id.into())) {
        Some(Session::Visitor) => "Visitor",
        Some(Session::Member(_)) => "Member",
        None => "Closed",
    }
}

fn conn(id: SessionId) -> Conn {
    Conn::try_from(id.0).expect("the tests number connections from one")
}
