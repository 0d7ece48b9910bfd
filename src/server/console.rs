//! The original's console: one line for each connection, joining and leaving.

use std::net::SocketAddr;

use super::non_blocking_writer::NonBlockingWriter;
use crate::protocol::Event;

/// Where the console's lines go.
#[derive(Debug, Default)]
pub struct Console(Option<NonBlockingWriter>);

impl Console {
    /// A console on `writer`.
    pub fn new(writer: NonBlockingWriter) -> Self {
        Self(Some(writer))
    }

    /// A console that writes nothing.
    pub fn silent() -> Self {
        Self::default()
    }

    pub(super) fn listening(&self, port: u16) {
        self.say(format!("Server is listening on {port}\n"));
    }

    pub(super) fn connected(&self, peer: &SocketAddr) {
        self.say(format!("Connected with {peer}\n"));
    }

    /// Writes who joined and who left; the console shows nothing of what is said in the room.
    pub(super) fn show(&self, event: &Event) {
        if let Event::Joined(name) = event {
            self.say(format!("{name} joined the chat!\n"));
        } else if let Event::Left(_) = event {
            self.say(format!("{event}\n"));
        }
    }

    fn say(&self, line: String) {
        if let Some(writer) = &self.0 {
            writer.enqueue(line.into_bytes());
        }
    }
}
