//! ORDER-1 and ORDER-2 where everybody speaks at once: the table of section 7 promises what those
//! of section 5 do, and one order of the room explains what each member was told.

use std::collections::BTreeSet;
use std::thread;

use parlour_spec::{Document, Oracle, ReferenceModel, Trace, linearizability};
use parlour_testkit::{Peer, Server};

const GUESTS: usize = 12;
const LINES: usize = 30;

/// ORDER-1, ORDER-2, JOIN-1, QUIT-2: the events of the room are those that the tables of section 5
/// send to everyone else, and each member is told them as often as section 7 says.
#[test]
fn the_tables_send_the_events_of_the_room_as_section_7_promises() {
    let document = Document::parlour();
    let model = ReferenceModel::of(&document, 10, 10);
    let [row] = &document.table("events of the room").rows[..] else {
        panic!("one row says it all");
    };
    let [events, from, until, times] = &row[..] else {
        panic!("four cells");
    };
    let of_all = model.rows().filter(|row| !row.addressee_alone);
    let mut told_others = BTreeSet::new();
    for (row, event) in of_all.flat_map(|row| row.others.iter().map(move |event| (row, event))) {
        told_others.insert(&*event.rule);
        let promise = match row {
            row if model.admits(row) => from,
            row if model.dismisses(row) => until,
            _ => "the sender is told too, which it is told",
        };
        let is_told = promise.ends_with(", which it is told");
        assert!(
            is_told || promise.ends_with(", which it is not told"),
            "{promise}"
        );
        let own = row.told.iter().filter(|told| *told == event).count();
        assert_eq!(event.times.to_string(), *times, "{row:?}");
        assert_eq!(own, usize::from(is_told), "{row:?}");
    }
    assert_eq!(told_others, events.split(", ").collect());
}

/// ORDER-1, ORDER-2, JOIN-1, QUIT-2
///
/// > ORDER-2: A member is told every event of the room from its own joining to its own leaving, as
/// > often as the table says, and none before or after.
#[test]
fn everyone_is_told_the_room_as_it_is_from_joining_to_leaving() {
    let capacity = GUESTS + 1;
    let model = ReferenceModel::of(&Document::parlour(), capacity, 2 * capacity);
    let capacity = format!("--capacity={capacity}");
    let server = Server::start(env!("CARGO_BIN_EXE_parlour-server"), &[&capacity]);
    let mut host = Guest::connect(&server, "host");
    host.send("JOIN host\n");
    host.read_until("SERVER: host joined the chat!");
    let guests: Vec<_> = (0..GUESTS)
        .map(|guest| Guest::connect(&server, &format!("guest{guest}")))
        .collect();
    let mut record = String::new();
    thread::scope(|scope| {
        let visits = guests.into_iter();
        let visits: Vec<_> = visits.map(|guest| scope.spawn(|| guest.visit())).collect();
        for _left in 0..GUESTS {
            host.read_until(" has left the chat");
        }
        for visit in visits {
            record += &visit.join().expect("a visit ends in order");
        }
    });
    record += &host.record;
    drop(host.peer);
    server.terminate();
    assert_eq!(server.ended().code(), Some(0));
    let trace = Trace::read(&record, Oracle::parlour()).expect("the record is well formed");
    let order = linearizability::check(&model, &trace).verdict;
    let order = order.unwrap_or_else(|why| panic!("{why}"));
    let told_all = order
        .iter()
        .filter(|handled| !handled.row.others.is_empty());
    assert_eq!(told_all.count(), 1 + GUESTS * (LINES + 2));
}

struct Guest {
    name: String,
    peer: Peer,
    record: String,
}

impl Guest {
    fn connect(server: &Server, name: &str) -> Self {
        let mut guest = Self {
            name: name.to_owned(),
            peer: Peer::connect(server.addr),
            record: String::new(),
        };
        guest.read_until("JOIN username");
        guest
    }

    /// Joins, speaks and leaves, in three segments; returns the record.
    fn visit(mut self) -> String {
        self.send(&format!("JOIN {}\nBCST 0\n", self.name));
        let said: String = (1..LINES).map(|n| format!("BCST {n}\n")).collect();
        self.send(&said);
        self.send("QUIT\n");
        self.read_until("close");
        self.record + &format!("X {}\n", self.name)
    }

    fn send(&mut self, lines: &str) {
        for line in lines.lines() {
            self.record += &format!("C {}: {line}\n", self.name);
        }
        self.peer.send(lines);
    }

    fn read_until(&mut self, end: &str) {
        for line in self.peer.lines_until(end) {
            self.record += &format!("S {}: {line}\n", self.name);
        }
    }
}
