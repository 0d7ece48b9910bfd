//! The server under test: at an address, or in a process that is started for a case and killed
//! after it.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use socket2::SockRef;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

use super::process::Process;
use crate::exit_status;
use crate::failure::{Failure, Violation};
use crate::limits::Limits;
use crate::outcome::Fault;

/// What is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A running server: `HOST:PORT`.
    Address(String),
    /// A command for `sh`. `{port}` in it stands for a free port, `{host}` for the address to
    /// listen on, and `{capacity}` and so on for the limits of section 8.
    Spawn(String),
}

impl Target {
    /// Whether all cases share one server.
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::Address(_))
    }

    /// Whether this limit can be set: whether its name stands in braces in the command.
    pub fn can_set(&self, limit: &str) -> bool {
        matches!(self, Self::Spawn(command) if command.contains(&format!("{{{limit}}}")))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Address(target) | Self::Spawn(target)) = self;
        f.write_str(target)
    }
}

/// A server to connect to.
pub(super) struct ServerUnderTest {
    address: SocketAddr,
    pub(super) process: Option<Process>,
    /// Whether it has accepted a connection.
    pub(super) was_reached: bool,
    /// Whether its process runs but did not listen in time.
    pub(super) never_listened: bool,
    started: Instant,
    /// How often it may be started again if it ends before it listens: its port may have been taken
    /// after all.
    retries: u8,
    /// The command, complete except for the port.
    command: String,
    port: Option<Port>,
}

impl ServerUnderTest {
    /// Resolves its address, or starts it with these limits.
    pub(super) fn start(target: &Target, limits: &Limits) -> Result<Self, String> {
        let mut server = Self {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            process: None,
            was_reached: false,
            never_listened: false,
            started: Instant::now(),
            retries: 2,
            command: String::new(),
            port: None,
        };
        match target {
            Target::Address(address) => {
                let found = address.to_socket_addrs();
                let mut found = found.map_err(|why| format!("{address}: {why}"))?;
                server.address = found
                    .next()
                    .ok_or_else(|| format!("{address}: no such host"))?;
            }
            Target::Spawn(command) => {
                server.command = command.replace("{host}", "127.0.0.1");
                for (limit, value) in limits.iter() {
                    let named = format!("{{{limit}}}");
                    server.command = server.command.replace(&named, &value.to_string());
                }
                server.spawn()?;
            }
        }
        Ok(server)
    }

    fn spawn(&mut self) -> Result<(), String> {
        // A process that another thread starts inherits all open descriptors until it executes its
        // command, and so may hold a port that is being tried.
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _alone = ONE_AT_A_TIME.lock();
        let port = Port::free().ok_or("no port is free")?;
        let command = self.command.replace("{port}", &port.number.to_string());
        let process = Process::start(&command).map_err(|why| format!("{command}: {why}"))?;
        self.address = (Ipv4Addr::LOCALHOST, port.number).into();
        self.process = Some(process);
        self.port = Some(port);
        Ok(())
    }

    /// Whether it is on this machine, for which no limits by address apply.
    pub(super) fn is_loopback(&self) -> bool {
        self.address.ip().to_canonical().is_loopback()
    }

    /// Opens a connection. Waits up to `within` for the server to listen if it was just started.
    pub(super) async fn connect(
        &mut self,
        buffer: ReceiveBuffer,
        within: Duration,
    ) -> Result<TcpStream, Failure> {
        loop {
            let connected = timeout(within, buffer.connect(self.address)).await;
            let why = match connected {
                Ok(Ok(stream)) => {
                    self.was_reached = true;
                    stream
                        .set_nodelay(true)
                        .map_err(|why| Failure::Error(why.to_string()))?;
                    return Ok(stream);
                }
                Ok(Err(why)) => why,
                Err(_) => io::ErrorKind::TimedOut.into(),
            };
            if self.was_reached {
                return Err(Violation::new(
                    Fault::Refused,
                    "a connection that is taken",
                    why.to_string().as_bytes(),
                )
                .into());
            }
            let Some(process) = &mut self.process else {
                return Err(Failure::Error(format!("{}: {why}", self.address)));
            };
            if let Some(ended) = process.ended() {
                if self.retries > 0 {
                    self.retries -= 1;
                    self.spawn().map_err(Failure::Error)?;
                    continue;
                }
                let why = format!("the server {ended} before it listened on {}", self.address);
                return Err(Failure::Error(exit_status::with_stderr(
                    &why,
                    &process.stderr(),
                )));
            }
            if self.started.elapsed() > within {
                self.never_listened = true;
                let why = format!(
                    "the server does not listen on {} within {within:.1?}: it is told which by \
                     {{port}}, and --timeout gives it longer",
                    self.address
                );
                return Err(Failure::Error(exit_status::with_stderr(
                    &why,
                    &process.stderr(),
                )));
            }
            sleep(Duration::from_millis(2)).await;
        }
    }
}

/// The size of the receive buffer: how much the system takes before the client has read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReceiveBuffer {
    /// The system's default.
    Default,
    /// Small, so that the server soon notices that its client does not read.
    Small,
}

impl ReceiveBuffer {
    async fn connect(self, address: SocketAddr) -> io::Result<TcpStream> {
        /// Octets.
        const SMALL: u32 = 16 << 10;
        /// The segment size on an Ethernet. Those of the loopback are longer than the buffer, and
        /// the server's buffer grows with them.
        const SEGMENT: u32 = 1448;
        let socket = if address.is_ipv4() {
            TcpSocket::new_v4()?
        } else {
            TcpSocket::new_v6()?
        };
        if self == Self::Small {
            socket.set_recv_buffer_size(SMALL)?;
            // If it can't be set, it takes more to fill the buffers.
            let _as_it_is = SockRef::from(&socket).set_tcp_mss(SEGMENT);
        }
        socket.connect(address).await
    }
}

/// A port that nobody listens on, reserved among the processes that look for one in this way.
struct Port {
    number: u16,
    /// The UDP port of the same number marks it as taken.
    _taken: UdpSocket,
}

impl Port {
    /// A port below those that the system assigns to connections, and not one that was handed out
    /// shortly before.
    fn free() -> Option<Self> {
        const FIRST: u16 = 12_000;
        const COUNT: u16 = 20_000;
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let begin = (std::process::id().wrapping_mul(7919) % u32::from(COUNT)) as u16;
        (0..1000).find_map(|_| {
            let n = NEXT.fetch_add(1, Ordering::Relaxed) % COUNT;
            let number = FIRST + (begin + n) % COUNT;
            let taken = UdpSocket::bind((Ipv4Addr::LOCALHOST, number)).ok()?;
            // Tried without listening, so that nobody can connect to the trial.
            let trial = TcpSocket::new_v4().ok()?;
            trial.set_reuseaddr(true).ok()?;
            trial.bind((Ipv4Addr::LOCALHOST, number).into()).ok()?;
            Some(Self {
                number,
                _taken: taken,
            })
        })
    }
}
