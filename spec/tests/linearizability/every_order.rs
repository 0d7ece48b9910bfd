//! A brute-force check that tries every order of all that can have happened.

use std::collections::HashSet;

use parlour_spec::{
    Audience, Conn, End, ExpectedDelivery, Input, ReferenceModel, ReferenceRoom, Trace,
};

/// A configuration: how far an order has come.
#[derive(Clone, PartialEq, Eq, Hash)]
struct World {
    room: ReferenceRoom,
    /// Per connection, how many of its inputs the room has handled, including the connect.
    handled: Vec<usize>,
    /// Per connection, how many of its lines it has read.
    read: Vec<usize>,
    lost: Vec<bool>,
    stopped: bool,
}

/// Whether the room has an order in which each connection receives exactly what it read.
pub(crate) fn is_explained(model: &ReferenceModel, trace: &Trace) -> bool {
    let count = trace.connections.len();
    let start = World {
        room: ReferenceRoom::new(),
        handled: vec![0; count],
        read: vec![0; count],
        lost: vec![false; count],
        stopped: false,
    };
    let mut seen = HashSet::from([start.clone()]);
    let mut left = vec![start];
    while let Some(world) = left.pop() {
        if world.is_the_end(model, trace) {
            return true;
        }
        let next = world.next(model, trace).into_iter();
        left.extend(next.filter(|next| seen.insert(next.clone())));
    }
    false
}

impl World {
    fn is_the_end(&self, model: &ReferenceModel, trace: &Trace) -> bool {
        trace.connections.iter().enumerate().all(|(c, connection)| {
            let closed = self.handled[c] > 0 && model.state(&self.room, c as Conn) == "Closed";
            self.read[c] == connection.read.len() && (connection.end != End::Closed || closed)
        })
    }

    fn next(&self, model: &ReferenceModel, trace: &Trace) -> Vec<Self> {
        let mut next = Vec::new();
        for (c, connection) in trace.connections.iter().enumerate() {
            let id = c as Conn;
            let all_read = self.read[c] == connection.read.len();
            if self.lost[c] {
                continue;
            }
            if self.handled[c] == 0 {
                let mut world = self.clone();
                world.handled[c] = 1;
                // SHUT-1
                let comes = !self.stopped && world.step(model, trace, &[id], &Input::Connect);
                next.extend(comes.then_some(world));
                continue;
            }
            if let Some((said, after)) = connection.sent.get(self.handled[c] - 1)
                && *after <= self.read[c]
            {
                let mut world = self.clone();
                world.handled[c] += 1;
                let comes = world.step(model, trace, &[id], said);
                next.extend(comes.then_some(world));
            }
            if connection.end == End::Lost && all_read {
                let mut world = self.clone();
                world.lost[c] = true;
                let comes = world.step(model, trace, &[id], &Input::Lost);
                next.extend(comes.then_some(world));
            }
            let mut world = self.clone();
            let comes = world.step(model, trace, &[id], &Input::JoinTimeout);
            next.extend(comes.then_some(world));
        }
        if !self.stopped {
            let mut world = self.clone();
            world.stopped = true;
            let all: Vec<Conn> = world.room.sessions().collect();
            let comes = world.step(model, trace, &all, &Input::Shutdown);
            next.extend(comes.then_some(world));
        }
        next
    }

    /// Handles this input of all these connections at once; returns whether every receiver read its
    /// lines.
    fn step(&mut self, model: &ReferenceModel, trace: &Trace, of: &[Conn], input: &Input) -> bool {
        let deliveries: Vec<ExpectedDelivery> = of
            .iter()
            .flat_map(|&id| model.step(&mut self.room, id, input))
            .collect();
        let members: Vec<Conn> = self.room.members().collect();
        deliveries.iter().all(|delivery| {
            let told = match delivery.to {
                Audience::One(id) => vec![id],
                Audience::MembersBut(but) => {
                    members.iter().copied().filter(|&id| id != but).collect()
                }
            };
            told.into_iter().all(|id| {
                let c = id as usize;
                let connection = &trace.connections[c];
                match connection.read.get(self.read[c]) {
                    Some(line) if delivery.line.matches(&line.line) => {
                        self.read[c] += 1;
                        true
                    }
                    Some(_) => false,
                    None => connection.end != End::Closed,
                }
            })
        })
    }
}
