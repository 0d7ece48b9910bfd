//! A linearizability checker for recorded traces: is there one order of all inputs in which the
//! [`ReferenceModel`] sends each connection exactly the lines that it read?
//!
//! The search is the one of Wing and Gong ("Testing and verifying concurrent objects", Journal of
//! Parallel and Distributed Computing 17, 1993), depth first, and remembers the configurations it
//! has exhausted, as in Lowe ("Testing for linearizability", Concurrency and Computation: Practice
//! and Experience 29, 2017). The checkers Knossos (of Jepsen) and Porcupine search in the same way.
//!
//! A [`Trace`] has no clock, so an input is ordered only after what its own connection sent and
//! read before. Strictly speaking, the property is therefore sequential consistency (Lamport, "How
//! to make a multiprocessor computer that correctly executes multiprocess programs", IEEE
//! Transactions on Computers C-28, 1979).
//!
//! A step is possible if each line that it sends is the next unread line of its receiver. What
//! makes no difference to others is not tried in every place (`prune`). The order that is found is
//! its own proof: the model is run through it, apart from the search (`replay`), and every line
//! compared. That nothing is refuted wrongly is for `tests/linearizability`, which compares the
//! result with a search through all orders.

mod index;
mod prune;
mod replay;
mod search;
mod step;

use std::fmt;

use crate::table::Row;
use crate::{Input, ReferenceModel, Trace};
use search::Search;

/// The result of a check.
#[derive(Clone, Debug)]
pub struct Analysis<'m> {
    /// The number of lines that the connections read.
    pub lines: usize,
    /// The number of possible steps that were tried.
    pub steps: usize,
    /// The inputs in the order in which the room handled them, which explains every line; or why
    /// there is no such order. What nobody's lines depend on may be missing from the end.
    pub verdict: Result<Vec<Handled<'m>>, Unexplained>,
}

/// An input that the room handled.
#[derive(Clone, Debug)]
pub struct Handled<'m> {
    /// The index of its connection in the trace.
    pub connection: usize,
    /// The input.
    pub input: Input,
    /// What it was and did, according to the state table.
    pub row: &'m Row,
}

/// Why no order explains a trace: where the best one ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unexplained {
    /// The number of lines that the best order explains.
    pub explained: usize,
    /// Whether the search gave up: there may be an order that it has not tried.
    pub gave_up: bool,
    /// The members at that point.
    pub members: Vec<String>,
    /// What each connection, in the order of the trace, reads next and has sent next.
    pub next: Vec<Next>,
}

/// What remains of a connection where the best order ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// Its name in the record.
    pub connection: String,
    /// The next line that it read.
    pub line: Option<String>,
    /// Its next input that the room has not handled.
    pub input: Option<Input>,
}

/// Checks a trace against the model.
pub fn check<'m>(model: &'m ReferenceModel, trace: &Trace) -> Analysis<'m> {
    let mut search = Search::new(model, trace);
    let verdict = match search.run() {
        Ok(()) => Ok(replay::replay(model, trace, &search.order)),
        Err(unexplained) => Err(unexplained),
    };
    let lines = trace.connections.iter();
    Analysis {
        lines: lines.map(|connection| connection.read.len()).sum(),
        steps: search.steps,
        verdict,
    }
}

impl fmt::Display for Unexplained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            explained, members, ..
        } = self;
        match self.gave_up {
            true => write!(f, "The search was given up; the best order it found")?,
            false => write!(f, "No order explains every line; the best one")?,
        }
        let members = members.join(", ");
        write!(
            f,
            " explains {explained}, and then [{members}] are in the room, and"
        )?;
        for next in self.next.iter().filter(|next| next.line.is_some()) {
            let line = next.line.as_deref().unwrap_or_default();
            write!(f, "\n  {} reads \"{line}\"", next.connection)?;
            match &next.input {
                Some(input) => write!(f, ", and the next thing it did is {input}")?,
                None => write!(f, ", and has done nothing more")?,
            }
        }
        write!(
            f,
            "\n  which no input explains that the room can handle then"
        )
    }
}
