//! The full-screen face: its frames, what it does with keys and lines, and the program in a real terminal.

mod frames;
mod hostile;
mod journeys;
mod person;
mod reducer;
mod room;
mod tmux;
