//! The state table of spec section 5 and the diagram beside it, as data.
//!
//! A row is what the document says, cut into words; what an input or an event means is defined
//! elsewhere.

use crate::document::{Document, Transition};

/// All rows of all tables of section 5, in the document's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateTable(Vec<Row>);

/// What happens when a session in `state` has `input`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The state of the session before.
    pub state: String,
    /// The class of the input.
    pub input: String,
    /// The state of the session afterwards.
    pub next: String,
    /// The events sent to the session, in order.
    pub told: Vec<CellEvent>,
    /// The events sent to the other members, in order.
    pub others: Vec<CellEvent>,
    /// Of the other members, only the addressee receives them.
    pub addressee_alone: bool,
}

/// An event as a cell names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellEvent {
    /// The rule of the grammar that derives it.
    pub rule: String,
    /// The code of an `error`.
    pub code: Option<String>,
    /// How often it is sent.
    pub times: usize,
}

/// An arrow: from, input, to.
pub type Arrow = (String, String, String);

impl StateTable {
    /// Reads the tables of the document.
    pub fn of(document: &Document) -> Self {
        let rows_of = |state: crate::document::State| {
            let name = state.name;
            let row = move |transition| Row::of(&name, transition);
            state.transitions.into_iter().map(row).collect::<Vec<_>>()
        };
        Self(document.states().into_iter().flat_map(rows_of).collect())
    }

    /// The rows, in the document's order.
    pub fn rows(&self) -> &[Row] {
        &self.0
    }

    /// The states, in the document's order.
    pub fn states(&self) -> Vec<&str> {
        let mut states: Vec<&str> = self.0.iter().map(|row| &*row.state).collect();
        states.dedup();
        states
    }

    /// The row for this input in this state. A row for `any` covers all inputs that have no row of
    /// their own.
    pub fn row(&self, state: &str, input: &str) -> Option<&Row> {
        let find = |input| {
            self.0
                .iter()
                .find(|row| row.state == state && row.input == input)
        };
        find(input).or_else(|| find("any"))
    }

    /// The arrows of this table's diagram, sorted: all transitions except those from a state to
    /// itself.
    pub fn arrows(&self) -> Vec<Arrow> {
        let moving = self.0.iter().filter(|row| row.state != row.next);
        let arrow = |row: &Row| (row.state.clone(), row.input.clone(), row.next.clone());
        let mut arrows: Vec<Arrow> = moving.map(arrow).collect();
        arrows.sort();
        arrows
    }
}

impl Row {
    fn of(state: &str, transition: Transition) -> Self {
        let others = transition.others.unwrap_or_default();
        let alone = others.strip_suffix(", to the addressee alone");
        Self {
            state: state.to_owned(),
            input: transition.input,
            next: transition.next,
            told: transition
                .told
                .iter()
                .map(|event| CellEvent::read(event))
                .collect(),
            others: alone
                .unwrap_or(&others)
                .split_terminator(", ")
                .map(CellEvent::read)
                .collect(),
            addressee_alone: alone.is_some(),
        }
    }
}

impl CellEvent {
    fn read(event: &str) -> Self {
        let (event, times) = match event.split_once(" ×") {
            Some((event, times)) => (event, times.parse().expect("a number of times")),
            None => (event, 1),
        };
        let (rule, code) = match event.split_once(' ') {
            Some((rule, code)) => (rule, Some(code.to_owned())),
            None => (event, None),
        };
        let rule = rule.to_owned();
        Self { rule, code, times }
    }
}

/// The arrows of the document's `stateDiagram-v2`, sorted. Its `[*]` is the state *New*.
pub fn drawn(document: &Document) -> Vec<Arrow> {
    let arrow = |line: &str| {
        let (from, rest) = line.trim().split_once(" --> ")?;
        let (to, input) = rest.split_once(" : ")?;
        let state = |name: &str| if name == "[*]" { "New" } else { name }.to_owned();
        Some((state(from), input.to_owned(), state(to)))
    };
    let mut arrows: Vec<Arrow> = document.diagram().lines().filter_map(arrow).collect();
    arrows.sort();
    arrows
}
