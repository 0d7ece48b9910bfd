//! Clients that meet in a server's room over real sockets, and the record of what each of them saw.
//!
//! Some end with QUIT, some end their side, some are reset in the middle of it, some read nothing until the others are done, and
//! some read nothing at all and fall behind. Whoever does not read to the end has a seat from the beginning: what one without a
//! seat asks for over and over, and reads no answer to, explains too much.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::Duration;

use parlour_spec::Random;
use socket2::{Domain, SockRef, Socket, Type};

use crate::stage::on_sockets::DEADLINE;

/// What each says last but for its farewell, and what it then reads.
const LAST: &str = "PING last";
const LAST_ANSWER: &str = "PONG last";

/// How a client behaves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Quits,
    HalfCloses,
    /// After it has read so many lines.
    IsReset(usize),
    ReadsLate,
    ReadsNothing,
}

/// What all wait for.
struct Times {
    /// First the first comes, whose record says in which order the others did; then those who do not read to the end; then the rest.
    comes: [Barrier; 2],
    /// Everybody has come.
    begun: Barrier,
    /// Everything is said, and whoever reads has read the answers.
    said: Barrier,
    /// Everyone has read what it reads, but for those who read late.
    read: Barrier,
}

struct Client<'a> {
    number: usize,
    clients: usize,
    seats: usize,
    manner: Manner,
    socket: TcpStream,
    record: Mutex<String>,
    /// It is about to be reset.
    is_done: AtomicBool,
    times: &'a Times,
}

/// The records of so many clients, each of which says so many lines.
pub(crate) fn record(server: SocketAddr, [clients, seats]: [usize; 2], commands: usize) -> String {
    let [said, read] = [(); 2].map(|()| Barrier::new(clients));
    // It is the first's reading that says who is there.
    let [early, late, begun] = [early(clients), clients - 1 - early(clients), clients]
        .map(|these| Barrier::new(these + 1));
    let times = &Times {
        comes: [early, late],
        begun,
        said,
        read,
    };
    let numbers = 0..clients;
    let clients = numbers.map(|number| Client::connect(server, number, [clients, seats], times));
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

/// How many do not read to the end.
fn early(clients: usize) -> usize {
    (0..clients)
        .filter(|&n| !Manner::of(n).reads_to_the_end())
        .count()
}

/// How many fell behind: they say nothing of leaving and are reset last of all, but one that quits reads that they have left.
pub(crate) fn fell_behind(record: &str, clients: usize) -> usize {
    let quits = |n: &usize| Manner::of(*n) == Manner::Quits;
    let lines: HashSet<&str> = record.lines().collect();
    let has_left = |slow: usize| {
        let left = |n: usize| format!("S {n}: u{slow} has left the chat");
        let mut quick = (0..clients).filter(quits);
        quick.any(|n| lines.contains(&*left(n)))
    };
    let slow = (0..clients).filter(|&n| Manner::of(n) == Manner::ReadsNothing);
    slow.filter(|&slow| has_left(slow)).count()
}

impl Manner {
    fn of(number: usize) -> Self {
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
        times: &'a Times,
    ) -> Self {
        let manner = Manner::of(number);
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        if manner == Manner::ReadsNothing {
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
            manner,
            socket: socket.into(),
            record: Mutex::default(),
            is_done: AtomicBool::new(false),
            times,
        }
    }

    fn visit(self, commands: usize) -> String {
        let is_reset = matches!(self.manner, Manner::IsReset(_));
        thread::scope(|scope| {
            scope.spawn(|| self.read());
            self.speak(commands);
            if matches!(self.manner, Manner::ReadsLate | Manner::ReadsNothing) {
                self.times.said.wait();
                self.part();
            }
        });
        if self.manner != Manner::ReadsLate && !is_reset {
            self.times.read.wait();
        }
        if is_reset || self.manner == Manner::ReadsNothing {
            self.note(&format!("R {}", self.number));
            let linger = SockRef::from(&self.socket).set_linger(Some(Duration::ZERO));
            linger.expect("sockets linger");
        }
        drop(self.socket);
        if is_reset {
            self.times.said.wait();
            self.times.read.wait();
        }
        self.record.into_inner().expect("nobody panics")
    }

    /// What is said is noted before it is sent.
    fn speak(&self, commands: usize) {
        let mut random = Random::new(self.number as u64);
        if self.number > 0 {
            self.times.comes[usize::from(self.manner.reads_to_the_end())].wait();
        }
        for i in 0..commands {
            if i == 1 {
                self.times.begun.wait();
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

    /// Whoever fell behind, as anybody may on a busy machine, finds out when it reads.
    fn part(&self) {
        match self.manner {
            Manner::Quits | Manner::ReadsLate => {
                self.note(&format!("C {}: QUIT", self.number));
                let _sent = (&self.socket).write_all(b"QUIT\n");
            }
            Manner::HalfCloses => {
                self.note(&format!("H {}", self.number));
                let _ended = self.socket.shutdown(Shutdown::Write);
            }
            Manner::IsReset(_) | Manner::ReadsNothing => {}
        }
    }

    /// What is read is noted after it is read.
    fn read(&self) {
        let most = match self.manner {
            Manner::Quits | Manner::HalfCloses => usize::MAX,
            Manner::ReadsLate => {
                self.times.read.wait();
                usize::MAX
            }
            Manner::IsReset(lines) => lines,
            Manner::ReadsNothing => return,
        };
        let (mut seated, mut is_closed) = (0, false);
        let mut has_answers = self.manner == Manner::ReadsLate || most < usize::MAX;
        let (mut socket, mut read) = (BufReader::new(&self.socket), String::new());
        for _ in 0..most {
            read.clear();
            // What is read last of one who fell behind may be the beginning of a line.
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
                self.times.said.wait();
                self.part();
            }
            is_closed = line == "close";
            if self.number == 0 && line.ends_with(" joined the chat!") {
                seated += 1;
                self.seated(seated);
            }
        }
        if most == usize::MAX {
            // A stream that ends without a close is that of one who fell behind.
            let end = if is_closed { 'X' } else { 'R' };
            self.note(&format!("{end} {}", self.number));
        }
        self.is_done.store(true, Ordering::Relaxed);
        if !has_answers {
            self.times.said.wait();
        }
    }

    /// The first has read of so many joinings.
    fn seated(&self, seated: usize) {
        let [early, late] = &self.times.comes;
        match seated {
            1 => early.wait(),
            n if n == 1 + self::early(self.clients) => late.wait(),
            n if n == self.seats => self.times.begun.wait(),
            _ => return,
        };
    }

    fn note(&self, line: &str) {
        let mut record = self.record.lock().expect("nobody panics");
        record.push_str(line);
        record.push('\n');
    }
}
