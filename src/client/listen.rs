//! `parlour listen`: follows a room, a line or a JSON object an event, until nobody reads or the server closes.
//!
//! It joins, as visitors hear nothing, and shows what the server tells from its own `joined` on. What is not read holds up the
//! reading of the connection, not memory: the server drops a listener that falls behind (SLOW-1). After 15 s without a
//! word the server is asked for a PONG, and given up after as much again.

mod record;
mod unread;

use std::future::Future;
use std::io;
use std::pin::pin;
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;
use tokio::io::AsyncWrite;
use tokio::select;
use tokio::time::sleep;

use self::record::json;
pub use self::unread::unread;
use super::printer::Printer;
use super::visit::{self, Unasked, Visit};
use super::{Connection, Exit, Safe, Wanted};
use crate::protocol::{Command, Event, Told, Word};

/// After a silence of this length the server has to show that it is there, within as much again.
const QUIET: Duration = Duration::from_secs(15);

/// How a room is to be followed.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who listens.
    pub name: Wanted,
    /// How an event is shown.
    pub form: Form,
}

/// How an event is shown, one a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As it came, but for [`Safe`].
    Line,
    /// As a JSON object: `{"v":1,"event":"broadcast","from":"dani","text":"hello","at":"2026-11-22T18:30:00.000Z"}`.
    ///
    /// `v` is the version of this shape, `event` the name of the event in spec section 3.3, or `unreadable`, `at` when it came
    /// (RFC 3339, UTC). Between them:
    ///
    /// | `event` | fields |
    /// |---|---|
    /// | `joined`, `left` | `name` |
    /// | `broadcast` | `from`, `text` |
    /// | `private` | `from`, `to`, `text` |
    /// | `shutting-down`, `close` | |
    /// | `unreadable`: a line that is no event (GRAM-6) | `line` |
    ///
    /// The other events answer what a listener does not ask; where a server tells them all the same they are `full`, `online` with
    /// the array `names`, `help-line` with `text`, `error` with `code` and `text`.
    /// Fields may be added; programs pass over those, and events, that they don't know.
    Json,
}

impl Form {
    fn write(self, told: &Told) -> String {
        match (self, told) {
            (Self::Json, told) => json(told, Timestamp::now()),
            (Self::Line, Ok(event)) => Safe(&event.to_string()).to_string(),
            (Self::Line, Err(unreadable)) => Safe(&unreadable.to_string()).to_string(),
        }
    }
}

/// Follows the room until `unread` is done, `output` breaks, or the connection ends.
///
/// [`Exit::Left`] when nobody reads any more, [`Exit::Refused`] when the server said `close`.
pub async fn run<O, N>(
    connection: Connection,
    options: Options,
    output: O,
    unread: impl Future<Output = ()>,
    notices: N,
) -> Exit
where
    O: AsyncWrite + Unpin,
    N: AsyncWrite + Unpin,
{
    let mut output = Printer::new(output);
    let mut notices = Printer::new(notices);
    let ended = follow(connection, &options, &mut output, unread).await;
    let exit = match &ended {
        Ended::Unread => return Exit::Left,
        Ended::Unwritten(e) if e.kind() == io::ErrorKind::BrokenPipe => return Exit::Left,
        Ended::Unwritten(_) => Exit::Failed,
        Ended::Visit(ended) => ended.exit(),
    };
    notices.notice(ended);
    // Whoever does not read it still gets the exit code.
    let _unread = notices.drain().await;
    exit
}

/// Why a room is not followed any more. Its `Display` is unsafe for a terminal.
#[derive(Debug, Error)]
enum Ended {
    #[error("nobody reads")]
    Unread,
    #[error("the output cannot be written: {0}")]
    Unwritten(#[from] io::Error),
    #[error(transparent)]
    Visit(#[from] visit::Ended),
}

async fn follow<O: AsyncWrite + Unpin>(
    connection: Connection,
    options: &Options,
    output: &mut Printer<O>,
    unread: impl Future<Output = ()>,
) -> Ended {
    let mut unread = pin!(unread);
    let mut visit = match Visit::enter(connection, &options.name).await {
        Ok(visit) => visit,
        Err(ended) => return ended.into(),
    };
    let joined = Event::Joined(visit.name().clone());
    output.line(options.form.write(&Ok(joined)));
    let ended = select! {
        ended = show(&mut visit, options.form, output) => ended,
        () = &mut unread => Ended::Unread,
    };
    match ended {
        // What came before the end is shown, if anybody reads it.
        Ended::Visit(_) => select! {
            drained = output.drain() => drained.map_or_else(Ended::from, |()| ended),
            () = &mut unread => Ended::Unread,
        },
        Ended::Unread | Ended::Unwritten(_) => {
            // Nobody is left to be told how that went.
            let _left = visit.leave().await;
            ended
        }
    }
}

/// Shows what the server tells, as it comes.
async fn show<O: AsyncWrite + Unpin>(
    visit: &mut Visit,
    form: Form,
    output: &mut Printer<O>,
) -> Ended {
    let mut asked = false;
    loop {
        select! {
            drained = output.drain(), if output.is_busy() => if let Err(e) = drained {
                return e.into();
            },
            told = visit.next(), if output.has_room() => {
                asked = false;
                match told {
                    // What the listener's own connecting and asking brought.
                    Ok(Ok(Event::Greeting | Event::Pong(_))) => {}
                    Ok(told) => output.line(form.write(&told)),
                    Err(ended) => return ended.into(),
                }
            }
            () = sleep(QUIET), if output.has_room() => {
                if asked {
                    return visit::Ended::Silent.into();
                }
                asked = true;
                let there = Word::new("there").expect("a word");
                match visit.ask(Command::Ping(there)).await {
                    Ok(()) | Err(Unasked::TooLong { .. }) => {}
                    Err(Unasked::Ended(ended)) => return ended.into(),
                }
            }
        }
    }
}
