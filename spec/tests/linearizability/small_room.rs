//! Records of a few connections that do anything at any time, and faults planted in them.

use std::collections::VecDeque;

use parlour_spec::{
    Audience, Conn, ExpectedLine, Input, Oracle, Random, ReferenceModel, ReferenceRoom, Trace,
};

/// All lines that a client sends. A text occurs twice, so that one may be taken for the other.
const LINES: [&str; 12] = [
    "JOIN ann",
    "JOIN ann",
    "JOIN closer",
    "JOIN Closer",
    "BCST x",
    "BCST x",
    "MESG ann x",
    "MESG closer x",
    "LIST",
    "QUIT",
    "PING 1",
    "what",
];

/// A room, and the record of its connections.
pub(crate) struct SmallRoom<'a> {
    model: &'a ReferenceModel,
    room: ReferenceRoom,
    peers: Vec<Peer>,
    /// In the form of [`Trace`].
    pub(crate) record: Vec<String>,
}

/// A client, and what is in flight between it and the room.
#[derive(Default)]
struct Peer {
    up: VecDeque<Input>,
    down: VecDeque<String>,
    /// It does nothing more.
    is_done: bool,
    is_lost: bool,
}

impl<'a> SmallRoom<'a> {
    /// Runs a room with random inputs for a while.
    pub(crate) fn run(model: &'a ReferenceModel, random: &mut Random) -> Self {
        let count = 1 + random.below(3);
        let mut run = Self {
            model,
            room: ReferenceRoom::new(),
            peers: (0..count).map(|_| Peer::default()).collect(),
            record: Vec::new(),
        };
        let mut waiting: Vec<usize> = (0..count).collect();
        let stops = random.below(4) == 0;
        let mut said = 0;
        for _ in 0..12 * count {
            let c = random.below(count);
            match random.below(16) {
                _ if waiting.contains(&c) => {
                    if random.below(4) > 0 && waiting.len() < count {
                        continue;
                    }
                    waiting.retain(|&waits| waits != c);
                    run.handle(c, Input::Connect);
                }
                0..5 if !run.peers[c].is_done && said < 9 => {
                    said += 1;
                    let line = LINES[random.below(LINES.len())];
                    run.say(c, line);
                }
                5 if !run.peers[c].is_done && random.below(3) == 0 => {
                    run.note(c, "H", "");
                    run.peers[c].is_done = true;
                    run.peers[c].up.push_back(Input::HalfClose);
                }
                6 if random.below(3) == 0 => run.lose(c),
                7 if random.below(3) == 0 => run.handle(c, Input::JoinTimeout),
                8..12 => run.read(c),
                _ => {
                    if let Some(input) = run.peers[c].up.pop_front() {
                        run.handle(c, input);
                    }
                }
            }
        }
        if stops && waiting.is_empty() {
            let all: Vec<Conn> = run.room.sessions().collect();
            all.into_iter()
                .for_each(|id| run.handle(id as usize, Input::Shutdown));
        }
        // Some read to the end, some do not.
        for c in 0..count {
            while random.below(6) > 0 && !run.peers[c].down.is_empty() {
                run.read(c);
            }
        }
        run
    }

    fn say(&mut self, c: usize, line: &str) {
        self.note(c, "C", line);
        let said = Oracle::parlour()
            .line(line.as_bytes())
            .expect("something is said");
        let said = said.as_ref().map(String::as_str).map_err(|code| *code);
        self.peers[c].up.push_back(Input::of(said));
    }

    fn handle(&mut self, c: usize, input: Input) {
        for delivery in self.model.step(&mut self.room, c as Conn, &input) {
            let (ExpectedLine::Exact(line) | ExpectedLine::Prefix(line)) = delivery.line;
            let told = match delivery.to {
                Audience::One(id) => vec![id],
                Audience::MembersBut(but) => self.room.members().filter(|&id| id != but).collect(),
            };
            for id in told {
                let peer = &mut self.peers[id as usize];
                if !peer.is_lost {
                    let free = if line.starts_with("ERROR") {
                        "free text"
                    } else {
                        ""
                    };
                    peer.down.push_back(line.clone() + free);
                }
            }
        }
    }

    fn read(&mut self, c: usize) {
        let Some(line) = self.peers[c].down.pop_front() else {
            return;
        };
        self.note(c, "S", &line);
        if line == "close" {
            self.record.push(format!("X {c}"));
            self.peers[c].is_done = true;
            self.peers[c].is_lost = true;
        }
    }

    fn lose(&mut self, c: usize) {
        let peer = &mut self.peers[c];
        if peer.is_lost {
            return;
        }
        (peer.is_lost, peer.is_done) = (true, true);
        peer.down.clear();
        peer.up.push_back(Input::Lost);
        self.record.push(format!("R {c}"));
    }

    fn note(&mut self, c: usize, mark: &str, line: &str) {
        self.record.push(match line {
            "" => format!("{mark} {c}"),
            line => format!("{mark} {c}: {line}"),
        });
    }
}

/// Plants a fault in the record: drops, doubles or moves a line, swaps two, or replaces a line's
/// text by another's.
pub(crate) fn plant(record: &mut Vec<String>, random: &mut Random) {
    if record.len() < 2 {
        return;
    }
    let (at, other) = (random.below(record.len()), random.below(record.len()));
    let after_name = |line: &str| line.find(": ").map(|at| line[at..].to_owned());
    match random.below(5) {
        0 => drop(record.remove(at)),
        1 => record.insert(at, record[at].clone()),
        2 => record.swap(at, other),
        3 => {
            let line = record.remove(at);
            record.insert(random.below(record.len() + 1), line);
        }
        _ => {
            let Some(said) = after_name(&record[other]) else {
                return;
            };
            let Some(at_name) = record[at].find(": ") else {
                return;
            };
            record[at].truncate(at_name);
            record[at].push_str(&said);
        }
    }
}

/// Parses the record.
pub(crate) fn trace(record: &[String]) -> Trace {
    Trace::read(&record.join("\n"), Oracle::parlour()).expect("the record is well formed")
}
