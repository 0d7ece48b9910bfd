//! What a server does at each step, a method each. The defaults do what the specification wants; a broken server has one of its own.

use crate::connection::Connection;
use crate::framing::{Cut, Framing};
use crate::grammar::{self, Line};
use crate::limits::Limits;
use crate::room::{Id, Input, Room, Tell};

/// One server's way with everything that can go wrong.
pub(crate) trait Behaviour: Send + 'static {
    /// The limits that hold where `limits` are wanted (section 8).
    fn limits(&mut self, limits: Limits) -> Limits {
        limits
    }

    /// The room before anyone came.
    fn room(&mut self, limits: Limits) -> Room {
        Room::new(limits)
    }

    /// Whether there is a connection more, beside `open` others; one that is not taken is dropped. CONN-3 is the room's.
    fn accepts(&mut self, _open: usize) -> bool {
        true
    }

    /// How many octets a second are taken of all members together while one lags (SLOW-5).
    fn pace(&self, limits: &Limits) -> usize {
        (limits.send_queue / 8).max(65536)
    }

    /// Whether it may be this connection's turn to be read (FAIR-1).
    fn serves(&self, _: Id) -> bool {
        true
    }

    /// The octets of one read (LINE-7).
    fn receive(&mut self, _from: Id, octets: Vec<u8>) -> Vec<u8> {
        octets
    }

    /// The lines that end in these octets (LINE-1, LINE-2).
    fn cut(&mut self, framing: &mut Framing, octets: &[u8], max_line: usize) -> Vec<Cut> {
        framing.cut(octets, max_line)
    }

    /// The line that silence or the end of the stream ends (LINE-8).
    fn cut_unfinished(&mut self, framing: &mut Framing) -> Option<Cut> {
        framing.cut_unfinished()
    }

    /// What a line says; nothing if it is ignored (sections 3 and 4).
    fn read(&mut self, line: &[u8]) -> Option<Line> {
        grammar::read(line)
    }

    /// What an input makes the room tell (sections 5 and 6).
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        room.handle(from, input)
    }

    /// What is told when the server is to stop (SHUT-1).
    fn shut_down(&mut self, room: &mut Room) -> Vec<Tell> {
        room.shut_down()
    }

    /// Tells one line to one connection.
    fn tell(&mut self, connection: &mut Connection, line: &str) {
        connection.push(format!("{line}\n").as_bytes());
    }

    /// The octets that end a connection; `is_undelimited` as LINE-9 means it.
    fn closing_octets(&mut self, is_undelimited: bool) -> Vec<u8> {
        let close: &[u8] = if is_undelimited { b"close" } else { b"close\n" };
        close.to_vec()
    }

    /// Called before each turn of the loop: what comes in one turn came at once.
    fn begin_turn(&mut self, _room: &Room) {}
}

/// Nothing goes wrong.
pub(crate) struct Correct;

impl Behaviour for Correct {}
