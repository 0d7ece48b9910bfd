//! The tables of spec section 5, as rows.

use super::walk::Cell;

/// What an input does in a state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) cell: Cell,
    pub(crate) next: &'static str,
    /// The events that the session itself is told, in order.
    pub(crate) told: &'static str,
    pub(crate) others: &'static str,
}

/// All rows, in the order of the document.
pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut state = None;
    for line in include_str!("../../spec/protocol.md").lines() {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        match (cells[..].strip_prefix(&[""]), state) {
            (Some(&[header, "next", ..]), _) => state = header.strip_suffix(": input"),
            (Some(&["---", ..]), _) => {}
            (Some(&[input, next, told, others, ""]), Some(state)) => rows.push(Row {
                cell: (state, input),
                next,
                told,
                others,
            }),
            _ => state = None,
        }
    }
    assert_eq!(rows.len(), 2 + 22 + 22 + 1, "{rows:#?}");
    rows
}
