//! The document, applied to an atomic room.
//!
//! [`ReferenceModel::step`] looks up the row of the state table for what happens and does what its cells say, with the events worded by the
//! grammar. What a room is besides its table is little: which class an input falls into (the paragraph under the tables), and the
//! room itself. There are no channels and no queues here: every input is handled at once, and what it makes anyone read is the
//! step's result.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::class::Class;
use crate::document::Document;
use crate::grammar::Grammar;
use crate::input::Input;
use crate::reference_room::{Conn, Name, ReferenceRoom, State};
use crate::table::{CellEvent, Row, StateTable};
use crate::templates::{ExpectedLine, Templates, Values};

/// The document, ready to be applied.
#[derive(Clone, Debug)]
pub struct ReferenceModel {
    /// By state and class.
    rows: Vec<Vec<Option<Rule>>>,
    states: Vec<String>,
    new: State,
    closed: State,
    member: State,
    templates: Templates,
    /// Members (JOIN-3).
    pub capacity: usize,
    /// Sessions (CONN-3).
    pub max_connections: usize,
    /// Both of one address; nobody has one unless it is said here.
    pub per_address: PerAddress,
}

/// Which connections are of one address, and how many of one there may be.
#[derive(Clone, Debug, Default)]
pub struct PerAddress {
    /// A number for each address. Connections that are not in here have none.
    pub of: BTreeMap<Conn, u64>,
    /// Members (JOIN-3).
    pub seats: usize,
    /// Sessions (CONN-3).
    pub connections: usize,
}

#[derive(Clone, Debug)]
struct Rule {
    row: Row,
    next: State,
}

/// A line and who is owed it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ExpectedDelivery {
    /// Who is.
    pub to: Audience,
    /// What is.
    pub line: ExpectedLine,
}

/// Who is owed a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// This connection.
    One(Conn),
    /// All who are members after the step, but for this one.
    MembersBut(Conn),
}

impl ReferenceModel {
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
        let templates = Templates::of(&Grammar::new(&document.abnf()));
        Self {
            rows: states.iter().map(rules_of).collect(),
            states: states.iter().map(|&state| state.to_owned()).collect(),
            new: state("New"),
            closed: state("Closed"),
            member: state("Member"),
            templates,
            capacity,
            max_connections,
            per_address: PerAddress::default(),
        }
    }

    /// Does to the session `id` what the document says, and says who is owed what for it.
    ///
    /// A connection that the room has never heard of or that is closed is Closed, unless it connects.
    pub fn step(&self, room: &mut ReferenceRoom, id: Conn, input: &Input) -> Vec<ExpectedDelivery> {
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
        self.deliveries(room, id, input, rule, own, addressee)
    }

    /// What [`ReferenceModel::step`] says, if it leaves the room as it is.
    pub fn answer(
        &self,
        room: &ReferenceRoom,
        id: Conn,
        input: &Input,
    ) -> Option<Vec<ExpectedDelivery>> {
        let (before, rule) = self.rule(room, id, input);
        let (own, addressee) = (room.name_of(id), room.addressee(input));
        (rule.next == before).then(|| self.deliveries(room, id, input, rule, own, addressee))
    }

    /// The row of the table for what happens to the session `id`.
    pub fn row(&self, room: &ReferenceRoom, id: Conn, input: &Input) -> &Row {
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

    /// Whether this row makes a member no member any more.
    pub fn dismisses(&self, row: &Row) -> bool {
        let member = self.member_state();
        row.state == member && row.next != member
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

    fn rule(&self, room: &ReferenceRoom, id: Conn, input: &Input) -> (State, &Rule) {
        let before = if *input == Input::Connect {
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
    fn deliveries(
        &self,
        room: &ReferenceRoom,
        id: Conn,
        input: &Input,
        rule: &Rule,
        own: Option<Rc<Name>>,
        addressee: Option<(Conn, Rc<Name>)>,
    ) -> Vec<ExpectedDelivery> {
        let mut deliveries = Vec::new();
        let mut tell = |to, told: &CellEvent| {
            for time in 0..told.times {
                let line = self.line(room, told, time, input, own.as_deref(), addressee.as_ref());
                deliveries.push(ExpectedDelivery { to, line });
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
        deliveries
    }

    /// The table's name for what `input` is to the session `id`.
    pub fn class(&self, room: &ReferenceRoom, id: Conn, input: &Input) -> Class {
        match input {
            Input::Connect
                if room.sessions.len() >= self.max_connections
                    || self
                        .per_address
                        .has(id, room.sessions(), self.per_address.connections) =>
            {
                Class::ConnectTooMany
            }
            Input::Connect => Class::Connect,
            Input::Join(_)
                if room.members.len() >= self.capacity
                    || self
                        .per_address
                        .has(id, room.members(), self.per_address.seats) =>
            {
                Class::JoinFull
            }
            Input::Join(name) if room.has(name) => Class::JoinTaken,
            Input::Join(_) => Class::JoinFree,
            Input::Bcst(_) => Class::Bcst,
            Input::Mesg(..) => match room.addressee(input) {
                Some((to, _)) if to == id => Class::MesgOneself,
                Some(_) => Class::MesgAnother,
                None => Class::MesgNobody,
            },
            Input::List => Class::List,
            Input::Quit => Class::Quit,
            Input::Help => Class::Help,
            Input::Ping(_) => Class::Ping,
            Input::Malformed(class) => *class,
            Input::HalfClose => Class::HalfClose,
            Input::Lost => Class::Lost,
            Input::JoinTimeout => Class::JoinTimeout,
            Input::Shutdown => Class::Shutdown,
        }
    }

    /// The document's state of this session, of those that it can be in between two inputs.
    pub fn state(&self, room: &ReferenceRoom, id: Conn) -> &str {
        let state = room.sessions.get(&id).copied().unwrap_or(self.closed);
        &self.states[state as usize]
    }

    /// How this event reads, for the `time`th time.
    fn line(
        &self,
        room: &ReferenceRoom,
        told: &CellEvent,
        time: usize,
        input: &Input,
        own: Option<&Name>,
        addressee: Option<&(Conn, Rc<Name>)>,
    ) -> ExpectedLine {
        let mut names: Vec<&str> = own.into_iter().map(Name::as_str).collect();
        names.extend(addressee.map(|(_, name)| name.as_str()));
        let mut text = input.text();
        match &*told.rule {
            "error" => text = "",
            "online" => names = room.names().collect(),
            "help-line" => text = &self.templates.verbs()[time],
            _ => {}
        }
        let code = told.code.as_deref().unwrap_or_default();
        let names = &names;
        self.templates
            .event(&told.rule, Values { names, text, code })
    }
}

impl PerAddress {
    /// Whether of these connections so many have the address of this one.
    fn has(&self, id: Conn, there: impl Iterator<Item = Conn>, many: usize) -> bool {
        self.of.get(&id).is_some_and(|address| {
            let same = there.filter(|other| self.of.get(other) == Some(address));
            same.count() >= many
        })
    }
}
