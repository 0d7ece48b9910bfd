//! Each connection for itself: whatever the others do, the answers that it read must be those to what it said, in that order.
//!
//! This walks through the tables without a room: a JOIN may find its name free or taken, a MESG somebody or nobody. What fails
//! here fails in every order, and no order needs to be tried to know it.

use std::collections::BTreeSet;

use super::glance::{Glance, Placed};
use crate::table::Row;
use crate::{Class, Connection, End, Happening, Rules, Trace};

/// A connection whose answers no way explains, and its line after the furthest that one does, or the end.
pub(super) fn unanswerable(
    rules: &Rules,
    trace: &Trace,
    glance: &Glance<'_>,
) -> Option<(usize, Option<usize>)> {
    let mut all = trace.connections.iter().zip(&glance.answers).enumerate();
    all.find_map(|(c, (connection, answers))| {
        let walk = Walk {
            rules,
            connection,
            answers,
        };
        Some((c, walk.sticks_at()?))
    })
}

/// A way of one connection through the tables.
struct Walk<'a> {
    rules: &'a Rules,
    connection: &'a Connection,
    answers: &'a [Placed<'a>],
}

/// The state of the session, how much of what it said was handled, and how many of its answers are explained.
type Place<'a> = (&'a str, usize, usize);

impl<'a> Walk<'a> {
    /// The line after the furthest that some way explains, or the end, if no way explains all.
    fn sticks_at(&self) -> Option<Option<usize>> {
        let mut seen = BTreeSet::new();
        let mut left = vec![(self.rules.new_state(), 0, 0)];
        let mut furthest = 0;
        while let Some(place) = left.pop() {
            if !seen.insert(place) {
                continue;
            }
            let (state, _, explained) = place;
            let all = explained == self.answers.len();
            if all && (self.connection.end != End::Closed || state == self.rules.closed_state()) {
                return None;
            }
            furthest = furthest.max(explained);
            self.lead_on(place, &mut left);
        }
        Some(self.answers.get(furthest).map(|&(at, _)| at))
    }

    fn lead_on(&self, (state, handled, explained): Place<'a>, left: &mut Vec<Place<'a>>) {
        let happens = [Class::JoinTimeout, Class::Shutdown];
        for row in happens
            .iter()
            .filter_map(|&class| self.rules.cell(state, class))
        {
            left.extend(
                self.told(row, explained)
                    .map(|explained| (&*row.next, handled, explained)),
            );
        }
        let connect = (Happening::Connect, 0);
        let said = handled
            .checked_sub(1)
            .map_or(Some(&connect), |said| self.connection.said.get(said));
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
            .filter_map(|&class| self.rules.cell(state, class))
        {
            left.extend(
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
