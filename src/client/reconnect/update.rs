//! What happens in a room and to the connection to it.

use std::time::Duration;

use crate::client::Disconnect;
use crate::client::session::Answer;
use crate::protocol::{ServerLine, UserName};

/// What happens on a [`Reconnecting`](super::Reconnecting) connection.
#[derive(Debug)]
pub enum Update {
    /// There is a connection. If there is a name, the room has been asked for it.
    Connected,
    /// A line from the server, and which commands it answers.
    Line(ServerLine, Vec<Answer>),
    /// The connection that was lost still holds the name or the seat; the room is asked again after
    /// this time.
    NameHeld(UserName, Duration),
    /// There is no connection any more, or still none; the next attempt comes after this time.
    Disconnected(Disconnect, Duration),
    /// It is over for good. Nothing follows.
    Ended(Disconnect),
}
