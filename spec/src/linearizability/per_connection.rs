//! Each connection for itself: whatever the others do, the answers that it read must be those to what it said, in that order.
//!
//! This walks through the tables without a room: a JOIN may find its name free or taken, a MESG somebody or nobody. What fails
//! here fails in every order, and no order needs to be tried to know it.

use std::collections::BTreeSet;

use super::index::{Index, Placed};
use crate::table::Row;
use crate::{Class, Connection, End, Input, ReferenceModel, Trace};

/// A connection whose answers no way explains, and its line after the furthest that one does, or the end.
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

/// A way of one connection through the tables.
struct Walk<'a> {
    model: &'a ReferenceModel,
    connection: &'a Connection,
    answers: &'a [Placed<'a>],
}

/// The state of the session, how much of what it said was handled, and how many of its answers are explained.
type Place<'a> = (&'a str, usize, usize);

impl<'a> Walk<'a> {
    /// The line after the furthest that some way explains, or the end, if no way explains all.
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

    /// How many answers are explained if this is told next.
    fn told(&self, row: &Row, mut explained: usize) -> Option<usize> {
        let all = row
            .told
            .iter()
            .flat_map(|told| std::iter::repeat_n(told, told.times));
        for told in all {
            let Some((_, heard)) = self.answers.get(explained) else {
                // The rest has not come, or was not waited for.
                return (self.connection.end != End::Closed).then_some(explained);
            };
            if !heard.is(&told.rule) || heard.part("code", 0) != told.code.as_deref() {
                return None;
            }
            explained += 1;
        }
        Some(explained)
    }
}
