//! The line mode: prints what arrives and sends what is typed, at the same time.
//!
//! It serves a person at a terminal and a script on a pipe alike. [`run`] is one loop over
//! everything that can happen; `plain/dialogue.rs` decides what to send, and `client/typed.rs`
//! parses typed lines. Each direction has one bounded buffer, so a slow server or a slow reader of
//! the output slows the other side down, and reading never waits for writing. When several things
//! are ready, the order is fixed, so a run is reproducible.

mod dialogue;
mod render;
mod sender;

use std::io;

use futures_util::{Stream, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::select;
use tokio::time::{Instant, sleep};
use tokio_util::codec::FramedRead;

use self::dialogue::Dialogue;
use self::render::coloured;
use self::sender::Sender;
use super::printer::Printer;
use super::readable::{readable, verbatim};
use super::session::ANSWER_TIMEOUT;
use super::typed::{Typed, TypedLines, help};
use super::{Connection, Disconnect, Exit};
use crate::protocol::{Event, UserName};

/// The input and the outputs.
#[derive(Debug)]
pub struct Streams<I, O, N> {
    /// Lines that are typed or piped in.
    pub input: I,
    /// What the server says, with what [`Safe`](super::Safe) escapes.
    pub output: O,
    /// The program's own messages.
    pub notices: N,
}

/// Options of the line mode.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Join under this name at once; leave if it is refused.
    pub name: Option<UserName>,
    /// Colour the output.
    pub colour: bool,
    /// Print each line as the server sent it, and not in words for a person.
    pub protocol: bool,
    /// The input is a script, and nobody is there to correct a line. So the exit reports a line
    /// that was not said: [`Exit::Failed`] if it was wrong, or was for the room before the script
    /// had joined; [`Exit::Refused`] if the room refused it.
    pub script: bool,
}

/// Runs until the input or the connection ends, or an interrupt comes: the first sends QUIT, the
/// second ends at once. After QUIT the server has [`ANSWER_TIMEOUT`] to say `close`, not counting
/// time during which the output is blocked.
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
    let mut dialogue = Dialogue::new(options.name);
    let mut unread = false;
    let mut failed = false;
    let mut ended = None;
    let mut time_to_close = ANSWER_TIMEOUT;

    while ended.is_none() || output.is_busy() {
        let talking = ended.is_none() && output.has_capacity() && notices.has_capacity();
        let waiting = talking && dialogue.is_leaving();
        let since = Instant::now();
        // Only one command is sent at a time, so sending never delays reading. Reading from the
        // server goes before reading the input: the server drops a client that does not read
        // (SLOW-1).
        select! {
            biased;
            Some(()) = interrupts.next() => {
                if dialogue.is_leaving() || ended.is_some() {
                    return Exit::Interrupted;
                }
                dialogue.leave();
            }
            printed = output.drain(), if output.is_busy() => {
                if let Err(e) = printed {
                    unread = e.kind() == io::ErrorKind::BrokenPipe;
                    if !unread {
                        notices.notice(format_args!("the output cannot be written: {e}"));
                        failed = true;
                    }
                    dialogue.leave();
                }
            }
            () = sleep(time_to_close), if waiting => {}
            // If both are one terminal, a notice must come after the line that it is about.
            _ = notices.drain(), if notices.is_busy() && !output.is_busy() => {}
            sent = sender.send(&mut dialogue), if sender.has_work(&dialogue) => {
                if let Err(unsent) = sent {
                    notices.notice(unsent);
                    dialogue.fail(Exit::Failed);
                }
            }
            line = events.next(), if talking => match line {
                Some(Ok(line)) => {
                    let heard = dialogue.hear(&line);
                    let shown = match (options.protocol, &line) {
                        (true, _) => Some(verbatim(&line)),
                        (false, Ok(Event::Greeting)) => Some(dialogue.first_hint().to_owned()),
                        (false, _) => readable(&line, dialogue.member()),
                    };
                    if let Some(shown) = shown {
                        output.line(coloured(&shown, &line, options.colour));
                    }
                    if let Err(hint) = heard {
                        notices.notice(hint);
                    }
                }
                Some(Err(lost)) => ended = Some(dialogue.ended(Some(lost), !sender.is_busy())),
                None => ended = Some(dialogue.ended(None, !sender.is_busy())),
            },
            typed = input.next(), if talking && dialogue.is_typing() => match typed {
                Some(Ok(Ok(Typed::Help))) => notices.line(help()),
                Some(Ok(Ok(Typed::Command(command)))) => dialogue.ask(command),
                Some(Ok(Ok(Typed::Unsure(_, doubt)))) if !options.script => {
                    let to_say = "(to say it to everyone, type BCST before it)";
                    notices.notice(format_args!("not sent: {doubt} {to_say}"));
                }
                Some(Ok(Ok(Typed::Say(command) | Typed::Unsure(command, _)))) => {
                    if let Err(hint) = dialogue.say(command) {
                        notices.notice(hint);
                    }
                }
                Some(Ok(Err(wrong))) => {
                    notices.notice(wrong);
                    dialogue.fail(Exit::Failed);
                }
                Some(Err(e)) => {
                    notices.notice(format_args!("the input cannot be read: {e}"));
                    failed = true;
                    dialogue.leave();
                }
                None => dialogue.leave(),
            },
        }
        if waiting {
            time_to_close = time_to_close.saturating_sub(since.elapsed());
            if time_to_close.is_zero() {
                ended.get_or_insert(Disconnect::QuitUnanswered);
            }
        }
    }
    let ended = ended.expect("the loop goes on until there is an end");
    let exit = ended.exit();
    if exit != Exit::Left && !unread {
        notices.notice(ended);
    }
    select! {
        biased;
        Some(()) = interrupts.next() => return Exit::Interrupted,
        () = notices.finish() => {}
    }
    if unread {
        return Exit::Left;
    }
    if failed {
        Exit::Failed
    } else if dialogue.is_refused() {
        Exit::Refused
    } else if exit == Exit::Left && options.script {
        dialogue.failure().unwrap_or(exit)
    } else {
        exit
    }
}
