//! The full-screen model: its frames, what it does with keys and lines, and the program in a real terminal.

mod bad_servers;
mod editing;
mod frames;
mod hostile;
mod journeys;
mod losing;
mod noticing;
mod pasting;
mod person;
#[path = "../real_server/mod.rs"]
mod real_server;
mod room;
mod saying;
mod scripts;
mod tmux;
mod ways_out;
