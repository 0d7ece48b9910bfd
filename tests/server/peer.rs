//! A client as simple as the original: a blocking socket, one `send` for each command, one `recv`
//! for each answer.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

/// Longer than anything takes on the busiest machine: to wait this long is a failure.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// Returns what `wait` waits for, or fails at the deadline.
pub(crate) fn in_time<T: Send + 'static>(wait: impl FnOnce() -> T + Send + 'static) -> T {
    let (say, said) = mpsc::channel();
    thread::spawn(move || say.send(wait()));
    said.recv_timeout(DEADLINE).expect("it ends in time")
}

pub(crate) const GREETING: &str = "Enter JOIN followed by your username: JOIN username";

/// One connection.
pub(crate) struct Peer {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Peer {
    pub(crate) fn connect(port: u16) -> Self {
        Self::try_connect(port).expect("the server accepts")
    }

    pub(crate) fn try_connect(port: u16) -> io::Result<Self> {
        Self::over(TcpStream::connect((Ipv4Addr::LOCALHOST, port))?)
    }

    /// A peer whose system buffers almost nothing that it does not read.
    pub(crate) fn narrow(port: u16) -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        socket.set_recv_buffer_size(4096).expect("a small buffer");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        socket.connect(&address.into()).expect("the server accepts");
        Self::over(socket.into()).expect("a stream")
    }

    /// A peer at one of the machine's own addresses.
    pub(crate) fn from(address: IpAddr, server: SocketAddr) -> Self {
        let socket = Socket::new(Domain::for_address(server), Type::STREAM, None);
        let socket = socket.expect("a socket");
        let own = SocketAddr::new(address, 0);
        socket.bind(&own.into()).expect("an address of ours");
        socket.connect(&server.into()).expect("the server accepts");
        Self::over(socket.into()).expect("a stream")
    }

    /// A peer that has been greeted.
    pub(crate) fn visitor(port: u16) -> Self {
        Self::connect(port).greeted()
    }

    /// A peer that has joined.
    pub(crate) fn member(port: u16, name: &str) -> Self {
        Self::visitor(port).joined(name)
    }

    pub(crate) fn greeted(mut self) -> Self {
        assert_eq!(self.line(), GREETING);
        self
    }

    pub(crate) fn joined(mut self, name: &str) -> Self {
        self.send(format!("JOIN {name}\n"));
        assert_eq!(self.line(), format!("SERVER: {name} joined the chat!"));
        self
    }

    /// A second handle of the connection, to write on while this one reads.
    pub(crate) fn twin(&self) -> Self {
        Self::over(self.stream.try_clone().expect("a descriptor")).expect("a stream")
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.stream.local_addr().expect("a connected socket")
    }

    pub(crate) fn send(&mut self, octets: impl AsRef<[u8]>) {
        self.try_send(octets).expect("the server reads");
    }

    pub(crate) fn try_send(&mut self, octets: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(octets.as_ref())
    }

    /// The octets of one read; empty at the end.
    pub(crate) fn recv(&mut self) -> String {
        assert!(self.unread.is_empty(), "nothing was read ahead");
        let mut octets = [0; 1024];
        let len = read(&self.stream, &mut octets).expect("the server writes");
        String::from_utf8(octets[..len].to_vec()).expect("UTF-8")
    }

    /// The next line, without its LF.
    pub(crate) fn line(&mut self) -> String {
        self.try_line().expect("the server writes")
    }

    /// The next line, or the reason why there is none.
    pub(crate) fn try_line(&mut self) -> io::Result<String> {
        loop {
            if let Some(at) = self.unread.iter().position(|&octet| octet == b'\n') {
                let line: Vec<u8> = self.unread.drain(..=at).collect();
                return Ok(String::from_utf8(line[..at].to_vec()).expect("UTF-8"));
            }
            let start = self.unread.len();
            self.unread.resize(start + 4096, 0);
            let read = read(&self.stream, &mut self.unread[start..]);
            self.unread.truncate(start + *read.as_ref().unwrap_or(&0));
            if read? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// The lines up to and including one that ends with `end`.
    pub(crate) fn lines_until(&mut self, end: &str) -> Vec<String> {
        let mut lines = Vec::new();
        while !lines
            .last()
            .is_some_and(|line: &String| line.ends_with(end))
        {
            lines.push(self.line());
        }
        lines
    }

    /// Sends a PING and awaits the answer: everything sent before has then been handled, and
    /// everything told before has been read.
    pub(crate) fn sync(&mut self) -> Vec<String> {
        self.send("PING synced\n");
        let mut lines = self.lines_until("PONG synced");
        lines.pop();
        lines
    }

    /// Everything until the end of the stream.
    pub(crate) fn rest(mut self) -> String {
        let mut octets = std::mem::take(&mut self.unread);
        self.stream
            .read_to_end(&mut octets)
            .expect("the server ends the connection");
        String::from_utf8(octets).expect("UTF-8")
    }

    pub(crate) fn half_close(&self) {
        self.stream
            .shutdown(Shutdown::Write)
            .expect("a connected socket");
    }

    /// Ends the connection with an RST.
    pub(crate) fn reset(self) {
        SockRef::from(&self.stream)
            .set_linger(Some(Duration::ZERO))
            .expect("a connected socket");
    }

    fn over(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(DEADLINE))?;
        stream.set_write_timeout(Some(DEADLINE))?;
        Ok(Self {
            stream,
            unread: Vec::new(),
        })
    }
}

/// One read. The system does not restart a read with a deadline after the process was stopped for a
/// while.
fn read(mut stream: &TcpStream, octets: &mut [u8]) -> io::Result<usize> {
    loop {
        match stream.read(octets) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}
