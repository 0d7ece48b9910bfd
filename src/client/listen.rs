//! `parlour listen`: follows a room, a line or a JSON object an event, until nobody reads or the connection ends.
//!
//! It joins, as visitors hear nothing, and shows what the server tells from its own `joined` on.
//! Output that nobody reads holds up the reading of the connection and takes no more memory: the
//! server drops a listener that falls behind (SLOW-1). The connection is a [`Reconnecting`] one: a
//! silent server is sent a PING, and after a loss the end comes or, if so wished, another attempt.

mod listener;
mod record;
mod unread;

use std::future::Future;
use std::io;
use std::pin::pin;

use futures_util::StreamExt;
use jiff::Timestamp;
use tokio::io::AsyncWrite;
use tokio::select;

use self::listener::Listener;
use self::record::json;
pub use self::unread::unread;
use super::printer::Printer;
use super::{Address, Disconnect, Exit, NamePolicy, Reconnecting, Safe};
use crate::protocol::{Command, ServerLine};

/// How a room is to be followed.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who listens.
    pub name: NamePolicy,
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
    /// As a JSON object, such as
    /// `{"v":1,"event":"private","from":"dani","to":"log","text":"hi","at":"2026-11-22T18:30:00.000Z"}`.
    ///
    /// `v` is the version of this shape, `event` the name of the event in spec section 3.3, or
    /// `unreadable`, `at` when it came (RFC 3339, UTC). Between them:
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
    /// The other events answer what a listener does not ask; a server that tells them all the same
    /// gets `full`, `online` with the array `names`, `help-line` with `text`, `error` with `code` and
    /// `text`. Fields and events may be added: programs pass over those that they don't know.
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

    /// A loss has no line, only a notice: it is no word of the server.
    fn lost(self, why: &Disconnect) -> Option<String> {
        match self {
            Self::Json => Some(json(why.into(), Timestamp::now())),
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
    let mut room = Reconnecting::new(address.clone(), Some(options.name));
    if options.retry {
        room = room.retry_first();
    }
    let mut listener = Listener {
        output: Printer::new(output),
        notices: Printer::new(notices),
        form: options.form,
        retry: options.retry,
        address,
        member: false,
        was_member: false,
    };
    let ended = follow(&mut listener, room, unread).await;
    let exit = match ended {
        Ended::Unread => return Exit::Left,
        Ended::Unwritten(e) if e.kind() == io::ErrorKind::BrokenPipe => return Exit::Left,
        Ended::Unwritten(e) => {
            let notice = format_args!("the output cannot be written: {e}");
            listener.notices.notice(notice);
            Exit::Failed
        }
        Ended::Disconnected(why) => {
            listener.notices.notice(&why);
            why.exit()
        }
    };
    // A reader that takes nothing still gets the exit code.
    let _unread = listener.notices.drain().await;
    exit
}

/// Why a room is not followed any more.
enum Ended {
    /// Nobody reads the output any more.
    Unread,
    Unwritten(io::Error),
    Disconnected(Disconnect),
}

async fn follow<O, N>(
    listener: &mut Listener<O, N>,
    mut room: Reconnecting,
    unread: impl Future<Output = ()>,
) -> Ended
where
    O: AsyncWrite + Unpin,
    N: AsyncWrite + Unpin,
{
    let mut unread = pin!(unread);
    let ended = loop {
        let has_room = listener.output.has_room() && listener.notices.has_room();
        select! {
            biased;
            () = &mut unread => break Ended::Unread,
            drained = listener.output.drain(), if listener.output.is_busy() => if let Err(e) = drained {
                break Ended::Unwritten(e);
            },
            _ = listener.notices.drain(), if listener.notices.is_busy() => {}
            Some(update) = room.next(), if has_room => if let Err(why) = listener.update(update) {
                break Ended::Disconnected(why);
            },
        }
    };
    if let Ended::Unread | Ended::Unwritten(_) = ended {
        // Nobody is left to be told how that goes, and it is bounded: QUIT is answered in time or not.
        let _sent = room.send(Command::Quit, None);
        while room.next().await.is_some() {}
        return ended;
    }
    // What came before the end is still shown to a reader.
    select! {
        biased;
        drained = listener.output.drain() => drained.map_or_else(Ended::Unwritten, |()| ended),
        () = &mut unread => Ended::Unread,
    }
}
