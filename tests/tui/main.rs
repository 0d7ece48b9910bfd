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
#[path = "../real_server/mod.rs"]
mod real_server;
mod reconnecting;
mod room;
mod sending;
mod terminal;
mod tmux;
mod writing_systems;
