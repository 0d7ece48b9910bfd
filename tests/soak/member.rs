//! One of the crowd: what it does, and whether it is told what the record says.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};

use super::record::Record;

const GREETING: &[u8] = b"Enter JOIN followed by your username: JOIN username\n";

pub(crate) struct Member {
    name: String,
    socket: TcpStream,
    /// What it was told and has not been compared yet.
    told: Vec<u8>,
    is_greeted: bool,
    /// As many octets since its joining were as in the record.
    compared: usize,
    said: usize,
    stalls: bool,
    has_stalled: bool,
    is_leaving: bool,
    is_over: bool,
}

/// How a member leaves that does not vanish.
#[derive(Clone, Copy)]
pub(crate) enum Parting {
    Quit,
    HalfClose,
}

impl Member {
    pub(crate) fn join(socket: TcpStream, number: usize) -> Self {
        let name = format!("m{number}");
        (&socket)
            .write_all(format!("JOIN {name}\n").as_bytes())
            .expect("a write");
        socket.set_nonblocking(true).expect("an option");
        Self {
            name,
            socket,
            told: Vec::new(),
            is_greeted: false,
            compared: 0,
            said: 0,
            stalls: false,
            has_stalled: false,
            is_leaving: false,
            is_over: false,
        }
    }

    pub(crate) fn is_leaving(&self) -> bool {
        self.is_leaving
    }

    pub(crate) fn talk(&mut self, texts: usize) {
        let lines: String = (self.said..self.said + texts)
            .map(|n| format!("BCST text {n}\n"))
            .collect();
        self.said += texts;
        self.write(&lines);
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
            Parting::Quit => self.write("QUIT\n"),
            Parting::HalfClose => {
                // It may have been dropped for stalling.
                let _is_ended = self.socket.shutdown(Shutdown::Write);
            }
        }
    }

    /// Reads what came and compares it with the record. False when the connection has ended as it should.
    pub(crate) fn listen(&mut self, record: &Record) -> bool {
        if self.stalls {
            return true;
        }
        self.read();
        if !self.is_greeted && self.told.len() >= GREETING.len() {
            assert!(
                self.told.starts_with(GREETING),
                "{}",
                self.told.escape_ascii()
            );
            self.told.drain(..GREETING.len());
            self.is_greeted = true;
        }
        let stay = record.of(&self.name).filter(|_| self.is_greeted);
        let Some((recorded, has_left)) = stay else {
            return true;
        };
        let rest = &recorded[self.compared..];
        let both = rest.len().min(self.told.len());
        assert!(
            rest[..both] == self.told[..both],
            "{} was told {}, and the record says {}",
            self.name,
            self.told.escape_ascii(),
            rest.escape_ascii()
        );
        self.compared += both;
        self.told.drain(..both);
        if !(self.is_over && has_left) {
            return true;
        }
        let is_whole = self.compared == recorded.len() && self.told == b"close\n";
        if is_whole {
            let told = record.texts_of(&self.name);
            assert_eq!(told, self.said, "texts of {}", self.name);
        }
        let rest = self.told.escape_ascii();
        assert!(
            is_whole || self.has_stalled,
            "{} ends with {rest}",
            self.name
        );
        false
    }

    fn read(&mut self) {
        let mut input = [0; 16 << 10];
        while !self.is_over {
            match self.socket.read(&mut input) {
                Ok(0) => self.is_over = true,
                Ok(len) => self.told.extend_from_slice(&input[..len]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) if self.has_stalled => self.is_over = true,
                Err(error) => panic!("{}: {error}", self.name),
            }
        }
    }

    /// Few octets, for which the system has room.
    fn write(&mut self, lines: &str) {
        match self.socket.write(lines.as_bytes()) {
            Ok(len) => assert_eq!(len, lines.len(), "{} writes all at once", self.name),
            Err(error) => assert!(self.has_stalled, "{}: {error}", self.name),
        }
    }
}
