//! The rows of the tables of spec section 5.

use std::sync::LazyLock;

use parlour_spec::{Document, State};

use super::walk::Cell;

/// The effect of an input in a state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) cell: Cell,
    pub(crate) next: &'static str,
    /// The events that the session itself is told, in order.
    pub(crate) told: &'static [String],
    pub(crate) others: Option<&'static str>,
}

/// All rows, in the order of the document.
pub(crate) fn rows() -> Vec<Row> {
    static STATES: LazyLock<Vec<State>> = LazyLock::new(|| Document::parlour().states());
    let rows_of = |state: &'static State| {
        state.transitions.iter().map(|transition| Row {
            cell: (&state.name, &transition.input),
            next: &transition.next,
            told: &transition.told,
            others: transition.others.as_deref(),
        })
    };
    STATES.iter().flat_map(rows_of).collect()
}
