//! The client's view of its session (spec section 5), derived from what it sent and received.
//!
//! [`Session`] has no IO and no clock. The caller passes in each command sent and each line
//! received, in order, and [`Session`] says which command a line answers. The line mode, the full
//! screen, `send`, `listen` and [`Reconnecting`](super::Reconnecting) are all built on it.

use std::collections::VecDeque;

use thiserror::Error;

use super::{Disconnect, Lost};
use crate::protocol::{Command, ErrorCode, Event, ServerLine, Text, UserName, Word};

/// The longest wait for the answer to a command, QUIT included.
pub const ANSWER_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(15);

/// The most unanswered commands that are remembered. Only a server that answers nothing leaves more
/// unanswered; then the oldest is forgotten.
const MAX_UNANSWERED: usize = 2048;

/// The start of the word of the PING that follows a private line. The tag of that line follows.
const RECEIPT: &str = "parlour-receipt-";

/// The word of the keep-alive PING.
const KEEP_ALIVE: &str = "parlour-is-there";

/// Identifies a command in its answer. The caller chooses it.
pub type Tag = u64;

/// One session on one connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    state: State,
    /// In the order of sending, in which the server also answers (ORDER-3).
    unanswered: VecDeque<Sent>,
    /// QUIT was sent.
    is_leaving: bool,
    /// The server has announced that it is shutting down (SHUT-1).
    is_shutting_down: bool,
}

/// The state of the session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum State {
    /// Before the greeting; the `full` of CONN-3 may come instead.
    New,
    /// The server said `full` instead of the greeting, and `close` follows (CONN-3).
    TurnedAway,
    /// Greeted, but not in the room.
    Visitor,
    /// In the room under this name.
    Member(UserName),
}

/// A command that has no answer yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Sent {
    command: Command,
    tag: Option<Tag>,
}

/// What a line from the server says about a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To a JOIN: the room has admitted us under this name.
    Admitted(UserName),
    /// To a JOIN under this name: the room has not admitted us.
    NotAdmitted(UserName, JoinRefusal),
    /// The server has handled the command with this tag and did not refuse it: a broadcast came
    /// back (BCST-1), or a later command was answered (ORDER-3).
    Taken(Tag),
    /// The server refuses this command.
    Refused {
        /// The first command that the error can be about.
        command: Command,
        /// Its tag, if it was sent with one.
        tag: Option<Tag>,
    },
}

/// Why the room does not admit a visitor; another JOIN may follow (JOIN-4).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JoinRefusal {
    /// The server refuses this name. `code` says whether another may do.
    #[error("{text}")]
    Name {
        /// For programs.
        code: ErrorCode,
        /// For people. It comes from the server, so escape it before it goes to a terminal.
        text: Text,
    },
    /// All seats are taken, or all connections.
    #[error("the room is full")]
    Full,
}

impl JoinRefusal {
    /// What it means when our connection was lost and the room does not admit us again.
    pub(crate) fn held(&self, name: &str) -> String {
        match self {
            Self::Name { .. } => format!("{name} is held by the lost connection"),
            Self::Full => "the room is full, perhaps with the lost connection".to_owned(),
        }
    }

    /// Whether the name was taken, so that another may be free.
    pub fn is_name_taken(&self) -> bool {
        matches!(self, Self::Name { code, .. } if *code == ErrorCode::NameTaken)
    }
}

impl Default for Session {
    /// The session on a new connection.
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
    /// Our name in the room, if the room has admitted us.
    pub fn member(&self) -> Option<&UserName> {
        match &self.state {
            State::Member(name) => Some(name),
            State::New | State::TurnedAway | State::Visitor => None,
        }
    }

    /// The name of the oldest unanswered JOIN.
    pub fn joining(&self) -> Option<&UserName> {
        self.unanswered.iter().find_map(Sent::join)
    }

    /// Whether the server turned us away because it has too many connections (CONN-3).
    pub fn is_turned_away(&self) -> bool {
        self.state == State::TurnedAway
    }

    /// Whether QUIT was sent.
    pub fn is_leaving(&self) -> bool {
        self.is_leaving
    }

    /// Notes that `command` is being sent. Its answer carries `tag`.
    pub fn sent(&mut self, command: &Command, tag: Option<Tag>) {
        match command {
            Command::Quit => return self.is_leaving = true,
            // HELP has seven lines of answer, and no server refuses it.
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

    /// Notes a line from the server. Returns what it answers: first the earlier commands that it
    /// shows to be handled, then the command that it is about.
    pub fn heard(&mut self, line: &ServerLine) -> Vec<Answer> {
        let Ok(event) = line else {
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
                    let (code, text) = (code.clone(), text.clone());
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

    /// What the end of the connection means: after `close`, or with `lost`.
    pub fn ended(&self, lost: Option<Lost>) -> Disconnect {
        match lost {
            // A server that hangs up after QUIT without `close` has still handled QUIT.
            None | Some(Lost::Ended) if self.is_leaving => Disconnect::Left,
            Some(lost) => Disconnect::Lost(lost),
            None if self.is_shutting_down => Disconnect::ShuttingDown,
            None if self.is_turned_away() => Disconnect::Full,
            None if self.member().is_none() => Disconnect::NotJoined,
            None => Disconnect::Closed,
        }
    }

    /// Removes and returns the unanswered command that `event` answers. The server has handled all
    /// earlier ones and refused none of them (ORDER-3).
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

/// The commands that say `text` to everyone, or to one member. A PING follows a private line, as
/// only its PONG shows that the server has handled the line (ORDER-3).
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

/// The keep-alive PING.
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
        // A private line to ourselves. Any other goes only to its addressee (MESG-2).
        (
            Event::Private { from, to, text },
            Command::Mesg {
                to: asked,
                text: said,
            },
        ) => me == Some(from) && to == asked && text == said,
        (Event::Pong(word), Command::Ping(asked)) => word == asked,
        (Event::Error { code, .. }, _) => may_refuse(code, command),
        _ => false,
    }
}

/// Whether a server may refuse a well-formed command with this code (spec section 5). Its limits
/// and rules may be stricter than Parlour's, and a later version may have other codes (ERR-3).
fn may_refuse(code: &ErrorCode, command: &Command) -> bool {
    match code {
        ErrorCode::LineTooLong
        | ErrorCode::NotUtf8
        | ErrorCode::ControlCharacter
        | ErrorCode::Other(_) => true,
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
