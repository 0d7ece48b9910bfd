//! A server that follows a test's script, on its own thread and port.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub(crate) const GREETING: &str = "Enter JOIN followed by your username: JOIN username";

/// The most time that anything may take before a test fails. Normally nothing comes near it.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) struct Scripted {
    pub(crate) addr: SocketAddr,
    thread: JoinHandle<()>,
}

/// Serves one connection with `script`.
pub(crate) fn scripted(script: impl FnOnce(Peer) + Send + 'static) -> Scripted {
    serial([Box::new(script)])
}

/// Serves one connection after the other, each with its own script.
pub(crate) fn serial<const N: usize>(scripts: [Box<dyn FnOnce(Peer) + Send>; N]) -> Scripted {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        for script in scripts {
            script(Peer::new(listener.accept().unwrap().0));
        }
    });
    Scripted { addr, thread }
}

impl Scripted {
    /// Checks that the script ran to its end.
    pub(crate) fn ends(self) {
        self.thread.join().unwrap();
    }
}

/// The client, as the script sees it.
pub(crate) struct Peer {
    stream: BufReader<TcpStream>,
}

impl Peer {
    fn new(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.set_write_timeout(Some(DEADLINE)).unwrap();
        Self {
            stream: BufReader::new(stream),
        }
    }

    pub(crate) fn says(&mut self, octets: &str) {
        self.stream.get_mut().write_all(octets.as_bytes()).unwrap();
    }

    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        line
    }

    #[track_caller]
    pub(crate) fn hears(&mut self, line: &str) {
        assert_eq!(self.line(), format!("{line}\n"));
    }

    /// Checks that nothing more comes, and that the peer has hung up.
    pub(crate) fn hears_the_end(&mut self) {
        let mut rest = String::new();
        match self.stream.read_to_string(&mut rest) {
            Ok(_) => {}
            Err(e) => assert_eq!(e.kind(), ErrorKind::ConnectionReset),
        }
        assert_eq!(rest, "");
    }
}
