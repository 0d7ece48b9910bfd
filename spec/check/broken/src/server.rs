//! A server in one thread: it waits until a socket or a deadline is ready, and hands on what came.

use std::collections::BTreeMap;
use std::io;
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::behaviour::Behaviour;
use crate::connection::{Connection, Gone, Heard};
use crate::framing::Cut;
use crate::limits::Limits;
use crate::room::{Id, Input, Room, Tell, What};

/// How soon a server that is told to stop does.
const TURN: Duration = Duration::from_millis(50);

/// A listener, its connections and their room.
pub(crate) struct Server {
    listener: TcpListener,
    behaviour: Box<dyn Behaviour>,
    limits: Limits,
    room: Room,
    connections: BTreeMap<Id, Connection>,
    last_id: Id,
}

impl Server {
    /// A server that listens there; its `limits` are as its `behaviour` wants them.
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
            last_id: 0,
        })
    }

    /// Serves until it is told to stop, and until the last deliveries are made then (SHUT-1).
    pub(crate) fn run(mut self, is_over: &AtomicBool) {
        while !is_over.load(Ordering::Relaxed) {
            self.wait();
            self.behaviour.turn(&self.room);
            self.accept();
            self.carry();
        }
        let told = self.behaviour.shut_down(&mut self.room);
        self.tell(told);
        let until = Instant::now() + self.limits.drain;
        while !self.connections.is_empty() && Instant::now() < until {
            self.carry();
            self.wait();
        }
    }

    fn carry(&mut self) {
        let read = |(id, connection): (&Id, &mut Connection)| (*id, connection.read(&self.limits));
        let heard: Vec<_> = self.connections.iter_mut().map(read).collect();
        for (id, heard) in heard {
            self.listen(id, heard);
        }
        for id in self.connections.keys().copied().collect::<Vec<_>>() {
            self.send(id);
        }
    }

    fn wait(&self) {
        let mut awaited = vec![PollFd::new(&self.listener, PollFlags::IN)];
        let mut until = Instant::now() + TURN;
        for connection in self.connections.values() {
            let mut ready = PollFlags::empty();
            ready.set(PollFlags::IN, connection.wants_input());
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
            if !self.behaviour.takes_connection(self.connections.len()) {
                continue;
            }
            if socket.set_nonblocking(true).is_err() || socket.set_nodelay(true).is_err() {
                continue;
            }
            self.last_id += 1;
            let connection = Connection::new(self.last_id, socket, &self.limits);
            self.connections.insert(self.last_id, connection);
            self.handle(self.last_id, Input::Connect);
        }
    }

    /// Everything that one connection has for the room.
    fn listen(&mut self, id: Id, heard: Heard) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let behaviour = &mut self.behaviour;
        match heard {
            Heard::Octets(_) if !connection.is_open() => {}
            Heard::Octets(octets) => {
                let octets = behaviour.receive(id, octets);
                let cuts = behaviour.cut(&mut connection.framing, &octets, self.limits.max_line);
                self.handle_lines(id, cuts);
            }
            Heard::End => {
                let cut = behaviour.cut_unfinished(&mut connection.framing);
                self.handle_lines(id, cut);
                self.handle(id, Input::HalfClose);
            }
            Heard::Lost => self.lose(id),
            Heard::Quiet => {
                let cut = behaviour.cut_unfinished(&mut connection.framing);
                self.handle_lines(id, cut);
            }
            Heard::Nothing => {}
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
        let last_words = |is_undelimited| self.behaviour.last_words(is_undelimited);
        if let Err(Gone) = connection.write(&self.limits, last_words) {
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

    /// CONN-6, or the connection has ended as it should.
    fn lose(&mut self, id: Id) {
        self.connections.remove(&id);
        self.handle(id, Input::Lost);
    }

    fn handle(&mut self, id: Id, input: Input) {
        let told = self.behaviour.handle(&mut self.room, id, input);
        self.tell(told);
    }

    fn tell(&mut self, told: Vec<Tell>) {
        for Tell { to, what } in told {
            let Some(connection) = self.connections.get_mut(&to) else {
                continue;
            };
            match what {
                What::Line(line) => self.behaviour.tell(connection, &line),
                What::Close => connection.close(),
                What::Cut => {
                    // What was sent before is on its way.
                    let _ = connection.write(&self.limits, |_| Vec::new());
                    self.lose(to);
                }
            }
        }
    }
}
