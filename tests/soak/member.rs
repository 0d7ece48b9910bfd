//! One of the members: what it does, and whether it is told what the record says.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::ops::Range;

use parlour_testkit::GREETING;

use super::letters::{Answer, Letters};
use super::record::Record;

pub(crate) struct Member {
    name: String,
    socket: TcpStream,
    /// What it was told and has not been compared yet.
    told: Vec<u8>,
    is_greeted: bool,
    /// How many octets since its join have matched the record.
    compared: usize,
    said: usize,
    /// Its private lines that await an answer: the addressee, and the number among those to that
    /// addressee.
    unanswered: VecDeque<(String, usize)>,
    is_refused: bool,
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
    pub(crate) fn join(socket: TcpStream, number: usize) -> Self {
        let name = name(number);
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
            unanswered: VecDeque::new(),
            is_refused: false,
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

    /// Sends a private line to the member with this number, which may have left or be itself, and
    /// then a command that has an answer.
    pub(crate) fn write_to(&mut self, number: usize, letters: &mut Letters) {
        let to = name(number);
        let letter = letters.say(&self.name, &to, self.said);
        self.write(&format!("MESG {to} letter {letter}\nPING {letter}\n"));
        self.unanswered.push_back((to, letter));
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
                // The server may have dropped it for stalling.
                let _is_ended = self.socket.shutdown(Shutdown::Write);
            }
        }
    }

    /// Reads what came and compares it with the record and the private lines. Returns false when
    /// the connection has ended as it should.
    pub(crate) fn listen(&mut self, record: &Record, letters: &mut Letters) -> bool {
        if self.stalls {
            return true;
        }
        self.read();
        if !self.is_greeted && self.told.len() > GREETING.len() {
            assert!(
                self.told.starts_with(GREETING.as_bytes()),
                "{}",
                self.told.escape_ascii()
            );
            self.told.drain(..=GREETING.len());
            self.is_greeted = true;
        }
        let stay = record.of(&self.name).filter(|_| self.is_greeted);
        let Some((stay, has_left)) = stay else {
            return true;
        };
        self.compare(stay.clone(), record, letters);
        if !(self.is_over && has_left) {
            return true;
        }
        let is_whole = self.compared == stay.len() && self.told == b"close\n";
        if is_whole {
            let told = record.texts_of(&self.name);
            assert_eq!(told, self.said, "texts of {}", self.name);
            assert_eq!(self.unanswered, [], "letters of {}", self.name);
            letters.complete(&self.name);
        }
        let rest = self.told.escape_ascii();
        assert!(
            is_whole || self.has_stalled,
            "{} ends with {rest}",
            self.name
        );
        false
    }

    /// Removes from the whole lines in `told` what the record says for this member's stay, and what
    /// only this member is told.
    fn compare(&mut self, stay: Range<usize>, record: &Record, letters: &mut Letters) {
        let told = std::mem::take(&mut self.told);
        let end = told.iter().rposition(|&octet| octet == b'\n');
        let (mut lines, unfinished) = told.split_at(end.map_or(0, |lf| lf + 1));
        while !lines.is_empty() {
            let at = stay.start + self.compared;
            let rest = record.octets(at..stay.end);
            let both = rest.len().min(lines.len());
            let same = if rest[..both] == lines[..both] {
                both
            } else {
                let same = lines.iter().zip(rest).take_while(|(a, b)| a == b).count();
                let lf = lines[..same].iter().rposition(|&octet| octet == b'\n');
                lf.map_or(0, |lf| lf + 1)
            };
            self.compared += same;
            lines = &lines[same..];
            let Some(line) = lines.split_inclusive(|&octet| octet == b'\n').next() else {
                break;
            };
            let text = str::from_utf8(line).expect("UTF-8").trim_end();
            if self.hear_alone(text, record, letters, at + same) {
                lines = &lines[line.len()..];
                continue;
            }
            assert!(
                same == rest.len(),
                "{} was told {text}, and the record says {}",
                self.name,
                rest[same..].escape_ascii()
            );
            break;
        }
        self.told = [lines, unfinished].concat();
    }

    /// Whether `line` is one that only this member is told; if so, checks it.
    fn hear_alone(
        &mut self,
        line: &str,
        record: &Record,
        letters: &mut Letters,
        at: usize,
    ) -> bool {
        if line.contains(": MESG ") {
            letters.tell(&self.name, line, record, at);
        } else if line.starts_with("ERROR no-such-user: ") {
            let (to, number) = self.unanswered.front().expect(line);
            assert!(!self.is_refused, "twice: {line}");
            self.is_refused = true;
            letters.answer((to, *number), Answer::NoSuchUser, record, at);
        } else if let Some(pong) = line.strip_prefix("PONG ") {
            let (to, number) = self.unanswered.pop_front().expect(line);
            assert_eq!(pong, number.to_string(), "to {}", self.name);
            if !std::mem::take(&mut self.is_refused) {
                letters.answer((&to, number), Answer::Taken, record, at);
            }
        } else {
            return false;
        }
        true
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

    /// Few octets, which fit the system's buffers.
    fn write(&mut self, lines: &str) {
        match self.socket.write(lines.as_bytes()) {
            Ok(len) => assert_eq!(len, lines.len(), "{} writes all at once", self.name),
            Err(error) => assert!(self.has_stalled, "{}: {error}", self.name),
        }
    }
}

fn name(number: usize) -> String {
    format!("m{number}")
}
