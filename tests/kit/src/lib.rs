//! The test kit: [`Server`] is the program as a process, [`Peer`] one connection, [`Scripted`] a
//! server that follows a test's script.
//!
//! Nothing here sleeps: everything waits for an event, and fails after [`DEADLINE`]. It panics
//! where something other than what the test expects happens.

mod peer;
mod scripted;
mod server;

use std::time::Duration;

pub use peer::Peer;
pub use scripted::{Scripted, scripted, serial};
pub use server::{Server, kib, program};

/// The most time that anything may take before a test fails. Normally nothing comes near it.
pub const DEADLINE: Duration = Duration::from_secs(180);

/// What a connection is told first (CONN-2).
pub const GREETING: &str = "Enter JOIN followed by your username: JOIN username";
