//! The client: the library, the program in a pipe, its subcommands for scripts, and the program in
//! a terminal.

mod command_line;
mod ending;
mod generated;
mod joining;
mod library;
mod listen;
mod listen_reconnect;
mod pipe;
mod pressure;
mod program;
mod reconnect;
mod send;
mod terminal;
mod time_zone;

/// The server program.
const SERVER: &str = env!("CARGO_BIN_EXE_parlour-server");
