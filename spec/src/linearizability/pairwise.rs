//! Pairwise checks: two connections that both read of one joining read the same of the room from
//! there on, and nobody reads a text more often than it was sent.
//!
//! A trace that fails here fails in every order, so no search is needed.

use std::collections::HashMap;

use super::index::{Index, Placed};
use crate::{Input, ReadLine, Trace};

/// Two connections, and the lines at which what they read of the room diverges (ORDER-1, ORDER-2).
pub(super) fn diverging(trace: &Trace, index: &Index<'_>) -> Option<[(usize, usize); 2]> {
    let all = 0..trace.connections.len();
    all.clone().find_map(|c| {
        let at = index.joined[c]?;
        let joining = &trace.connections[c].read[at];
        let name = joining.part("username", 0)?;
        // If nobody else asked for this name, both read of the same joining.
        let asks = |&d: &usize| d != c && asks_to_join_as(trace, d, name);
        if all.clone().any(|d| asks(&d)) {
            return None;
        }
        let own = from(&index.room_lines[c], at);
        let others = all.clone().filter(|&d| d != c);
        others
            .filter_map(|d| Some((d, *index.joinings[d].get(name)?.first()?)))
            .find_map(|(d, at)| {
                let mut pairs = own.iter().zip(from(&index.room_lines[d], at));
                pairs
                    .find(|((_, one), (_, other))| {
                        !std::ptr::eq(*one, *other) && one.line != other.line
                    })
                    .map(|(one, other)| [(c, one.0), (d, other.0)])
            })
    })
}

/// A line that a connection read more often than all connections together sent its text.
pub(super) fn never_sent(trace: &Trace, index: &Index<'_>) -> Option<(usize, usize)> {
    let mut said = HashMap::<&str, usize>::new();
    for (what, _) in trace
        .connections
        .iter()
        .flat_map(|connection| &connection.sent)
    {
        if let Input::Bcst(text) | Input::Mesg(_, text) = what {
            *said.entry(text).or_default() += 1;
        }
    }
    let too_often = |lines: &Vec<Placed<'_>>| {
        let mut told = HashMap::<&str, usize>::new();
        lines.iter().find_map(|&(at, line): &(usize, &ReadLine)| {
            let text = line.part("text", 0)?;
            let times = told.entry(&line.line).or_default();
            *times += 1;
            (*times > said.get(text).copied().unwrap_or_default()).then_some(at)
        })
    };
    let mut all = index.pushed.iter().enumerate();
    all.find_map(|(c, lines)| Some((c, too_often(lines)?)))
}

fn asks_to_join_as(trace: &Trace, d: usize, name: &str) -> bool {
    let mut said = trace.connections[d].sent.iter();
    said.any(|(said, _)| matches!(said, Input::Join(asked) if asked.as_str() == name))
}

fn from<'l, 'a>(lines: &'l [Placed<'a>], at: usize) -> &'l [Placed<'a>] {
    &lines[lines.partition_point(|&(place, _)| place < at)..]
}
