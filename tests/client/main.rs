//! The client: the library, the program in a pipe, its deeds for scripts, and the program in a terminal.

mod generated;
mod lasting;
mod library;
mod listen;
mod listen_lasting;
mod pipe;
mod program;
mod scripted;
mod send;
mod terminal;
