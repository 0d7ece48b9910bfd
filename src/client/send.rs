//! `parlour send`: says something, makes sure that the room accepted it, and leaves.
//!
//! One line is pending at a time. A broadcast is accepted when it comes back (BCST-1). A private
//! line does not come back, so a PING follows it: it is accepted when the PONG comes without an
//! error before it (ORDER-3). So the input is read only as fast as the room accepts it, each
//! refusal belongs to a known line, and a line counts as said only once the room has accepted it.

mod lines;
mod visit;

use futures_util::StreamExt;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::select;
use tokio_util::codec::FramedRead;

use self::lines::{LineError, Lines};
use self::visit::Visit;
use super::printer::Printer;
use super::{Connection, Disconnect, Exit, NamePolicy};
use crate::protocol::{ErrorCode, Text, UserName};

/// Options of `parlour send`.
#[derive(Clone, Debug)]
pub struct Options {
    /// The name to join under.
    pub name: NamePolicy,
    /// The one member to send to, or `None` for everyone.
    pub to: Option<UserName>,
}

/// Says each line of `input` that is not blank.
///
/// If a line can't be said, it prints a notice and goes on with the next. The exit is then
/// [`Exit::Failed`] if the line was wrong, or [`Exit::Refused`] if the server refused it.
/// [`Exit::Left`] promises that the room accepted every line.
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
    // The exit code still counts if the notices cannot be written.
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
                update = visit.next() => drop(update?),
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
            Err(SendError::Disconnected(why)) => return Err(why),
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

/// Why a line was not said. Escape its `Display` before it goes to a terminal.
#[derive(Debug, Error)]
enum SendError {
    #[error(transparent)]
    Line(#[from] LineError),
    #[error("it has {len} octets, the server takes {max}")]
    TooLong { len: usize, max: usize },
    #[error("{text} ({code})")]
    Refused { code: ErrorCode, text: Text },
    #[error(transparent)]
    Disconnected(#[from] Disconnect),
}

impl SendError {
    fn exit(&self) -> Exit {
        match self {
            Self::Line(_) | Self::TooLong { .. } => Exit::Failed,
            Self::Refused { .. } => Exit::Refused,
            Self::Disconnected(why) => why.exit(),
        }
    }
}
