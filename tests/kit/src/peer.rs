//! One end of a connection: a blocking socket.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

use crate::{DEADLINE, GREETING};

/// One end of a connection.
#[derive(Debug)]
pub struct Peer {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Peer {
    /// A connection to the server.
    pub fn connect(server: SocketAddr) -> Self {
        Self::try_connect(server).expect("the server accepts")
    }

    /// Likewise, or the reason why there is none.
    pub fn try_connect(server: SocketAddr) -> io::Result<Self> {
        Ok(Self::over(TcpStream::connect(server)?))
    }

    /// A peer whose system buffers almost nothing that it does not read.
    pub fn narrow(server: SocketAddr) -> Self {
        Self::prepared(server, |socket| socket.set_recv_buffer_size(4096))
    }

    /// A peer at one of the machine's own addresses.
    pub fn from(address: IpAddr, server: SocketAddr) -> Self {
        Self::prepared(server, |socket| {
            socket.bind(&SocketAddr::new(address, 0).into())
        })
    }

    fn prepared(server: SocketAddr, prepare: impl FnOnce(&Socket) -> io::Result<()>) -> Self {
        let socket = Socket::new(Domain::for_address(server), Type::STREAM, None);
        let socket = socket.expect("a socket");
        prepare(&socket).expect("a socket as it is wanted");
        socket.connect(&server.into()).expect("the server accepts");
        Self::over(socket.into())
    }

    /// A peer that has been greeted.
    pub fn visitor(server: SocketAddr) -> Self {
        Self::connect(server).greeted()
    }

    /// A peer that has joined.
    pub fn member(server: SocketAddr, name: &str) -> Self {
        Self::visitor(server).joined(name)
    }

    /// This peer, once it has been greeted.
    pub fn greeted(mut self) -> Self {
        self.hears(GREETING);
        self
    }

    /// This peer, once it has joined.
    pub fn joined(mut self, name: &str) -> Self {
        self.send(format!("JOIN {name}\n"));
        self.hears(&format!("SERVER: {name} joined the chat!"));
        self
    }

    /// A second handle of the connection, to write on while this one reads.
    pub fn twin(&self) -> Self {
        Self::over(self.stream.try_clone().expect("a descriptor"))
    }

    /// Its own address.
    pub fn address(&self) -> SocketAddr {
        self.stream.local_addr().expect("a connected socket")
    }

    /// Sends these octets, and nothing else.
    pub fn send(&mut self, octets: impl AsRef<[u8]>) {
        self.try_send(octets).expect("the other side reads");
    }

    /// Likewise, or the reason why not.
    pub fn try_send(&mut self, octets: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(octets.as_ref())
    }

    /// The octets of one read; empty at the end.
    pub fn recv(&mut self) -> String {
        assert!(self.unread.is_empty(), "nothing was read ahead");
        self.read_more().expect("the other side writes");
        utf8(std::mem::take(&mut self.unread))
    }

    /// Checks that the next line is this one.
    #[track_caller]
    pub fn hears(&mut self, line: &str) {
        assert_eq!(self.line(), line);
    }

    /// The next line, without its LF.
    #[track_caller]
    pub fn line(&mut self) -> String {
        self.try_line().expect("the other side writes")
    }

    /// The next line, or the reason why there is none.
    pub fn try_line(&mut self) -> io::Result<String> {
        loop {
            if let Some(at) = self.unread.iter().position(|&octet| octet == b'\n') {
                let mut line: Vec<u8> = self.unread.drain(..=at).collect();
                line.pop();
                return Ok(utf8(line));
            }
            if self.read_more()? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// The lines up to and including one that ends with `end`.
    #[track_caller]
    pub fn lines_until(&mut self, end: &str) -> Vec<String> {
        let mut lines = vec![self.line()];
        while !lines.last().is_some_and(|line| line.ends_with(end)) {
            lines.push(self.line());
        }
        lines
    }

    /// Sends a PING and awaits the answer: everything sent before has then been handled, and
    /// everything told before, which is returned, has been read.
    #[track_caller]
    pub fn sync(&mut self) -> Vec<String> {
        self.send("PING synced\n");
        let mut lines = self.lines_until("PONG synced");
        lines.pop();
        lines
    }

    /// This number of octets, or those before the end of the stream.
    pub fn octets(&mut self, len: usize) -> Vec<u8> {
        while self.unread.len() < len && self.read_more().expect("the other side writes") > 0 {}
        self.unread.drain(..len.min(self.unread.len())).collect()
    }

    /// Everything until the end of the stream.
    pub fn rest(mut self) -> String {
        utf8(self.octets(usize::MAX))
    }

    /// Checks that nothing more comes, and that the other side has hung up.
    #[track_caller]
    pub fn hears_the_end(&mut self) {
        let ended = loop {
            match self.read_more() {
                Ok(0) => break io::ErrorKind::ConnectionReset,
                Ok(_) => {}
                Err(error) => break error.kind(),
            }
        };
        assert_eq!(ended, io::ErrorKind::ConnectionReset);
        assert_eq!(self.unread.escape_ascii().to_string(), "");
    }

    /// Ends its side of the stream.
    pub fn half_close(&self) {
        let ended = self.stream.shutdown(Shutdown::Write);
        ended.expect("a connected socket");
    }

    /// Ends the connection with an RST.
    pub fn reset(self) {
        let set = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
        set.expect("a connected socket");
    }

    pub(crate) fn over(stream: TcpStream) -> Self {
        let set = stream.set_nodelay(true);
        let set = set.and_then(|()| stream.set_read_timeout(Some(DEADLINE)));
        let set = set.and_then(|()| stream.set_write_timeout(Some(DEADLINE)));
        set.expect("a connected socket");
        Self {
            stream,
            unread: Vec::new(),
        }
    }

    /// One read, and the number of its octets. The system does not restart a read with a deadline
    /// after the process was stopped for a while.
    fn read_more(&mut self) -> io::Result<usize> {
        let start = self.unread.len();
        self.unread.resize(start + (16 << 10), 0);
        let read = loop {
            match self.stream.read(&mut self.unread[start..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.unread.truncate(start + read.as_ref().unwrap_or(&0));
        read
    }
}

fn utf8(octets: Vec<u8>) -> String {
    String::from_utf8(octets).expect("UTF-8")
}
