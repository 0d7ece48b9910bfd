//! The reference model: the document's state table, interpreted on a [`ReferenceRoom`].
//!
//! [`ReferenceModel::step`] looks up the table's row for an input and does what its cells say, with
//! the events worded by the grammar. Only two things are not in the table: the class of an input
//! (the paragraph under the tables), and the room itself. There are no queues: each input is
//! handled at once, and the lines that it makes anyone read are the step's result.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::class::Class;
use crate::document::Document;
use crate::grammar::Grammar;
use crate::input::Input;
use crate::reference_room::{Conn, Name, ReferenceRoom, State};
use crate::table::{CellEvent, Row, StateTable};
use crate::templates::{ExpectedLine, Templates, Values};

/// The document's state table, ready to be applied.
#[derive(Clone, Debug)]
pub struct ReferenceModel {
    /// By state and class.
    rows: Vec<Vec<Option<Rule>>>,
    states: Vec<String>,
    new: State,
    closed: State,
    member: State,
    templates: Templates,
    /// Maximum number of members (JOIN-3).
    pub capacity: usize,
    /// Maximum number of sessions (CONN-3).
    pub max_connections: usize,
    /// The same limits for one address. Connections have no address unless it is set here.
    pub per_address: PerAddress,
}

/// The address of each connection, and the limits for one address.
#[derive(Clone, Debug, Default)]
pub struct PerAddress {
    /// A number for the address of each connection; a connection that is not in the map has none.
    pub of: BTreeMap<Conn, u64>,
    /// Maximum number of members (JOIN-3).
    pub seats: usize,
    /// Maximum number of sessions (CONN-3).
    pub connections: usize,
}

#[derive(Clone, Debug)]
struct Rule {
    row: Row,
    next: State,
}

/// A line and who is expected to receive it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ExpectedDelivery {
    /// Who receives it.
    pub to: Audience,
    /// The line.
    pub line: ExpectedLine,
}

/// Who receives a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// This connection.
    One(Conn),
    /// All who are members after the step, except this connection.
    MembersBut(Conn),
}

impl ReferenceModel {
    /// Reads the specification, for a room with these limits.
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
                // Only a new session can connect, and it can do nothing else: the document has no
                // other cells for it.
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

    /// Applies `input` of the session `id` to the room, and returns what is to be delivered.
    ///
    /// A connection that is unknown to the room is Closed, unless it connects.
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

    /// The result of [`ReferenceModel::step`], if the step leaves the room as it is.
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

    /// The table's row for `input` of the session `id`.
    pub fn row(&self, room: &ReferenceRoom, id: Conn, input: &Input) -> &Row {
        &self.rule(room, id, input).1.row
    }

    /// All rows of the table.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().flatten().flatten().map(|rule| &rule.row)
    }

    /// Whether this row makes the session a member.
    pub fn admits(&self, row: &Row) -> bool {
        let member = self.member_state();
        row.next == member && row.state != member
    }

    /// Whether this row ends a membership.
    pub fn dismisses(&self, row: &Row) -> bool {
        let member = self.member_state();
        row.state == member && row.next != member
    }

    /// The row for this class of inputs in this state, if there is one.
    pub fn cell(&self, state: &str, class: Class) -> Option<&Row> {
        let state = self.states.iter().position(|known| known == state)?;
        let rule = self.rows[state][class as usize].as_ref();
        rule.map(|rule| &rule.row)
    }

    /// The state of a connection that has not connected yet.
    pub fn new_state(&self) -> &str {
        &self.states[self.new as usize]
    }

    /// The state of a connection that has ended.
    pub fn closed_state(&self) -> &str {
        &self.states[self.closed as usize]
    }

    /// The state of a connection that has joined.
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

    /// The deliveries that a row's cells describe; `room` is as it is after the step.
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

    /// The class of `input` for the session `id`.
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

    /// The state of this session, between two inputs.
    pub fn state(&self, room: &ReferenceRoom, id: Conn) -> &str {
        let state = room.sessions.get(&id).copied().unwrap_or(self.closed);
        &self.states[state as usize]
    }

    /// The line of this event, when it is sent for the `time`th time, from 0.
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
    /// Whether at least `many` of the connections `there` have the same address as this one.
    fn has(&self, id: Conn, there: impl Iterator<Item = Conn>, many: usize) -> bool {
        self.of.get(&id).is_some_and(|address| {
            let same = there.filter(|other| self.of.get(other) == Some(address));
            same.count() >= many
        })
    }
}
