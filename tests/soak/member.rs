//! One of the members: what it does, and the record of what it said and read.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use parlour_spec::{Connection, End, Input, Lines};

pub(crate) struct Member {
    socket: TcpStream,
    pub(crate) record: Connection,
    /// The line that it has not read to its end.
    unfinished: Vec<u8>,
    said: usize,
    stalls: bool,
    has_stalled: bool,
    is_leaving: bool,
    is_over: bool,
}

/// How a member leaves if it does not vanish.
#[derive(Clone, Copy)]
pub(crate) enum Parting {
    Quit,
    HalfClose,
}

impl Member {
    pub(crate) fn join(socket: TcpStream, name: &str) -> Self {
        socket.set_nonblocking(true).expect("an option");
        let mut member = Self {
            socket,
            record: Connection::new(name),
            unfinished: Vec::new(),
            said: 0,
            stalls: false,
            has_stalled: false,
            is_leaving: false,
            is_over: false,
        };
        member.say(&[format!("JOIN {name}")]);
        member
    }

    pub(crate) fn is_leaving(&self) -> bool {
        self.is_leaving
    }

    /// How many events of this rule it has read.
    pub(crate) fn count(&self, rule: &str) -> usize {
        let read = self.record.read.iter();
        read.filter(|line| line.is(rule)).count()
    }

    pub(crate) fn talk(&mut self, texts: usize) {
        let texts = self.said..self.said + texts;
        self.said = texts.end;
        self.say(&texts.map(|n| format!("BCST text {n}")).collect::<Vec<_>>());
    }

    /// Sends a private line to a member, which may have left or be itself, and then a command that
    /// has an answer.
    pub(crate) fn write_to(&mut self, to: &str) {
        let said = self.said;
        self.said += 1;
        self.say(&[format!("MESG {to} letter {said}"), format!("PING {said}")]);
    }

    pub(crate) fn stall_or_go_on(&mut self) {
        self.stalls = !self.stalls;
        self.has_stalled = true;
    }

    pub(crate) fn leave(&mut self, parting: Parting) {
        if self.is_leaving {
            return;
        }
        self.is_leaving = true;
        self.stalls = false;
        match parting {
            Parting::Quit => self.say(&["QUIT".to_owned()]),
            Parting::HalfClose => {
                self.record.send(Input::HalfClose);
                // The server may have dropped it for stalling.
                let _is_ended = self.socket.shutdown(Shutdown::Write);
            }
        }
    }

    /// Reads what came; returns whether the connection is still there.
    pub(crate) fn listen(&mut self, lines: &mut Lines) -> bool {
        let mut input = [0; 16 << 10];
        while !self.is_over && !self.stalls {
            match self.socket.read(&mut input) {
                Ok(0) => self.is_over = true,
                Ok(len) => self.hear(&input[..len], lines),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) if self.has_stalled => self.is_over = true,
                Err(error) => panic!("{}: {error}", self.record.name),
            }
        }
        !self.is_over
    }

    /// Reads until a line is this one.
    pub(crate) fn listen_for(&mut self, wanted: &str, lines: &mut Lines) {
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut from = self.record.read.len();
        loop {
            self.listen(lines);
            if self.record.read[from..]
                .iter()
                .any(|read| read.line == wanted)
            {
                return;
            }
            from = self.record.read.len();
            assert!(Instant::now() < deadline && !self.is_over, "no {wanted}");
            std::thread::yield_now();
        }
    }

    /// The record, when its connection is over or it has vanished. Only one that stalled may be cut
    /// off.
    pub(crate) fn ended(self) -> Connection {
        let is_closed = self
            .record
            .read
            .last()
            .is_some_and(|line| line.line == "close");
        let name = &self.record.name;
        assert!(
            is_closed || !self.is_over || self.has_stalled,
            "{name} is cut off"
        );
        assert!(
            !is_closed || self.unfinished.is_empty(),
            "{name} reads on after close"
        );
        let end = match is_closed {
            true => End::Closed,
            false => End::Lost,
        };
        Connection { end, ..self.record }
    }

    fn hear(&mut self, octets: &[u8], lines: &mut Lines) {
        for part in octets.split_inclusive(|&octet| octet == b'\n') {
            self.unfinished.extend_from_slice(part);
            if let Some(line) = self.unfinished.strip_suffix(b"\n") {
                let line = str::from_utf8(line).expect("UTF-8");
                self.record.read.push(lines.read(line));
                self.unfinished.clear();
            }
        }
    }

    /// Few octets, which fit the system's buffers.
    pub(crate) fn say(&mut self, lines: &[String]) {
        for line in lines {
            self.record.send(Input::of(Ok(line)));
        }
        let octets = lines.join("\n") + "\n";
        match self.socket.write(octets.as_bytes()) {
            Ok(len) => assert_eq!(len, octets.len(), "{} writes all at once", self.record.name),
            Err(error) => assert!(self.has_stalled, "{}: {error}", self.record.name),
        }
    }
}
