//! The behaviour of a server, a method for each step. The defaults follow the specification; a
//! broken server overrides one or two.

use crate::connection::Connection;
use crate::framing::{Cut, Framing};
use crate::grammar::{self, Line};
use crate::limits::Limits;
use crate::room::{Id, Input, Room, Tell};

/// How a server does each thing that can go wrong.
pub(crate) trait Behaviour: Send + 'static {
    /// The limits that apply where `limits` are configured (section 8).
    fn limits(&mut self, limits: Limits) -> Limits {
        limits
    }

    /// The empty room.
    fn room(&mut self, limits: Limits) -> Room {
        Room::new(limits)
    }

    /// Whether to accept another connection beside `open` others; one that is not accepted is
    /// dropped. CONN-3 is the room's.
    fn accepts(&mut self, _open: usize) -> bool {
        true
    }

    /// How many octets a second are read from all members together while one lags (SLOW-5).
    fn pace(&self, limits: &Limits) -> usize {
        (limits.send_queue / 8).max(65536)
    }

    /// Whether this connection may be read now (FAIR-1).
    fn serves(&self, _: Id) -> bool {
        true
    }

    /// The octets of one read (LINE-7).
    fn receive(&mut self, _from: Id, octets: Vec<u8>) -> Vec<u8> {
        octets
    }

    /// The lines that these octets complete (LINE-1, LINE-2).
    fn cut(&mut self, framing: &mut Framing, octets: &[u8], max_line: usize) -> Vec<Cut> {
        framing.cut(octets, max_line)
    }

    /// The line that silence or the end of the stream completes (LINE-8).
    fn cut_unfinished(&mut self, framing: &mut Framing) -> Option<Cut> {
        framing.cut_unfinished()
    }

    /// Parses a line; `None` if it is ignored (sections 3 and 4).
    fn read(&mut self, line: &[u8]) -> Option<Line> {
        grammar::read(line)
    }

    /// What the room sends for an input (sections 5 and 6).
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        room.handle(from, input)
    }

    /// What the room sends when the server stops (SHUT-1).
    fn shut_down(&mut self, room: &mut Room) -> Vec<Tell> {
        room.shut_down()
    }

    /// Sends one line to one connection.
    fn tell(&mut self, connection: &mut Connection, line: &str) {
        connection.push(format!("{line}\n").as_bytes());
    }

    /// The last octets on a connection; `is_undelimited` as LINE-9 means it.
    fn closing_octets(&mut self, is_undelimited: bool) -> Vec<u8> {
        let close: &[u8] = if is_undelimited { b"close" } else { b"close\n" };
        close.to_vec()
    }

    /// Called before each turn of the loop; what arrives in one turn counts as simultaneous.
    fn begin_turn(&mut self, _room: &Room) {}
}

/// A server without a fault.
pub(crate) struct Correct;

impl Behaviour for Correct {}
