//! Text on a screen: escaping, cells, line wrapping and colours.

pub(super) mod cells;
pub(super) mod escape;
pub(super) mod palette;
pub(super) mod wrap;
