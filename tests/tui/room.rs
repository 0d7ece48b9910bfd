//! Other members in the room of a real server, a relay that can cut the connection, and scripted
//! servers.

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::tmux::DEADLINE;

/// Another member of the room.
pub(crate) struct Other(BufReader<TcpStream>);

impl Other {
    pub(crate) fn joins(addr: SocketAddr, name: &str) -> Self {
        let stream = TcpStream::connect(addr).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let mut other = Self(BufReader::new(stream));
        other.says(&format!("JOIN {name}"));
        other.hears(&format!("SERVER: {name} joined the chat!"));
        other
    }

    pub(crate) fn says(&mut self, line: &str) {
        self.0
            .get_mut()
            .write_all(format!("{line}\n").as_bytes())
            .unwrap();
    }

    /// Waits for this line, and returns those before it.
    #[track_caller]
    pub(crate) fn hears(&mut self, line: &str) -> Vec<String> {
        let mut before = Vec::new();
        loop {
            let mut heard = String::new();
            self.0.read_line(&mut heard).unwrap();
            assert!(!heard.is_empty(), "{line:?} was not said, only {before:?}");
            if heard.trim_end() == line {
                return before;
            }
            before.push(heard);
        }
    }
}

/// A relay between the client and the server.
#[derive(Clone)]
pub(crate) struct Relay {
    pub(crate) addr: SocketAddr,
    lines: Arc<Mutex<Wires>>,
}

struct Wires {
    up: bool,
    clients: Vec<TcpStream>,
    servers: Vec<TcpStream>,
}

impl Relay {
    pub(crate) fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let (clients, servers) = (Vec::new(), Vec::new());
        let lines = Arc::new(Mutex::new(Wires {
            up: true,
            clients,
            servers,
        }));
        let relay = Self { addr, lines };
        let accepting = relay.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let mut lines = accepting.lines.lock().unwrap();
                if lines.up {
                    let to_server = TcpStream::connect(server).unwrap();
                    copy(&client, &to_server);
                    copy(&to_server, &client);
                    lines.clients.push(client);
                    lines.servers.push(to_server);
                }
            }
        });
        relay
    }

    /// Ends the connection for the client. The server does not notice, and keeps a stale session.
    pub(crate) fn cuts_the_client(&self, up: bool) {
        let mut lines = self.lines.lock().unwrap();
        lines.up = up;
        for client in lines.clients.drain(..) {
            let _ = client.shutdown(Shutdown::Both);
        }
    }

    /// Lets connections through again.
    pub(crate) fn comes_up(&self) {
        self.lines.lock().unwrap().up = true;
    }

    /// The server notices the loss of the first of the connections that were cut.
    pub(crate) fn ends_the_stale_session(&self) {
        let _ = self
            .lines
            .lock()
            .unwrap()
            .servers
            .remove(0)
            .shutdown(Shutdown::Both);
    }
}

/// Copies until one side is gone, without telling the other side.
fn copy(from: &TcpStream, to: &TcpStream) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    thread::spawn(move || {
        let mut octets = [0; 4096];
        while let Ok(len @ 1..) = from.read(&mut octets) {
            if to.write_all(&octets[..len]).is_err() {
                break;
            }
        }
    });
}

/// A server that admits dani and then runs a script, which is given the client's lines and a way to
/// answer.
pub(crate) fn scripted(
    script: impl FnOnce(Lines<BufReader<TcpStream>>, TcpStream) + Send + 'static,
) -> (SocketAddr, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        let stream = listener.accept().unwrap().0;
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.set_write_timeout(Some(DEADLINE)).unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let mut stream = stream;
        assert_eq!(lines.next().unwrap().unwrap(), "JOIN dani");
        stream
            .write_all(b"SERVER: dani joined the chat!\n")
            .unwrap();
        script(lines, stream);
    });
    (addr, thread)
}
