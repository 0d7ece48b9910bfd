//! A server in one thread: it waits until a socket is ready or a deadline has passed, and hands on
//! what arrived.

use std::collections::BTreeMap;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::sockopt::set_socket_send_buffer_size;

use crate::behaviour::Behaviour;
use crate::connection::{Connection, Gone, Received};
use crate::framing::Cut;
use crate::limits::Limits;
use crate::room::{Effect, Id, Input, Member, Room, Tell};

/// The longest wait, after which a stop signal is noticed.
const MAX_WAIT: Duration = Duration::from_millis(50);

/// Longer than anybody waits.
const FOREVER: Duration = Duration::from_secs(3600);

/// A listener, its connections, and their room.
pub(crate) struct Server {
    listener: TcpListener,
    behaviour: Box<dyn Behaviour>,
    limits: Limits,
    room: Room,
    connections: BTreeMap<Id, Connection>,
    /// While a member lags: when the members are read again.
    paced_until: Option<Instant>,
    last_id: Id,
}

impl Server {
    /// A server on this listener; its `behaviour` may change the `limits`.
    pub(crate) fn new(
        listener: TcpListener,
        mut behaviour: Box<dyn Behaviour>,
        limits: Limits,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let limits = behaviour.limits(limits);
        Ok(Self {
            listener,
            room: behaviour.room(limits),
            limits,
            behaviour,
            connections: BTreeMap::new(),
            paced_until: None,
            last_id: 0,
        })
    }

    /// Serves until it is told to stop, and then until everything is delivered (SHUT-1).
    pub(crate) fn run(mut self, is_over: &AtomicBool) {
        while !is_over.load(Ordering::Relaxed) {
            self.wait();
            self.behaviour.begin_turn(&self.room);
            self.accept();
            self.exchange();
        }
        let told = self.behaviour.shut_down(&mut self.room);
        self.tell(told);
        let until = Instant::now() + self.limits.drain;
        while !self.connections.is_empty() && Instant::now() < until {
            self.exchange();
            self.wait();
        }
    }

    fn exchange(&mut self) {
        self.find_laggards();
        let mut all_received = Vec::new();
        for id in self.connections.keys().copied().collect::<Vec<_>>() {
            if self.serves(id)
                && let Some(connection) = self.connections.get_mut(&id)
            {
                let received = connection.read(&self.limits);
                if let Received::Octets(octets) = &received {
                    self.charge(id, octets.len());
                }
                all_received.push((id, received));
            }
        }
        for (id, received) in all_received {
            self.handle_received(id, received);
        }
        for id in self.connections.keys().copied().collect::<Vec<_>>() {
            self.send(id);
        }
        self.free_memory();
    }

    /// SLOW-5
    fn find_laggards(&mut self) {
        let lags = |member: &Member| {
            let connection = self.connections.get_mut(&member.id);
            connection.is_some_and(|connection| connection.lags(&self.limits))
        };
        // Every connection is asked, since each remembers whether it lagged.
        let lagging = self.room.members.iter().map(lags).filter(|lags| *lags);
        if lagging.count() == 0 {
            self.paced_until = None;
        } else {
            self.paced_until.get_or_insert_with(Instant::now);
        }
    }

    /// Whether to read this connection now. While members are held back, so are their commands that
    /// are no talk, for as long as one read takes; SLOW-5 has those taken as ever.
    fn serves(&self, id: Id) -> bool {
        let is_held = self.paced_until.is_some_and(|until| until > Instant::now());
        self.behaviour.serves(id) && !(is_held && self.room.is_member(id))
    }

    /// Accounts for octets read from a session.
    fn charge(&mut self, id: Id, octets: usize) {
        let is_member = self.room.is_member(id);
        let pace = self.behaviour.pace(&self.limits);
        if let Some(until) = self.paced_until.as_mut().filter(|_| is_member) {
            let micros = (octets * 1_000_000).checked_div(pace);
            let pause = micros.map_or(FOREVER, |micros| Duration::from_micros(micros as u64));
            *until = Instant::now() + pause;
        }
    }

    /// SLOW-6
    fn free_memory(&mut self) {
        let waits = |connection: &Connection| connection.queue.len();
        while self.connections.values().map(waits).sum::<usize>() > self.limits.send_memory {
            let all = self.connections.iter();
            let longest = all.max_by_key(|(_, connection)| waits(connection));
            if let Some((&id, _)) = longest {
                self.lose(id);
            }
        }
    }

    fn wait(&self) {
        let mut awaited = vec![PollFd::new(&self.listener, PollFlags::IN)];
        let mut until = Instant::now() + MAX_WAIT;
        if let Some(paced_until) = self.paced_until.filter(|at| *at > Instant::now()) {
            until = until.min(paced_until);
        }
        for (id, connection) in &self.connections {
            let mut ready = PollFlags::empty();
            ready.set(PollFlags::IN, connection.wants_input() && self.serves(*id));
            ready.set(PollFlags::OUT, connection.wants_output());
            if !ready.is_empty() {
                awaited.push(PollFd::from_borrowed_fd(connection.socket.as_fd(), ready));
            }
            if let Some(deadline) = connection.deadline(&self.limits) {
                until = until.min(deadline);
            }
        }
        let timeout = until.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(timeout).expect("a short time");
        let _ = poll(&mut awaited, Some(&timeout));
    }

    fn accept(&mut self) {
        while let Ok((socket, _)) = self.listener.accept() {
            if !self.behaviour.accepts(self.connections.len()) {
                continue;
            }
            if prepare(&socket).is_err() {
                continue;
            }
            self.last_id += 1;
            let connection = Connection::new(self.last_id, socket, &self.limits);
            self.connections.insert(self.last_id, connection);
            self.handle(self.last_id, Input::Connect);
        }
    }

    /// Hands what a connection received to the room.
    fn handle_received(&mut self, id: Id, received: Received) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let behaviour = &mut self.behaviour;
        match received {
            Received::Octets(_) if !connection.is_open() => {}
            Received::Octets(octets) => {
                let octets = behaviour.receive(id, octets);
                let cuts = behaviour.cut(&mut connection.framing, &octets, self.limits.max_line);
                self.handle_lines(id, cuts);
            }
            Received::End => {
                let cut = behaviour.cut_unfinished(&mut connection.framing);
                self.handle_lines(id, cut);
                self.handle(id, Input::HalfClose);
            }
            Received::Lost => self.lose(id),
            Received::Quiet => {
                let cut = behaviour.cut_unfinished(&mut connection.framing);
                self.handle_lines(id, cut);
            }
            Received::Nothing => {}
        }
        let connection = self.connections.get_mut(&id);
        let join_by = connection.and_then(|connection| {
            let now = Instant::now();
            connection.join_by.take_if(|join_by| *join_by <= now)
        });
        if join_by.is_some() {
            self.handle(id, Input::JoinTimeout);
        }
    }

    fn send(&mut self, id: Id) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let closing_octets = |is_undelimited| self.behaviour.closing_octets(is_undelimited);
        if let Err(Gone) = connection.write(&self.limits, closing_octets) {
            self.lose(id);
        }
    }

    fn handle_lines(&mut self, id: Id, cuts: impl IntoIterator<Item = Cut>) {
        for cut in cuts {
            let line = match cut {
                Cut::Line(line) => self.behaviour.read(&line),
                Cut::TooLong => Some(Err("line-too-long")),
            };
            if let Some(line) = line {
                self.handle(id, Input::Line(line));
            }
        }
    }

    /// CONN-6, or the orderly end of a connection.
    fn lose(&mut self, id: Id) {
        self.connections.remove(&id);
        self.handle(id, Input::Lost);
    }

    fn handle(&mut self, id: Id, input: Input) {
        let told = self.behaviour.handle(&mut self.room, id, input);
        self.tell(told);
    }

    fn tell(&mut self, told: Vec<Tell>) {
        for Tell { to, effect } in told {
            let Some(connection) = self.connections.get_mut(&to) else {
                continue;
            };
            match effect {
                Effect::Line(line) => self.behaviour.tell(connection, &line),
                Effect::Close => connection.close(),
                Effect::Cut => {
                    // What was sent before still goes out.
                    let _ = connection.write(&self.limits, |_| Vec::new());
                    self.lose(to);
                }
            }
        }
    }
}

fn prepare(socket: &TcpStream) -> io::Result<()> {
    /// The system's send buffer, in octets: small, so that the send queue shows who does not read.
    const BUFFER: usize = 64 << 10;
    socket.set_nonblocking(true)?;
    socket.set_nodelay(true)?;
    set_socket_send_buffer_size(socket, BUFFER)?;
    Ok(())
}
