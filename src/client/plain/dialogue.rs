//! What comes next in the line mode: which typed line is sent, which one waits, when to leave.
//!
//! No IO: the loop of [`run`](super::run) tells it what was typed and what has come, and takes from
//! it what is to be sent.

use thiserror::Error;

use crate::client::session::{Answer, Session};
use crate::client::{Disconnect, Exit, Lost};
use crate::protocol::{Command, ErrorCode, Event, ServerLine, UserName};

#[derive(Debug)]
pub(super) struct Dialogue {
    session: Session,
    turn: Turn,
    /// The first JOIN has not been answered, and without a seat there is no point in staying.
    must_join: bool,
    /// The room did not admit us, the last time it was asked.
    is_refused: bool,
    /// Why not every line was said.
    failure: Option<Exit>,
}

/// Whose turn it is.
#[derive(Debug, PartialEq, Eq)]
enum Turn {
    /// Another line may be typed.
    Typing,
    /// This goes to the server next.
    Sending(Command),
    /// This can't be judged before the JOIN that is on its way is answered.
    Holding(Command),
    /// QUIT goes to the server, after the command that is still to be sent.
    Leaving(Option<Command>),
    /// QUIT was taken for sending.
    Left,
}

impl Dialogue {
    /// At the beginning of a connection, with a name under which to join or leave.
    pub(super) fn new(name: Option<UserName>) -> Self {
        Self {
            session: Session::default(),
            must_join: name.is_some(),
            turn: name.map_or(Turn::Typing, |name| Turn::Sending(Command::Join(name))),
            is_refused: false,
            failure: None,
        }
    }

    /// Whether another typed line can be taken: until then neither [`Dialogue::ask`] nor
    /// [`Dialogue::say`] may be called.
    pub(super) fn is_typing(&self) -> bool {
        self.turn == Turn::Typing
    }

    /// A command was typed.
    pub(super) fn ask(&mut self, command: Command) {
        self.turn = match command {
            Command::Quit => return self.leave(),
            Command::Join(_) if self.session.joining().is_some() => Turn::Holding(command),
            Command::Join(_)
            | Command::Bcst(_)
            | Command::Mesg { .. }
            | Command::List
            | Command::Help
            | Command::Ping(_) => Turn::Sending(command),
        };
    }

    /// A line without a verb was typed, which means `bcst` to a member. It waits for the answer to
    /// a JOIN that is on its way.
    ///
    /// # Errors
    /// [`JoinFirst`] to a visitor.
    pub(super) fn say(&mut self, bcst: Command) -> Result<(), JoinFirst> {
        self.turn = if self.session.member().is_some() {
            Turn::Sending(bcst)
        } else if self.session.joining().is_some() {
            Turn::Holding(bcst)
        } else {
            self.fail(Exit::Failed);
            return Err(JoinFirst);
        };
        Ok(())
    }

    /// A line has come from the server. The line that was held for it goes on its way.
    ///
    /// # Errors
    /// [`JoinFirst`] when that line was meant for the room and the room does not admit us.
    pub(super) fn hear(&mut self, told: &ServerLine) -> Result<(), JoinFirst> {
        let answers = self.session.heard(told);
        if let Ok(Event::Error { code, .. }) = told
            && let Some(exit) = exit_of(*code)
        {
            self.fail(exit);
        }
        // A connection too many is told so unasked, and closed (CONN-3).
        if answers.is_empty() && self.session.is_turned_away() {
            self.is_refused = true;
            self.leave();
        }
        match answers.last() {
            Some(Answer::Admitted(_)) => {
                self.must_join = false;
                self.is_refused = false;
            }
            Some(Answer::NotAdmitted(..)) => {
                self.is_refused = true;
                if std::mem::take(&mut self.must_join) {
                    self.leave();
                }
            }
            Some(Answer::Taken(_) | Answer::Refused { .. }) | None => {}
        }
        if self.session.joining().is_some() {
            return Ok(());
        }
        match std::mem::replace(&mut self.turn, Turn::Typing) {
            Turn::Holding(command @ Command::Bcst(_)) => self.say(command),
            Turn::Holding(command) => {
                self.ask(command);
                Ok(())
            }
            turn => {
                self.turn = turn;
                Ok(())
            }
        }
    }

    /// Leave: nothing more is taken, and QUIT follows what is to be sent already.
    pub(super) fn leave(&mut self) {
        self.turn = match std::mem::replace(&mut self.turn, Turn::Left) {
            Turn::Sending(command) => Turn::Leaving(Some(command)),
            Turn::Typing | Turn::Holding(_) => Turn::Leaving(None),
            turn @ (Turn::Leaving(_) | Turn::Left) => turn,
        };
    }

    /// Whether something is to be sent.
    pub(super) fn has_command(&self) -> bool {
        matches!(self.turn, Turn::Sending(_) | Turn::Leaving(_))
    }

    /// Takes what is to be sent.
    pub(super) fn take_command(&mut self) -> Option<Command> {
        let (command, turn) = match std::mem::replace(&mut self.turn, Turn::Left) {
            Turn::Sending(command) => (Some(command), Turn::Typing),
            Turn::Leaving(Some(command)) => (Some(command), Turn::Leaving(None)),
            Turn::Leaving(None) => (Some(Command::Quit), Turn::Left),
            turn @ (Turn::Typing | Turn::Holding(_) | Turn::Left) => (None, turn),
        };
        self.turn = turn;
        if let Some(command) = &command {
            self.session.sent(command, None);
        }
        command
    }

    /// Whether we want to leave.
    pub(super) fn is_leaving(&self) -> bool {
        matches!(self.turn, Turn::Leaving(_) | Turn::Left)
    }

    /// Whether we want to leave, and nothing but QUIT is left to send.
    fn is_done(&self) -> bool {
        matches!(self.turn, Turn::Leaving(None) | Turn::Left)
    }

    /// The connection has ended: after `close`, or by itself. `is_sent`: all that was taken for
    /// sending is sent.
    pub(super) fn ended(&self, lost: Option<Lost>, is_sent: bool) -> Disconnect {
        match lost {
            None if self.is_done() => Disconnect::Left,
            Some(Lost::Ended) if self.is_done() && is_sent => Disconnect::Left,
            // Something was still to be sent before QUIT.
            Some(lost) => Disconnect::Lost(lost),
            None => self.session.ended(None),
        }
    }

    /// A line was not said, and this exit says why. What the room refused counts for more, whatever
    /// came first.
    pub(super) fn fail(&mut self, exit: Exit) {
        self.failure = self.failure.max(Some(exit));
    }

    /// The exit that says why not every line was said, if so.
    pub(super) fn failure(&self) -> Option<Exit> {
        self.failure
    }

    /// Whether the room has not let us in, the last time we asked.
    pub(super) fn is_refused(&self) -> bool {
        self.is_refused
    }
}

/// The exit for a line that the server refused with this code. The last JOIN counts by itself.
fn exit_of(code: ErrorCode) -> Option<Exit> {
    match code {
        ErrorCode::LineTooLong
        | ErrorCode::NotUtf8
        | ErrorCode::ControlCharacter
        | ErrorCode::UnknownCommand
        | ErrorCode::Usage
        | ErrorCode::NotJoined => Some(Exit::Failed),
        ErrorCode::AlreadyJoined | ErrorCode::NoSuchUser => Some(Exit::Refused),
        ErrorCode::NameInvalid | ErrorCode::NameReserved | ErrorCode::NameTaken => None,
    }
}

/// A line without a verb is for the room, and we are not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not sent, you are not in the room yet: type JOIN and a name, such as JOIN dani")]
pub(super) struct JoinFirst;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{parse_event, parse_line};

    fn command(line: &str) -> Command {
        parse_line(line.as_bytes()).unwrap().unwrap()
    }

    fn hear(dialogue: &mut Dialogue, line: &str) -> Result<(), JoinFirst> {
        dialogue.hear(&Ok(parse_event(line.as_bytes()).unwrap()))
    }

    #[test]
    fn a_visitor_is_told_to_join_first() {
        let mut dialogue = Dialogue::new(None);
        assert_eq!(dialogue.say(command("BCST hi")), Err(JoinFirst));
        assert_eq!(dialogue.take_command(), None);
    }

    /// ORDER-3: a script does not wait for answers.
    #[test]
    fn a_line_typed_after_a_join_waits_for_its_answer() {
        let mut dialogue = Dialogue::new(None);
        dialogue.ask(command("JOIN ann"));
        assert_eq!(dialogue.take_command(), Some(command("JOIN ann")));
        assert_eq!(dialogue.say(command("BCST hi")), Ok(()));
        assert!(!dialogue.has_command() && !dialogue.is_typing());

        hear(&mut dialogue, "PONG 1").unwrap();
        hear(&mut dialogue, "SERVER: bob joined the chat!").unwrap();
        assert!(!dialogue.has_command());
        hear(&mut dialogue, "SERVER: ann joined the chat!").unwrap();
        assert_eq!(dialogue.take_command(), Some(command("BCST hi")));
        assert!(dialogue.is_typing());
    }

    /// JOIN-4
    #[test]
    fn a_refused_join_can_be_followed_by_another() {
        let mut dialogue = Dialogue::new(None);
        dialogue.ask(command("JOIN ann"));
        dialogue.take_command();
        dialogue.ask(command("JOIN bob"));
        assert_eq!(dialogue.take_command(), None);
        hear(&mut dialogue, "ERROR name-taken: no").unwrap();
        assert_eq!(dialogue.take_command(), Some(command("JOIN bob")));
        dialogue.say(command("BCST hi")).unwrap();
        assert_eq!(
            hear(&mut dialogue, "Sorry the chat is full, please try later"),
            Err(JoinFirst)
        );
        assert!(!dialogue.is_leaving() && dialogue.is_refused());
        dialogue.ask(command("JOIN cyd"));
        dialogue.take_command();
        hear(&mut dialogue, "SERVER: cyd joined the chat!").unwrap();
        assert!(!dialogue.is_refused());
    }

    #[test]
    fn a_member_stays_one_when_it_asks_to_join_again() {
        let mut dialogue = Dialogue::new(Some(UserName::new("ann").unwrap()));
        assert_eq!(dialogue.take_command(), Some(command("JOIN ann")));
        hear(&mut dialogue, "SERVER: ann joined the chat!").unwrap();
        dialogue.ask(command("JOIN bob"));
        dialogue.take_command();
        hear(&mut dialogue, "ERROR already-joined: no").unwrap();
        assert_eq!(dialogue.say(command("BCST hi")), Ok(()));
        assert!(!dialogue.is_leaving());
    }

    #[test]
    fn a_person_who_must_join_leaves_when_refused() {
        let mut dialogue = Dialogue::new(Some(UserName::new("ann").unwrap()));
        dialogue.take_command();
        dialogue.say(command("BCST hi")).unwrap();
        assert_eq!(hear(&mut dialogue, "ERROR name-taken: no"), Ok(()));
        assert!(dialogue.is_refused());
        assert_eq!(dialogue.take_command(), Some(Command::Quit));
        assert_eq!(dialogue.take_command(), None);
    }

    /// A refusal is heard when it comes, what is wrong is seen at once: which of them is first must not matter.
    #[test]
    fn a_refusal_counts_for_more_than_a_wrong_line_whichever_is_first() {
        let refusal = "ERROR no-such-user: no";
        let mut dialogue = Dialogue::new(None);
        assert_eq!(dialogue.failure(), None);
        assert_eq!(dialogue.say(command("BCST hi")), Err(JoinFirst));
        assert_eq!(dialogue.failure(), Some(Exit::Failed));
        hear(&mut dialogue, refusal).unwrap();
        assert_eq!(dialogue.failure(), Some(Exit::Refused));

        let mut dialogue = Dialogue::new(None);
        hear(&mut dialogue, refusal).unwrap();
        dialogue.fail(Exit::Failed);
        assert_eq!(dialogue.failure(), Some(Exit::Refused));
    }

    #[test]
    fn quit_comes_last_and_once() {
        let mut dialogue = Dialogue::new(None);
        dialogue.ask(command("PING 1"));
        dialogue.leave();
        dialogue.leave();
        assert!(!dialogue.is_done());
        assert_eq!(dialogue.take_command(), Some(command("PING 1")));
        assert!(dialogue.is_done());
        assert_eq!(dialogue.take_command(), Some(Command::Quit));
        dialogue.leave();
        assert_eq!(dialogue.take_command(), None);
        assert!(dialogue.is_done() && !dialogue.is_typing());
    }
}
