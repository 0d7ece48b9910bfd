//! Is there an order in which the room of the specification could have handled everything, such that each connection reads exactly
//! what it read?
//!
//! The search goes depth first: a step is possible if each line that it makes somebody read is that somebody's next unread line.
//! What is true of every order, or makes no difference to any, is seen ahead and not tried twice. `tests/verdict` compares it with trying
//! every order.

mod index;
mod pairwise;
mod per_connection;
mod prune;
mod search;
mod step;

use crate::{ReferenceModel, Trace};
use index::Index;
use search::Search;

/// What came of the search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analysis {
    /// As many lines were read.
    pub lines: usize,
    /// As many of them does the best order explain; in it the next line of nobody can be explained. 0 if no order needed to be tried.
    pub explained: usize,
    /// As many steps of the room were tried and were possible.
    pub steps: usize,
    /// The search was given up: there may be an order that it has not tried.
    pub gave_up: bool,
    /// `None` if every line is explained; else each connection and its next unread line.
    pub unexplained: Option<Vec<(String, Option<String>)>>,
}

/// Judges a trace by the rules.
pub fn check(rules: &ReferenceModel, trace: &Trace) -> Analysis {
    let connections = trace.connections.iter();
    let lines = connections.clone().map(|connection| connection.read.len());
    let lines = lines.sum();
    let mut search = Search::new(rules, trace);
    let refuted = refute_early(rules, trace, &search.index);
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

/// Connections, and their lines that can't be explained, if that shows without trying any order.
fn refute_early(
    rules: &ReferenceModel,
    trace: &Trace,
    index: &Index<'_>,
) -> Option<Vec<(usize, Option<usize>)>> {
    let unanswerable = per_connection::unanswerable(rules, trace, index).map(|place| vec![place]);
    let one = |(c, at)| (c, Some(at));
    unanswerable
        .or_else(|| Some(vec![one(pairwise::never_sent(trace, index)?)]))
        .or_else(|| Some(pairwise::diverging(trace, index)?.map(one).to_vec()))
}
