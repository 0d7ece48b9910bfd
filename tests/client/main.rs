//! The client: the library, the program in a pipe, and the program in a terminal.

mod library;
mod pipe;
mod program;
mod scripted;
mod terminal;
