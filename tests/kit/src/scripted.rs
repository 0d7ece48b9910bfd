//! A server that follows a test's script, on its own thread and port.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};

use crate::Peer;

/// A server that follows a script, and then ends.
#[derive(Debug)]
pub struct Scripted {
    /// Where it listens.
    pub addr: SocketAddr,
    thread: JoinHandle<()>,
}

/// Serves one connection with `script`, to which the peer is the client.
pub fn scripted(script: impl FnOnce(Peer) + Send + 'static) -> Scripted {
    serial([Box::new(script)])
}

/// Serves one connection after the other, each with its own script.
pub fn serial<const N: usize>(scripts: [Box<dyn FnOnce(Peer) + Send>; N]) -> Scripted {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let addr = listener.local_addr().expect("a bound socket");
    let thread = thread::spawn(move || {
        for script in scripts {
            script(Peer::over(listener.accept().expect("a client").0));
        }
    });
    Scripted { addr, thread }
}

impl Scripted {
    /// Checks that the script ran to its end.
    pub fn ends(self) {
        self.thread.join().expect("the script holds");
    }
}
