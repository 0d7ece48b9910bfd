//! What answers a JOIN (spec section 5).

use thiserror::Error;

use super::Lost;
use crate::protocol::{CommandError, ErrorCode, Event, Text, UserName};

/// Why a JOIN did not lead into the room.
#[derive(Debug, Error)]
pub enum JoinError {
    /// The server refuses; another name may do, as `code` says.
    #[error("{text}")]
    Refused {
        /// For programs.
        code: ErrorCode,
        /// For people. From the server, unsafe for a terminal.
        text: Text,
    },
    /// All seats are taken, or all connections.
    #[error("the room is full")]
    Full,
    /// The server said `close` instead.
    #[error("the server closed the connection")]
    Closed,
    /// The server says much, and this is not among it.
    #[error("the server does not answer a JOIN")]
    NoAnswer,
    /// The connection broke off.
    #[error(transparent)]
    Lost(#[from] Lost),
    /// The JOIN was not sent.
    #[error(transparent)]
    Unsent(#[from] CommandError),
}

/// What `event` says to a JOIN under `name`, if it is an answer to one.
pub(super) fn answer(event: &Event, name: &UserName) -> Option<Result<(), JoinError>> {
    match event {
        Event::Joined(joined) => (joined == name).then_some(Ok(())),
        Event::Full => Some(Err(JoinError::Full)),
        Event::Error { code, text } => refuses_join(*code).then(|| {
            Err(JoinError::Refused {
                code: *code,
                text: text.clone(),
            })
        }),
        Event::Greeting
        | Event::Left(_)
        | Event::Broadcast { .. }
        | Event::Private { .. }
        | Event::Online(_)
        | Event::Pong(_)
        | Event::Help(_)
        | Event::ShuttingDown
        | Event::Close => None,
    }
}

/// Whether a well-formed JOIN can be answered with this code, by a server whose rules for names may be stricter.
fn refuses_join(code: ErrorCode) -> bool {
    match code {
        ErrorCode::NameInvalid
        | ErrorCode::NameReserved
        | ErrorCode::NameTaken
        | ErrorCode::AlreadyJoined => true,
        ErrorCode::LineTooLong
        | ErrorCode::NotUtf8
        | ErrorCode::ControlCharacter
        | ErrorCode::UnknownCommand
        | ErrorCode::Usage
        | ErrorCode::NotJoined
        | ErrorCode::NoSuchUser => false,
    }
}
