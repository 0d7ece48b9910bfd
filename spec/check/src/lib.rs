//! Holds any implementation of the protocol against `spec/protocol.md`, clause by clause.
//!
//! Nothing here knows the program `parlour`: what is right comes from the document, through [`parlour_spec`], and from the vectors
//! beside it. [`outcome`] is what a run finds out and what every report is made of.

pub mod outcome;
