//! Clients that send much are served first, or punished (section 8.1).

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::behaviour::Behaviour;
use crate::connection::READ_OCTETS;
use crate::grammar::Command;
use crate::room::{Id, Input, Room, Tell};

/// A client that fills a read is read again, before all others, until it sends nothing for a while.
#[derive(Default)]
pub(crate) struct FlooderServedUntilItPauses {
    flooder: Cell<Option<(Id, Instant)>>,
}

/// That while.
const PAUSE: Duration = Duration::from_secs(1);

impl Behaviour for FlooderServedUntilItPauses {
    fn serves(&self, id: Id) -> bool {
        let flooder = self.flooder.get().filter(|(_, at)| at.elapsed() < PAUSE);
        self.flooder.set(flooder);
        flooder.is_none_or(|(flooder, _)| flooder == id)
    }

    fn receive(&mut self, from: Id, octets: Vec<u8>) -> Vec<u8> {
        if octets.len() == READ_OCTETS {
            self.flooder.set(Some((from, Instant::now())));
        }
        octets
    }
}

/// A client that sends too fast is punished instead of delayed.
pub(crate) struct TooFast {
    /// What is done instead of its command.
    done: fn(&mut Room, Id) -> Vec<Tell>,
    /// When each client may send a whole burst again.
    full_at: BTreeMap<Id, Instant>,
}

impl TooFast {
    pub(crate) fn new(done: fn(&mut Room, Id) -> Vec<Tell>) -> Self {
        let full_at = BTreeMap::new();
        Self { done, full_at }
    }
}

impl Behaviour for TooFast {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        const RATE: u64 = 65536;
        const BURST: Duration = Duration::from_secs(4);
        if let Input::Line(Ok(Command::Bcst(text))) = &input {
            let now = Instant::now();
            let full_at = self.full_at.entry(from).or_insert(now);
            let micros = text.len() as u64 * 1_000_000 / RATE;
            *full_at = now.max(*full_at) + Duration::from_micros(micros);
            if *full_at > now + BURST {
                return (self.done)(room, from);
            }
        }
        room.handle(from, input)
    }
}
