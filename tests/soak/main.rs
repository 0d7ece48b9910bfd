//! A thousand members that join, talk, stall and vanish at random, for the number of seconds in
//! PARLOUR_SOAK_SECONDS.
//!
//! One member, the observer, is there from first to last; what it is told is the record. The record
//! must be consistent in itself, and every octet that any other member is told must be in it, in
//! its order, except for the private lines, which reach their addressees alone, once, and at their
//! place in that order. Everything random comes from one seed, which is printed.

mod letters;
mod member;
mod record;

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use letters::Letters;
use member::{Member, Parting};
use parlour_spec::Random;
use parlour_testkit::Server;
use record::Record;

/// The most members, not counting the observer.
const CROWD: usize = 1000;

/// The number of other files that are open here.
const OTHER_FILES: u64 = 50;

/// The number of actions between two checks of the record.
const ACTIONS: usize = 25;

/// How much more memory, in KiB, the server may have at the end than after half the time, when all
/// members had also left. The allocator keeps what the peak of the first half needed.
const SLACK: u64 = 4096;

/// How much more memory, in KiB, it may have at the end than after the first thousand had come and
/// gone without a word.
const KEPT: u64 = 8192;

/// ORDER-1, ORDER-2, ORDER-3, ORDER-4, MESG-1, MESG-2, ADDR-1, JOIN-2, QUIT-1, QUIT-2, CONN-4,
/// SEC-3
#[test]
fn a_thousand_come_talk_stall_and_vanish() {
    let seconds =
        std::env::var("PARLOUR_SOAK_SECONDS").map_or(2, |it| it.parse().expect("a number"));
    let mut random = Random::new(seed());
    let crowd = affordable_crowd();
    let capacity = format!("--capacity={}", 2 * crowd);
    let options = ["--max-connections=4000", "--talk-rate=0", &capacity];
    let mut server = Server::start(env!("CARGO_BIN_EXE_parlour-server"), &options);
    let mut console = server.take_console();
    std::thread::spawn(move || console.read_to_end(&mut Vec::new()));
    let mut soak = Soak {
        record: Record::observe(connect(&server)),
        letters: Letters::default(),
        members: HashMap::new(),
        crowd,
        come: 0,
        server,
    };

    soak.everyone_comes_and_leaves(Duration::ZERO, &mut random);
    let at_rest = soak.server.resident();
    let half = Duration::from_secs(seconds) / 2;
    soak.everyone_comes_and_leaves(half, &mut random);
    let at_first = soak.server.resident();
    soak.everyone_comes_and_leaves(half, &mut random);
    let at_last = soak.server.resident();
    let (told, refused) = soak.letters.count();
    eprintln!(
        "{} came, {} octets were recorded, {told} private lines told and {refused} refused, \
         memory {at_rest}, {at_first}, then {at_last} KiB",
        soak.come,
        soak.record.len()
    );
    assert!(
        at_last <= at_first + SLACK,
        "memory grew from {at_first} to {at_last} KiB"
    );
    assert!(
        at_last <= at_rest + KEPT,
        "memory grew from {at_rest} to {at_last} KiB"
    );
}

/// The seed in PARLOUR_SOAK_SEED, or a new one; prints it in either case.
fn seed() -> u64 {
    let new = || {
        std::time::UNIX_EPOCH
            .elapsed()
            .map_or(1, |now| now.as_nanos() as u64)
    };
    let given = std::env::var("PARLOUR_SOAK_SEED");
    let seed = given.map_or_else(|_| new(), |seed| seed.parse().expect("a number"));
    eprintln!("PARLOUR_SOAK_SEED={seed}");
    seed
}

fn connect(server: &Server) -> TcpStream {
    let socket = TcpStream::connect(server.addr).expect("a connection");
    socket.set_nodelay(true).expect("an option");
    socket
}

/// The number of members that the limit on open files allows; prints a message if that is fewer
/// than wanted.
fn affordable_crowd() -> usize {
    let limit = rlimit::increase_nofile_limit(u64::MAX).expect("a limit");
    let files = usize::try_from(limit.saturating_sub(OTHER_FILES)).unwrap_or(CROWD);
    if files < CROWD {
        // Not by a macro: the output of those is captured when a test passes.
        let _unread = writeln!(
            std::io::stderr(),
            "ONLY {files} OF {CROWD}, as the system allows {limit} open files"
        );
    }
    files.min(CROWD)
}

struct Soak {
    server: Server,
    record: Record,
    letters: Letters,
    /// Keyed by a number that is also in their names.
    members: HashMap<usize, Member>,
    crowd: usize,
    come: usize,
}

impl Soak {
    /// In between, for the given time, they talk, stall, leave and are replaced by others.
    fn everyone_comes_and_leaves(&mut self, time: Duration, random: &mut Random) {
        self.everyone_comes();
        let end = Instant::now() + time;
        while Instant::now() < end {
            for _ in 0..ACTIONS {
                self.one_action(random);
            }
            self.look();
        }
        self.everyone_leaves();
    }

    fn everyone_comes(&mut self) {
        while self.members.len() < self.crowd {
            self.comes();
        }
        self.look();
    }

    fn comes(&mut self) {
        let member = Member::join(connect(&self.server), self.come);
        self.members.insert(self.come, member);
        self.come += 1;
    }

    fn one_action(&mut self, random: &mut Random) {
        let staying = self
            .members
            .iter()
            .filter(|(_, member)| !member.is_leaving());
        let mut staying: Vec<usize> = staying.map(|(&number, _)| number).collect();
        // The order of a hash map does not follow from the seed.
        staying.sort_unstable();
        if staying.is_empty() || (staying.len() < self.crowd && random.below(5) == 0) {
            return self.comes();
        }
        let number = staying[random.below(staying.len())];
        let member = self.members.get_mut(&number).expect("it stays");
        match random.below(20) {
            0..9 => member.talk(1 + random.below(3)),
            9..14 => {
                let to = match random.below(8) {
                    0 => random.below(self.come),
                    _ => staying[random.below(staying.len())],
                };
                member.write_to(to, &mut self.letters);
            }
            14..17 => member.stall_or_go_on(),
            17 => member.leave(Parting::Quit),
            18 => member.leave(Parting::HalfClose),
            _ => {
                self.members.remove(&number);
            }
        }
    }

    /// Waits until the room has handled every action, and compares what every member was told with
    /// the record.
    fn look(&mut self) {
        self.record.catch_up();
        let (record, letters) = (&self.record, &mut self.letters);
        self.members
            .retain(|_, member| member.listen(record, letters));
    }

    fn everyone_leaves(&mut self) {
        for member in self.members.values_mut() {
            member.leave(Parting::Quit);
        }
        let deadline = Instant::now() + Duration::from_secs(60);
        while !self.members.is_empty() || self.record.present() > 0 {
            self.look();
            assert!(
                Instant::now() < deadline,
                "{} members and {} names are left",
                self.members.len(),
                self.record.present()
            );
        }
    }
}
