//! A client that reconnects after a loss, under the same name.
//!
//! It waits 1, 2, 4 … 30 s between attempts, less up to a quarter at random. While the lost
//! connection still holds the name, it sends JOIN again. It sends a PING to a server that is silent
//! for 10 s, and gives it up 15 s later. It ends after QUIT, or when the server refuses.
//! `reconnect/policy.rs` decides all that without IO; this module does the IO.

mod backoff;
mod keep_alive;
mod policy;
mod update;

use std::collections::VecDeque;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::{SinkExt, Stream, StreamExt};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

pub use self::backoff::Backoff;
use self::policy::{Decision, Due, Policy};
pub use self::update::Update;
use super::session::{Tag, is_keep_alive};
use super::{Address, ConnectError, Connection, Disconnect, NamePolicy};
use crate::protocol::{Command, CommandError, Event, ServerLine};

/// The most commands that may wait to be sent.
const MAX_WAITING: usize = 1024;

/// A [`Stream`] of what happens in a room, and to the connection to it.
///
/// Polling does everything: it connects, sends the commands given to [`Reconnecting::send`], and
/// reconnects. The stream is cancellation safe and bounded: it reads an event only when polled.
///
/// ```no_run
/// use futures_util::StreamExt;
/// use parlour::client::{Address, NamePolicy, Reconnecting, Update};
/// use parlour::protocol::{Command, Event, Text, UserName};
///
/// # async fn bot() -> Result<(), Box<dyn std::error::Error>> {
/// let address = Address::new(Some("chat.lan"), None)?;
/// let name = NamePolicy::Exact(UserName::new("bot")?);
/// let mut room = Reconnecting::new(address, Some(name));
/// while let Some(update) = room.next().await {
///     match update {
///         Update::Line(Ok(Event::Joined(_)), _) => {
///             // A person who joins while there is no connection gets no welcome.
///             let _ = room.send(Command::Bcst(Text::new("welcome!")?), None);
///         }
///         Update::Disconnected(why, wait) => eprintln!("{why}, again in {} s", wait.as_secs()),
///         Update::Ended(why) => eprintln!("{why}"),
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct Reconnecting {
    address: Address,
    policy: Policy,
    phase: Phase,
    /// Whether a failed attempt is followed by another.
    retries: bool,
    jitter: RandomState,
}

enum Phase {
    Waiting(Pin<Box<Sleep>>),
    Connecting(Pin<Box<dyn Future<Output = Result<Connection, ConnectError>> + Send>>),
    Connected(Box<Connected>),
    Over,
}

/// A connection. What waits to be written on it ends with it, so that no command is ever sent on
/// two.
struct Connected {
    connection: Connection,
    /// The commands to write, or `None` once writing has failed.
    outbox: Option<VecDeque<Command>>,
    /// A timer for the policy's next deadline.
    deadline: Pin<Box<Sleep>>,
}

impl Reconnecting {
    /// A client of the server at `address`, which connects when polled, and joins if there is a
    /// name.
    pub fn new(address: Address, name: Option<NamePolicy>) -> Self {
        Self {
            phase: connecting(&address),
            address,
            policy: Policy::new(name, now()),
            retries: false,
            jitter: RandomState::new(),
        }
    }

    /// Also retries if the very first attempt fails, for a program that may start before the
    /// server.
    pub fn retry_first(mut self) -> Self {
        self.retries = true;
        self
    }

    /// Whether there is a connection now.
    pub fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Connected(_))
    }

    /// Queues `command` for sending. Its answer carries `tag`. Without a connection that takes it,
    /// QUIT ends the stream, JOIN waits for a connection, and other commands fail.
    ///
    /// # Errors
    /// The command itself, if no connection takes it, or if too many commands wait already.
    pub fn send(&mut self, command: Command, tag: Option<Tag>) -> Result<(), Command> {
        let always = matches!(command, Command::Quit | Command::Join(_));
        let has_room = self
            .outbox()
            .is_some_and(|outbox| outbox.len() < MAX_WAITING);
        if !always && !has_room {
            return Err(command);
        }
        self.policy.sent(&command, tag, now());
        self.enqueue(command);
        self.set_deadline();
        Ok(())
    }

    fn outbox(&mut self) -> Option<&mut VecDeque<Command>> {
        match &mut self.phase {
            Phase::Connected(connected) => connected.outbox.as_mut(),
            Phase::Waiting(_) | Phase::Connecting(_) | Phase::Over => None,
        }
    }

    fn enqueue(&mut self, command: Command) {
        if let Some(outbox) = self.outbox() {
            outbox.push_back(command);
        }
    }

    /// Cuts the wait short, if it is waiting to connect or to join.
    pub fn retry_now(&mut self) {
        if let Phase::Waiting(_) = self.phase {
            self.phase = connecting(&self.address);
        }
        self.policy.retry_now(now());
        self.set_deadline();
    }

    fn jitter(&self) -> u8 {
        (self.jitter.hash_one(now()) % 256) as u8
    }

    fn set_deadline(&mut self) {
        let at = self.policy.deadline();
        if let Phase::Connected(connected) = &mut self.phase {
            connected.deadline.as_mut().reset(at.into());
        }
    }

    fn connected(&mut self, connected: Result<Connection, ConnectError>) -> Update {
        match connected {
            Ok(connection) => {
                self.retries = true;
                let join = self.policy.connected(now());
                self.phase = Phase::Connected(Box::new(Connected {
                    connection,
                    outbox: Some(VecDeque::from_iter(join)),
                    deadline: Box::pin(sleep_until(self.policy.deadline().into())),
                }));
                Update::Connected
            }
            Err(why) => {
                let address = self.address.clone();
                let why = Disconnect::Unreachable { address, why };
                if self.retries {
                    self.disconnected(why)
                } else {
                    self.ended(why)
                }
            }
        }
    }

    /// The connection was lost, or an attempt failed.
    fn disconnected(&mut self, why: Disconnect) -> Update {
        let jitter = self.jitter();
        match self.policy.disconnected(why, jitter) {
            Decision::Retry(why, wait) => {
                self.phase = Phase::Waiting(Box::pin(sleep(wait)));
                Update::Disconnected(why, wait)
            }
            Decision::GiveUp(why) => self.ended(why),
        }
    }

    fn ended(&mut self, why: Disconnect) -> Update {
        self.phase = Phase::Over;
        Update::Ended(why)
    }

    fn heard(&mut self, line: ServerLine) -> Option<Update> {
        let jitter = self.jitter();
        let reaction = self.policy.heard(&line, now(), jitter);
        if let Some(command) = reaction.command {
            self.enqueue(command);
        }
        self.set_deadline();
        match (reaction.name_held, line) {
            (Some((name, why, wait)), _) => Some(Update::NameHeld(name, why, wait)),
            // This answers the keep-alive alone.
            (None, Ok(Event::Pong(word))) if is_keep_alive(&word) => None,
            (None, line) => Some(Update::Line(line, reaction.answers)),
        }
    }

    fn poll_connected(&mut self, cx: &mut Context<'_>) -> Poll<Update> {
        loop {
            let Phase::Connected(connected) = &mut self.phase else {
                return Poll::Pending;
            };
            if self.policy.is_quit_overdue(now()) {
                return Poll::Ready(self.disconnected(Disconnect::QuitUnanswered));
            }
            connected.write(cx);
            // Read what has come before judging the silence: perhaps nobody polled for a while.
            let Poll::Ready(line) = connected.connection.poll_next_unpin(cx) else {
                ready!(connected.deadline.as_mut().poll(cx));
                match self.policy.due(now()) {
                    Due::Nothing => {}
                    Due::Send(command) => self.enqueue(command),
                    Due::GiveUp(why) => return Poll::Ready(self.disconnected(why)),
                }
                self.set_deadline();
                continue;
            };
            let update = match line {
                Some(Ok(line)) => self.heard(line),
                Some(Err(lost)) => Some(self.disconnected(self.policy.ended(Some(lost)))),
                None => Some(self.disconnected(self.policy.ended(None))),
            };
            if let Some(update) = update {
                return Poll::Ready(update);
            }
        }
    }
}

impl Stream for Reconnecting {
    type Item = Update;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Update>> {
        loop {
            let is_connecting = matches!(self.phase, Phase::Waiting(_) | Phase::Connecting(_));
            if self.policy.has_quit() && is_connecting {
                return Poll::Ready(Some(self.ended(Disconnect::Left)));
            }
            match &mut self.phase {
                Phase::Waiting(wait) => {
                    ready!(wait.as_mut().poll(cx));
                    self.phase = connecting(&self.address);
                }
                Phase::Connecting(attempt) => {
                    let connected = ready!(attempt.as_mut().poll(cx));
                    return Poll::Ready(Some(self.connected(connected)));
                }
                Phase::Connected(_) => return self.poll_connected(cx).map(Some),
                Phase::Over => return Poll::Ready(None),
            }
        }
    }
}

impl std::fmt::Debug for Reconnecting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reconnecting")
            .field("address", &self.address)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// The time by the runtime's clock, which a test may pause.
fn now() -> std::time::Instant {
    Instant::now().into_std()
}

fn connecting(address: &Address) -> Phase {
    let address = address.clone();
    Phase::Connecting(Box::pin(async move {
        Connection::connect(address.as_pair()).await
    }))
}

impl Connected {
    /// Writes as much as the connection takes now. An error ends the writing; reading, or the
    /// keep-alive, then reports the lost connection.
    fn write(&mut self, cx: &mut Context<'_>) {
        if let Some(outbox) = &mut self.outbox
            && write(&mut self.connection, outbox, cx).is_err()
        {
            self.outbox = None;
        }
    }
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
                // A command that is too long is dropped; the connection goes on.
                Ok(()) | Err(CommandError::TooLong { .. }) => {}
                Err(e @ CommandError::Io(_)) => return Err(e),
            }
        }
    }
    let _ = connection.poll_flush_unpin(cx)?;
    Ok(())
}

#[cfg(test)]
mod tests;
