//! The rows of the tables of spec section 5.

use std::sync::LazyLock;

use parlour_spec::{Document, State};

/// A state and a class of inputs, in the words of the tables of spec section 5.
pub(crate) type Cell = (&'static str, &'static str);

/// The effect of an input in a state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) cell: Cell,
    pub(crate) next: &'static str,
    /// The events that the session itself is told, in order.
    pub(crate) told: &'static [String],
    pub(crate) others: Option<&'static str>,
}

/// The cell of this row.
pub(crate) fn cell(row: &parlour_spec::Row) -> Cell {
    let mut all = rows().into_iter().map(|row| row.cell);
    let cell = all.find(|&(state, input)| (state, input) == (&row.state, &row.input));
    cell.expect("the tables have it")
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
