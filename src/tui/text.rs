//! Text on a screen: escaped, in cells, in lines, in colours.

pub(super) mod cells;
pub(super) mod escape;
pub(super) mod palette;
pub(super) mod wrap;
