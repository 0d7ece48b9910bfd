//! Joining other than sections 5 and 6 say.

use std::thread;
use std::time::Duration;

use crate::behaviour::Behaviour;
use crate::connection::Connection;
use crate::grammar::Command;
use crate::limits::Limits;
use crate::room::{FULL, Id, Input, Member, Room, Tell, same};

/// The joining is not sent to the new member.
pub(crate) struct JoinedNotToldToJoiner;

impl Behaviour for JoinedNotToldToJoiner {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        let was_member = room.name_of(from).is_some();
        let mut told = room.handle(from, input);
        if !was_member && room.name_of(from).is_some() {
            told.retain(|tell| tell.to != from);
        }
        told
    }
}

/// The joining is sent to the new member only.
pub(crate) struct JoinedNotToldToOthers;

impl Behaviour for JoinedNotToldToOthers {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        let was_member = room.name_of(from).is_some();
        let mut told = room.handle(from, input);
        if !was_member && room.name_of(from).is_some() {
            told.retain(|tell| tell.to == from);
        }
        told
    }
}

/// The text for a full room is another one.
pub(crate) struct FullInOtherWords;

impl Behaviour for FullInOtherWords {
    fn tell(&mut self, connection: &mut Connection, line: &str) {
        let line = if line == FULL {
            "Sorry, the chat is full"
        } else {
            line
        };
        connection.push(format!("{line}\n").as_bytes());
    }
}

/// The capacity is off by one.
pub(crate) struct ElevenSeats;

impl Behaviour for ElevenSeats {
    fn room(&mut self, limits: Limits) -> Room {
        let mut room = Room::new(limits);
        room.limits.capacity += 1;
        room
    }
}

/// Seats are counted first and taken later: those who join together with the tenth get seats too.
#[derive(Default)]
pub(crate) struct ElevenSeatsInARace {
    members: usize,
}

impl Behaviour for ElevenSeatsInARace {
    fn begin_turn(&mut self, room: &Room) {
        wait_for_others(room);
        self.members = room.members.len();
    }

    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        let had_a_seat = self.members < room.limits.capacity;
        let capacity = room.limits.capacity;
        if had_a_seat {
            room.limits.capacity = usize::MAX;
        }
        let told = room.handle(from, input);
        room.limits.capacity = capacity;
        told
    }
}

/// A name is looked up first and taken later.
#[derive(Default)]
pub(crate) struct OneNameTwiceInARace {
    members: Vec<Member>,
}

impl Behaviour for OneNameTwiceInARace {
    fn begin_turn(&mut self, room: &Room) {
        wait_for_others(room);
        self.members = room.members.clone();
    }

    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        match input {
            Input::Line(Ok(Command::Join(name)))
                if room.visitors.contains(&from)
                    && room.members.len() < room.limits.capacity
                    && !self.members.iter().any(|member| same(&member.name, &name)) =>
            {
                room.seat(from, name)
            }
            input => room.handle(from, input),
        }
    }
}

/// If many visitors are about to join, gives them time to do so at once.
fn wait_for_others(room: &Room) {
    if room.visitors.len() > 3 {
        thread::sleep(Duration::from_millis(20));
    }
}
