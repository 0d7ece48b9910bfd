//! The original's console: what happens in the room, a line each.

use std::net::SocketAddr;

use super::scribe::Scribe;
use crate::protocol::Event;

/// Where the console's lines go.
#[derive(Debug, Default)]
pub struct Console(Option<Scribe>);

impl Console {
    /// A console that `scribe` writes.
    pub fn of(scribe: Scribe) -> Self {
        Self(Some(scribe))
    }

    /// A console that nobody sees.
    pub fn silent() -> Self {
        Self::default()
    }

    pub(super) fn listening(&self, port: u16) {
        self.say(format!("Server is listening on {port}\n"));
    }

    pub(super) fn connected(&self, peer: &SocketAddr) {
        self.say(format!("Connected with {peer}\n"));
    }

    /// Says who came and who left; of what is said in the room the console is silent.
    pub(super) fn show(&self, event: &Event) {
        if let Event::Joined(name) = event {
            self.say(format!("{name} joined the chat!\n"));
        } else if let Event::Left(_) = event {
            self.say(format!("{event}\n"));
        }
    }

    fn say(&self, line: String) {
        if let Some(scribe) = &self.0 {
            scribe.take(line.into_bytes());
        }
    }
}
