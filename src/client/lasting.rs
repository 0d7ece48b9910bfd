//! A connection that outlives its connections: lost, it is tried again, and the same name is taken again.
//!
//! It waits 1, 2, 4 … 30 s between attempts, less a little by chance; a name that is still held by one's own lost connection is
//! waited for; a server that says nothing for 10 s is asked for a PONG, and given up 15 s later. After QUIT, or when the server
//! refuses, it ends. What decides is `lasting/tether.rs`, without IO; here it is done.

mod backoff;
mod happening;
mod tether;

use std::collections::VecDeque;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::{SinkExt, Stream, StreamExt};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

pub use self::backoff::Backoff;
pub use self::happening::{Cause, Ending, Happening};
use self::tether::{After, Due, Heard, Tether};
use super::{Address, ConnectError, Connection};
use crate::protocol::{Command, CommandError, ServerLine, UserName};

/// As many commands may wait for the server to take them.
const WAITING: usize = 1024;

/// A [`Stream`] of what happens in a room and to the connection to it.
///
/// Polling it does everything: it connects, sends what [`Lasting::send`] was given, and tries again. It is cancellation safe and
/// bounded: events are read when they are asked for.
///
/// ```no_run
/// use futures_util::StreamExt;
/// use parlour::client::{Address, Happening, Lasting};
/// use parlour::protocol::{Command, Event, Text, UserName};
///
/// # async fn bot() -> Result<(), Box<dyn std::error::Error>> {
/// let address = Address::new(Some("chat.lan"), None)?;
/// let mut room = Lasting::new(address, Some(UserName::new("bot")?));
/// while let Some(happening) = room.next().await {
///     match happening {
///         Happening::Told(Ok(Event::Joined(_))) => {
///             // Whoever comes while there is no connection goes without a welcome.
///             let _ = room.send(Command::Bcst(Text::new("welcome!")?));
///         }
///         Happening::Lost(cause, wait) => eprintln!("{cause}, again in {} s", wait.as_secs()),
///         Happening::Ended(ending) => eprintln!("{ending:?}"),
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct Lasting {
    address: Address,
    tether: Tether,
    phase: Phase,
    /// An attempt that fails is followed by another.
    insists: bool,
    chances: RandomState,
    outbox: VecDeque<Command>,
    /// What follows from the line that was told last.
    next: Option<Happening>,
}

enum Phase {
    Waiting(Pin<Box<Sleep>>),
    Connecting(Pin<Box<dyn Future<Output = Result<Connection, ConnectError>> + Send>>),
    Talking(Box<Connection>, Pin<Box<Sleep>>),
    Over,
}

impl Lasting {
    /// A connection to `address` that joins under `name`, if there is one, as soon as it is polled.
    pub fn new(address: Address, name: Option<UserName>) -> Self {
        Self {
            phase: connecting(&address),
            address,
            tether: Tether::new(name, now()),
            insists: false,
            chances: RandomState::new(),
            outbox: VecDeque::new(),
            next: None,
        }
    }

    /// The same, and the very first attempt is tried again as well when it fails, for whoever may be there before the server.
    pub fn insist(mut self) -> Self {
        self.insists = true;
        self
    }

    /// Whether there is a connection.
    pub fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Talking(..))
    }

    /// Sends `command` as soon as the server takes it. Without a connection QUIT ends the wait for one, and JOIN is sent when
    /// there is one.
    ///
    /// # Errors
    /// The command itself when there is no connection for it, or when the server is too far behind.
    pub fn send(&mut self, command: Command) -> Result<(), Command> {
        let connected = self.is_connected();
        let matters = matches!(command, Command::Quit | Command::Join(_));
        if !matters && (!connected || self.outbox.len() >= WAITING) {
            return Err(command);
        }
        self.tether.send(&command, now());
        if connected {
            self.outbox.push_back(command);
            self.set_alarm();
        }
        Ok(())
    }

    /// Tries again now instead of later, if it is waiting to.
    pub fn hurry(&mut self) {
        if let Phase::Waiting(_) = self.phase {
            self.phase = connecting(&self.address);
        }
        self.tether.hurry(now());
        self.set_alarm();
    }

    fn chance(&self) -> u8 {
        (self.chances.hash_one(now()) % 256) as u8
    }

    fn set_alarm(&mut self) {
        let due = self.tether.next_due();
        if let Phase::Talking(_, alarm) = &mut self.phase {
            alarm.as_mut().reset(due.into());
        }
    }

    fn end(&mut self, closed: bool, cause: Cause) -> Happening {
        self.outbox.clear();
        let chance = self.chance();
        self.phase = Phase::Over;
        match self.tether.end(closed, chance) {
            After::TryAgain(wait) => {
                self.phase = Phase::Waiting(Box::pin(sleep(wait)));
                Happening::Lost(cause, wait)
            }
            After::Refused => Happening::Ended(Ending::Refused),
            After::Left => Happening::Ended(match cause {
                Cause::Silent => Ending::Unanswered,
                Cause::Broken(_) | Cause::Stopped | Cause::Closed | Cause::Unreachable(_) => {
                    Ending::Left
                }
            }),
        }
    }

    fn hear(&mut self, told: ServerLine) -> Option<Happening> {
        let chance = self.chance();
        match self.tether.hear(&told, now(), chance) {
            Heard::Nothing => {}
            Heard::Knock => return None,
            Heard::Admitted(name) => self.next = Some(Happening::Admitted(name)),
            Heard::Haunted(name, wait) => {
                self.set_alarm();
                return Some(Happening::Haunted(name, wait));
            }
        }
        Some(Happening::Told(told))
    }

    fn poll_talk(&mut self, cx: &mut Context<'_>) -> Poll<Happening> {
        loop {
            let Phase::Talking(connection, alarm) = &mut self.phase else {
                return Poll::Pending;
            };
            if self.tether.is_unanswered(now()) {
                return Poll::Ready(self.end(false, Cause::Silent));
            }
            // A connection that takes nothing any more is noticed by what it says, or by its silence.
            if write(connection, &mut self.outbox, cx).is_err() {
                self.outbox.clear();
            }
            // What has come is heard before the server is said to be silent: perhaps nobody asked for long.
            let Poll::Ready(told) = connection.poll_next_unpin(cx) else {
                std::task::ready!(alarm.as_mut().poll(cx));
                match self.tether.due(now()) {
                    Due::Nothing => {}
                    Due::Send(command) => self.outbox.push_back(command),
                    Due::GiveUp => return Poll::Ready(self.end(false, Cause::Silent)),
                }
                self.set_alarm();
                continue;
            };
            let closed = told.is_none();
            let happening = match told {
                Some(Ok(told)) => self.hear(told),
                Some(Err(lost)) => Some(self.end(closed, Cause::Broken(lost))),
                None if self.tether.is_stopping() => Some(self.end(closed, Cause::Stopped)),
                None => Some(self.end(closed, Cause::Closed)),
            };
            if let Some(happening) = happening {
                return Poll::Ready(happening);
            }
        }
    }
}

impl Stream for Lasting {
    type Item = Happening;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Happening>> {
        if let Some(next) = self.next.take() {
            return Poll::Ready(Some(next));
        }
        loop {
            if self.tether.has_quit()
                && matches!(self.phase, Phase::Waiting(_) | Phase::Connecting(_))
            {
                self.phase = Phase::Over;
                return Poll::Ready(Some(Happening::Ended(Ending::Left)));
            }
            match &mut self.phase {
                Phase::Waiting(wait) => {
                    std::task::ready!(wait.as_mut().poll(cx));
                    self.phase = connecting(&self.address);
                }
                Phase::Connecting(attempt) => {
                    return Poll::Ready(Some(match std::task::ready!(attempt.as_mut().poll(cx)) {
                        Ok(connection) => {
                            self.insists = true;
                            let first = self.tether.connect(now());
                            self.outbox.extend(first);
                            let alarm = sleep_until(self.tether.next_due().into());
                            self.phase = Phase::Talking(Box::new(connection), Box::pin(alarm));
                            Happening::Connected
                        }
                        Err(e) if self.insists => self.end(false, Cause::Unreachable(e)),
                        Err(e) => {
                            self.phase = Phase::Over;
                            Happening::Ended(Ending::Unreachable(e))
                        }
                    }));
                }
                Phase::Talking(..) => return self.poll_talk(cx).map(Some),
                Phase::Over => return Poll::Ready(None),
            }
        }
    }
}

impl std::fmt::Debug for Lasting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lasting")
            .field("address", &self.address)
            .field("tether", &self.tether)
            .finish_non_exhaustive()
    }
}

/// By the clock of the runtime, which a test may stop.
fn now() -> std::time::Instant {
    Instant::now().into_std()
}

fn connecting(address: &Address) -> Phase {
    let address = address.clone();
    Phase::Connecting(Box::pin(async move {
        Connection::connect(address.as_pair()).await
    }))
}

/// Writes as much of the outbox as the connection takes now.
fn write(
    connection: &mut Connection,
    outbox: &mut VecDeque<Command>,
    cx: &mut Context<'_>,
) -> Result<(), CommandError> {
    while !outbox.is_empty() && connection.poll_ready_unpin(cx)?.is_ready() {
        if let Some(command) = outbox.pop_front() {
            match connection.start_send_unpin(command) {
                // It can never be sent, and the connection goes on.
                Ok(()) | Err(CommandError::TooLong { .. }) => {}
                Err(e @ CommandError::Io(_)) => return Err(e),
            }
        }
    }
    let _ = connection.poll_flush_unpin(cx)?;
    Ok(())
}
