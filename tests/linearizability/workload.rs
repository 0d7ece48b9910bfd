//! Clients that use one server over real sockets at once, and the record of what each of them sent
//! and read.
//!
//! Some end with QUIT, some half-close, some are reset in the middle of it, some read nothing until
//! the others are done, and some never read and fall behind. Every client that does not read to the
//! end has a seat from the beginning: a client without a seat that repeats its requests and reads
//! no answers would leave too many orders possible.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::Duration;

use parlour_spec::Random;
use parlour_testkit::DEADLINE;
use socket2::{Domain, SockRef, Socket, Type};

/// The last command of each client before it leaves, and its answer.
const LAST: &str = "PING last";
const LAST_ANSWER: &str = "PONG last";

/// How a client behaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    Quits,
    HalfCloses,
    /// After it has read this many lines.
    IsReset(usize),
    ReadsLate,
    ReadsNothing,
}

/// The barriers that clients wait for.
struct Barriers {
    /// Client 0 joins first, and its record shows the order in which the others join; next come the
    /// clients that do not read to the end, then the rest.
    joins: [Barrier; 2],
    /// All clients have joined.
    begun: Barrier,
    /// Every command is sent, and every client that reads has read the answers.
    said: Barrier,
    /// Every client has read all it reads, except those that read late.
    read: Barrier,
}

struct Client<'a> {
    number: usize,
    clients: usize,
    seats: usize,
    behaviour: Behaviour,
    socket: TcpStream,
    record: Mutex<String>,
    /// It is about to be reset.
    is_done: AtomicBool,
    barriers: &'a Barriers,
}

/// The records of this many clients, each of which sends this many commands.
pub(crate) fn record(server: SocketAddr, [clients, seats]: [usize; 2], commands: usize) -> String {
    let [said, read] = [(); 2].map(|()| Barrier::new(clients));
    // Client 0 reads who has joined.
    let [early, late, begun] = [early(clients), clients - 1 - early(clients), clients]
        .map(|these| Barrier::new(these + 1));
    let barriers = &Barriers {
        joins: [early, late],
        begun,
        said,
        read,
    };
    let numbers = 0..clients;
    let clients = numbers.map(|number| Client::connect(server, number, [clients, seats], barriers));
    let clients: Vec<_> = clients.collect();
    thread::scope(|scope| {
        let visits = clients
            .into_iter()
            .map(|client| scope.spawn(move || client.visit(commands)));
        let visits: Vec<_> = visits.collect();
        let records = visits.into_iter().map(|visit| visit.join());
        records
            .map(|record| record.expect("a visit ends in order"))
            .collect()
    })
}

/// How many clients do not read to the end.
fn early(clients: usize) -> usize {
    (0..clients)
        .filter(|&n| !Behaviour::of(n).reads_to_the_end())
        .count()
}

impl Behaviour {
    pub(crate) fn of(number: usize) -> Self {
        match number % 10 {
            6 => Self::ReadsNothing,
            7 => Self::HalfCloses,
            8 => Self::IsReset(300 + number),
            9 => Self::ReadsLate,
            _ => Self::Quits,
        }
    }

    fn reads_to_the_end(self) -> bool {
        !matches!(self, Self::IsReset(_) | Self::ReadsNothing)
    }
}

impl<'a> Client<'a> {
    fn connect(
        server: SocketAddr,
        number: usize,
        [clients, seats]: [usize; 2],
        barriers: &'a Barriers,
    ) -> Self {
        let behaviour = Behaviour::of(number);
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        if behaviour == Behaviour::ReadsNothing {
            let set = socket.set_recv_buffer_size(1024);
            set.expect("a socket has next to no buffer if it likes");
        }
        socket.connect(&server.into()).expect("the server accepts");
        let set = socket.set_read_timeout(Some(DEADLINE));
        set.expect("sockets have timeouts");
        Self {
            number,
            clients,
            seats,
            behaviour,
            socket: socket.into(),
            record: Mutex::default(),
            is_done: AtomicBool::new(false),
            barriers,
        }
    }

    fn visit(self, commands: usize) -> String {
        let is_reset = matches!(self.behaviour, Behaviour::IsReset(_));
        thread::scope(|scope| {
            scope.spawn(|| self.read());
            self.speak(commands);
            if matches!(
                self.behaviour,
                Behaviour::ReadsLate | Behaviour::ReadsNothing
            ) {
                self.barriers.said.wait();
                self.part();
            }
        });
        if self.behaviour != Behaviour::ReadsLate && !is_reset {
            self.barriers.read.wait();
        }
        if is_reset || self.behaviour == Behaviour::ReadsNothing {
            self.note(&format!("R {}", self.number));
            let linger = SockRef::from(&self.socket).set_linger(Some(Duration::ZERO));
            linger.expect("sockets linger");
        }
        drop(self.socket);
        if is_reset {
            self.barriers.said.wait();
            self.barriers.read.wait();
        }
        self.record.into_inner().expect("nobody panics")
    }

    /// Each command is recorded before it is sent.
    fn speak(&self, commands: usize) {
        let mut random = Random::new(self.number as u64);
        if self.number > 0 {
            self.barriers.joins[usize::from(self.behaviour.reads_to_the_end())].wait();
        }
        for i in 0..commands {
            if i == 1 {
                self.barriers.begun.wait();
            }
            if self.is_done.load(Ordering::Relaxed) {
                return;
            }
            let line = match i + 1 {
                last if last == commands => LAST.to_owned(),
                _ => self.command(&mut random, i),
            };
            self.note(&format!("C {}: {line}", self.number));
            if (&self.socket)
                .write_all(format!("{line}\n").as_bytes())
                .is_err()
            {
                return;
            }
        }
    }

    fn command(&self, random: &mut Random, i: usize) -> String {
        let n = self.number;
        match random.below(16) {
            _ if i == 0 => format!("JOIN u{n}"),
            0 => format!("JOIN U{}", random.below(self.clients)),
            1..4 => "LIST".to_owned(),
            4..8 => format!("MESG u{} {n} tells {i}", random.below(self.clients)),
            8..10 => format!("PING {i}"),
            10 => "HELP".to_owned(),
            11 => "anyone?".to_owned(),
            _ => format!("BCST {n} says {i}"),
        }
    }

    /// A client that fell behind, which can happen to any client on a busy machine, finds out when
    /// it reads.
    fn part(&self) {
        match self.behaviour {
            Behaviour::Quits | Behaviour::ReadsLate => {
                self.note(&format!("C {}: QUIT", self.number));
                let _sent = (&self.socket).write_all(b"QUIT\n");
            }
            Behaviour::HalfCloses => {
                self.note(&format!("H {}", self.number));
                let _ended = self.socket.shutdown(Shutdown::Write);
            }
            Behaviour::IsReset(_) | Behaviour::ReadsNothing => {}
        }
    }

    /// Each line is recorded after it is read.
    fn read(&self) {
        let most = match self.behaviour {
            Behaviour::Quits | Behaviour::HalfCloses => usize::MAX,
            Behaviour::ReadsLate => {
                self.barriers.read.wait();
                usize::MAX
            }
            Behaviour::IsReset(lines) => lines,
            Behaviour::ReadsNothing => return,
        };
        let (mut seated, mut is_closed) = (0, false);
        let mut has_answers = self.behaviour == Behaviour::ReadsLate || most < usize::MAX;
        let (mut socket, mut read) = (BufReader::new(&self.socket), String::new());
        for _ in 0..most {
            read.clear();
            // The last octets read by a client that fell behind may be an unfinished line.
            let Some(line) = socket
                .read_line(&mut read)
                .ok()
                .and_then(|_| read.strip_suffix('\n'))
            else {
                break;
            };
            self.note(&format!("S {}: {line}", self.number));
            if line == LAST_ANSWER && !has_answers {
                has_answers = true;
                self.barriers.said.wait();
                self.part();
            }
            is_closed = line == "close";
            if self.number == 0 && line.ends_with(" joined the chat!") {
                seated += 1;
                self.seated(seated);
            }
        }
        if most == usize::MAX {
            // A stream that ends without `close` belongs to a client that fell behind.
            let end = if is_closed { 'X' } else { 'R' };
            self.note(&format!("{end} {}", self.number));
        }
        self.is_done.store(true, Ordering::Relaxed);
        if !has_answers {
            self.barriers.said.wait();
        }
    }

    /// Client 0 has read this many joins.
    fn seated(&self, seated: usize) {
        let [early, late] = &self.barriers.joins;
        match seated {
            1 => early.wait(),
            n if n == 1 + self::early(self.clients) => late.wait(),
            n if n == self.seats => self.barriers.begun.wait(),
            _ => return,
        };
    }

    fn note(&self, line: &str) {
        let mut record = self.record.lock().expect("nobody panics");
        record.push_str(line);
        record.push('\n');
    }
}
