//! The driver over real sockets: a server in its own thread, and a blocking socket for each peer.
//!
//! After each step every socket reads what the server has to send for it, so that the next step
//! comes after it in the room's order too. A deadline ends every wait; nothing else depends on the
//! time.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parlour::room;
use parlour::server::{self, Config, Console, RoomDied};
use socket2::SockRef;
use tokio::sync::oneshot;

use super::script::{Action, Limits, Script};
use super::transcript::{Told, Transcript};

/// The most time that anything may take.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// Plays the script that produced this transcript. Panics if a socket reads anything else, or more.
pub(crate) fn play(script: &Script, foretold: &Transcript) {
    let mut server = RunningServer::start(script.limits);
    let mut peers = BTreeMap::new();
    for scene in foretold.scenes.iter().chain(&foretold.epilogue) {
        match &scene.step.action {
            Action::Connect(who) => {
                peers.insert(who.clone(), Peer::connect(server.address));
            }
            Action::Send(who, octets) => peers[who].send(octets),
            Action::HalfClose(who) => peers[who].half_close(),
            Action::Lose(who) => peers.remove(who).expect("it was connected").reset(),
            // The server waits, and what it then tells is awaited below.
            Action::Quiet(_) | Action::JoinTimeout(_) => {}
            Action::Shutdown => server.tell_to_stop(),
        }
        for told in &scene.told {
            let peer = peers
                .get_mut(&told.who)
                .expect("nothing is told before connecting");
            let read = peer.read(told);
            let after = &scene.step.source;
            assert!(
                read == *told,
                "after `{after}`: foretold `{told}`, read `{read}`"
            );
        }
    }
    drop(peers);
    server.stop();
}

/// A server on its own port.
pub(crate) struct RunningServer {
    pub(crate) address: SocketAddr,
    /// Stops the server when used or dropped.
    stop: Option<oneshot::Sender<()>>,
    thread: JoinHandle<Result<(), RoomDied>>,
}

impl RunningServer {
    /// Starts it, and waits until it listens.
    pub(crate) fn start(limits: Limits) -> Self {
        Self::start_with(limits.into(), |_| ())
    }

    /// Likewise, with a listener that was prepared.
    pub(crate) fn start_with(
        config: Config,
        prepare: impl FnOnce(SockRef<'_>) + Send + 'static,
    ) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        let thread = thread::spawn(move || {
            actix_rt::System::new().block_on(async {
                let listener = server::bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
                prepare(SockRef::from(&listener));
                tell.send(listener.local_addr()).expect("the test waits");
                let stopped = async {
                    let _dropped = stopped.await;
                };
                server::run(listener, config, Console::silent(), stopped).await
            })
        });
        let address = told.recv_timeout(DEADLINE).expect("the server starts");
        Self {
            address: address.expect("the listener has an address"),
            stop: Some(stop),
            thread,
        }
    }

    fn tell_to_stop(&mut self) {
        self.stop = None;
    }

    /// Stops it, and checks that it ends cleanly.
    pub(crate) fn stop(mut self) {
        self.tell_to_stop();
        let ended = self.thread.join().expect("the server does not panic");
        ended.expect("the room lives");
    }
}

impl From<Limits> for Config {
    fn from(limits: Limits) -> Self {
        Self {
            limits: room::Limits::by_count(limits.capacity, limits.max_connections),
            max_line: limits.max_line,
            quiet: Duration::from_millis(limits.quiet_ms),
            join_timeout: Duration::from_millis(limits.join_timeout),
            drain: DEADLINE,
            ..Self::default()
        }
    }
}

struct Peer {
    socket: BufReader<TcpStream>,
    is_closed: bool,
}

impl Peer {
    fn connect(address: SocketAddr) -> Self {
        let socket = TcpStream::connect(address).expect("the server accepts");
        socket.set_nodelay(true).expect("each write is a segment");
        let set = socket.set_read_timeout(Some(DEADLINE));
        set.expect("sockets have timeouts");
        Self {
            socket: BufReader::new(socket),
            is_closed: false,
        }
    }

    fn send(&self, octets: &[u8]) {
        let sent = self.socket.get_ref().write_all(octets);
        assert!(sent.is_ok() || self.is_closed, "the server takes octets");
    }

    fn half_close(&self) {
        let ended = self.socket.get_ref().shutdown(Shutdown::Write);
        assert!(ended.is_ok() || self.is_closed, "the server is there");
    }

    fn reset(self) {
        let set = SockRef::from(self.socket.get_ref()).set_linger(Some(Duration::ZERO));
        set.expect("a socket that is dropped at once is reset");
    }

    /// Reads one event, and the end of the stream after `close` (CONN-4).
    fn read(&mut self, foretold: &Told) -> Told {
        let mut octets = Vec::new();
        let read = if foretold.octets.ends_with(b"\n") {
            self.socket.read_until(b'\n', &mut octets)
        } else {
            let len = foretold.octets.len() as u64;
            self.socket.by_ref().take(len).read_to_end(&mut octets)
        };
        if read.is_ok() && octets == foretold.octets && foretold.is_close() {
            self.is_closed = true;
            let end = self.socket.read_to_end(&mut octets);
            end.expect("the stream ends after close, and in order");
        }
        Told {
            who: foretold.who.clone(),
            octets,
        }
    }
}
