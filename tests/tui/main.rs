//! The full-screen model: its frames, what it does with keys and lines, and the program in a real
//! terminal.

mod bad_servers;
mod editing;
mod exits;
mod frames;
mod hostile;
mod journeys;
mod notifications;
mod paste;
mod person;
mod reconnecting;
mod room;
mod sending;
mod terminal;
mod tmux;
mod writing_systems;

/// The server program.
const SERVER: &str = env!("CARGO_BIN_EXE_parlour-server");
