//! `parlour listen`: prints each event of a room, as a line or a JSON object, until nobody reads
//! the output or the connection ends.
//!
//! It joins, as the server tells visitors nothing, and prints what the server says from its own
//! `joined` on. While nobody reads the output, it stops reading the connection and uses no more
//! memory: the server drops a listener that falls behind (SLOW-1). It uses [`Reconnecting`], which
//! sends a PING to a silent server. After a loss it ends or, with [`Options::retry`], reconnects.

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
use super::readable::{readable, verbatim};
use super::{Address, Disconnect, Exit, NamePolicy, Reconnecting};
use crate::protocol::{Command, ServerLine, UserName};

/// Options of `parlour listen`.
#[derive(Clone, Debug)]
pub struct Options {
    /// The name to join under.
    pub name: NamePolicy,
    /// Whether to reconnect without limit after a loss or a failed attempt, including the first.
    pub retry: bool,
    /// How to print an event.
    pub form: Form,
}

/// How to print an event. Each takes one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As it came, escaped by [`Safe`](super::Safe).
    Line,
    /// In words for a person.
    Readable,
    /// As a JSON object on one line, such as this, which is broken in two here:
    ///
    /// ```json
    /// {"v":1,"event":"private","from":"dani","to":"log","text":"hi",
    ///  "at":"2026-11-22T18:30:00.000Z"}
    /// ```
    ///
    /// `v` is the version of this format; `event` is the name of the event in spec section 3.3, or
    /// `unreadable` or `lost`; `at` is when it came (RFC 3339, UTC). The fields between them are:
    ///
    /// | `event` | fields |
    /// |---|---|
    /// | `joined`, `left` | `name` |
    /// | `broadcast` | `from`, `text` |
    /// | `private` | `from`, `to`, `text` |
    /// | `shutting-down`, `close` | |
    /// | `unreadable`: a line that is not an event (GRAM-6) | `line` |
    /// | `lost`: the listener misses what is said until its next `joined` | `why` |
    ///
    /// The other events answer commands that a listener does not send. If a server sends them all
    /// the same, they are `full`, `online` with the array `names`, `help-line` with `text`, and
    /// `error` with `code` and `text`. Later versions may add fields and events: ignore those that
    /// you do not know.
    Json,
}

impl Form {
    /// The line for a listener with the name `me`, if there is one.
    fn line(self, line: &ServerLine, me: &UserName) -> Option<String> {
        match self {
            Self::Json => Some(json(line.into(), Timestamp::now())),
            Self::Line => Some(verbatim(line)),
            Self::Readable => readable(line, Some(me)),
        }
    }

    /// The record of a loss. Only JSON has one, as the server did not say it.
    fn loss(self, why: &Disconnect) -> Option<String> {
        match self {
            Self::Json => Some(json(why.into(), Timestamp::now())),
            Self::Line | Self::Readable => None,
        }
    }
}

/// Follows the room at `address` until `unread` completes, writing to `output` fails, or the
/// connection ends for good.
///
/// Returns [`Exit::Left`] when nobody reads the output any more, and [`Exit::Refused`] when the
/// server said `close`.
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
        member: None,
        was_member: false,
    };
    let ended = follow(&mut listener, room, unread).await;
    let exit = match ended {
        Ended::NoReader => return Exit::Left,
        Ended::WriteFailed(e) if e.kind() == io::ErrorKind::BrokenPipe => return Exit::Left,
        Ended::WriteFailed(e) => {
            let notice = format_args!("the output cannot be written: {e}");
            listener.notices.notice(notice);
            Exit::Failed
        }
        Ended::Disconnected(why) => {
            listener.notices.notice(&why);
            why.exit()
        }
    };
    listener.notices.finish().await;
    exit
}

/// Why the listener ended.
enum Ended {
    /// Nobody reads the output any more.
    NoReader,
    WriteFailed(io::Error),
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
        let has_capacity = listener.output.has_capacity() && listener.notices.has_capacity();
        select! {
            biased;
            () = &mut unread => break Ended::NoReader,
            drained = listener.output.drain(), if listener.output.is_busy() => {
                if let Err(e) = drained {
                    break Ended::WriteFailed(e);
                }
            }
            _ = listener.notices.drain(), if listener.notices.is_busy() => {}
            Some(update) = room.next(), if has_capacity => {
                if let Err(why) = listener.update(update) {
                    break Ended::Disconnected(why);
                }
            }
        }
    };
    if let Ended::NoReader | Ended::WriteFailed(_) = ended {
        // Nobody is left to read the updates. `Reconnecting` bounds the wait for the answer to
        // QUIT.
        let _sent = room.send(Command::Quit, None);
        while room.next().await.is_some() {}
        return ended;
    }
    // Still print what came before the end.
    select! {
        biased;
        drained = listener.output.drain() => drained.map_or_else(Ended::WriteFailed, |()| ended),
        () = &mut unread => Ended::NoReader,
    }
}
