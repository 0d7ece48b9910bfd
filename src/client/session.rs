//! What a client knows of its session (spec section 5), from what it sent and what it heard.
//!
//! [`Session`] has no IO and no clock: it is given each command that is sent and each line that
//! comes, in their order, and says which command a line answers. The line mode, the full screen,
//! `send`, `listen` and [`Reconnecting`](super::Reconnecting) all stand on it.

use std::collections::VecDeque;

use thiserror::Error;

use super::{Disconnect, Lost};
use crate::protocol::{Command, ErrorCode, Event, ServerLine, Text, UserName, Word};

/// The longest wait for the answer to a command, QUIT included.
pub const ANSWER_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(15);

/// The most commands that are remembered until they are answered. More are only ever unanswered on
/// a server that answers nothing, and the oldest is forgotten then.
const MAX_UNANSWERED: usize = 2048;

/// The word of the PING that follows a private line, before the tag of that line.
const RECEIPT: &str = "parlour-receipt-";

/// The word of the PING that asks whether the server is there.
const KEEP_ALIVE: &str = "parlour-is-there";

/// Names a command, so that its answer can be told from that of another. The caller chooses it.
pub type Tag = u64;

/// One session on one connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    state: State,
    /// In the order in which they were sent, which is that of their answers (ORDER-3).
    unanswered: VecDeque<Sent>,
    /// QUIT was sent.
    is_leaving: bool,
    /// The server has said that it shuts down (SHUT-1).
    is_shutting_down: bool,
}

/// How far the session has come.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum State {
    /// Before the greeting, which may still be the `full` of CONN-3.
    New,
    /// Told `full` instead of the greeting: `close` follows (CONN-3).
    TurnedAway,
    /// Greeted, and not in the room.
    Visitor,
    /// In the room under this name.
    Member(UserName),
}

/// A command without an answer yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Sent {
    command: Command,
    tag: Option<Tag>,
}

/// What a line from the server says of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To a JOIN: the room has admitted us under this name.
    Admitted(UserName),
    /// To a JOIN under this name: it has not.
    NotAdmitted(UserName, JoinRefusal),
    /// The server has handled the command with this tag and did not refuse it: a broadcast came
    /// back (BCST-1), or a later command was answered (ORDER-3).
    Taken(Tag),
    /// The server refuses this command.
    Refused {
        /// The command, as far as the code tells.
        command: Command,
        /// Its tag, if it was sent with one.
        tag: Option<Tag>,
    },
}

/// Why the room does not admit a visitor; another JOIN may follow (JOIN-4).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JoinRefusal {
    /// The server refuses; another name may do, as `code` says.
    #[error("{text}")]
    Name {
        /// For programs.
        code: ErrorCode,
        /// For people. From the server, unsafe for a terminal.
        text: Text,
    },
    /// All seats are taken, or all connections.
    #[error("the room is full")]
    Full,
}

impl JoinRefusal {
    /// Whether another name may be free.
    pub fn is_name_taken(&self) -> bool {
        matches!(self, Self::Name { code, .. } if *code == ErrorCode::NameTaken)
    }
}

impl Default for Session {
    /// A session on a new connection, on which nothing was said.
    fn default() -> Self {
        Self {
            state: State::New,
            unanswered: VecDeque::new(),
            is_leaving: false,
            is_shutting_down: false,
        }
    }
}

impl Session {
    /// The name under which the room has admitted us.
    pub fn member(&self) -> Option<&UserName> {
        match &self.state {
            State::Member(name) => Some(name),
            State::New | State::TurnedAway | State::Visitor => None,
        }
    }

    /// The name of the oldest JOIN that has not been answered.
    pub fn joining(&self) -> Option<&UserName> {
        self.unanswered.iter().find_map(Sent::join)
    }

    /// Whether the server has no connection for us (CONN-3).
    pub fn is_turned_away(&self) -> bool {
        self.state == State::TurnedAway
    }

    /// Whether QUIT was sent.
    pub fn is_leaving(&self) -> bool {
        self.is_leaving
    }

    /// Notes that `command` is being sent. `tag` comes back in its answer.
    pub fn sent(&mut self, command: &Command, tag: Option<Tag>) {
        match command {
            Command::Quit => return self.is_leaving = true,
            // Seven lines answer HELP, which no server refuses.
            Command::Help => return,
            Command::Join(_)
            | Command::Bcst(_)
            | Command::Mesg { .. }
            | Command::List
            | Command::Ping(_) => {}
        }
        if self.unanswered.len() == MAX_UNANSWERED {
            let oldest = self
                .unanswered
                .iter()
                .position(|sent| sent.join().is_none());
            self.unanswered.remove(oldest.unwrap_or(0));
        }
        let command = command.clone();
        self.unanswered.push_back(Sent { command, tag });
    }

    /// Notes a line from the server, and says what it answers: the commands that were taken before
    /// the one that it is about, then that one.
    pub fn heard(&mut self, told: &ServerLine) -> Vec<Answer> {
        let Ok(event) = told else {
            return Vec::new();
        };
        let mut answers = Vec::new();
        let answered = self.take_answered(event, &mut answers);
        let join = answered.as_ref().and_then(Sent::join).cloned();
        if self.state == State::TurnedAway && *event != Event::Close {
            self.state = State::New;
        }
        match event {
            Event::Greeting if self.state == State::New => self.state = State::Visitor,
            Event::Joined(_) => {
                if let Some(name) = join {
                    self.state = State::Member(name.clone());
                    answers.push(Answer::Admitted(name));
                }
            }
            Event::Full => {
                if self.state == State::New {
                    self.state = State::TurnedAway;
                }
                answers.extend(join.map(|name| Answer::NotAdmitted(name, JoinRefusal::Full)));
            }
            Event::Error { code, text } => match (join, answered) {
                (Some(name), _) if self.member().is_none() => {
                    let (code, text) = (*code, text.clone());
                    answers.push(Answer::NotAdmitted(name, JoinRefusal::Name { code, text }));
                }
                (_, Some(Sent { command, tag })) => {
                    answers.push(Answer::Refused { command, tag });
                }
                (_, None) => {}
            },
            Event::ShuttingDown => self.is_shutting_down = true,
            Event::Greeting
            | Event::Left(_)
            | Event::Broadcast { .. }
            | Event::Private { .. }
            | Event::Online(_)
            | Event::Pong(_)
            | Event::Help(_)
            | Event::Close => {}
        }
        answers
    }

    /// What the end of the connection means, which is `lost` if it broke off without a `close`.
    pub fn ended(&self, lost: Option<Lost>) -> Disconnect {
        match lost {
            // A server that hangs up after QUIT without a `close` has heard it all the same.
            None | Some(Lost::Ended) if self.is_leaving => Disconnect::Left,
            Some(lost) => Disconnect::Lost(lost),
            None if self.is_shutting_down => Disconnect::ShuttingDown,
            None if self.is_turned_away() => Disconnect::Full,
            None => Disconnect::Closed,
        }
    }

    /// Takes the command that `event` answers off those that are unanswered. All that were sent
    /// before it have been handled, and were not refused (ORDER-3).
    fn take_answered(&mut self, event: &Event, answers: &mut Vec<Answer>) -> Option<Sent> {
        let me = self.member();
        let mut unanswered = self.unanswered.iter();
        let at = unanswered.position(|sent| may_answer(event, &sent.command, me))?;
        let taken = self.unanswered.drain(..at).filter_map(|sent| sent.tag);
        answers.extend(taken.map(Answer::Taken));
        let sent = self.unanswered.pop_front()?;
        if !matches!(event, Event::Error { .. } | Event::Full) {
            answers.extend(sent.tag.map(Answer::Taken));
        }
        Some(sent)
    }
}

impl Sent {
    /// The name of a JOIN.
    fn join(&self) -> Option<&UserName> {
        match &self.command {
            Command::Join(name) => Some(name),
            Command::Bcst(_)
            | Command::Mesg { .. }
            | Command::List
            | Command::Quit
            | Command::Help
            | Command::Ping(_) => None,
        }
    }
}

/// What says `text` to everyone, or to one member; a private line is followed by the PING whose
/// PONG tells that it was taken, as nothing else does (ORDER-3).
pub fn say(to: Option<UserName>, text: Text, tag: Tag) -> Vec<(Command, Option<Tag>)> {
    match to {
        None => vec![(Command::Bcst(text), Some(tag))],
        Some(to) => {
            let word = Word::new(&format!("{RECEIPT}{tag}")).expect("it has no space");
            let receipt = (Command::Ping(word), None);
            vec![(Command::Mesg { to, text }, Some(tag)), receipt]
        }
    }
}

/// The PING that asks whether the server is there.
pub(super) fn keep_alive() -> Command {
    Command::Ping(Word::new(KEEP_ALIVE).expect("it has no space"))
}

/// Whether a PONG with this word answers the PING of [`keep_alive`].
pub(super) fn is_keep_alive(word: &Word) -> bool {
    word.as_str() == KEEP_ALIVE
}

/// Whether a PONG with this word answers a PING of [`say`].
pub fn is_receipt(word: &Word) -> bool {
    word.as_str().starts_with(RECEIPT)
}

/// Whether `event` may be the answer to `command` for the member `me`.
fn may_answer(event: &Event, command: &Command, me: Option<&UserName>) -> bool {
    match (event, command) {
        (Event::Joined(name), Command::Join(asked)) => name == asked,
        (Event::Full, Command::Join(_)) | (Event::Online(_), Command::List) => true,
        (Event::Broadcast { from, text }, Command::Bcst(said)) => me == Some(from) && text == said,
        // A private line for oneself; any other is told to its addressee alone (MESG-2).
        (
            Event::Private { from, to, text },
            Command::Mesg {
                to: asked,
                text: said,
            },
        ) => me == Some(from) && to == asked && text == said,
        (Event::Pong(word), Command::Ping(asked)) => word == asked,
        (Event::Error { code, .. }, _) => may_refuse(*code, command),
        _ => false,
    }
}

/// Whether a well-formed command may be refused with this code (spec section 5), by a server whose
/// limits and rules may be stricter than Parlour's.
fn may_refuse(code: ErrorCode, command: &Command) -> bool {
    match code {
        ErrorCode::LineTooLong | ErrorCode::NotUtf8 | ErrorCode::ControlCharacter => true,
        ErrorCode::UnknownCommand | ErrorCode::Usage => false,
        ErrorCode::NameInvalid | ErrorCode::NameReserved => {
            matches!(command, Command::Join(_) | Command::Mesg { .. })
        }
        ErrorCode::NameTaken | ErrorCode::AlreadyJoined => matches!(command, Command::Join(_)),
        ErrorCode::NotJoined => {
            matches!(
                command,
                Command::Bcst(_) | Command::Mesg { .. } | Command::List
            )
        }
        ErrorCode::NoSuchUser => matches!(command, Command::Mesg { .. }),
    }
}

#[cfg(test)]
mod tests;
