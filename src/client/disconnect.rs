//! Why a client is not connected, or not in the room, any more.

use thiserror::Error;

use super::session::{ANSWER_TIMEOUT, JoinRefusal};
use super::{Address, ConnectError, Exit, Lost};
use crate::protocol::UserName;

const SILENT: &str = "the server does not answer";

/// Why there is no connection any more, or never was. Escape its `Display` before it goes to a
/// terminal.
#[derive(Debug, Error)]
pub enum Disconnect {
    /// We sent QUIT, and the server ended the connection (CONN-4).
    #[error("the server closed the connection, as asked")]
    Left,
    /// The server said `close` unasked.
    #[error("the server closed the connection")]
    Closed,
    /// The server said `close` unasked to a visitor, whose time to join is limited (JOIN-5).
    #[error("the server closed the connection, as you had not joined in time")]
    NotJoined,
    /// The server accepts no more connections (CONN-3).
    #[error("the room is full, please try later")]
    Full,
    /// The server announced that it is shutting down (SHUT-1).
    #[error("the server is shutting down")]
    ShuttingDown,
    /// The room did not admit us, and there is no other name to try.
    #[error("not admitted as {name}: {why}")]
    NotAdmitted {
        /// The last name that was tried.
        name: UserName,
        /// Why the room refused it.
        why: JoinRefusal,
    },
    /// The server did not answer a PING.
    #[error("the connection was lost: {SILENT}")]
    Silent,
    /// The server did not answer a command within [`ANSWER_TIMEOUT`].
    #[error("the server has not answered for {} s", ANSWER_TIMEOUT.as_secs())]
    Unanswered,
    /// The server did not say `close` within [`ANSWER_TIMEOUT`] of QUIT.
    #[error("the server has not said close within {} s", ANSWER_TIMEOUT.as_secs())]
    QuitUnanswered,
    /// The connection ended without `close`.
    #[error("the connection was lost: {0}")]
    Lost(#[from] Lost),
    /// Connecting failed.
    #[error("cannot reach {address}: {why}")]
    Unreachable {
        /// The server's address.
        address: Address,
        /// Why connecting failed.
        why: ConnectError,
    },
}

impl Disconnect {
    /// The reason alone, without words such as "the connection was lost". Escape it before it goes
    /// to a terminal.
    pub fn reason(&self) -> String {
        match self {
            Self::Silent => SILENT.to_owned(),
            Self::Lost(lost) => lost.to_string(),
            Self::Unreachable { why, .. } => why.to_string(),
            Self::Left
            | Self::Closed
            | Self::NotJoined
            | Self::Full
            | Self::ShuttingDown
            | Self::NotAdmitted { .. }
            | Self::Unanswered
            | Self::QuitUnanswered => self.to_string(),
        }
    }

    /// The matching exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Left => Exit::Left,
            Self::Closed
            | Self::NotJoined
            | Self::Full
            | Self::ShuttingDown
            | Self::NotAdmitted { .. } => Exit::Refused,
            Self::Silent | Self::Unanswered | Self::QuitUnanswered | Self::Lost(_) => Exit::Lost,
            Self::Unreachable { .. } => Exit::Unreachable,
        }
    }
}
