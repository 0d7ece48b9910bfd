//! `parlour listen`: follows a room, a line or a JSON object an event, until nobody reads or the connection ends.
//!
//! It joins, as visitors hear nothing, and shows what the server tells from its own `joined` on. What is not read holds up the
//! reading of the connection, not memory: the server drops a listener that falls behind (SLOW-1). The connection is a
//! [`Lasting`] one: a server that says nothing is asked for a PONG, and a loss is the end or, if so wished, tried again.

mod listener;
mod record;
mod unread;

use std::future::Future;
use std::io;
use std::pin::pin;

use futures_util::StreamExt;
use jiff::Timestamp;
use thiserror::Error;
use tokio::io::AsyncWrite;
use tokio::select;

use self::listener::Listener;
use self::record::json;
pub use self::unread::unread;
use super::printer::Printer;
use super::{Address, Cause, ConnectError, Exit, JoinError, Lasting, Safe, Wanted};
use crate::protocol::{Command, ServerLine, UserName};

/// How a room is to be followed.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who listens.
    pub name: Wanted,
    /// Whether a connection that is lost, or is not there yet, is tried again for as long as it takes.
    pub retry: bool,
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
    /// | `lost`: what is said until the next `joined` is missed | `why` |
    ///
    /// The other events answer what a listener does not ask; where a server tells them all the same they are `full`, `online` with
    /// the array `names`, `help-line` with `text`, `error` with `code` and `text`.
    /// Fields may be added; programs pass over those, and events, that they don't know.
    Json,
}

impl Form {
    fn told(self, told: &ServerLine) -> String {
        match (self, told) {
            (Self::Json, told) => json(told.into(), Timestamp::now()),
            (Self::Line, Ok(event)) => Safe(&event.to_string()).to_string(),
            (Self::Line, Err(unreadable)) => Safe(&unreadable.to_string()).to_string(),
        }
    }

    /// Of a loss there is no line: it is no word of the server, and is told of in a notice.
    fn lost(self, cause: &Cause) -> Option<String> {
        match self {
            Self::Json => Some(json(cause.into(), Timestamp::now())),
            Self::Line => None,
        }
    }
}

/// Follows the room at `address` until `unread` is done, `output` breaks, or the connection ends for good.
///
/// [`Exit::Left`] when nobody reads any more, [`Exit::Refused`] when the server said `close`.
pub async fn run<O, N>(
    address: Address,
    options: Options,
    output: O,
    unread: impl Future<Output = ()>,
    notices: N,
) -> Exit
where
    O: AsyncWrite + Unpin,
    N: AsyncWrite + Unpin,
{
    let mut names = options.name.names();
    let name = names.next().expect("there is at least one name to try");
    let mut room = Lasting::new(address.clone(), Some(name.clone()));
    if options.retry {
        room = room.insist();
    }
    let mut listener = Listener {
        output: Printer::new(output),
        notices: Printer::new(notices),
        form: options.form,
        retry: options.retry,
        place: address,
        name,
        names,
        member: false,
        was_member: false,
    };
    let ended = follow(&mut listener, room, unread).await;
    let exit = match &ended {
        Ended::Unread => return Exit::Left,
        Ended::Unwritten(e) if e.kind() == io::ErrorKind::BrokenPipe => return Exit::Left,
        Ended::Unwritten(_) => Exit::Failed,
        Ended::NotAdmitted { .. } | Ended::Closed => Exit::Refused,
        Ended::Lost(_) => Exit::Lost,
        Ended::Unreachable { .. } => Exit::Unreachable,
    };
    listener.notices.notice(ended);
    // Whoever does not read it still gets the exit code.
    let _unread = listener.notices.drain().await;
    exit
}

/// Why a room is not followed any more. Its `Display` is unsafe for a terminal.
#[derive(Debug, Error)]
enum Ended {
    #[error("nobody reads")]
    Unread,
    #[error("the output cannot be written: {0}")]
    Unwritten(#[from] io::Error),
    #[error("not admitted as {name}: {why}")]
    NotAdmitted { name: UserName, why: JoinError },
    #[error("the server closed the connection")]
    Closed,
    #[error("the connection was lost: {0}")]
    Lost(Cause),
    #[error("cannot reach {place}: {why}")]
    Unreachable { place: Address, why: ConnectError },
}

async fn follow<O, N, I>(
    listener: &mut Listener<O, N, I>,
    mut room: Lasting,
    unread: impl Future<Output = ()>,
) -> Ended
where
    O: AsyncWrite + Unpin,
    N: AsyncWrite + Unpin,
    I: Iterator<Item = UserName>,
{
    let mut unread = pin!(unread);
    let ended = loop {
        let has_room = listener.output.has_room() && listener.notices.has_room();
        select! {
            biased;
            () = &mut unread => break Ended::Unread,
            drained = listener.output.drain(), if listener.output.is_busy() => if let Err(e) = drained {
                break e.into();
            },
            _ = listener.notices.drain(), if listener.notices.is_busy() => {}
            Some(happening) = room.next(), if has_room => if let Err(ended) = listener.hear(happening, &mut room) {
                break ended;
            },
        }
    };
    if let Ended::Unread | Ended::Unwritten(_) = ended {
        // Nobody is left to be told how that goes. It is over soon: there is no connection, or QUIT is answered or not.
        let _sent = room.send(Command::Quit);
        while room.next().await.is_some() {}
        return ended;
    }
    // What came before the end is shown, if anybody reads it.
    select! {
        biased;
        drained = listener.output.drain() => drained.map_or_else(Ended::from, |()| ended),
        () = &mut unread => Ended::Unread,
    }
}
