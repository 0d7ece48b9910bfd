//! Every cell of the tables of spec section 5, on a shortest path from an empty server, played
//! against the real one.
//!
//! The paths are found breadth first in a room of two seats and three connections, whose steps are
//! exactly the rows of the tables. After each step every connection must have read what the rows
//! predict, to the octet.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::Ipv4Addr;

use parlour::protocol::Event;
use parlour::room::Limits;
use parlour::server::{Config, Console, Server};
use tokio::task::spawn_local;
use tokio::time::{Duration, sleep};

use super::NEVER;
use super::driver::on_a_paused_clock;
use super::peer::{Peer, settle};
use super::pipe::pipe;
use super::table::{Cell, Row, rows};

const CAPACITY: usize = 2;
const MAX_CONNECTIONS: usize = 3;
const NAMES: [&str; 4] = ["ann", "bob", "cyd", "dan"];
const JOIN_TIMEOUT: Duration = Duration::from_secs(9);
const MAX_LINE: usize = 64;

/// An input of the tables, and the connection it comes from.
type Step = (usize, &'static str);

/// The table's view of a server: the state of each connection, and the members in the order of
/// joining.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rooms {
    states: [&'static str; NAMES.len()],
    members: Vec<usize>,
}

/// STATE-1 to STATE-3, CONN-2 to CONN-6, JOIN-1 to JOIN-5, BCST-1, ADDR-1, MESG-1, MESG-2, LIST-1,
/// QUIT-1, QUIT-2, HELP-1, PING-1, ERR-1, SHUT-1
#[test]
fn every_cell_of_the_tables_is_played_on_a_shortest_path() {
    let rows = rows();
    let shortest = shortest_paths(&rows);
    let unreached = rows.iter().map(|row| row.cell);
    let unreached: Vec<_> = unreached
        .filter(|cell| !shortest.contains_key(cell))
        .collect();
    assert_eq!(unreached, [NEVER]);
    let mut paths: Vec<_> = shortest.into_values().collect();
    paths.sort_by_key(|path| std::cmp::Reverse(path.len()));
    let mut met = BTreeSet::new();
    let mut played = 0;
    for path in paths {
        let cells = cells(&rows, &path);
        if cells.is_subset(&met) {
            continue;
        }
        met.extend(cells);
        on_a_paused_clock(play(&rows, &path));
        played += 1;
    }
    assert_eq!(met.len(), rows.len() - 1);
    println!("{played} paths");
}

/// STATE-3: each input to a closed session, in the row *any*.
///
/// > STATE-3: *Closed* is for good: nothing is told to a closed session, and what still comes from
/// > it has no effect on anyone.
#[test]
fn nothing_comes_of_what_a_closed_session_sends() {
    let rows = rows();
    let inputs: BTreeSet<_> = rows.iter().map(|row| row.cell.1).collect();
    for input in inputs {
        if !input.starts_with("connect") && !matches!(input, "shutdown" | "any") {
            let path = [
                (1, "connect"),
                (1, "JOIN, name free"),
                (0, "connect"),
                (0, "QUIT"),
                (0, input),
            ];
            on_a_paused_clock(play(&rows, &path));
        }
    }
}

/// For each cell, the first path that the search finds.
fn shortest_paths(rows: &[Row]) -> BTreeMap<Cell, Vec<Step>> {
    let start = Rooms {
        states: ["New"; NAMES.len()],
        members: Vec::new(),
    };
    let mut seen = BTreeSet::from([start.clone()]);
    let mut queue = VecDeque::from([(start, Vec::new())]);
    let mut found = BTreeMap::new();
    while let Some((rooms, path)) = queue.pop_front() {
        for row in rows {
            for who in 0..NAMES.len() {
                let (state, input) = row.cell;
                if rooms.states[who] != state || !rooms.admits(who, input) {
                    continue;
                }
                let mut path = path.clone();
                path.push((who, input));
                let mut next = rooms.clone();
                next.step(rows, (who, input));
                found.entry(row.cell).or_insert_with(|| path.clone());
                // Both come to all sessions at once, and only once.
                let is_last = matches!(input, "join timeout" | "shutdown");
                if !is_last && seen.insert(next.clone()) {
                    queue.push_back((next, path));
                }
            }
        }
    }
    found
}

/// The cells that a path meets.
fn cells(rows: &[Row], path: &[Step]) -> BTreeSet<Cell> {
    let mut rooms = Rooms {
        states: ["New"; NAMES.len()],
        members: Vec::new(),
    };
    let mut cells = BTreeSet::new();
    for &(who, input) in path {
        cells.insert(row(rows, rooms.states[who], input).cell);
        rooms.step(rows, (who, input));
    }
    cells
}

fn row(rows: &[Row], state: &str, input: &str) -> Row {
    let fits = |row: &&Row| {
        row.cell.0 == state && matches!(row.cell.1, any if any == input || any == "any")
    };
    *rows
        .iter()
        .find(fits)
        .unwrap_or_else(|| panic!("no row for {input} in {state}"))
}

impl Rooms {
    /// Whether this input is possible on this connection now: the classes are defined in the
    /// paragraph below the tables.
    fn admits(&self, who: usize, input: &str) -> bool {
        let open = |state: &&&str| matches!(**state, "Visitor" | "Member");
        let is_open = self.states.iter().filter(open).count();
        let is_full = self.members.len() >= CAPACITY;
        match input {
            "connect" => is_open < MAX_CONNECTIONS,
            "connect, too many" => is_open >= MAX_CONNECTIONS,
            "JOIN, name free" => !is_full,
            "JOIN, name taken" => !is_full && !self.members.is_empty(),
            "JOIN, room full" => is_full,
            "MESG to another" => self.other(who).is_some(),
            "MESG to oneself" => self.members.contains(&who),
            _ => true,
        }
    }

    fn other(&self, who: usize) -> Option<usize> {
        self.members.iter().copied().find(|&member| member != who)
    }

    /// What each connection reads according to the rows.
    fn step(&mut self, rows: &[Row], (who, input): Step) -> [Vec<String>; NAMES.len()] {
        let mut told: [Vec<String>; NAMES.len()] = Default::default();
        let of_all = matches!(input, "join timeout" | "shutdown");
        let comes_to =
            |at: usize, state: &str| at == who || (of_all && matches!(state, "Visitor" | "Member"));
        for at in 0..NAMES.len() {
            if !comes_to(at, self.states[at]) {
                continue;
            }
            let row = row(rows, self.states[at], input);
            let addressee = match input {
                "MESG to another" => self.other(who),
                _ => Some(at),
            };
            let was_member = self.states[at] == "Member";
            self.states[at] = row.next;
            match (was_member, row.next == "Member") {
                (false, true) => self.members.push(at),
                (true, false) => self.members.retain(|&member| member != at),
                _ => {}
            }
            let own = row.told.iter().map(String::as_str);
            told[at].extend(self.lines(own, at, addressee));
            let Some(others) = row.others.filter(|_| !of_all) else {
                continue;
            };
            let alone = others.strip_suffix(", to the addressee alone");
            let others = alone.unwrap_or(others).split(", ");
            let to = match alone {
                Some(_) => vec![addressee.expect("the input has one")],
                None => self.members.clone(),
            };
            for member in to.into_iter().filter(|&member| member != at) {
                told[member].extend(self.lines(others.clone(), at, addressee));
            }
        }
        told
    }

    /// The lines of the events named in a cell, caused by `of`; the variable parts are left out.
    fn lines<'e>(
        &self,
        events: impl Iterator<Item = &'e str>,
        of: usize,
        addressee: Option<usize>,
    ) -> Vec<String> {
        let name = NAMES[of];
        let mut lines = Vec::new();
        for event in events {
            let line = match event {
                "greeting" => Event::Greeting.to_string(),
                "full" => Event::Full.to_string(),
                "shutting-down" => Event::ShuttingDown.to_string(),
                "close" => Event::Close.to_string(),
                "joined" => format!("SERVER: {name} joined the chat!"),
                "left" => format!("{name} has left the chat"),
                "broadcast" => format!("{name}: BCST hi"),
                "private" => {
                    let to = NAMES[addressee.expect("the input has one")];
                    format!("{name}: MESG {to} hi")
                }
                "online" => {
                    let names: Vec<_> = self.members.iter().map(|&member| NAMES[member]).collect();
                    format!("Online: {}", names.join(", "))
                }
                "pong" => "PONG hi".to_owned(),
                "help-line ×7" => {
                    lines.extend(
                        ["JOIN", "BCST", "MESG", "LIST", "QUIT", "HELP", "PING"]
                            .map(|verb| format!("HELP {verb}…")),
                    );
                    continue;
                }
                error => match error.strip_prefix("error ") {
                    Some(code) => format!("ERROR {code}: …"),
                    None => panic!("no such event: {error}"),
                },
            };
            lines.push(line);
        }
        lines
    }

    /// The octets of an input that is a line.
    fn typed(&self, who: usize, input: &str) -> Vec<u8> {
        let line = match input {
            "JOIN, name free" | "JOIN, room full" => format!("JOIN {}", NAMES[who]),
            "JOIN, name taken" => {
                let taken = self.members.first().copied().unwrap_or(who);
                format!("JOIN {}", NAMES[taken].to_uppercase())
            }
            "BCST" | "any" => "BCST hi".to_owned(),
            "MESG to another" => {
                let other = self.other(who).unwrap_or(who);
                format!("MESG {} hi", NAMES[other].to_uppercase())
            }
            "MESG to oneself" => format!("MESG {} hi", NAMES[who]),
            "MESG to nobody" => "MESG nobody hi".to_owned(),
            "LIST" | "QUIT" | "HELP" => input.to_owned(),
            "PING" => "PING hi".to_owned(),
            "line-too-long" => "x".repeat(MAX_LINE),
            "not-utf8" => return b"BCST \xff\n".to_vec(),
            "control-character" => "BCST \u{1b}[2J".to_owned(),
            "unknown-command" => "SAY hi".to_owned(),
            "usage" => "MESG".to_owned(),
            "name-invalid" => "JOIN a/b".to_owned(),
            "name-reserved" => "JOIN server".to_owned(),
            other => panic!("{other} is no line"),
        };
        (line + "\n").into_bytes()
    }
}

async fn play(rows: &[Row], path: &[Step]) {
    let config = Config {
        limits: Limits::by_count(CAPACITY, MAX_CONNECTIONS),
        join_timeout: JOIN_TIMEOUT,
        max_line: MAX_LINE,
        quiet: Duration::ZERO,
        ..Config::default()
    };
    let mut server = Some(Server::start(config, Console::silent()));
    let mut rooms = Rooms {
        states: ["New"; NAMES.len()],
        members: Vec::new(),
    };
    let mut peers: [Option<Peer>; NAMES.len()] = Default::default();
    for &(who, input) in path {
        match (input, &mut peers[who], &server) {
            ("connect" | "connect, too many", _, Some(server)) => {
                let (near, far) = pipe(1000);
                let peer = (Ipv4Addr::LOCALHOST, who as u16).into();
                server.admit(far, peer, server.permit().await);
                peers[who] = Some(Peer::new(NAMES[who].to_owned(), near, 1000, false));
            }
            ("shutdown", ..) => {
                let stopping = server.take().expect("it stops once").shut_down();
                let _it_is_not_awaited = spawn_local(stopping);
            }
            ("join timeout", ..) => sleep(JOIN_TIMEOUT).await,
            ("half-close", Some(peer), _) => peer.end_side(),
            ("lost", Some(peer), _) => peer.drop_pipe(true),
            (_, Some(peer), _) => peer.say(&rooms.typed(who, input), None, b""),
            (_, None, _) => panic!("{input} comes from nobody"),
        }
        settle(|| {
            let mut moved = false;
            for peer in peers.iter_mut().flatten() {
                moved |= peer.pump(&mut |_, _| {});
            }
            moved
        })
        .await;
        let foretold = rooms.step(rows, (who, input));
        for (at, foretold) in foretold.iter().enumerate() {
            let read = peers[at]
                .as_mut()
                .map(|peer| std::mem::take(&mut peer.read));
            let read = String::from_utf8(read.unwrap_or_default()).expect("UTF-8");
            let is_told = |(line, foretold): (&str, &String)| match foretold.strip_suffix('…') {
                Some(beginning) => line.starts_with(beginning),
                None => line == foretold,
            };
            assert!(
                read.lines().count() == foretold.len() && read.lines().zip(foretold).all(is_told),
                "{path:?}: after {input}, {} is foretold {foretold:#?}\nand reads {read}",
                NAMES[at]
            );
            let is_closed = rooms.states[at] == "Closed";
            let is_there = peers[at].as_ref().filter(|peer| peer.pipe.is_some());
            assert!(
                is_there.is_none_or(|peer| peer.at_end == is_closed),
                "{path:?}: after {input}, the end of {}",
                NAMES[at]
            );
        }
    }
}
