//! A visit to a room, from the JOIN to the `close`.
//!
//! What the server owes is awaited for [`PATIENCE`] and no longer: nobody sits here who would lose theirs.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use thiserror::Error;
use tokio::time::timeout;

use crate::client::{Connection, Exit, JoinError, Lost, Wanted};
use crate::protocol::{Command, CommandError, ErrorCode, ServerLine, UserName};

/// A server that owes an answer for so long ends the visit.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);

pub(super) struct Visit {
    connection: Connection,
    name: UserName,
}

impl Visit {
    /// Joins under the first name that is free.
    pub(super) async fn enter(mut connection: Connection, wanted: &Wanted) -> Result<Self, Ended> {
        let mut names = wanted.names().peekable();
        while let Some(name) = names.next() {
            let joined = timeout(PATIENCE, connection.join(name.clone())).await;
            match joined.unwrap_or(Err(JoinError::NoAnswer)) {
                Ok(()) => return Ok(Self { connection, name }),
                Err(JoinError::Refused { code, .. })
                    if code == ErrorCode::NameTaken && names.peek().is_some() => {}
                Err(why) => return Err(Ended::NotAdmitted { name, why }),
            }
        }
        Err(Ended::Closed)
    }

    /// The name it goes under.
    pub(super) fn name(&self) -> &UserName {
        &self.name
    }

    /// What the server tells next, for however long that takes. Cancellation safe.
    pub(super) async fn next(&mut self) -> Result<ServerLine, Ended> {
        match self.connection.next().await {
            Some(told) => Ok(told?),
            None => Err(Ended::Closed),
        }
    }

    /// Waits until `answer` finds one among what the server tells.
    pub(super) async fn answer<T>(
        &mut self,
        mut answer: impl FnMut(ServerLine) -> Option<T>,
    ) -> Result<T, Ended> {
        let hearing = async {
            loop {
                if let Some(answer) = answer(self.next().await?) {
                    return Ok(answer);
                }
            }
        };
        timeout(PATIENCE, hearing)
            .await
            .unwrap_or(Err(Ended::Silent))
    }

    /// Sends a command. With few of them unanswered it never waits for a server that waits for us to read (SLOW-3).
    pub(super) async fn ask(&mut self, command: Command) -> Result<(), Unasked> {
        match timeout(PATIENCE, self.connection.send(command)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(CommandError::TooLong { len, max })) => Err(Unasked::TooLong { len, max }),
            // What the server said last tells more than that it does not hear any more.
            Ok(Err(CommandError::Io(io))) => Err(match timeout(PATIENCE, self.end()).await {
                Ok(Err(ended)) => ended.into(),
                Ok(Ok(())) => Ended::Closed.into(),
                Err(_) => Ended::Lost(Lost::Broken(io)).into(),
            }),
            Err(_) => Err(Ended::Silent.into()),
        }
    }

    /// QUIT, and the wait for `close`.
    pub(super) async fn leave(mut self) -> Result<(), Ended> {
        match self.ask(Command::Quit).await {
            Ok(()) => {}
            Err(Unasked::Ended(ended)) => return Err(ended),
            Err(Unasked::TooLong { .. }) => unreachable!("QUIT is short"),
        }
        timeout(PATIENCE, self.end())
            .await
            .unwrap_or(Err(Ended::Silent))
    }

    /// Reads to the `close`.
    async fn end(&mut self) -> Result<(), Ended> {
        while let Some(told) = self.connection.next().await {
            let _heard = told?;
        }
        Ok(())
    }
}

/// How a visit ended that was to go on. Its `Display` is unsafe for a terminal.
#[derive(Debug, Error)]
pub(super) enum Ended {
    #[error("not admitted as {name}: {why}")]
    NotAdmitted { name: UserName, why: JoinError },
    #[error("the server closed the connection")]
    Closed,
    #[error("the server has not answered for {} s", PATIENCE.as_secs())]
    Silent,
    #[error("the connection was lost: {0}")]
    Lost(#[from] Lost),
}

impl Ended {
    /// The exit code that says so.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::NotAdmitted { why, .. } => match why {
                JoinError::Refused { .. } | JoinError::Full | JoinError::Closed => Exit::Refused,
                JoinError::NoAnswer | JoinError::Lost(_) | JoinError::Unsent(_) => Exit::Lost,
            },
            Self::Closed => Exit::Refused,
            Self::Silent | Self::Lost(_) => Exit::Lost,
        }
    }
}

/// Why a command was not sent.
#[derive(Debug, Error)]
pub(super) enum Unasked {
    #[error("it has {len} octets, the server takes {max}")]
    TooLong { len: usize, max: usize },
    #[error(transparent)]
    Ended(#[from] Ended),
}
