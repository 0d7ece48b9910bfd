//! What happens in a room, and to the connection to it.

use std::time::Duration;

use crate::client::Disconnect;
use crate::client::session::{Answer, JoinRefusal};
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
