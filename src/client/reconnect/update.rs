//! What happens in a room, and to the connection to it.

use std::time::Duration;

use crate::client::session::{Answer, JoinRefusal};
use crate::client::{Address, Disconnect};
use crate::protocol::{ServerLine, UserName};

/// What happens on a [`Reconnecting`](super::Reconnecting) connection.
#[derive(Debug)]
pub enum Update {
    /// There is a connection. If there is a name, JOIN is on its way.
    Connected,
    /// A line from the server, and which commands it answers.
    Line(ServerLine, Vec<Answer>),
    /// The room does not admit us again yet, perhaps as it has not noticed that the connection was
    /// lost. The next JOIN under this name is sent after this time.
    NameHeld(UserName, JoinRefusal, Duration),
    /// The connection was lost, or an attempt failed. The next attempt starts after this time.
    Disconnected(Disconnect, Duration),
    /// There are no more attempts. This is the last update.
    Ended(Disconnect),
}

impl Update {
    /// That there is no room now, why, and when the next attempt starts, if that is what this is.
    pub(crate) fn wait(&self, address: &Address) -> Option<String> {
        let (why, wait) = match self {
            Self::NameHeld(name, why, wait) => (why.held(name.as_str()), wait),
            Self::Disconnected(why, wait) => {
                let why = format!("no connection to {address}: {}", why.reason());
                (why, wait)
            }
            Self::Connected | Self::Line(..) | Self::Ended(_) => return None,
        };
        Some(format!("{why}, again in {} s", wait.as_secs_f32().ceil()))
    }
}
