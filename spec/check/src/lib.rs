//! Checks any implementation of the protocol against `spec/protocol.md`, clause by clause.
//!
//! This crate does not depend on the program `parlour`. What is right comes from the document,
//! through [`parlour_spec`], and from the vectors beside it, which [`parlour_spec::script`] reads.
//! [`case`] has all cases; [`server`] plays them against a server, and [`client`] is the server
//! that a client is checked with. [`run`] has the options that both share, and [`outcome`] the
//! results that every report is made of.

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
mod vector;
