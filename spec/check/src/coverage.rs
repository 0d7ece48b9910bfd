//! The coverage of the document: for every clause the cases that hold it, or the reason why no case
//! can.

use parlour_spec::Document;

use crate::case::ServerCase;
use crate::outcome::Case;

/// How a clause is checked.
#[derive(Clone, Debug)]
pub enum Coverage {
    /// By these cases.
    Cases(Vec<&'static Case>),
    /// Not at all, for this reason.
    NotFromOutside(&'static str),
}

/// The clauses that can't be checked from outside a server.
const NOT_FROM_OUTSIDE: &[(&str, &str)] = &[
    (
        "LINE-10",
        "it binds clients: `parlour-check client` holds them to it",
    ),
    (
        "GRAM-6",
        "it binds clients: `parlour-check client` holds them to it",
    ),
    (
        "ERR-3",
        "it binds clients: `parlour-check client` holds them to it",
    ),
    ("MEM-1", "no client sees how much memory a server takes"),
    ("SLOW-3", "it permits, and demands nothing"),
    ("SEC-1", "it says what the protocol does not have"),
    (
        "CONN-7",
        "no client can make the link die over which it is connected",
    ),
    (
        "FAIR-3",
        "it counts no connections from the server's own machine",
    ),
    (
        "SEC-5",
        "it counts nothing of the server's own machine, and one check has one address",
    ),
];

/// The coverage of every clause, in the document's order.
pub fn coverage() -> Vec<(String, Coverage)> {
    let clauses = Document::parlour().clauses.into_iter();
    let of = |id: &str| {
        let reason = NOT_FROM_OUTSIDE.iter().find(|(clause, _)| *clause == id);
        match reason {
            Some((_, why)) => Coverage::NotFromOutside(why),
            None => Coverage::Cases(holding(id)),
        }
    };
    clauses
        .map(|clause| (clause.id.clone(), of(&clause.id)))
        .collect()
}

/// Why no case for a server holds a clause; `None` if there is no such clause, or some case does.
pub fn not_from_outside(clause: &str) -> Option<String> {
    let mut all = NOT_FROM_OUTSIDE.iter();
    let (_, why) = all.find(|(id, _)| id.eq_ignore_ascii_case(clause))?;
    Some(format!("not from outside, as {why}"))
}

fn holding(clause: &str) -> Vec<&'static Case> {
    let cases = ServerCase::all().iter().map(|entry| &entry.case);
    cases
        .filter(|case| case.clauses.iter().any(|held| held == clause))
        .collect()
}
