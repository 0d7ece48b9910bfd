//! The line mode: what arrives is printed as it came, what is typed is sent, both at the same time.
//!
//! It serves a person at a terminal and a script on a pipe alike. [`run`] is one loop over everything that can happen; what is
//! decided lies in `plain/standing.rs`, what a typed line means in `client/typed.rs`. Each direction has one bounded place where
//! something waits, so that neither a slow server nor a slow reader of the output is outrun, and reading never waits for writing.

mod look;
mod sender;
mod standing;

use std::io;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::select;
use tokio::time::sleep;
use tokio_util::codec::FramedRead;

use self::look::look;
use self::sender::Sender;
use self::standing::Standing;
use super::printer::Printer;
use super::typed::{Typed, TypedLines, help};
use super::{Connection, Exit, Lost};
use crate::protocol::UserName;

/// After QUIT, as long a silence of the server ends the wait for `close`.
const PATIENCE: Duration = Duration::from_secs(5);

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
    let mut failed = false;
    let mut ended = None;

    while ended.is_none() || output.is_busy() || notices.is_busy() {
        let talking = ended.is_none() && output.has_room() && notices.has_room();
        // Fair, as each of these can be ready without a pause; what is said and shown depends on none of them coming first.
        select! {
            Some(()) = interrupts.next() => {
                if standing.is_leaving() || ended.is_some() {
                    return Exit::Interrupted;
                }
                standing.leave();
            }
            printed = output.drain(), if output.is_busy() => if let Err(e) = printed {
                if e.kind() != io::ErrorKind::BrokenPipe {
                    notices.notice(format_args!("the output cannot be written: {e}"));
                    failed = true;
                }
                standing.leave();
            },
            // Where both are one terminal, a notice comes after the line that it is about.
            _ = notices.drain(), if notices.is_busy() && !output.is_busy() => {}
            told = events.next(), if talking => match told {
                Some(Ok(told)) => {
                    output.line(look(&told, options.colour));
                    if let Some(Err(hint)) = told.ok().map(|event| standing.hear(&event)) {
                        notices.notice(hint);
                    }
                }
                Some(Err(Lost::Ended)) if standing.has_quit() && !sender.is_busy() => ended = Some(Exit::Left),
                Some(Err(lost)) => {
                    notices.notice(format_args!("the connection was lost: {lost}"));
                    ended = Some(Exit::Lost);
                }
                None if standing.has_quit() => ended = Some(Exit::Left),
                None => {
                    notices.notice("the server closed the connection");
                    ended = Some(Exit::Refused);
                }
            },
            sent = sender.send(&mut standing), if sender.wants(&standing) => if let Err(unsent) = sent {
                notices.notice(unsent);
            },
            line = input.next(), if talking && standing.listens() => match line {
                Some(Ok(Ok(Typed::Help))) => notices.line(help()),
                Some(Ok(Ok(Typed::Command(command)))) => standing.ask(command),
                Some(Ok(Ok(Typed::Say(command)))) => if let Err(hint) = standing.say(command) {
                    notices.notice(hint);
                },
                Some(Ok(Err(complaint))) => notices.notice(complaint),
                Some(Err(e)) => {
                    notices.notice(format_args!("the input cannot be read: {e}"));
                    failed = true;
                    standing.leave();
                }
                None => standing.leave(),
            },
            () = sleep(PATIENCE), if talking && standing.is_leaving() => {
                notices.notice(format_args!("the server has not said close for {} s", PATIENCE.as_secs()));
                ended = Some(Exit::Lost);
            }
        }
    }
    if failed {
        Exit::Failed
    } else if standing.is_refused() {
        Exit::Refused
    } else {
        ended.expect("the loop goes on until there is an end")
    }
}
