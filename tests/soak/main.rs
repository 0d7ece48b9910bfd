//! A thousand members that join, talk, stall and vanish at random, for the number of seconds in
//! PARLOUR_SOAK_SECONDS.
//!
//! They meet in rounds. In each, one member, the observer, joins before all others and leaves after
//! them, and reads all that happens in between, so that the linearizability checker finds the one
//! order that explains every line of every member at once. Everything random comes from one seed,
//! which is printed.

mod member;

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::rc::Rc;
use std::time::{Duration, Instant};

use member::{Member, Parting};
use parlour_spec::{Connection, Document, Lines, Random, ReferenceModel, Trace, linearizability};
use parlour_testkit::Server;

/// The most members, not counting the observer.
const CROWD: usize = 1000;

/// The number of other files that are open here.
const OTHER_FILES: u64 = 50;

/// The longest time that the members of one round talk: it bounds the record.
const ROUND: Duration = Duration::from_secs(1);

/// The number of actions after which all that do not stall read.
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
        crowd,
        come: 0,
        private: [0; 2],
        read: 0,
        server,
    };

    soak.round(Duration::ZERO, &mut random);
    let at_rest = soak.server.resident();
    let half = Duration::from_secs(seconds) / 2;
    soak.rounds(half, &mut random);
    let at_first = soak.server.resident();
    soak.rounds(half, &mut random);
    let at_last = soak.server.resident();
    let [told, refused] = soak.private;
    eprintln!(
        "{} came, {} lines were read, {told} private lines told and {refused} refused, \
         memory {at_rest}, {at_first}, then {at_last} KiB",
        soak.come, soak.read
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
    crowd: usize,
    /// The number of members that have come.
    come: usize,
    /// How many private lines found somebody, and how many nobody.
    private: [usize; 2],
    read: usize,
}

/// Those who meet in a round.
struct Meeting<'s> {
    soak: &'s mut Soak,
    lines: Lines,
    observer: Member,
    looks: usize,
    /// By their numbers.
    members: BTreeMap<usize, Member>,
    /// The records of those that have left.
    left: Vec<Connection>,
}

impl Soak {
    fn rounds(&mut self, time: Duration, random: &mut Random) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.round(ROUND.min(end - Instant::now()), random);
        }
    }

    /// A crowd comes; for the given time they talk, stall, leave and are replaced by others; then
    /// all leave.
    fn round(&mut self, time: Duration, random: &mut Random) {
        let mut lines = Lines::default();
        let mut observer = Member::join(connect(&self.server), "observer");
        observer.listen_for("SERVER: observer joined the chat!", &mut lines);
        let mut meeting = Meeting {
            soak: self,
            lines,
            observer,
            looks: 0,
            members: BTreeMap::new(),
            left: Vec::new(),
        };
        while meeting.members.len() < meeting.soak.crowd {
            meeting.comes();
        }
        meeting.await_all();
        meeting.look();
        let end = Instant::now() + time;
        while Instant::now() < end {
            for _ in 0..ACTIONS {
                meeting.one_action(random);
            }
            meeting.look();
        }
        let mut trace = meeting.everyone_leaves();
        let model = ReferenceModel::of(&Document::parlour(), 2 * self.crowd, usize::MAX);
        let analysis = linearizability::check(&model, &trace);
        let order = analysis.verdict.unwrap_or_else(|why| panic!("{why}"));
        let met = |input: &str| {
            order
                .iter()
                .filter(|handled| handled.row.input == input)
                .count()
        };
        self.private[0] += met("MESG to another") + met("MESG to oneself");
        self.private[1] += met("MESG to nobody");
        self.read += analysis.lines;
        // The checker is not blind here: a member that is told of its joining twice is noticed.
        let mut members = trace.connections[1..].iter_mut();
        let joined = members
            .find(|member| member.read.len() > 1)
            .expect("some have joined");
        joined.read.insert(2, Rc::clone(&joined.read[1]));
        let doubled = linearizability::check(&model, &trace).verdict;
        assert!(
            doubled.is_err_and(|why| !why.gave_up),
            "a doubled line is explained"
        );
    }
}

impl Meeting<'_> {
    fn comes(&mut self) {
        let number = self.soak.come;
        let member = Member::join(connect(&self.soak.server), &name(number));
        self.members.insert(number, member);
        self.soak.come += 1;
    }

    /// Waits until all have joined.
    fn await_all(&mut self) {
        let last = self.soak.come - 1;
        self.members
            .get_mut(&last)
            .expect("nobody has left")
            .listen_for(
                &format!("SERVER: {} joined the chat!", name(last)),
                &mut self.lines,
            );
        while self.observer.count("joined") <= self.members.len() {
            assert!(self.observer.listen(&mut self.lines));
        }
    }

    fn one_action(&mut self, random: &mut Random) {
        let staying = self
            .members
            .iter()
            .filter(|(_, member)| !member.is_leaving());
        let staying: Vec<usize> = staying.map(|(&number, _)| number).collect();
        if staying.is_empty() || (staying.len() < self.soak.crowd && random.below(5) == 0) {
            return self.comes();
        }
        let number = staying[random.below(staying.len())];
        let member = self.members.get_mut(&number).expect("it stays");
        match random.below(20) {
            0..9 => member.talk(1 + random.below(3)),
            9..14 => {
                let to = match random.below(8) {
                    0 => random.below(self.soak.come),
                    _ => staying[random.below(staying.len())],
                };
                member.write_to(&name(to));
            }
            14..17 => member.stall_or_go_on(),
            17 => member.leave(Parting::Quit),
            18 => member.leave(Parting::HalfClose),
            _ => {
                let member = self.members.remove(&number).expect("it stays");
                self.left.push(member.ended());
            }
        }
    }

    /// Waits until the room has handled every action; then every member reads.
    fn look(&mut self) {
        self.looks += 1;
        let look = format!("BCST look {}", self.looks);
        self.observer.say(std::slice::from_ref(&look));
        self.observer
            .listen_for(&format!("observer: {look}"), &mut self.lines);
        let lines = &mut self.lines;
        let members = self.members.iter_mut();
        let over = members.filter_map(|(&n, member)| (!member.listen(lines)).then_some(n));
        for number in over.collect::<Vec<_>>() {
            let member = self.members.remove(&number).expect("it is there");
            self.left.push(member.ended());
        }
    }

    /// All leave, and the observer last; returns the record.
    fn everyone_leaves(mut self) -> Trace {
        self.members
            .values_mut()
            .for_each(|member| member.leave(Parting::Quit));
        let deadline = Instant::now() + Duration::from_secs(60);
        while !self.members.is_empty()
            || self.observer.count("left") + 1 < self.observer.count("joined")
        {
            self.look();
            let left = self.members.len();
            assert!(
                Instant::now() < deadline,
                "{left} members are left, or some names"
            );
        }
        self.observer.leave(Parting::Quit);
        self.observer.listen_for("close", &mut self.lines);
        let connections = [vec![self.observer.ended()], self.left].concat();
        Trace { connections }
    }
}

fn name(number: usize) -> String {
    format!("m{number}")
}
