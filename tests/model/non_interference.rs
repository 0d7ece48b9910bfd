//! Non-interference (MESG-2), by composing the room with itself.
//!
//! Two copies of the room take the same inputs, except that the private lines between 1 and 2 are
//! sent in the first copy only. Whatever happens, 3 is told the same in both. The queues are not
//! modelled: a flood of private lines can make its reader fall behind (SLOW-1), and 3 sees that.

use parlour::protocol::{Command, Event};
use parlour::room::{Input, Limits, Outbox, Room};
use parlour_spec::{Conn, Model};

use crate::faults::Fault;
use crate::room::{Both, handle};

/// The observer, which must not notice.
const CYD: Conn = 3;

/// The lines of each connection, with the private lines of 1 and 2 at the end.
const SAYS: [&[&str]; 3] = [
    &[
        "JOIN ann",
        "BCST x",
        "LIST",
        "QUIT",
        "MESG bob x",
        "MESG Bob x",
    ],
    &[
        "JOIN bob",
        "JOIN Ann",
        "BCST x",
        "QUIT",
        "MESG ann y",
        "MESG bob y",
    ],
    &[
        "JOIN cyd",
        "JOIN ann",
        "BCST x",
        "LIST",
        "MESG ann z",
        "MESG bob z",
        "QUIT",
        "what",
    ],
];

/// The model.
pub(crate) struct NonInterference {
    fault: Option<Fault>,
    inputs: Vec<(Conn, Both, String)>,
}

impl NonInterference {
    pub(crate) fn new(fault: Option<Fault>) -> Self {
        let mut inputs = Vec::new();
        for (id, lines) in (1..).zip(SAYS) {
            let others = [
                Both::connect(),
                Both::half_close(),
                Both::lost(),
                Both::join_timeout(),
            ];
            let lines = lines.iter().map(|line| Both::line(line));
            inputs.extend(others.into_iter().chain(lines).map(|both| {
                let said = both.said();
                (id, both, said)
            }));
        }
        Self { fault, inputs }
    }

    /// What 3 is told about it in this copy.
    fn tell(&self, room: &mut Room, id: Conn, both: &Both) -> Vec<Event> {
        let input = both.input.clone().expect("nothing is stopped here");
        let mut out = Outbox::new();
        let told = match self.fault {
            None => handle(room, id, input, &mut out),
            Some(fault) => fault.handle(room, id, input, &mut out),
        };
        told.into_iter()
            .filter(|(to, _)| *to == CYD)
            .map(|(_, event)| event)
            .collect()
    }
}

impl Model for NonInterference {
    /// The room in which the private lines are sent, and the one in which they are not.
    type State = (Room, Room);
    type Action = usize;

    fn start(&self) -> (Room, Room) {
        let room = Room::new(Limits::by_count(3, 3));
        (room.clone(), room)
    }

    fn actions(&self, _: &(Room, Room), out: &mut Vec<usize>) {
        out.extend(0..self.inputs.len());
    }

    fn step(&self, (with, without): &mut (Room, Room), at: usize) -> Result<(), String> {
        let (id, both, _) = &self.inputs[at];
        let private = *id != CYD && with_others(with, both);
        let heard = self.tell(with, *id, both);
        let should = if private {
            Vec::new()
        } else {
            self.tell(without, *id, both)
        };
        if heard == should {
            Ok(())
        } else {
            Err(format!(
                "3 is told {heard:?}, and {should:?} had there been no private word"
            ))
        }
    }

    fn may_end(&self, _: &(Room, Room)) -> bool {
        false
    }

    fn describe(&self, _: &(Room, Room), at: usize) -> String {
        let (id, _, said) = &self.inputs[at];
        format!("{id}: {said}")
    }
}

/// Whether this is a MESG whose addressee is not 3.
fn with_others(room: &Room, both: &Both) -> bool {
    let Some(Input::Line(Ok(Command::Mesg { to, .. }))) = &both.input else {
        return false;
    };
    let addressee = room.roster().addressee(to);
    addressee.is_none_or(|(id, _)| id.0 != u64::from(CYD))
}
