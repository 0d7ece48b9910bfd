//! The test kit: [`Server`] is the program as a process, [`Peer`] one connection, [`Scripted`] a
//! server that follows a test's script.
//!
//! Nothing here sleeps: everything waits for an event, and fails after [`DEADLINE`]. It panics
//! where something other than what the test expects happens.

mod peer;
mod scripted;
mod server;

use std::process::exit;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

pub use peer::Peer;
pub use scripted::{Scripted, scripted, serial};
pub use server::{Server, kib, program};

/// The most time that anything may take before a test fails. Normally nothing comes near it.
pub const DEADLINE: Duration = Duration::from_secs(90);

/// What a connection is told first (CONN-2).
pub const GREETING: &str = "Enter JOIN followed by your username: JOIN username";

/// What `wait` returns, which must come before [`DEADLINE`].
pub fn in_time<T: Send + 'static>(wait: impl FnOnce() -> T + Send + 'static) -> T {
    let (say, said) = mpsc::channel();
    thread::spawn(move || say.send(wait()));
    said.recv_timeout(DEADLINE).expect("it ends in time")
}

/// Runs `test`. If that does not return before [`DEADLINE`], as it loops without end, the whole
/// process fails.
pub fn watched<T>(test: impl FnOnce() -> T) -> T {
    let (_returns, returned) = mpsc::channel::<()>();
    thread::spawn(move || {
        if returned.recv_timeout(DEADLINE) == Err(RecvTimeoutError::Timeout) {
            eprintln!("a test does not end");
            exit(1);
        }
    });
    test()
}
