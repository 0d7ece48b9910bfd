//! `parlour send`: says something, makes sure that the room accepted it, and leaves.
//!
//! One line is pending at a time. A broadcast is accepted when it comes back (BCST-1). A private
//! line does not come back, so a PING follows it: it is accepted when the PONG comes without an
//! error before it (ORDER-3). So the input is read only as fast as the room accepts it, each
//! refusal belongs to a known line, and a line counts as said only once the room has accepted it.
//!
//! It uses [`Reconnecting`], which sends a PING to a silent server. After a loss it ends or, with
//! [`Options::retry`], reconnects. A line that was pending then is reported and not said again, as
//! the room may have accepted it.

mod lines;

use futures_util::StreamExt;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::select;
use tokio::time::{Instant, sleep_until};
use tokio_util::codec::FramedRead;

use self::lines::{InputLine, LineError, Lines};
use super::printer::Printer;
use super::session::{ANSWER_TIMEOUT, Answer, Tag, say};
use super::{Address, Disconnect, Exit, MAX_LINE, NamePolicy, Reconnecting, Update};
use crate::protocol::{Command, ErrorCode, Event, Text, UserName};

/// Options of `parlour send`.
#[derive(Clone, Debug)]
pub struct Options {
    /// The name to join under.
    pub name: NamePolicy,
    /// The one member to send to, or `None` for everyone.
    pub to: Option<UserName>,
    /// Whether to reconnect without limit after a loss or a failed attempt, including the first.
    pub retry: bool,
}

/// Says each line of `input` that is not blank in the room at `address`.
///
/// If a line can't be said, it prints a notice and goes on with the next. The exit is then
/// [`Exit::Failed`] if the line was wrong, [`Exit::Refused`] if the server refused it, or
/// [`Exit::Lost`] if the connection was lost before the answer, whichever of them is the highest.
/// [`Exit::Left`] promises that the room accepted every line.
pub async fn run<I, N>(address: Address, options: Options, input: I, notices: N) -> Exit
where
    I: AsyncRead + Unpin,
    N: AsyncWrite + Unpin,
{
    let mut room = Reconnecting::new(address.clone(), Some(options.name));
    if options.retry {
        room = room.retry_first();
    }
    let mut sender = Sender {
        room,
        address,
        to: options.to,
        retry: options.retry,
        notices: Printer::new(notices),
        is_member: false,
        pending: None,
        deadline: None,
        number: 0,
        has_noticed_colour: false,
        exit: Exit::Left,
    };
    let ended = sender.send(FramedRead::new(input, Lines::new())).await;
    let exit = if let Disconnect::Left = ended {
        sender.exit
    } else {
        sender.notices.notice(&ended);
        sender.exit.max(ended.exit())
    };
    sender.notices.finish().await;
    exit
}

/// A program that says line after line.
struct Sender<N> {
    room: Reconnecting,
    address: Address,
    to: Option<UserName>,
    retry: bool,
    notices: Printer<N>,
    /// The room has admitted us, on this connection.
    is_member: bool,
    /// The line that has no answer yet.
    pending: Option<Tag>,
    /// When an answer is overdue.
    deadline: Option<Instant>,
    /// The number of the last line that was read. It is also the tag of that line.
    number: Tag,
    /// A notice has said that colours are dropped.
    has_noticed_colour: bool,
    exit: Exit,
}

impl<N: AsyncWrite + Unpin> Sender<N> {
    /// Says the lines. Returns why it ended.
    async fn send<I: AsyncRead + Unpin>(&mut self, mut lines: FramedRead<I, Lines>) -> Disconnect {
        let mut is_reading = true;
        loop {
            let can_read = is_reading && self.is_member && self.pending.is_none();
            let has_capacity = self.notices.has_capacity();
            let deadline = self.deadline;
            let overdue = sleep_until(deadline.unwrap_or_else(Instant::now));
            select! {
                biased;
                _ = self.notices.drain(), if self.notices.is_busy() => {}
                update = self.room.next(), if has_capacity => {
                    let ended = match update {
                        Some(update) => self.update(update),
                        None => Err(Disconnect::Left),
                    };
                    if let Err(why) = ended {
                        return why;
                    }
                }
                line = lines.next(), if can_read && has_capacity => {
                    self.number += 1;
                    match line {
                        Some(Ok(line)) => self.line(line),
                        Some(Err(e)) => {
                            self.notices.notice(format_args!("the input cannot be read: {e}"));
                            self.exit = self.exit.max(Exit::Failed);
                            is_reading = false;
                        }
                        None => is_reading = false,
                    }
                    if !is_reading {
                        let _sent = self.room.send(Command::Quit, None);
                    }
                }
                () = overdue, if deadline.is_some() => {
                    self.deadline = None;
                    if !self.retry {
                        return Disconnect::Unanswered;
                    }
                    self.pending_is_unknown(&Disconnect::Unanswered);
                }
            }
        }
    }

    /// Says a line of the input.
    fn line(&mut self, line: InputLine) {
        if line.had_colour && !std::mem::replace(&mut self.has_noticed_colour, true) {
            let number = self.number;
            self.notices.notice(format_args!(
                "line {number} has colours; they are left out, here and in other lines"
            ));
        }
        let said = match line.text {
            Ok(None) => Ok(()),
            Ok(Some(text)) => self.say(text),
            Err(wrong) => Err(wrong.into()),
        };
        if let Err(unsaid) = said {
            self.unsaid(&unsaid);
        }
    }

    /// Sends a text, which is then pending.
    fn say(&mut self, text: Text) -> Result<(), SendError> {
        let commands = say(self.to.clone(), text, self.number);
        for (command, _) in &commands {
            let len = command.to_string().len() + 1;
            if len > MAX_LINE {
                return Err(SendError::TooLong { len });
            }
        }
        for (command, tag) in commands {
            // There is a connection, as we are a member, and nothing else waits to be sent.
            let _sent = self.room.send(command, tag);
        }
        self.pending = Some(self.number);
        self.deadline = Some(Instant::now() + ANSWER_TIMEOUT);
        Ok(())
    }

    /// Handles what happened in the room, or to the connection.
    ///
    /// # Errors
    /// Why the program has to end, if it does.
    fn update(&mut self, update: Update) -> Result<(), Disconnect> {
        let wait = update.wait(&self.address);
        match update {
            Update::Connected => {}
            Update::Line(line, answers) => {
                let mut refused = None;
                for answer in answers {
                    match answer {
                        Answer::Admitted(_) => self.is_member = true,
                        Answer::NotAdmitted(name, why) => {
                            return Err(Disconnect::NotAdmitted { name, why });
                        }
                        Answer::Taken(tag) if self.pending == Some(tag) => self.answered(),
                        Answer::Taken(_) => {}
                        Answer::Refused { tag, .. } => refused = tag,
                    }
                }
                // One line is pending at a time, so an error is about it, unless it comes late.
                if let Ok(Event::Error { code, text }) = line
                    && self.pending.is_some()
                    && refused.is_none_or(|tag| self.pending == Some(tag))
                {
                    self.unsaid(&SendError::Refused { code, text });
                    self.answered();
                }
            }
            Update::NameHeld(..) => {}
            Update::Disconnected(why, _) if self.retry => {
                self.is_member = false;
                self.pending_is_unknown(&why);
            }
            Update::Disconnected(why, _) | Update::Ended(why) => return Err(why),
        }
        wait.inspect(|wait| self.notices.notice(wait));
        Ok(())
    }

    fn answered(&mut self) {
        self.pending = None;
        self.deadline = None;
    }

    /// Reports that the line just read, or the pending one, was not said.
    fn unsaid(&mut self, why: &SendError) {
        let number = self.number;
        self.notices
            .notice(format_args!("line {number} was not said: {why}"));
        self.exit = self.exit.max(why.exit());
    }

    /// Reports that no answer to the pending line can come any more.
    fn pending_is_unknown(&mut self, why: &Disconnect) {
        if let Some(number) = self.pending {
            self.notices.notice(format_args!(
                "line {number} may or may not have been said, and is not said again: {why}"
            ));
            self.exit = self.exit.max(Exit::Lost);
            self.answered();
        }
    }
}

/// Why a line was not said. Escape its `Display` before it goes to a terminal.
#[derive(Debug, Error)]
enum SendError {
    #[error(transparent)]
    Line(#[from] LineError),
    #[error("it has {len} octets, and parlour sends at most {MAX_LINE}")]
    TooLong { len: usize },
    #[error("{text} ({code})")]
    Refused { code: ErrorCode, text: Text },
}

impl SendError {
    fn exit(&self) -> Exit {
        match self {
            Self::Line(_) | Self::TooLong { .. } => Exit::Failed,
            Self::Refused { .. } => Exit::Refused,
        }
    }
}
