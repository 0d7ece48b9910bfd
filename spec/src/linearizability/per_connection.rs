//! Per-connection check: whatever the others do, the answers that a connection read must be those
//! to its own inputs, in their order.
//!
//! This walks the state table without a room: a JOIN may find its name free or taken, a MESG may
//! find somebody or nobody. A trace that fails here fails in every order, so no search is needed.

use std::collections::BTreeSet;

use super::index::{Index, Placed};
use crate::table::Row;
use crate::{Class, Connection, End, Input, ReferenceModel, Trace};

/// A connection whose answers no walk explains, and the line after the longest explained prefix, or
/// `None` for the end of the stream.
pub(super) fn unanswerable(
    model: &ReferenceModel,
    trace: &Trace,
    index: &Index<'_>,
) -> Option<(usize, Option<usize>)> {
    let mut all = trace.connections.iter().zip(&index.answers).enumerate();
    all.find_map(|(c, (connection, answers))| {
        let walk = Walk {
            model,
            connection,
            answers,
        };
        Some((c, walk.stuck_at()?))
    })
}

/// The walks of one connection through the state table.
struct Walk<'a> {
    model: &'a ReferenceModel,
    connection: &'a Connection,
    answers: &'a [Placed<'a>],
}

/// The session's state, the number of inputs handled, and the number of answers explained.
type Place<'a> = (&'a str, usize, usize);

impl<'a> Walk<'a> {
    /// The line after the longest explained prefix (or the end), unless a walk explains everything.
    fn stuck_at(&self) -> Option<Option<usize>> {
        let mut seen = BTreeSet::new();
        let mut pending = vec![(self.model.new_state(), 0, 0)];
        let mut furthest = 0;
        while let Some(place) = pending.pop() {
            if !seen.insert(place) {
                continue;
            }
            let (state, _, explained) = place;
            let all = explained == self.answers.len();
            if all && (self.connection.end != End::Closed || state == self.model.closed_state()) {
                return None;
            }
            furthest = furthest.max(explained);
            self.push_successors(place, &mut pending);
        }
        Some(self.answers.get(furthest).map(|&(at, _)| at))
    }

    fn push_successors(
        &self,
        (state, handled, explained): Place<'a>,
        pending: &mut Vec<Place<'a>>,
    ) {
        let happens = [Class::JoinTimeout, Class::Shutdown];
        for row in happens
            .iter()
            .filter_map(|&class| self.model.cell(state, class))
        {
            pending.extend(
                self.told(row, explained)
                    .map(|explained| (&*row.next, handled, explained)),
            );
        }
        let connect = (Input::Connect, 0);
        let said = handled
            .checked_sub(1)
            .map_or(Some(&connect), |said| self.connection.sent.get(said));
        let Some((said, after)) = said else { return };
        let read = self
            .answers
            .get(explained)
            .map_or(self.connection.read.len(), |&(at, _)| at);
        if *after > read {
            return;
        }
        for row in said
            .classes()
            .iter()
            .filter_map(|&class| self.model.cell(state, class))
        {
            pending.extend(
                self.told(row, explained)
                    .map(|explained| (&*row.next, handled + 1, explained)),
            );
        }
    }

    /// The number of answers explained after this row's events, if they are the next answers.
    fn told(&self, row: &Row, mut explained: usize) -> Option<usize> {
        let all = row
            .told
            .iter()
            .flat_map(|told| std::iter::repeat_n(told, told.times));
        for told in all {
            let Some((_, line)) = self.answers.get(explained) else {
                // The rest had not arrived, or the record ends before it.
                return (self.connection.end != End::Closed).then_some(explained);
            };
            if !line.is(&told.rule) || line.part("code", 0) != told.code.as_deref() {
                return None;
            }
            explained += 1;
        }
        Some(explained)
    }
}
