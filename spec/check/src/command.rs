//! What can be asked for on the command line.

pub(crate) mod client;
pub(crate) mod explain;
pub(crate) mod limits;
pub(crate) mod list;
pub(crate) mod reports;
pub(crate) mod server;
pub(crate) mod trace;
