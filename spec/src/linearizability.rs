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
//! A step is possible if each line that it sends is the next unread line of its receiver. `prune`
//! skips what is decided for every order or makes no difference to any; before the search,
//! `per_connection` and `pairwise` refute what fails in every order. `tests/linearizability`
//! compares the result with a search through all orders.

mod index;
mod pairwise;
mod per_connection;
mod prune;
mod search;
mod step;

use crate::{ReferenceModel, Trace};
use index::Index;
use search::Search;

/// The result of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analysis {
    /// The number of lines that the connections read.
    pub lines: usize,
    /// The number of lines that the best order explains; after it, no connection's next line can be
    /// explained. 0 if the trace was refuted without a search.
    pub explained: usize,
    /// The number of possible steps that were tried.
    pub steps: usize,
    /// Whether the search gave up: there may be an order that it has not tried.
    pub gave_up: bool,
    /// `None` if every line is explained; otherwise each connection and its next unread line.
    pub unexplained: Option<Vec<(String, Option<String>)>>,
}

/// Checks a trace against the model.
pub fn check(model: &ReferenceModel, trace: &Trace) -> Analysis {
    let connections = trace.connections.iter();
    let lines = connections.clone().map(|connection| connection.read.len());
    let lines = lines.sum();
    let mut search = Search::new(model, trace);
    let refuted = refute_early(model, trace, &search.index);
    if let Some(places) = refuted {
        let named = |(c, line): (usize, Option<usize>)| {
            let connection = &trace.connections[c];
            let line = line.map(|at| connection.read[at].line.clone());
            (connection.name.clone(), line)
        };
        return Analysis {
            lines,
            explained: 0,
            steps: 0,
            gave_up: false,
            unexplained: Some(places.into_iter().map(named).collect()),
        };
    }
    let found = search.run();
    let unexplained = || {
        let best = connections.clone().zip(&search.best_read);
        best.map(|(connection, &read)| {
            let next = connection.read.get(read);
            (connection.name.clone(), next.map(|line| line.line.clone()))
        })
    };
    Analysis {
        lines: connections
            .clone()
            .map(|connection| connection.read.len())
            .sum(),
        explained: search.best,
        steps: search.steps,
        gave_up: !found && search.is_given_up(),
        unexplained: (!found).then(|| unexplained().collect()),
    }
}

/// Connections and the index of a line that no order explains, if that is evident without a search.
fn refute_early(
    model: &ReferenceModel,
    trace: &Trace,
    index: &Index<'_>,
) -> Option<Vec<(usize, Option<usize>)>> {
    let unanswerable = per_connection::unanswerable(model, trace, index).map(|place| vec![place]);
    let one = |(c, at)| (c, Some(at));
    unanswerable
        .or_else(|| Some(vec![one(pairwise::never_sent(trace, index)?)]))
        .or_else(|| Some(pairwise::diverging(trace, index)?.map(one).to_vec()))
}
