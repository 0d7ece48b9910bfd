//! What this side knows of its session (spec section 5), and what it wants to say next.
//!
//! No IO: the loop of [`run`](super::run) tells it what was typed and what has come, and takes from it what is to be sent.

use thiserror::Error;

use crate::client::Exit;
use crate::client::join::answer;
use crate::protocol::{Command, ErrorCode, Event, UserName};

#[derive(Debug)]
pub(super) struct Standing {
    joined: bool,
    /// The JOIN whose answer is awaited.
    asked: Option<UserName>,
    /// The answer decides whether there is any point in staying.
    must_join: bool,
    refused: bool,
    missed: Option<Exit>,
    /// A line that can't be judged before that answer.
    held: Option<Command>,
    /// To be sent.
    next: Option<Command>,
    leaving: Leaving,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaving {
    No,
    /// QUIT is to be sent.
    Wanted,
    /// QUIT was taken for sending.
    Told,
}

impl Standing {
    /// At the beginning of a connection, with a name under which to join or leave.
    pub(super) fn new(name: Option<UserName>) -> Self {
        Self {
            joined: false,
            must_join: name.is_some(),
            refused: false,
            missed: None,
            held: None,
            next: name.clone().map(Command::Join),
            asked: name,
            leaving: Leaving::No,
        }
    }

    /// Whether another typed line can be taken: until then neither [`Standing::ask`] nor [`Standing::say`] may be called.
    pub(super) fn listens(&self) -> bool {
        self.next.is_none() && self.held.is_none() && self.leaving == Leaving::No
    }

    /// A command was typed.
    pub(super) fn ask(&mut self, command: Command) {
        match command {
            Command::Quit => self.leave(),
            Command::Join(_) if self.asked.is_some() => self.held = Some(command),
            Command::Join(ref name) => {
                self.asked = Some(name.clone());
                self.next = Some(command);
            }
            Command::Bcst(_)
            | Command::Mesg { .. }
            | Command::List
            | Command::Help
            | Command::Ping(_) => self.next = Some(command),
        }
    }

    /// A line without a verb was typed, which means `bcst` to a member. Whoever is about to join is waited for.
    ///
    /// # Errors
    /// [`JoinFirst`] to a visitor.
    pub(super) fn say(&mut self, bcst: Command) -> Result<(), JoinFirst> {
        if self.joined {
            self.next = Some(bcst);
        } else if self.asked.is_some() {
            self.held = Some(bcst);
        } else {
            self.miss(Exit::Failed);
            return Err(JoinFirst);
        }
        Ok(())
    }

    /// This has come. The line that was held for it goes on its way.
    ///
    /// # Errors
    /// [`JoinFirst`] when that line was meant for the room and the room does not admit us.
    pub(super) fn hear(&mut self, event: &Event) -> Result<(), JoinFirst> {
        // A connection too many is told so unasked, and closed (CONN-3).
        if *event == Event::Full && !self.joined && self.asked.is_none() {
            self.refused = true;
            self.leave();
        }
        if let Event::Error { code, .. } = event
            && let Some(exit) = missed(*code)
        {
            self.miss(exit);
        }
        let Some(answer) = self.asked.as_ref().and_then(|name| answer(event, name)) else {
            return Ok(());
        };
        self.asked = None;
        self.joined |= answer.is_ok();
        self.refused = !self.joined;
        if self.refused && self.must_join {
            self.leave();
        }
        self.must_join = false;
        match self.held.take() {
            Some(command @ Command::Bcst(_)) => self.say(command),
            Some(command) => {
                self.ask(command);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Leave: nothing more is taken, and QUIT follows what is to be sent already.
    pub(super) fn leave(&mut self) {
        self.held = None;
        if self.leaving == Leaving::No {
            self.leaving = Leaving::Wanted;
        }
    }

    /// Whether something is to be sent.
    pub(super) fn has_command(&self) -> bool {
        self.next.is_some() || self.leaving == Leaving::Wanted
    }

    /// Takes what is to be sent.
    pub(super) fn take_command(&mut self) -> Option<Command> {
        if let Some(command) = self.next.take() {
            return Some(command);
        }
        (self.leaving == Leaving::Wanted).then(|| {
            self.leaving = Leaving::Told;
            Command::Quit
        })
    }

    /// Whether we want to leave.
    pub(super) fn is_leaving(&self) -> bool {
        self.leaving != Leaving::No
    }

    /// Whether we want to leave, and nothing but QUIT is left to send.
    pub(super) fn is_done(&self) -> bool {
        self.is_leaving() && self.next.is_none()
    }

    /// A line was not said, and this exit says why. What the room refused counts for more, whatever came first.
    pub(super) fn miss(&mut self, exit: Exit) {
        self.missed = self.missed.max(Some(exit));
    }

    /// The exit that says why not every line was said, if so.
    pub(super) fn missed(&self) -> Option<Exit> {
        self.missed
    }

    /// Whether the room has not let us in, the last time we asked.
    pub(super) fn is_refused(&self) -> bool {
        self.refused
    }
}

/// What an error of this code says of a line that was sent, but for a JOIN, of which the last one decides.
fn missed(code: ErrorCode) -> Option<Exit> {
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

    fn hear(standing: &mut Standing, line: &str) -> Result<(), JoinFirst> {
        standing.hear(&parse_event(line.as_bytes()).unwrap())
    }

    #[test]
    fn a_visitor_is_told_to_join_first() {
        let mut standing = Standing::new(None);
        assert_eq!(standing.say(command("BCST hi")), Err(JoinFirst));
        assert_eq!(standing.take_command(), None);
    }

    /// ORDER-3: a script does not wait for answers.
    #[test]
    fn a_line_typed_after_a_join_waits_for_its_answer() {
        let mut standing = Standing::new(None);
        standing.ask(command("JOIN ann"));
        assert_eq!(standing.take_command(), Some(command("JOIN ann")));
        assert_eq!(standing.say(command("BCST hi")), Ok(()));
        assert!(!standing.has_command() && !standing.listens());

        hear(&mut standing, "PONG 1").unwrap();
        hear(&mut standing, "SERVER: bob joined the chat!").unwrap();
        assert!(!standing.has_command());
        hear(&mut standing, "SERVER: ann joined the chat!").unwrap();
        assert_eq!(standing.take_command(), Some(command("BCST hi")));
        assert!(standing.listens());
    }

    /// JOIN-4
    #[test]
    fn a_refused_join_can_be_followed_by_another() {
        let mut standing = Standing::new(None);
        standing.ask(command("JOIN ann"));
        standing.take_command();
        standing.ask(command("JOIN bob"));
        assert_eq!(standing.take_command(), None);
        hear(&mut standing, "ERROR name-taken: no").unwrap();
        assert_eq!(standing.take_command(), Some(command("JOIN bob")));
        standing.say(command("BCST hi")).unwrap();
        assert_eq!(
            hear(&mut standing, "Sorry the chat is full, please try later"),
            Err(JoinFirst)
        );
        assert!(!standing.is_leaving() && standing.is_refused());
        standing.ask(command("JOIN cyd"));
        hear(&mut standing, "SERVER: cyd joined the chat!").unwrap();
        assert!(!standing.is_refused());
    }

    #[test]
    fn a_member_stays_one_when_it_asks_to_join_again() {
        let mut standing = Standing::new(Some(UserName::new("ann").unwrap()));
        assert_eq!(standing.take_command(), Some(command("JOIN ann")));
        hear(&mut standing, "SERVER: ann joined the chat!").unwrap();
        standing.ask(command("JOIN bob"));
        standing.take_command();
        hear(&mut standing, "ERROR already-joined: no").unwrap();
        assert_eq!(standing.say(command("BCST hi")), Ok(()));
        assert!(!standing.is_leaving());
    }

    #[test]
    fn whoever_must_join_leaves_when_refused() {
        let mut standing = Standing::new(Some(UserName::new("ann").unwrap()));
        standing.take_command();
        standing.say(command("BCST hi")).unwrap();
        assert_eq!(hear(&mut standing, "ERROR name-taken: no"), Ok(()));
        assert!(standing.is_refused());
        assert_eq!(standing.take_command(), Some(Command::Quit));
        assert_eq!(standing.take_command(), None);
    }

    /// A refusal is heard when it comes, what is wrong is seen at once: which of them is first must not matter.
    #[test]
    fn a_refusal_counts_for_more_than_a_wrong_line_whichever_is_first() {
        let refusal = "ERROR no-such-user: no";
        let mut standing = Standing::new(None);
        assert_eq!(standing.missed(), None);
        assert_eq!(standing.say(command("BCST hi")), Err(JoinFirst));
        assert_eq!(standing.missed(), Some(Exit::Failed));
        hear(&mut standing, refusal).unwrap();
        assert_eq!(standing.missed(), Some(Exit::Refused));

        let mut standing = Standing::new(None);
        hear(&mut standing, refusal).unwrap();
        standing.miss(Exit::Failed);
        assert_eq!(standing.missed(), Some(Exit::Refused));
    }

    #[test]
    fn quit_comes_last_and_once() {
        let mut standing = Standing::new(None);
        standing.ask(command("PING 1"));
        standing.leave();
        standing.leave();
        assert!(!standing.is_done());
        assert_eq!(standing.take_command(), Some(command("PING 1")));
        assert!(standing.is_done());
        assert_eq!(standing.take_command(), Some(Command::Quit));
        standing.leave();
        assert_eq!(standing.take_command(), None);
        assert!(standing.is_done() && !standing.listens());
    }
}
