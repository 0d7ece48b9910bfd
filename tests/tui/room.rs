//! A relay that can cut the connection, and a server that admits the client.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use parlour_testkit::{Peer, Scripted, scripted};

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

/// A server that admits dani and then follows a script.
pub(crate) fn admits_dani(script: impl FnOnce(Peer) + Send + 'static) -> Scripted {
    scripted(|mut peer| {
        peer.hears("JOIN dani");
        peer.send("SERVER: dani joined the chat!\n");
        script(peer);
    })
}
