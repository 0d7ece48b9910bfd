//! A talker: what it has sent, and which of its lines it has yet to receive.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Write};
use std::net::TcpStream;

use super::super::process::Process;
use super::super::record::write_text;
use super::super::target::Target;
use super::member::{Ear, Member, connect};

/// Talks, and receives its own lines as the member of the same index.
pub(super) struct Talker {
    id: usize,
    /// For servers whose members don't talk.
    socket: Option<TcpStream>,
    said: u64,
    echoed: u64,
    /// Where in the record each line that it has yet to receive ends.
    echoes: VecDeque<u64>,
    output: Vec<u8>,
    /// How much of its output is sent.
    sent: usize,
}

impl Talker {
    pub(super) fn enter(target: Target, server: &Process, id: usize) -> io::Result<Self> {
        let socket = target.talker_login(id).map(|login| {
            let socket = connect(server)?;
            (&socket).write_all(login.as_bytes())?;
            io::Result::Ok(socket)
        });
        Ok(Self {
            id,
            socket: socket.transpose()?,
            said: 0,
            echoed: 0,
            echoes: VecDeque::new(),
            output: Vec::new(),
            sent: 0,
        })
    }

    /// How many texts it has sent so far.
    pub(super) fn said(&self) -> u64 {
        self.said
    }

    /// How many of them it has yet to receive.
    pub(super) fn outstanding(&self) -> u64 {
        self.said - self.echoed
    }

    /// Gives it this many more texts to send.
    pub(super) fn put(&mut self, target: Target, texts: u64) {
        for _ in 0..texts {
            let (id, number) = (self.id, self.said);
            self.put_line(target, |line| write_text(id, number, line));
            self.said += 1;
        }
    }

    /// Gives it one more line to send, with the text that `write_text` writes; it is not counted.
    pub(super) fn put_line(&mut self, target: Target, write_text: impl FnOnce(&mut Vec<u8>)) {
        let (before, after) = target.around_text();
        self.output.extend_from_slice(before.as_bytes());
        write_text(&mut self.output);
        self.output.extend_from_slice(after.as_bytes());
    }

    /// Writes pending output, as far as the server takes it; `member` is the one of the same index.
    pub(super) fn flush(&mut self, member: &Member) -> io::Result<()> {
        if self.output.is_empty() {
            return Ok(());
        }
        let mut socket = self.socket.as_ref().unwrap_or(&member.socket);
        match socket.write(&self.output[self.sent..]) {
            Ok(taken) => self.sent += taken,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            // Dropped, as expected.
            Err(_) if member.ear == Ear::Deaf => self.sent = self.output.len(),
            Err(error) => return Err(error),
        }
        if self.sent == self.output.len() {
            self.output.clear();
            self.sent = 0;
        }
        Ok(())
    }

    /// The next of its texts in the record ends at `end`.
    pub(super) fn is_recorded(&mut self, end: u64) {
        self.echoes.push_back(end);
    }

    /// It has received the record up to `end`.
    pub(super) fn hear(&mut self, end: u64) {
        while self.echoes.front().is_some_and(|&echo| echo <= end) {
            self.echoes.pop_front();
            self.echoed += 1;
        }
    }
}
