//! One connection to a room: typed events in, typed commands out (spec sections 2 and 3).
//!
//! Both directions are bounded: the client reads an event only when the program asks for one, and
//! commands wait until the server reads them. So a program that sends much must read at the same
//! time, with [`Connection::split`] or `select!`. Every method and both halves are cancellation
//! safe: the next future finishes what a dropped one left undone, and no line is ever cut.

mod halves;
mod race;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{Sink, SinkExt, Stream, StreamExt};
use socket2::{SockRef, TcpKeepalive};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, ToSocketAddrs, lookup_host};
use tokio::time::timeout;

pub use self::halves::{Commands, Events, Lost};
use super::session::{Answer, JoinRefusal, Session};
use crate::protocol::{ClientCodec, Command, CommandError, ServerLine, UserName};

/// The longest time that [`Connection::connect`] takes to look up the host, and then to connect.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long sent octets may stay unacknowledged before the system takes the link for dead.
#[cfg(any(target_os = "android", target_os = "linux"))]
const USER_TIMEOUT: Duration = Duration::from_secs(60);

/// The most unsent octets in the socket's send buffer.
#[cfg(any(target_os = "android", target_os = "linux"))]
const NOTSENT_LOWAT: u32 = 16 << 10;

/// TCP keep-alive: the idle time before the first probe, the interval, the probes before giving up.
const KEEPALIVE: TcpKeepalive = TcpKeepalive::new()
    .with_time(Duration::from_secs(30))
    .with_interval(Duration::from_secs(10))
    .with_retries(3);

/// The longest line that the client sends, in octets with its LF: what a server accepts by default
/// (LINE-2). A client cannot learn whether its server accepts more.
pub const MAX_LINE: usize = 4096;

/// A connection to a room: a [`Stream`] of lines from the server and a [`Sink`] of [`Command`]s.
///
/// ```
/// use futures_util::{SinkExt, TryStreamExt};
/// use parlour::client::Connection;
/// use parlour::protocol::{Command, Event, Text, UserName};
///
/// # use parlour::server::{self, Config, Console};
/// # use tokio::task::{LocalSet, spawn_local};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// # LocalSet::new().block_on(&runtime, async {
/// # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// # let addr = listener.local_addr()?;
/// # let (config, console) = (Config::default(), Console::silent());
/// # spawn_local(server::run(listener, config, console, std::future::pending()));
/// # let mut dani = Connection::connect(addr).await?;
/// # dani.join(UserName::new("dani")?).await?;
/// # spawn_local(async move {
/// #     while let Ok(Some(line)) = dani.try_next().await {
/// #         if let Ok(Event::Joined(_)) = line {
/// #             let hello = Text::new("hello").expect("a text");
/// #             dani.send(Command::Bcst(hello)).await.expect("the server reads");
/// #         }
/// #     }
/// # });
/// let mut connection = Connection::connect(addr).await?;
/// connection.join(UserName::new("echo")?).await?;
///
/// // Repeat one line that another member says, then leave.
/// while let Some(line) = connection.try_next().await? {
///     match line {
///         Ok(Event::Broadcast { from, text }) if from.as_str() != "echo" => {
///             connection.send(Command::Bcst(text)).await?;
///             connection.send(Command::Quit).await?;
///         }
///         Ok(event) => println!("{event}"),
///         Err(unreadable) => println!("not an event: {unreadable:?}"),
///     }
/// }
/// // The server said `close`. A connection that ends without it yields an error instead.
/// # Ok(())
/// # })
/// # }
/// ```
#[derive(Debug)]
pub struct Connection {
    events: Events,
    commands: Commands,
}

impl Connection {
    /// Connects to the first of the addresses that answers. It tries them one after the other, IPv6
    /// and IPv4 in turn, and starts the next attempt after 250 ms without waiting for the last
    /// (RFC 8305).
    ///
    /// If the link goes dead, the stream yields [`Lost`] within about a minute: on Linux always, on
    /// other systems only while no sent octets are unacknowledged.
    ///
    /// # Errors
    /// [`ConnectError`] when there is no address, or none answers, within [`CONNECT_TIMEOUT`].
    pub async fn connect(addr: impl ToSocketAddrs) -> Result<Self, ConnectError> {
        Ok(Self::over(dial(addr).await?, MAX_LINE))
    }

    /// Uses a stream that is already connected. Outgoing lines have at most `max_line` octets.
    pub fn over<S>(stream: S, max_line: usize) -> Self
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (reader, writer) = halves::split(stream);
        let codec = ClientCodec::new(max_line);
        Self {
            events: Events::new(reader, codec.clone()),
            commands: Commands::new(writer, codec),
        }
    }

    /// Asks for a seat under `name` and waits for the answer. After a refusal, you can try another
    /// name (JOIN-4).
    ///
    /// The stream later yields the lines that came before the answer, such as the greeting, but not
    /// the answer itself. Read the answers to earlier JOINs before you call this. If you drop the
    /// future, the stream yields the answer when it comes.
    ///
    /// # Errors
    /// [`JoinError`]: the room refuses or is full, or no answer can come any more.
    pub async fn join(&mut self, name: UserName) -> Result<(), JoinError> {
        let join = Command::Join(name);
        let mut session = Session::default();
        session.sent(&join, None);
        self.send(join).await?;
        while self.events.can_keep() {
            let line = self.events.next_line().await.ok_or(JoinError::Closed)??;
            match session.heard(&line).pop() {
                Some(Answer::NotAdmitted(_, why)) => return Err(why.into()),
                Some(_) => return Ok(()),
                None => self.events.keep(line),
            }
        }
        Err(JoinError::NoAnswer)
    }

    /// Splits the two directions, for two tasks. Dropping [`Commands`] ends this side of the stream
    /// (CONN-5).
    pub fn split(self) -> (Commands, Events) {
        (self.commands, self.events)
    }
}

async fn dial(addr: impl ToSocketAddrs) -> Result<TcpStream, ConnectError> {
    let found = timeout(CONNECT_TIMEOUT, lookup_host(addr)).await;
    let addresses = found.map_err(|_| ConnectError::LookupTimedOut)?;
    let addresses: Vec<_> = addresses.map_err(ConnectError::Lookup)?.collect();
    let stream = timeout(CONNECT_TIMEOUT, race::connect(&addresses))
        .await
        .map_err(|_| ConnectError::TimedOut)??;
    stream.set_nodelay(true)?;
    // The connection also works on a system without these options.
    let _unsupported = detect_dead_link(&SockRef::from(&stream));
    Ok(stream)
}

/// Sets the options that let the system detect a dead link: keep-alive probes while the link is
/// idle, and a limit on unacknowledged octets while it is not. Only Linux has the second, and a
/// limit on unsent octets, which keeps little waiting for a slow server.
fn detect_dead_link(stream: &SockRef<'_>) -> io::Result<()> {
    stream.set_tcp_keepalive(&KEEPALIVE)?;
    #[cfg(any(target_os = "android", target_os = "linux"))]
    {
        stream.set_tcp_user_timeout(Some(USER_TIMEOUT))?;
        stream.set_tcp_notsent_lowat(NOTSENT_LOWAT)?;
    }
    Ok(())
}

impl Stream for Connection {
    type Item = Result<ServerLine, Lost>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.events.poll_next_unpin(cx)
    }
}

impl Sink<Command> for Connection {
    type Error = CommandError;

    fn poll_ready(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), CommandError>> {
        self.commands.poll_ready_unpin(cx)
    }

    fn start_send(mut self: Pin<&mut Self>, command: Command) -> Result<(), CommandError> {
        self.commands.start_send_unpin(command)
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), CommandError>> {
        self.commands.poll_flush_unpin(cx)
    }

    fn poll_close(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), CommandError>> {
        self.commands.poll_close_unpin(cx)
    }
}

/// Why a JOIN did not lead into the room.
#[derive(Debug, Error)]
pub enum JoinError {
    /// The room refuses.
    #[error(transparent)]
    Refused(#[from] JoinRefusal),
    /// The server said `close` instead.
    #[error("the server closed the connection")]
    Closed,
    /// Too many other lines came, and none of them was the answer.
    #[error("the server does not answer a JOIN")]
    NoAnswer,
    /// The connection broke off.
    #[error(transparent)]
    Lost(#[from] Lost),
    /// The JOIN was not sent.
    #[error(transparent)]
    Unsent(#[from] CommandError),
}

/// Why there is no connection.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The name of the host was not looked up within [`CONNECT_TIMEOUT`].
    #[error("looking up its name took more than {} s", CONNECT_TIMEOUT.as_secs())]
    LookupTimedOut,
    /// The name of the host has no address, or none was found out.
    #[error("its name cannot be looked up: {0}")]
    Lookup(io::Error),
    /// No address answered within [`CONNECT_TIMEOUT`].
    #[error("no answer within {} s", CONNECT_TIMEOUT.as_secs())]
    TimedOut,
    /// The host refused the connection: no server listens there.
    #[error("nobody listens there; is parlour-server running?")]
    NobodyListens,
    /// The host cannot be reached.
    #[error(transparent)]
    Io(io::Error),
}

impl From<io::Error> for ConnectError {
    fn from(e: io::Error) -> Self {
        if e.kind() == io::ErrorKind::ConnectionRefused {
            Self::NobodyListens
        } else {
            Self::Io(e)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_dead_link_is_noticed_within_a_minute() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("bound");
        let stream = dial(address).await.expect("it listens");
        assert!(stream.nodelay().expect("an option"));
        let socket = SockRef::from(&stream);
        let timeout = socket.tcp_user_timeout().expect("an option");
        assert_eq!(timeout, Some(Duration::from_secs(60)));
        assert!(socket.keepalive().expect("an option"));
        let [idle, interval] = [socket.tcp_keepalive_time(), socket.tcp_keepalive_interval()];
        let retries = socket.tcp_keepalive_retries().expect("an option");
        let asked = idle.expect("an option") + interval.expect("an option") * retries;
        assert_eq!((asked, retries), (Duration::from_secs(60), 3));
    }
}
