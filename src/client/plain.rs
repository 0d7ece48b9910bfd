//! The line mode: what arrives is printed as it came, what is typed is sent, both at the same time.
//!
//! It serves a person at a terminal and a script on a pipe alike. [`run`] is one loop over everything that can happen; what is
//! decided lies in `plain/standing.rs`, what a typed line means in `client/typed.rs`. Each direction has one bounded place where
//! something waits, so that neither a slow server nor a slow reader of the output is outrun, and reading never waits for writing.
//! Where more than one thing can go on, the order is fixed, so that nothing is left to chance.

mod look;
mod sender;
mod standing;

use std::io;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::select;
use tokio::time::{Instant, sleep};
use tokio_util::codec::FramedRead;

use self::look::look;
use self::sender::Sender;
use self::standing::Standing;
use super::printer::Printer;
use super::typed::{Typed, TypedLines, help};
use super::{Connection, Exit, Lost};
use crate::protocol::UserName;

/// After QUIT a server is heard for so long, whatever it says; then the wait for `close` ends. While the reader of the output
/// holds up the hearing, the clock stands.
const PATIENCE: Duration = Duration::from_secs(15);

/// Where the words come from and go to.
#[derive(Debug)]
pub struct Streams<I, O, N> {
    /// What is typed, or piped in.
    pub input: I,
    /// What arrives, as it came but for [`Safe`](super::Safe), a line each.
    pub output: O,
    /// What the program itself has to say.
    pub notices: N,
}

/// How the conversation is to go.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Join under this name at once; leave if it is refused.
    pub name: Option<UserName>,
    /// Colour the output.
    pub colour: bool,
    /// Nobody sits there who would mend a line that is not said to the room: the exit tells of it, [`Exit::Failed`] where the line
    /// is wrong or there is no room to say it to, [`Exit::Refused`] where the room does not take it.
    pub script: bool,
}

/// Talks until the input or the connection ends, or somebody interrupts: once to leave, twice to leave at once.
pub async fn run<I, O, N>(
    connection: Connection,
    options: Options,
    streams: Streams<I, O, N>,
    mut interrupts: impl Stream<Item = ()> + Unpin,
) -> Exit
where
    I: AsyncRead + Unpin,
    O: AsyncWrite + Unpin,
    N: AsyncWrite + Unpin,
{
    let (commands, mut events) = connection.split();
    let mut sender = Sender::new(commands);
    let mut input = FramedRead::new(streams.input, TypedLines::new());
    let mut output = Printer::new(streams.output);
    let mut notices = Printer::new(streams.notices);
    let mut standing = Standing::new(options.name);
    let mut unread = false;
    let mut failed = false;
    let mut ended = None;
    let mut patience = PATIENCE;

    while ended.is_none() || output.is_busy() || notices.is_busy() {
        let talking = ended.is_none() && output.has_room() && notices.has_room();
        let waiting = talking && standing.is_leaving();
        let since = Instant::now();
        // What is to be sent is one line, so it never holds up what comes. What comes goes before what is typed: the server drops
        // whoever does not read, and whoever it outruns (SLOW-1).
        select! {
            biased;
            Some(()) = interrupts.next() => {
                if standing.is_leaving() || ended.is_some() {
                    return Exit::Interrupted;
                }
                standing.leave();
            }
            printed = output.drain(), if output.is_busy() => if let Err(e) = printed {
                unread = e.kind() == io::ErrorKind::BrokenPipe;
                if !unread {
                    notices.notice(format_args!("the output cannot be written: {e}"));
                    failed = true;
                }
                standing.leave();
            },
            () = sleep(patience), if waiting => {}
            // Where both are one terminal, a notice comes after the line that it is about.
            _ = notices.drain(), if notices.is_busy() && !output.is_busy() => {}
            sent = sender.send(&mut standing), if sender.wants(&standing) => if let Err(unsent) = sent {
                notices.notice(unsent);
                standing.miss(Exit::Failed);
            },
            told = events.next(), if talking => match told {
                Some(Ok(told)) => {
                    output.line(look(&told, options.colour));
                    if let Some(Err(hint)) = told.ok().map(|event| standing.hear(&event)) {
                        notices.notice(hint);
                    }
                }
                Some(Err(Lost::Ended)) if standing.is_done() && !sender.is_busy() => ended = Some(Ended::Left),
                Some(Err(lost)) => ended = Some(Ended::Lost(lost)),
                None if standing.is_done() => ended = Some(Ended::Left),
                None => ended = Some(Ended::Closed),
            },
            line = input.next(), if talking && standing.listens() => match line {
                Some(Ok(Ok(Typed::Help))) => notices.line(help()),
                Some(Ok(Ok(Typed::Command(command)))) => standing.ask(command),
                Some(Ok(Ok(Typed::Say(command)))) => if let Err(hint) = standing.say(command) {
                    notices.notice(hint);
                },
                Some(Ok(Err(complaint))) => {
                    notices.notice(complaint);
                    standing.miss(Exit::Failed);
                }
                Some(Err(e)) => {
                    notices.notice(format_args!("the input cannot be read: {e}"));
                    failed = true;
                    standing.leave();
                }
                None => standing.leave(),
            },
        }
        if waiting {
            patience = patience.saturating_sub(since.elapsed());
            if patience.is_zero() {
                ended.get_or_insert(Ended::Unclosed);
            }
        }
    }
    if unread {
        return Exit::Left;
    }
    let ended = ended.expect("the loop goes on until there is an end");
    let exit = ended.exit();
    if exit != Exit::Left {
        notices.notice(ended);
        select! {
            biased;
            Some(()) = interrupts.next() => return Exit::Interrupted,
            // Whoever does not read it still gets the exit code.
            _ = notices.drain() => {}
        }
    }
    if failed {
        Exit::Failed
    } else if standing.is_refused() {
        Exit::Refused
    } else if exit == Exit::Left && options.script {
        standing.missed().unwrap_or(exit)
    } else {
        exit
    }
}

/// How the conversation ended. Its `Display` is unsafe for a terminal.
#[derive(Debug, Error)]
enum Ended {
    #[error("the server closed the connection, as asked")]
    Left,
    #[error("the server closed the connection")]
    Closed,
    #[error("the connection was lost: {0}")]
    Lost(Lost),
    #[error("the server has not said close within {} s", PATIENCE.as_secs())]
    Unclosed,
}

impl Ended {
    /// The exit code that says so.
    fn exit(&self) -> Exit {
        match self {
            Self::Left => Exit::Left,
            Self::Closed => Exit::Refused,
            Self::Lost(_) | Self::Unclosed => Exit::Lost,
        }
    }
}
