//! Decides what the line mode does next: which typed line to send, which one to hold, when to
//! leave.
//!
//! It does no IO: the loop of [`run`](super::run) passes in what the person typed and what the
//! server said, and takes out the commands to send.

use thiserror::Error;

use crate::client::session::{Answer, Session};
use crate::client::{Disconnect, Exit, Lost};
use crate::protocol::{Command, ErrorCode, Event, ServerLine, UserName};

#[derive(Debug)]
pub(super) struct Dialogue {
    session: Session,
    state: State,
    /// The first JOIN has no answer yet, and the program leaves if the room refuses it.
    must_join: bool,
    /// The room refused our last JOIN.
    is_refused: bool,
    /// Why not every line was said.
    failure: Option<Exit>,
}

/// What the dialogue does at the moment.
#[derive(Debug, PartialEq, Eq)]
enum State {
    /// It takes another typed line.
    Typing,
    /// It sends this command next.
    Sending(Command),
    /// It holds this command until the pending JOIN is answered.
    Holding(Command),
    /// It sends QUIT, after this command if there is one.
    Leaving(Option<Command>),
    /// [`Dialogue::take_command`] has returned QUIT.
    Left,
}

impl Dialogue {
    /// The start of a connection. With a name, it joins under that name, or else leaves.
    pub(super) fn new(name: Option<UserName>) -> Self {
        Self {
            session: Session::default(),
            must_join: name.is_some(),
            state: name.map_or(State::Typing, |name| State::Sending(Command::Join(name))),
            is_refused: false,
            failure: None,
        }
    }

    /// Our name in the room.
    pub(super) fn member(&self) -> Option<&UserName> {
        self.session.member()
    }

    /// What to tell a person who has just connected.
    pub(super) fn first_hint(&self) -> &'static str {
        if self.must_join {
            "connected; /help shows what you can type"
        } else {
            "connected; to join, type /join and a name; /help shows what you can type"
        }
    }

    /// Whether it takes another typed line. Unless it does, call neither [`Dialogue::ask`] nor
    /// [`Dialogue::say`].
    pub(super) fn is_typing(&self) -> bool {
        self.state == State::Typing
    }

    /// The person typed a command.
    pub(super) fn ask(&mut self, command: Command) {
        self.state = match command {
            Command::Quit => return self.leave(),
            Command::Join(_) if self.session.joining().is_some() => State::Holding(command),
            Command::Join(_)
            | Command::Bcst(_)
            | Command::Mesg { .. }
            | Command::List
            | Command::Help
            | Command::Ping(_) => State::Sending(command),
        };
    }

    /// The person typed a line without a verb, which means `bcst` if they are a member. If a JOIN
    /// is pending, the line waits for its answer.
    ///
    /// # Errors
    /// [`JoinFirst`] if they are a visitor.
    pub(super) fn say(&mut self, bcst: Command) -> Result<(), JoinFirst> {
        self.state = if self.session.member().is_some() {
            State::Sending(bcst)
        } else if self.session.joining().is_some() {
            State::Holding(bcst)
        } else {
            self.fail(Exit::Failed);
            return Err(JoinFirst);
        };
        Ok(())
    }

    /// A line has come from the server. If it answers the pending JOIN, the held line is released.
    ///
    /// # Errors
    /// [`JoinFirst`] if the held line was for the room and the room did not admit us.
    pub(super) fn hear(&mut self, line: &ServerLine) -> Result<(), JoinFirst> {
        let answers = self.session.heard(line);
        if let Ok(Event::Error { code, .. }) = line
            && let Some(exit) = exit_of(code)
        {
            self.fail(exit);
        }
        // A server at its connection limit says `full` unasked and closes (CONN-3).
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
        match std::mem::replace(&mut self.state, State::Typing) {
            State::Holding(command @ Command::Bcst(_)) => self.say(command),
            State::Holding(command) => {
                self.ask(command);
                Ok(())
            }
            state @ (State::Typing | State::Sending(_) | State::Leaving(_) | State::Left) => {
                self.state = state;
                Ok(())
            }
        }
    }

    /// Leaves: takes no more lines, and sends QUIT after the command that is already waiting.
    pub(super) fn leave(&mut self) {
        self.state = match std::mem::replace(&mut self.state, State::Left) {
            State::Sending(command) => State::Leaving(Some(command)),
            State::Typing | State::Holding(_) => State::Leaving(None),
            state @ (State::Leaving(_) | State::Left) => state,
        };
    }

    /// Whether there is a command to send.
    pub(super) fn has_command(&self) -> bool {
        matches!(self.state, State::Sending(_) | State::Leaving(_))
    }

    /// Takes the command to send.
    pub(super) fn take_command(&mut self) -> Option<Command> {
        let (command, state) = match std::mem::replace(&mut self.state, State::Left) {
            State::Sending(command) => (Some(command), State::Typing),
            State::Leaving(Some(command)) => (Some(command), State::Leaving(None)),
            State::Leaving(None) => (Some(Command::Quit), State::Left),
            state @ (State::Typing | State::Holding(_) | State::Left) => (None, state),
        };
        self.state = state;
        if let Some(command) = &command {
            self.session.sent(command, None);
        }
        command
    }

    /// Whether it is leaving.
    pub(super) fn is_leaving(&self) -> bool {
        matches!(self.state, State::Leaving(_) | State::Left)
    }

    /// Whether it is leaving and has nothing but QUIT left to send.
    fn is_done(&self) -> bool {
        matches!(self.state, State::Leaving(None) | State::Left)
    }

    /// The connection has ended: after `close`, or with `lost`. `is_sent` says whether every
    /// command that was taken has been sent.
    pub(super) fn ended(&self, lost: Option<Lost>, is_sent: bool) -> Disconnect {
        match lost {
            None if self.is_done() => Disconnect::Left,
            Some(Lost::Ended) if self.is_done() && is_sent => Disconnect::Left,
            // A command before QUIT was not sent.
            Some(lost) => Disconnect::Lost(lost),
            None => self.session.ended(None),
        }
    }

    /// Notes that a line was not said, with the exit that says why. A refusal by the room outranks
    /// other failures, whichever came first.
    pub(super) fn fail(&mut self, exit: Exit) {
        self.failure = self.failure.max(Some(exit));
    }

    /// Why not every line was said, or `None` if every line was.
    pub(super) fn failure(&self) -> Option<Exit> {
        self.failure
    }

    /// Whether the room refused our last JOIN.
    pub(super) fn is_refused(&self) -> bool {
        self.is_refused
    }
}

/// The exit for a line that the server refused with this code. Refused JOINs are counted
/// separately.
fn exit_of(code: &ErrorCode) -> Option<Exit> {
    match code {
        ErrorCode::LineTooLong
        | ErrorCode::NotUtf8
        | ErrorCode::ControlCharacter
        | ErrorCode::UnknownCommand
        | ErrorCode::Usage
        | ErrorCode::NotJoined => Some(Exit::Failed),
        ErrorCode::AlreadyJoined | ErrorCode::NoSuchUser | ErrorCode::Other(_) => {
            Some(Exit::Refused)
        }
        ErrorCode::NameInvalid | ErrorCode::NameReserved | ErrorCode::NameTaken => None,
    }
}

/// The person typed a line for the room before joining it.
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

    /// A wrong line is noticed at once and a refusal only later, so their order must not matter.
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
