//! Parlour.
pub mod protocol;
