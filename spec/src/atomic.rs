//! The atomic room: the specification, interpreted.
//!
//! [`Rules::step`] looks up the row of the state table for what happens and does what its cells say, with the events worded by the
//! grammar. What a room is besides its table is little: which class an input falls into (the paragraph under the tables), who is in
//! the room in which order (LIST-1), whom a name finds (NAME-4, ADDR-1), and how many it takes (JOIN-3, CONN-3). There are no
//! channels and no queues here: every input is handled at once, and what it makes anyone read is the step's result.

use std::collections::BTreeMap;
use std::rc::Rc;

use caseless::default_case_fold_str;
use unicode_security::skeleton;

use crate::document::Document;
use crate::grammar::Grammar;
use crate::phrases::{Filling, Owed, Phrases};
use crate::table::{Row, StateTable, Told};

/// The document, ready to be applied.
#[derive(Clone, Debug)]
pub struct Rules {
    /// By state and class.
    rows: Vec<Vec<Option<Rule>>>,
    states: Vec<String>,
    new: State,
    closed: State,
    member: State,
    phrases: Phrases,
    /// Members (JOIN-3).
    pub capacity: usize,
    /// Sessions (CONN-3).
    pub max_connections: usize,
}

/// A connection, as whoever drives the room numbers them.
pub type Conn = u32;

/// Where the document's states are in its order of them.
type State = u8;

#[derive(Clone, Debug)]
struct Rule {
    row: Row,
    next: State,
}

/// The state of an atomic room.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AtomicRoom {
    /// Neither those that are New nor those that are Closed.
    sessions: BTreeMap<Conn, State>,
    /// In the order of joining.
    members: Vec<(Conn, Rc<Name>)>,
}

/// A name and what it looks like.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    written: String,
    /// Its case-folded skeleton.
    skeleton: String,
    /// That of its lower-case form.
    lowered: String,
}

/// What can happen to a session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Happening {
    /// The connection is there.
    Connect,
    /// `JOIN` with a name.
    Join(Rc<Name>),
    /// `BCST` with a text.
    Bcst(String),
    /// `MESG` to a name with a text.
    Mesg(Rc<Name>, String),
    /// `LIST`
    List,
    /// `QUIT`
    Quit,
    /// `HELP`
    Help,
    /// `PING` with a word.
    Ping(String),
    /// A line that is malformed.
    Malformed(Class),
    /// CONN-5
    HalfClose,
    /// CONN-6
    Lost,
    /// JOIN-5
    JoinTimeout,
    /// SHUT-1
    Shutdown,
}

/// The inputs of the state table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// `connect`
    Connect,
    /// `connect, too many`
    ConnectTooMany,
    /// `JOIN, name free`
    JoinFree,
    /// `JOIN, name taken`
    JoinTaken,
    /// `JOIN, room full`
    JoinFull,
    /// `BCST`
    Bcst,
    /// `MESG to another`
    MesgAnother,
    /// `MESG to oneself`
    MesgOneself,
    /// `MESG to nobody`
    MesgNobody,
    /// `LIST`
    List,
    /// `QUIT`
    Quit,
    /// `HELP`
    Help,
    /// `PING`
    Ping,
    /// `line-too-long`
    LineTooLong,
    /// `not-utf8`
    NotUtf8,
    /// `control-character`
    ControlCharacter,
    /// `unknown-command`
    UnknownCommand,
    /// `usage`
    Usage,
    /// `name-invalid`
    NameInvalid,
    /// `name-reserved`
    NameReserved,
    /// `half-close`
    HalfClose,
    /// `lost`
    Lost,
    /// `join timeout`
    JoinTimeout,
    /// `shutdown`
    Shutdown,
}

/// A line and who is owed it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Owing {
    /// Who is.
    pub to: Audience,
    /// What is.
    pub line: Owed,
}

/// Who is owed a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// This connection.
    One(Conn),
    /// All who are members after the step, but for this one.
    MembersBut(Conn),
}

impl Rules {
    /// Reads the specification, for a room of these limits.
    pub fn of(document: &Document, capacity: usize, max_connections: usize) -> Self {
        let table = StateTable::of(document);
        let states = table.states();
        let state = |named: &str| {
            let found = states.iter().position(|state| *state == named);
            found.unwrap_or_else(|| panic!("no table of the state {named}")) as State
        };
        let rule = |row: &Row| Rule {
            row: row.clone(),
            next: state(&row.next),
        };
        let rules_of = |of: &&str| {
            let connects = |class: &Class| matches!(class, Class::Connect | Class::ConnectTooMany);
            let row = |class: Class| {
                let row = table.row(of, class.name());
                // Only a new session can connect, and it can do nothing else: those cells are not in the document.
                let possible = *of == "Closed" || (*of == "New") == connects(&class);
                assert_eq!(row.is_some(), possible, "{of}, {}", class.name());
                row.map(rule)
            };
            Class::ALL.into_iter().map(row).collect()
        };
        let phrases = Phrases::of(&Grammar::new(&document.abnf()));
        Self {
            rows: states.iter().map(rules_of).collect(),
            states: states.iter().map(|&state| state.to_owned()).collect(),
            new: state("New"),
            closed: state("Closed"),
            member: state("Member"),
            phrases,
            capacity,
            max_connections,
        }
    }

    /// Does to the session `id` what the document says, and says who is owed what for it.
    ///
    /// A connection that the room has never heard of or that is closed is Closed, unless it connects.
    pub fn step(&self, room: &mut AtomicRoom, id: Conn, input: &Happening) -> Vec<Owing> {
        let (before, rule) = self.rule(room, id, input);
        let addressee = room.addressee(input);
        let leaving = room.name_of(id);
        match (before == self.member, rule.next == self.member) {
            (false, true) => room.members.push((id, input.name())),
            (true, false) => room.members.retain(|&(member, _)| member != id),
            (true, true) | (false, false) => {}
        }
        if rule.next == self.closed {
            room.sessions.remove(&id);
        } else {
            room.sessions.insert(id, rule.next);
        }
        let own = leaving.or_else(|| room.name_of(id));
        self.owing(room, id, input, rule, own, addressee)
    }

    /// What [`Rules::step`] says, if it leaves the room as it is.
    pub fn answer(&self, room: &AtomicRoom, id: Conn, input: &Happening) -> Option<Vec<Owing>> {
        let (before, rule) = self.rule(room, id, input);
        let (own, addressee) = (room.name_of(id), room.addressee(input));
        (rule.next == before).then(|| self.owing(room, id, input, rule, own, addressee))
    }

    /// The row of the table for what happens to the session `id`.
    pub fn row(&self, room: &AtomicRoom, id: Conn, input: &Happening) -> &Row {
        &self.rule(room, id, input).1.row
    }

    /// All rows.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().flatten().flatten().map(|rule| &rule.row)
    }

    /// Whether this row makes a member of the session.
    pub fn admits(&self, row: &Row) -> bool {
        let member = self.member_state();
        row.next == member && row.state != member
    }

    /// The row for this class of inputs in this state.
    pub fn cell(&self, state: &str, class: Class) -> Option<&Row> {
        let state = self.states.iter().position(|known| known == state)?;
        let rule = self.rows[state][class as usize].as_ref();
        rule.map(|rule| &rule.row)
    }

    /// The state of a connection that has not connected yet.
    pub fn new_state(&self) -> &str {
        &self.states[self.new as usize]
    }

    /// The state of one that has ended.
    pub fn closed_state(&self) -> &str {
        &self.states[self.closed as usize]
    }

    /// The state of one that has joined.
    pub fn member_state(&self) -> &str {
        &self.states[self.member as usize]
    }

    fn rule(&self, room: &AtomicRoom, id: Conn, input: &Happening) -> (State, &Rule) {
        let before = if *input == Happening::Connect {
            self.new
        } else {
            room.sessions.get(&id).copied().unwrap_or(self.closed)
        };
        let class = self.class(room, id, input);
        let rule = self.rows[before as usize][class as usize].as_ref();
        (
            before,
            rule.expect("what is new connects, and what is not does not"),
        )
    }

    /// What the cells of a row say, the room being as it is after the step.
    fn owing(
        &self,
        room: &AtomicRoom,
        id: Conn,
        input: &Happening,
        rule: &Rule,
        own: Option<Rc<Name>>,
        addressee: Option<(Conn, Rc<Name>)>,
    ) -> Vec<Owing> {
        let mut owing = Vec::new();
        let mut tell = |to, told: &Told| {
            for time in 0..told.times {
                let line = self.word(room, told, time, input, own.as_deref(), addressee.as_ref());
                owing.push(Owing { to, line });
            }
        };
        let row = &rule.row;
        row.told
            .iter()
            .for_each(|told| tell(Audience::One(id), told));
        let others = match &addressee {
            Some((to, _)) if row.addressee_alone => Audience::One(*to),
            _ => Audience::MembersBut(id),
        };
        row.others.iter().for_each(|told| tell(others, told));
        owing
    }

    /// The table's name for what `input` is to the session `id`.
    pub fn class(&self, room: &AtomicRoom, id: Conn, input: &Happening) -> Class {
        match input {
            Happening::Connect if room.sessions.len() >= self.max_connections => {
                Class::ConnectTooMany
            }
            Happening::Connect => Class::Connect,
            Happening::Join(_) if room.members.len() >= self.capacity => Class::JoinFull,
            Happening::Join(name) if room.has(name) => Class::JoinTaken,
            Happening::Join(_) => Class::JoinFree,
            Happening::Bcst(_) => Class::Bcst,
            Happening::Mesg(..) => match room.addressee(input) {
                Some((to, _)) if to == id => Class::MesgOneself,
                Some(_) => Class::MesgAnother,
                None => Class::MesgNobody,
            },
            Happening::List => Class::List,
            Happening::Quit => Class::Quit,
            Happening::Help => Class::Help,
            Happening::Ping(_) => Class::Ping,
            Happening::Malformed(class) => *class,
            Happening::HalfClose => Class::HalfClose,
            Happening::Lost => Class::Lost,
            Happening::JoinTimeout => Class::JoinTimeout,
            Happening::Shutdown => Class::Shutdown,
        }
    }

    /// The document's state of this session, of those that it can be in between two inputs.
    pub fn state(&self, room: &AtomicRoom, id: Conn) -> &str {
        let state = room.sessions.get(&id).copied().unwrap_or(self.closed);
        &self.states[state as usize]
    }

    /// How this event reads, for the `time`th time.
    fn word(
        &self,
        room: &AtomicRoom,
        told: &Told,
        time: usize,
        input: &Happening,
        own: Option<&Name>,
        addressee: Option<&(Conn, Rc<Name>)>,
    ) -> Owed {
        let mut names: Vec<&str> = own.into_iter().map(Name::as_str).collect();
        names.extend(addressee.map(|(_, name)| name.as_str()));
        let mut text = input.text();
        match &*told.rule {
            "error" => text = "",
            "online" => names = room.names().collect(),
            "help-line" => text = &self.phrases.verbs()[time],
            _ => {}
        }
        let code = told.code.as_deref().unwrap_or_default();
        let names = &names;
        self.phrases
            .event(&told.rule, Filling { names, text, code })
    }
}

impl AtomicRoom {
    /// A room with nobody in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// The members, in the order of joining.
    pub fn members(&self) -> impl ExactSizeIterator<Item = Conn> + '_ {
        self.members.iter().map(|&(id, _)| id)
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(_, name)| name.as_str())
    }

    /// The sessions that are neither New nor Closed.
    pub fn sessions(&self) -> impl Iterator<Item = Conn> + '_ {
        self.sessions.keys().copied()
    }

    /// Whether this session is neither New nor Closed.
    pub fn has_session(&self, id: Conn) -> bool {
        self.sessions.contains_key(&id)
    }

    /// Whether this session is a member.
    pub fn is_member(&self, id: Conn) -> bool {
        self.members().any(|member| member == id)
    }

    fn name_of(&self, id: Conn) -> Option<Rc<Name>> {
        let mut members = self.members.iter();
        members.find_map(|(member, name)| (*member == id).then(|| name.clone()))
    }

    /// The name of a member, as it wrote it.
    pub fn written(&self, id: Conn) -> Option<&str> {
        let mut members = self.members.iter();
        members.find_map(|(member, name)| (*member == id).then(|| name.as_str()))
    }

    /// NAME-4
    fn has(&self, name: &Name) -> bool {
        self.members.iter().any(|(_, member)| member.is_same(name))
    }

    /// ADDR-1
    fn addressee(&self, input: &Happening) -> Option<(Conn, Rc<Name>)> {
        let Happening::Mesg(to, _) = input else {
            return None;
        };
        let meant = |member: &Name| member.lowered == to.lowered;
        self.members
            .iter()
            .find(|(_, member)| meant(member))
            .cloned()
    }
}

impl Happening {
    /// The line that says this command, or is malformed with this code: as the specification's [`Oracle`](crate::Oracle) reads it.
    ///
    /// # Panics
    /// If the command is none as the server would write it, or there is no such code.
    pub fn of(line: Result<&str, &str>) -> Self {
        let command = match line {
            Ok(command) => command,
            Err(code) => return Self::Malformed(Class::named(code)),
        };
        let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
        let name = |name| Rc::new(Name::new(name));
        match verb {
            "JOIN" => Self::Join(name(rest)),
            "BCST" => Self::Bcst(rest.to_owned()),
            "MESG" => {
                let (to, text) = rest.split_once(' ').expect("a MESG has a name and a text");
                Self::Mesg(name(to), text.to_owned())
            }
            "LIST" => Self::List,
            "QUIT" => Self::Quit,
            "HELP" => Self::Help,
            "PING" => Self::Ping(rest.to_owned()),
            other => panic!("{other} is no verb"),
        }
    }

    /// What it can be to a session, by the table; which, depends on the room.
    pub fn classes(&self) -> &'static [Class] {
        match self {
            Self::Connect => &[Class::Connect, Class::ConnectTooMany],
            Self::Join(_) => &[Class::JoinFree, Class::JoinTaken, Class::JoinFull],
            Self::Mesg(..) => &[Class::MesgAnother, Class::MesgOneself, Class::MesgNobody],
            Self::Bcst(_) => &[Class::Bcst],
            Self::List => &[Class::List],
            Self::Quit => &[Class::Quit],
            Self::Help => &[Class::Help],
            Self::Ping(_) => &[Class::Ping],
            Self::Malformed(class) => {
                let all = &Class::ALL;
                let at = all.iter().position(|known| known == class);
                at.map_or(&[], |at| &all[at..=at])
            }
            Self::HalfClose => &[Class::HalfClose],
            Self::Lost => &[Class::Lost],
            Self::JoinTimeout => &[Class::JoinTimeout],
            Self::Shutdown => &[Class::Shutdown],
        }
    }

    /// The name that a JOIN asks for.
    fn name(&self) -> Rc<Name> {
        let Self::Join(name) = self else {
            panic!("the table makes a member of one who did not join: {self:?}");
        };
        Rc::clone(name)
    }

    fn text(&self) -> &str {
        if let Self::Bcst(text) | Self::Mesg(_, text) | Self::Ping(text) = self {
            text
        } else {
            ""
        }
    }
}

impl Name {
    /// A name, in NFC.
    pub fn new(written: &str) -> Self {
        let folded = |name: &str| default_case_fold_str(&skeleton(name).collect::<String>());
        Self {
            written: written.to_owned(),
            skeleton: folded(written),
            lowered: folded(&default_case_fold_str(written)),
        }
    }

    /// The name as its owner wrote it.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// NAME-4
    pub fn is_same(&self, other: &Self) -> bool {
        self.skeleton == other.skeleton || self.lowered == other.lowered
    }
}

impl Class {
    /// All of them, in the order of the document.
    pub const ALL: [Self; 24] = [
        Self::Connect,
        Self::ConnectTooMany,
        Self::JoinFree,
        Self::JoinTaken,
        Self::JoinFull,
        Self::Bcst,
        Self::MesgAnother,
        Self::MesgOneself,
        Self::MesgNobody,
        Self::List,
        Self::Quit,
        Self::Help,
        Self::Ping,
        Self::LineTooLong,
        Self::NotUtf8,
        Self::ControlCharacter,
        Self::UnknownCommand,
        Self::Usage,
        Self::NameInvalid,
        Self::NameReserved,
        Self::HalfClose,
        Self::Lost,
        Self::JoinTimeout,
        Self::Shutdown,
    ];

    /// The input's name in the tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::ConnectTooMany => "connect, too many",
            Self::JoinFree => "JOIN, name free",
            Self::JoinTaken => "JOIN, name taken",
            Self::JoinFull => "JOIN, room full",
            Self::Bcst => "BCST",
            Self::MesgAnother => "MESG to another",
            Self::MesgOneself => "MESG to oneself",
            Self::MesgNobody => "MESG to nobody",
            Self::List => "LIST",
            Self::Quit => "QUIT",
            Self::Help => "HELP",
            Self::Ping => "PING",
            Self::LineTooLong => "line-too-long",
            Self::NotUtf8 => "not-utf8",
            Self::ControlCharacter => "control-character",
            Self::UnknownCommand => "unknown-command",
            Self::Usage => "usage",
            Self::NameInvalid => "name-invalid",
            Self::NameReserved => "name-reserved",
            Self::HalfClose => "half-close",
            Self::Lost => "lost",
            Self::JoinTimeout => "join timeout",
            Self::Shutdown => "shutdown",
        }
    }

    /// The input of this name.
    ///
    /// # Panics
    /// If there is none.
    pub fn named(name: &str) -> Self {
        let mut all = Self::ALL.into_iter();
        let found = all.find(|class| class.name() == name);
        found.unwrap_or_else(|| panic!("there is no input {name}"))
    }
}
