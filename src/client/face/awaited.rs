//! Which command an error answers: those that were sent and may be refused, in their order, which is that of their answers (ORDER-3).

use std::collections::VecDeque;

use crate::protocol::{Command, ErrorCode, Event, UserName};

/// What was sent on this connection and has not been answered yet.
///
/// LIST, HELP and QUIT are refused by no server to a member. A MESG that arrives has no answer: that of the next command tells.
#[derive(Clone, Debug, Default)]
pub(super) struct Awaited(VecDeque<Command>);

impl Awaited {
    /// As many are remembered; more are on their way only to a server that answers nothing.
    const MOST: usize = 2048;

    /// This is being sent.
    pub(super) fn sent(&mut self, command: &Command) {
        match command {
            Command::Bcst(_) | Command::Mesg { .. } | Command::Ping(_) | Command::Join(_) => {
                if self.0.len() == Self::MOST {
                    self.0.pop_front();
                }
                self.0.push_back(command.clone());
            }
            Command::List | Command::Help | Command::Quit => {}
        }
    }

    /// There is another connection, and no answer to what was sent on the last.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The command that `event` answers, if it is an answer to `me`. Whatever was sent before it has been answered too.
    pub(super) fn answered(&mut self, event: &Event, me: Option<&UserName>) -> Option<Command> {
        let answers = |command: &Command| answers(event, me, command);
        let at = self.0.iter().position(answers)?;
        self.0.drain(..=at).next_back()
    }
}

fn answers(event: &Event, me: Option<&UserName>, command: &Command) -> bool {
    match (event, command) {
        (Event::Broadcast { from, text }, Command::Bcst(said)) => me == Some(from) && text == said,
        (Event::Pong(word), Command::Ping(asked)) => word == asked,
        (Event::Joined(name), Command::Join(asked)) => name == asked,
        (Event::Full, Command::Join(_)) => true,
        (Event::Error { code, .. }, _) => may_refuse(*code, command),
        _ => false,
    }
}

/// Whether a well-formed command can be refused with this code (spec section 5), by a server whose limits and rules may be stricter.
fn may_refuse(code: ErrorCode, command: &Command) -> bool {
    match code {
        ErrorCode::LineTooLong | ErrorCode::NotUtf8 | ErrorCode::ControlCharacter => true,
        ErrorCode::UnknownCommand | ErrorCode::Usage => false,
        ErrorCode::NameInvalid | ErrorCode::NameReserved => {
            matches!(command, Command::Join(_) | Command::Mesg { .. })
        }
        ErrorCode::NameTaken | ErrorCode::AlreadyJoined => matches!(command, Command::Join(_)),
        ErrorCode::NotJoined => matches!(command, Command::Bcst(_) | Command::Mesg { .. }),
        ErrorCode::NoSuchUser => matches!(command, Command::Mesg { .. }),
    }
}
