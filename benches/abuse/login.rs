//! Opens a connection of the load and logs it in.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::target::{Protocol, Target};

/// The most time that a server under no attack may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What the client sends first, and what the answer contains.
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

    /// For a client that receives what is said to the room.
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

    /// For a client that talks to the room; Redis sends such a client nothing.
    pub(crate) fn of_talker(target: &Target, name: &str) -> Self {
        match target.protocol {
            Protocol::Parlour | Protocol::Nats => Self::of_reader(target, name),
            Protocol::Redis => Self::new("PING\r\nCLIENT REPLY OFF\r\n", "PONG"),
        }
    }

    /// For a client that gets answers.
    pub(crate) fn of_guest(target: &Target, name: &str) -> Self {
        match target.protocol {
            Protocol::Parlour | Protocol::Nats => Self::of_reader(target, name),
            Protocol::Redis => Self::new("PING\r\n", "PONG"),
        }
    }

    /// Connects and waits for the answer; the socket is non-blocking.
    pub(crate) fn enter(&self, server: SocketAddr) -> io::Result<TcpStream> {
        let socket = TcpStream::connect(server)?;
        socket.set_nodelay(true)?;
        (&socket).write_all(self.says.as_bytes())?;
        hear(&socket, &self.hears)?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    }
}

/// A non-blocking connection that has sent nothing.
pub(crate) fn connect(server: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpStream::connect(server)?;
    socket.set_nodelay(true)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Reads until `text` has come.
pub(crate) fn hear(mut socket: &TcpStream, text: &str) -> io::Result<()> {
    socket.set_nonblocking(false)?;
    socket.set_read_timeout(Some(TIMEOUT))?;
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
