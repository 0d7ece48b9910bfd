//! A connection of the load, and how it comes to be what it is to be.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::target::{Protocol, Target};

/// How long a server that nobody attacks may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is said first, and what the answer holds.
pub(crate) struct Login {
    pub(crate) says: String,
    pub(crate) hears: String,
}

impl Login {
    fn new(says: &str, hears: &str) -> Self {
        Self {
            says: says.to_owned(),
            hears: hears.to_owned(),
        }
    }

    /// Of one who is told what is said to the room.
    pub(crate) fn of_reader(target: &Target, name: &str) -> Self {
        match target.protocol {
            Protocol::Parlour => Self::new(
                &format!("JOIN {name}\n"),
                &format!("{name} joined the chat!"),
            ),
            Protocol::Nats => Self::new(
                "CONNECT {\"verbose\":false}\r\nSUB room 1\r\nPING\r\n",
                "PONG",
            ),
            Protocol::Redis => Self::new("SUBSCRIBE room\r\n", ":1\r\n"),
        }
    }

    /// Of one who talks to the room; of Redis such a one is told nothing.
    pub(crate) fn of_talker(target: &Target, name: &str) -> Self {
        match target.protocol {
            Protocol::Parlour | Protocol::Nats => Self::of_reader(target, name),
            Protocol::Redis => Self::new("PING\r\nCLIENT REPLY OFF\r\n", "PONG"),
        }
    }

    /// Of one who is answered.
    pub(crate) fn of_guest(target: &Target, name: &str) -> Self {
        match target.protocol {
            Protocol::Parlour | Protocol::Nats => Self::of_reader(target, name),
            Protocol::Redis => Self::new("PING\r\n", "PONG"),
        }
    }

    /// Connects and waits for the answer; the socket does not block.
    pub(crate) fn enter(&self, server: SocketAddr) -> io::Result<TcpStream> {
        let socket = TcpStream::connect(server)?;
        socket.set_nodelay(true)?;
        (&socket).write_all(self.says.as_bytes())?;
        hear(&socket, &self.hears)?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    }
}

/// A connection that has said nothing and does not block.
pub(crate) fn connect(server: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpStream::connect(server)?;
    socket.set_nodelay(true)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Reads until `text` has come.
pub(crate) fn hear(mut socket: &TcpStream, text: &str) -> io::Result<()> {
    socket.set_nonblocking(false)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let (mut heard, mut input) = (Vec::new(), [0; 4096]);
    while memchr::memmem::find(&heard, text.as_bytes()).is_none() {
        match socket.read(&mut input) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(len) => heard.extend_from_slice(&input[..len]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let heard = heard.escape_ascii();
                return Err(io::Error::other(format!("no {text:?} in {heard}")));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
