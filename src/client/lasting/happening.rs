//! What happens in a room and to the connection to it.

use std::time::Duration;

use thiserror::Error;

use crate::client::{ConnectError, Lost};
use crate::protocol::{ServerLine, UserName};

/// What happens to somebody with a [`Lasting`](super::Lasting) connection.
#[derive(Debug)]
pub enum Happening {
    /// There is a connection. If a name is to be taken, it has been asked for.
    Connected,
    /// A line of the server.
    Told(ServerLine),
    /// The room has admitted us under this name; follows the line that says so.
    Admitted(UserName),
    /// The name, or the seat, is still held by the connection that was lost; it is asked for again after this time.
    Haunted(UserName, Duration),
    /// There is no connection any more, or still none; the next attempt comes after this time.
    Lost(Cause, Duration),
    /// It is over, for good. Nothing follows.
    Ended(Ending),
}

/// Why there is no connection.
#[derive(Debug, Error)]
pub enum Cause {
    /// There was one.
    #[error(transparent)]
    Broken(#[from] Lost),
    /// The server said `close` because it stops.
    #[error("the server is shutting down")]
    Stopped,
    /// The server said `close` to a visitor, or after the last connection was lost.
    #[error("the server closed the connection")]
    Closed,
    /// The server has said nothing for 25 s.
    #[error("the server does not answer")]
    Silent,
    /// There is none still.
    #[error(transparent)]
    Unreachable(#[from] ConnectError),
}

/// How it ended.
#[derive(Debug)]
pub enum Ending {
    /// We said QUIT.
    Left,
    /// We said QUIT and the server did not answer.
    Unanswered,
    /// The server closed the connection unasked.
    Refused,
    /// The very first attempt failed: most likely the address is wrong. Not for one that [insists](super::Lasting::insist).
    Unreachable(ConnectError),
}
