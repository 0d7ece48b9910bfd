//! `parlour send`: says something, makes sure that it was taken, and leaves.
//!
//! One line is under way at a time: it has been said when our own broadcast comes back (BCST-1), or,
//! as nothing comes back of a private one, when the PONG to a PING after it comes and no error
//! before (ORDER-3). So the input is never read faster than the room takes it, each refusal is about
//! a line that can be named, and no line counts as said that the room has not taken.

mod lines;
mod visit;

use futures_util::StreamExt;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::select;
use tokio_util::codec::FramedRead;

use self::lines::{Lines, NoText};
use self::visit::Visit;
use super::printer::Printer;
use super::{Connection, Disconnect, Exit, NamePolicy};
use crate::protocol::{ErrorCode, Text, UserName};

/// How it is to be said.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who says it.
    pub name: NamePolicy,
    /// Who is to hear it; everyone if `None`.
    pub to: Option<UserName>,
}

/// Says each line of `input` that has something in it.
///
/// A line that can't be said is a notice, and the rest goes on; the exit is then [`Exit::Failed`] if the line was wrong,
/// [`Exit::Refused`] if the server refused it. [`Exit::Left`] promises that every line was taken.
pub async fn run<I, N>(connection: Connection, options: Options, input: I, notices: N) -> Exit
where
    I: AsyncRead + Unpin,
    N: AsyncWrite + Unpin,
{
    let mut notices = Printer::new(notices);
    let exit = match visit(connection, options, input, &mut notices).await {
        Ok(exit) => exit,
        Err(why) => {
            notices.notice(&why);
            why.exit()
        }
    };
    // A reader that takes nothing still gets the exit code.
    let _unread = notices.drain().await;
    exit
}

async fn visit<I, N>(
    connection: Connection,
    options: Options,
    input: I,
    notices: &mut Printer<N>,
) -> Result<Exit, Disconnect>
where
    I: AsyncRead + Unpin,
    N: AsyncWrite + Unpin,
{
    let mut visit = Visit::enter(connection, &options.name).await?;
    let mut lines = FramedRead::new(input, Lines::new());
    let mut exit = Exit::Left;
    for number in 1_u64.. {
        let line = loop {
            select! {
                biased;
                line = lines.next() => break line,
                told = visit.next() => { let _told = told?; }
            }
        };
        let said = match line {
            Some(Ok(Ok(None))) => Ok(()),
            Some(Ok(Ok(Some(text)))) => visit.say(options.to.as_ref(), text).await,
            Some(Ok(Err(wrong))) => Err(wrong.into()),
            Some(Err(e)) => {
                notices.notice(format_args!("the input cannot be read: {e}"));
                exit = Exit::Failed;
                break;
            }
            None => break,
        };
        match said {
            Ok(()) => {}
            Err(Unsaid::Disconnected(why)) => return Err(why),
            Err(unsaid) => {
                notices.notice(format_args!("line {number} was not said: {unsaid}"));
                let _unread = notices.drain().await;
                exit = unsaid.exit();
            }
        }
    }
    visit.leave().await?;
    Ok(exit)
}

/// Why a line was not said. Its `Display` is unsafe for a terminal.
#[derive(Debug, Error)]
enum Unsaid {
    #[error(transparent)]
    NoText(#[from] NoText),
    #[error("it has {len} octets, the server takes {max}")]
    TooLong { len: usize, max: usize },
    #[error("{text} ({code})")]
    Refused { code: ErrorCode, text: Text },
    #[error(transparent)]
    Disconnected(#[from] Disconnect),
}

impl Unsaid {
    fn exit(&self) -> Exit {
        match self {
            Self::NoText(_) | Self::TooLong { .. } => Exit::Failed,
            Self::Refused { .. } => Exit::Refused,
            Self::Disconnected(why) => why.exit(),
        }
    }
}
