//! `parlour send`: says something, makes sure that it was taken, and leaves.
//!
//! One line is under way at a time: it has been said when our own broadcast comes back (BCST-1), or, as nothing comes back of a
//! private one, when the PONG to a PING after it comes and no error before (ORDER-3). So whoever writes the input is never
//! outrun, each refusal is about a line that can be named, and nothing is counted as said that the room has not taken.

mod lines;
mod visit;

use futures_util::StreamExt;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::select;
use tokio_util::codec::FramedRead;

use self::lines::{Lines, NoText};
use self::visit::{Ended, Unasked, Visit};
use super::printer::Printer;
use super::{Connection, Exit, Wanted};
use crate::protocol::{Command, ErrorCode, Event, Text, UserName, Word};

/// How it is to be said.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who says it.
    pub name: Wanted,
    /// Who is to hear it; everyone if it is nobody.
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
        Err(ended) => {
            notices.notice(&ended);
            ended.exit()
        }
    };
    // Whoever does not read them still gets the exit code.
    let _unread = notices.drain().await;
    exit
}

async fn visit<I, N>(
    connection: Connection,
    options: Options,
    input: I,
    notices: &mut Printer<N>,
) -> Result<Exit, Ended>
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
                told = visit.next() => { let _heard = told?; }
            }
        };
        let said = match line {
            Some(Ok(Ok(None))) => Ok(()),
            Some(Ok(Ok(Some(text)))) => say(&mut visit, options.to.as_ref(), text).await,
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
            Err(Unsaid::Unasked(Unasked::Ended(ended))) => return Err(ended),
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

/// Says `text` and waits for the proof that the room has taken it.
async fn say(visit: &mut Visit, to: Option<&UserName>, text: Text) -> Result<(), Unsaid> {
    match to {
        None => {
            let from = visit.name().clone();
            visit.ask(Command::Bcst(text.clone())).await?;
            let echo = Event::Broadcast { from, text };
            let taken = |told| match told {
                Ok(Event::Error { code, text }) => Some(Err(Unsaid::Refused { code, text })),
                told => (told.as_ref() == Ok(&echo)).then_some(Ok(())),
            };
            visit.answer(taken).await?
        }
        Some(to) => {
            let to = to.clone();
            visit.ask(Command::Mesg { to, text }).await?;
            let sentinel = Word::new("said").expect("a word");
            visit.ask(Command::Ping(sentinel.clone())).await?;
            let pong = Ok(Event::Pong(sentinel));
            let mut taken = Ok(());
            let heard = |told| {
                let is_pong = told == pong;
                if let Ok(Event::Error { code, text }) = told {
                    taken = Err(Unsaid::Refused { code, text });
                }
                is_pong.then_some(())
            };
            visit.answer(heard).await?;
            taken
        }
    }
}

/// Why a line was not said. Its `Display` is unsafe for a terminal.
#[derive(Debug, Error)]
enum Unsaid {
    #[error(transparent)]
    NoText(#[from] NoText),
    #[error(transparent)]
    Unasked(#[from] Unasked),
    #[error("{text} ({code})")]
    Refused { code: ErrorCode, text: Text },
}

impl Unsaid {
    fn exit(&self) -> Exit {
        match self {
            Self::NoText(_) | Self::Unasked(Unasked::TooLong { .. }) => Exit::Failed,
            Self::Unasked(Unasked::Ended(ended)) => ended.exit(),
            Self::Refused { .. } => Exit::Refused,
        }
    }
}

impl From<Ended> for Unsaid {
    fn from(ended: Ended) -> Self {
        Self::Unasked(ended.into())
    }
}
