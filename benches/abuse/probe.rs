//! What a bystander notices: the latency of a PING, and how long a newcomer waits.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use memchr::memmem;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::latencies::Latencies;
use super::login::{Login, connect};
use super::target::{Protocol, Target};

/// The time between two PINGs, and between two newcomers.
const PING_EVERY: Duration = Duration::from_millis(20);
const COME_EVERY: Duration = Duration::from_millis(100);

/// How long to wait for the last answers, still under attack.
const GRACE: Duration = Duration::from_secs(1);

const PONG: &[u8] = b"PONG";

/// A client that sends PINGs at a fixed rate, whether or not earlier ones are answered.
pub(crate) struct Probe<'t> {
    target: &'t Target,
    server: SocketAddr,
    socket: TcpStream,
    /// The server has dropped it and answers nothing more.
    is_lost: bool,
    /// When each unanswered PING was sent.
    sent: VecDeque<Instant>,
    /// The last octets read, in which an answer may have begun.
    tail: Vec<u8>,
    pings: Latencies,
    joins: Latencies,
}

/// The results.
pub(crate) struct Noticed {
    pub(crate) pings: Latencies,
    pub(crate) joins: Latencies,
}

impl<'t> Probe<'t> {
    /// A member of the room, or the corresponding user of another server that answers.
    pub(crate) fn member(target: &'t Target, server: SocketAddr) -> io::Result<Self> {
        let socket = Login::of_guest(target, "probe").enter(server)?;
        Ok(Self::new(target, server, socket))
    }

    pub(crate) fn visitor(target: &'t Target, server: SocketAddr) -> io::Result<Self> {
        Ok(Self::new(target, server, connect(server)?))
    }

    fn new(target: &'t Target, server: SocketAddr, socket: TcpStream) -> Self {
        Self {
            target,
            server,
            socket,
            is_lost: false,
            sent: VecDeque::new(),
            tail: Vec::new(),
            pings: Latencies::default(),
            joins: Latencies::default(),
        }
    }

    /// Sends PINGs until `is_over`, and if `is_open` also connects one newcomer after another.
    pub(crate) fn run(
        mut self,
        is_open: bool,
        mut is_over: impl FnMut() -> io::Result<bool>,
    ) -> io::Result<Noticed> {
        let mut ping = Instant::now();
        let mut newcomer: Option<Newcomer> = None;
        let (mut come, mut came) = (ping, 0);
        let mut end = None;
        while end.is_none_or(|end| Instant::now() < end) {
            let now = Instant::now();
            if end.is_none() && is_over()? {
                end = Some(now + GRACE);
            }
            while ping <= now {
                if end.is_none() {
                    self.ping();
                }
                ping += PING_EVERY;
            }
            if is_open && end.is_none() && newcomer.is_none() && come <= now {
                newcomer = Some(Newcomer::come(self.target, self.server, came)?);
                came += 1;
            }
            self.wait(newcomer.as_ref(), ping.saturating_duration_since(now))?;
            if !self.is_lost {
                self.hear();
            }
            match newcomer.as_mut().map(Newcomer::answer) {
                None | Some(Answer::None) => continue,
                Some(Answer::In(after)) => self.joins.answered.push(after),
                Some(Answer::Refused) => self.joins.unanswered += 1,
            }
            newcomer = None;
            come = Instant::now() + COME_EVERY;
        }
        self.pings.unanswered = self.sent.len();
        self.joins.unanswered += newcomer.iter().count();
        Ok(Noticed {
            pings: self.pings,
            joins: self.joins,
        })
    }

    fn ping(&mut self) {
        self.sent.push_back(Instant::now());
        let written = self.socket.write_all(match self.target.protocol {
            Protocol::Parlour => b"PING 1\n",
            Protocol::Nats | Protocol::Redis => b"PING\r\n",
        });
        self.is_lost |= written.is_err();
    }

    /// Waits until one of them has something to read, for at most `most`.
    fn wait(&self, newcomer: Option<&Newcomer>, most: Duration) -> io::Result<()> {
        let own = (!self.is_lost).then_some(&self.socket);
        let sockets = own
            .into_iter()
            .chain(newcomer.map(|newcomer| &newcomer.socket));
        let mut sockets: Vec<_> = sockets.map(|it| PollFd::new(it, PollFlags::IN)).collect();
        let most = Timespec::try_from(most).map_err(io::Error::other)?;
        poll(&mut sockets, Some(&most))?;
        Ok(())
    }

    fn hear(&mut self) {
        self.is_lost |= read(&self.socket, &mut self.tail).is_err();
        let now = Instant::now();
        let mut end = 0;
        for at in memmem::find_iter(&self.tail, PONG) {
            end = at + PONG.len();
            let sent = self.sent.pop_front();
            self.pings.answered.extend(sent.map(|sent| now - sent));
        }
        let keep = self.tail.len().saturating_sub(PONG.len() - 1).max(end);
        self.tail.drain(..keep);
    }
}

/// A newcomer that wants to join.
struct Newcomer {
    socket: TcpStream,
    login: Login,
    since: Instant,
    heard: Vec<u8>,
}

impl Newcomer {
    fn come(target: &Target, server: SocketAddr, nth: usize) -> io::Result<Self> {
        let login = Login::of_guest(target, &format!("new{nth}"));
        let since = Instant::now();
        let mut socket = connect(server)?;
        socket.write_all(login.says.as_bytes())?;
        Ok(Self {
            socket,
            login,
            since,
            heard: Vec::new(),
        })
    }

    fn answer(&mut self) -> Answer {
        let is_open = read(&self.socket, &mut self.heard).is_ok();
        if memmem::find(&self.heard, self.login.hears.as_bytes()).is_some() {
            Answer::In(self.since.elapsed())
        } else if is_open {
            Answer::None
        } else {
            Answer::Refused
        }
    }
}

/// What the newcomer has read so far.
enum Answer {
    None,
    /// The time it took.
    In(Duration),
    Refused,
}

/// Reads once, if there is something to read.
fn read(mut socket: &TcpStream, into: &mut Vec<u8>) -> io::Result<()> {
    let mut input = [0; 16 << 10];
    match socket.read(&mut input) {
        Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
        Ok(len) => {
            into.extend_from_slice(&input[..len]);
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
        Err(error) => Err(error),
    }
}
