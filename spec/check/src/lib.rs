//! Holds any implementation of the protocol against `spec/protocol.md`, clause by clause.
//!
//! Nothing here knows the program `parlour`: what is right comes from the document, through [`parlour_spec`], and from the
//! [vectors](vector) beside it. [`case`] has all cases, [`server`] plays them against a server, [`client`] is the server that a
//! client is held against, and [`outcome`] is what a run finds
//! out and what every report is made of. What can be asked of either is [`asked`].

pub mod case;
pub mod client;
pub mod coverage;
mod exit_status;
mod failure;
mod jobs;
pub mod limits;
pub mod octets;
pub mod outcome;
mod recording;
pub mod report;
pub mod run;
pub mod server;
pub mod vector;
