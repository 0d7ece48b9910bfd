//! The room: its members, and what they are sent (sections 5 and 6).

use std::collections::BTreeSet;

use parlour::protocol::UserName;

use crate::grammar::{Command, Line};
use crate::limits::Limits;

/// A connection's number.
pub(crate) type Id = u64;

/// What happens to a session.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Input {
    Connect,
    Line(Line),
    HalfClose,
    Lost,
    JoinTimeout,
}

/// An effect on one session: a line, or the end of its connection.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    Line(String),
    /// `close`, and the end of the connection.
    Close,
    /// The connection is cut off, which no clause permits.
    Cut,
}

/// An effect and the session it is for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tell {
    pub(crate) to: Id,
    pub(crate) effect: Effect,
}

/// A member and its name.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) id: Id,
    pub(crate) name: String,
}

/// All sessions.
pub(crate) struct Room {
    pub(crate) limits: Limits,
    pub(crate) visitors: BTreeSet<Id>,
    /// In the order of joining.
    pub(crate) members: Vec<Member>,
    /// NAME-4
    pub(crate) same: fn(&str, &str) -> bool,
}

impl Room {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            visitors: BTreeSet::new(),
            members: Vec::new(),
            same,
        }
    }

    pub(crate) fn handle(&mut self, id: Id, input: Input) -> Vec<Tell> {
        if !matches!(input, Input::Connect) && !self.knows(id) {
            return Vec::new();
        }
        let name = self.name_of(id);
        match input {
            Input::Connect => self.connect(id),
            Input::Line(Err(code)) => error(id, code),
            Input::Line(Ok(said)) => match (name, said) {
                (_, Command::Quit) => self.close(id),
                (_, Command::Help) => HELP.map(|help| line(id, format!("HELP {help}"))).into(),
                (_, Command::Ping(word)) => vec![line(id, format!("PONG {word}"))],
                (None, Command::Join(name)) => self.join(id, name),
                (None, Command::Bcst(_) | Command::Mesg(..) | Command::List) => {
                    error(id, "not-joined")
                }
                (Some(_), Command::Join(_)) => error(id, "already-joined"),
                (Some(name), Command::Bcst(text)) => self.tell_all(&format!("{name}: BCST {text}")),
                (Some(name), Command::Mesg(to, text)) => match self.addressee(&to) {
                    Some(to) => vec![line(to.id, format!("{name}: MESG {} {text}", to.name))],
                    None => error(id, "no-such-user"),
                },
                (Some(_), Command::List) => vec![line(id, self.online())],
            },
            Input::HalfClose => self.close(id),
            Input::JoinTimeout if name.is_none() => self.close(id),
            Input::JoinTimeout => Vec::new(),
            Input::Lost => self.leave(id),
        }
    }

    /// SHUT-1
    pub(crate) fn shut_down(&mut self) -> Vec<Tell> {
        let visitors = std::mem::take(&mut self.visitors);
        let members = std::mem::take(&mut self.members);
        let all = visitors
            .into_iter()
            .chain(members.iter().map(|member| member.id));
        all.flat_map(|id| [line(id, "SERVER: shutting down"), close(id)])
            .collect()
    }

    pub(crate) fn tell_all(&self, event: &str) -> Vec<Tell> {
        let tell = |member: &Member| line(member.id, event);
        self.members.iter().map(tell).collect()
    }

    pub(crate) fn name_of(&self, id: Id) -> Option<String> {
        let member = self.members.iter().find(|member| member.id == id)?;
        Some(member.name.clone())
    }

    pub(crate) fn is_member(&self, id: Id) -> bool {
        self.members.iter().any(|member| member.id == id)
    }

    /// ADDR-1
    pub(crate) fn addressee(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| lower(&member.name, name))
    }

    /// LIST-1
    pub(crate) fn online(&self) -> String {
        let names: Vec<_> = self.members.iter().map(|member| &*member.name).collect();
        format!("Online: {}", names.join(", "))
    }

    /// JOIN-1
    pub(crate) fn seat(&mut self, id: Id, name: String) -> Vec<Tell> {
        self.visitors.remove(&id);
        let joined = format!("SERVER: {name} joined the chat!");
        self.members.push(Member { id, name });
        self.tell_all(&joined)
    }

    /// QUIT-1, QUIT-2
    pub(crate) fn leave(&mut self, id: Id) -> Vec<Tell> {
        let name = self.name_of(id);
        self.visitors.remove(&id);
        self.members.retain(|member| member.id != id);
        match name {
            Some(name) => self.tell_all(&format!("{name} has left the chat")),
            None => Vec::new(),
        }
    }

    fn knows(&self, id: Id) -> bool {
        self.visitors.contains(&id) || self.name_of(id).is_some()
    }

    fn connect(&mut self, id: Id) -> Vec<Tell> {
        if self.visitors.len() + self.members.len() == self.limits.max_connections {
            return vec![line(id, FULL), close(id)];
        }
        self.visitors.insert(id);
        vec![line(id, GREETING)]
    }

    fn join(&mut self, id: Id, name: String) -> Vec<Tell> {
        let is_taken = |member: &Member| (self.same)(&member.name, &name);
        if self.members.len() >= self.limits.capacity {
            vec![line(id, FULL)]
        } else if self.members.iter().any(is_taken) {
            error(id, "name-taken")
        } else {
            self.seat(id, name)
        }
    }

    fn close(&mut self, id: Id) -> Vec<Tell> {
        let mut told = vec![close(id)];
        told.extend(self.leave(id));
        told
    }
}

pub(crate) const GREETING: &str = "Enter JOIN followed by your username: JOIN username";
pub(crate) const FULL: &str = "Sorry the chat is full, please try later";

const HELP: [&str; 7] = [
    "JOIN username",
    "BCST text",
    "MESG username text",
    "LIST",
    "QUIT",
    "HELP",
    "PING word",
];

pub(crate) fn line(to: Id, line: impl Into<String>) -> Tell {
    let effect = Effect::Line(line.into());
    Tell { to, effect }
}

pub(crate) fn error(to: Id, code: &str) -> Vec<Tell> {
    vec![line(to, format!("ERROR {code}: that can't be done"))]
}

pub(crate) fn close(to: Id) -> Tell {
    let effect = Effect::Close;
    Tell { to, effect }
}

/// NAME-4
pub(crate) fn same(a: &str, b: &str) -> bool {
    match (UserName::new(a), UserName::new(b)) {
        (Ok(a), Ok(b)) => a.key().is_same(&b.key()),
        _ => a == b,
    }
}

/// ADDR-1
fn lower(a: &str, b: &str) -> bool {
    match (UserName::new(a), UserName::new(b)) {
        (Ok(a), Ok(b)) => a.key().case_folded == b.key().case_folded,
        _ => a == b,
    }
}
