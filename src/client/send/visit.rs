//! One visit to a room, from JOIN to `close`.
//!
//! The server has [`ANSWER_TIMEOUT`] for each answer.

use futures_util::{SinkExt, StreamExt};
use tokio::time::timeout;

use super::SendError;
use crate::client::session::{ANSWER_TIMEOUT, Answer, JoinRefusal, Session, Tag, say};
use crate::client::{Connection, Disconnect, Lost, NamePolicy};
use crate::protocol::{Command, CommandError, Event, ServerLine, Text, UserName};

pub(super) struct Visit {
    connection: Connection,
    session: Session,
    next_tag: Tag,
}

impl Visit {
    /// Joins under the first name that is free.
    pub(super) async fn enter(
        connection: Connection,
        names: &NamePolicy,
    ) -> Result<Self, Disconnect> {
        let mut visit = Self {
            connection,
            session: Session::default(),
            next_tag: 0,
        };
        let (mut name, mut others) = names.names();
        loop {
            let Err(why) = visit.join(name.clone()).await? else {
                return Ok(visit);
            };
            match others.next().filter(|_| why.is_name_taken()) {
                Some(other) => name = other,
                None => return Err(Disconnect::NotAdmitted { name, why }),
            }
        }
    }

    async fn join(&mut self, name: UserName) -> Result<Result<(), JoinRefusal>, Disconnect> {
        self.send_short(Command::Join(name)).await?;
        self.answer(|_, answers| match answers.pop() {
            Some(Answer::Admitted(_)) => Some(Ok(())),
            Some(Answer::NotAdmitted(_, why)) => Some(Err(why)),
            Some(Answer::Taken(_) | Answer::Refused { .. }) | None => None,
        })
        .await
    }

    /// Says `text` and waits until the room has accepted or refused it.
    pub(super) async fn say(&mut self, to: Option<&UserName>, text: Text) -> Result<(), SendError> {
        let tag = self.next_tag;
        self.next_tag += 1;
        for (command, tag) in say(to.cloned(), text, tag) {
            self.send(command, tag).await?;
        }
        let taken = Answer::Taken(tag);
        self.answer(|line, answers| match line {
            // Only one line is pending at a time, so any error is about it.
            Ok(Event::Error { code, text }) => Some(Err(SendError::Refused { code, text })),
            _ => answers.contains(&taken).then_some(Ok(())),
        })
        .await?
    }

    /// The next line from the server and what it answers. Waits without a limit. Cancellation safe.
    pub(super) async fn next(&mut self) -> Result<(ServerLine, Vec<Answer>), Disconnect> {
        let lost = match self.connection.next().await {
            Some(Ok(line)) => {
                let answers = self.session.heard(&line);
                return Ok((line, answers));
            }
            Some(Err(lost)) => Some(lost),
            None => None,
        };
        Err(self.session.ended(lost))
    }

    /// Sends QUIT and waits for `close`.
    pub(super) async fn leave(mut self) -> Result<(), Disconnect> {
        self.send_short(Command::Quit).await?;
        let end = timeout(ANSWER_TIMEOUT, self.end()).await;
        let why = end.unwrap_or(Disconnect::QuitUnanswered);
        if let Disconnect::Left = why {
            Ok(())
        } else {
            Err(why)
        }
    }

    /// Reads lines until `find` returns a value for a line and its answers.
    async fn answer<T>(
        &mut self,
        mut find: impl FnMut(ServerLine, &mut Vec<Answer>) -> Option<T>,
    ) -> Result<T, Disconnect> {
        let hearing = async {
            loop {
                let (line, mut answers) = self.next().await?;
                if let Some(found) = find(line, &mut answers) {
                    return Ok(found);
                }
            }
        };
        let answer = timeout(ANSWER_TIMEOUT, hearing).await;
        answer.unwrap_or(Err(Disconnect::Unanswered))
    }

    /// Few commands are unanswered at a time, so this cannot deadlock with a server that waits for
    /// us to read (SLOW-3).
    async fn send(&mut self, command: Command, tag: Option<Tag>) -> Result<(), SendError> {
        self.session.sent(&command, tag);
        match timeout(ANSWER_TIMEOUT, self.connection.send(command)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(CommandError::TooLong { len, max })) => Err(SendError::TooLong { len, max }),
            // The server's last lines say more than the write error does.
            Ok(Err(CommandError::Io(e))) => {
                let end = timeout(ANSWER_TIMEOUT, self.end()).await;
                Err(end.unwrap_or_else(|_| Lost::Broken(e).into()).into())
            }
            Err(_) => Err(Disconnect::Unanswered.into()),
        }
    }

    async fn send_short(&mut self, command: Command) -> Result<(), Disconnect> {
        match self.send(command, None).await {
            Ok(()) => Ok(()),
            Err(SendError::Disconnected(why)) => Err(why),
            Err(SendError::TooLong { .. } | SendError::Line(_) | SendError::Refused { .. }) => {
                unreachable!("JOIN and QUIT are short")
            }
        }
    }

    /// Reads to the end of the connection.
    async fn end(&mut self) -> Disconnect {
        loop {
            if let Err(why) = self.next().await {
                return why;
            }
        }
    }
}
