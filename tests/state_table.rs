//! The tables of spec section 5 against [`Room::handle`], cell by cell, in both directions.
//!
//! The test creates each pair of a state and a class of inputs in the program's room, with another
//! member, a bystander and a visitor beside the session in question. It compares the next state,
//! what the session is told and what everyone else is told with the row. It names no state and no
//! input that the document does not name, and omits none.

mod room;

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use parlour::protocol::{Command, Event, Line};
use parlour::room::{Input, Limits, Outbox, PeerAddress, Room};
use parlour_spec::{
    CellEvent, Class, Conn, Document, PerAddress, ReferenceModel, ReferenceRoom, StateTable, drawn,
};
use room::{AllOwed, AllTold, Both, deliver, expand, handle, rule, state};

/// The session under test, the member it can write to, a member that is told only what everyone is
/// told, and a visitor.
const SELF: Conn = 1;
const OTHER: Conn = 2;
const BYSTANDER: Conn = 3;
const VISITOR: Conn = 4;
const EVERYONE: [Conn; 4] = [SELF, OTHER, BYSTANDER, VISITOR];

/// STATE-2
#[test]
fn every_input_is_in_the_table_of_every_state_and_no_other_is() {
    let table = StateTable::of(&Document::parlour());
    assert_eq!(table.states(), ["New", "Visitor", "Member", "Closed"]);
    let keys: BTreeSet<_> = table
        .rows()
        .iter()
        .map(|row| (&*row.state, &*row.input))
        .collect();
    assert_eq!(keys.len(), table.rows().len(), "a row stands twice");
    let connects = |class: &Class| matches!(class, Class::Connect | Class::ConnectTooMany);
    let mut wanted = BTreeSet::from([("Closed", "any")]);
    for class in Class::ALL {
        let states: &[&str] = if connects(&class) {
            &["New"]
        } else {
            &["Visitor", "Member"]
        };
        wanted.extend(states.iter().map(|state| (*state, class.name())));
    }
    assert_eq!(keys, wanted);
}

/// STATE-2: the classes are disjoint and total. Each input of the program has its classes; each
/// class has an input.
#[test]
fn the_inputs_of_the_program_are_those_of_the_table() {
    let rules = ReferenceModel::of(&Document::parlour(), 4, 8);
    let mut seen = BTreeSet::new();
    for class in Class::ALL {
        for of in ["New", "Visitor", "Member"] {
            let scene = Scene::new(of, class, Of::Everyone);
            let connects = matches!(class, Class::Connect | Class::ConnectTooMany);
            for both in samples(of, class) {
                if connects != (of == "New") {
                    continue;
                }
                let classes = classes(&both);
                assert!(classes.contains(&class), "{:?} is no {class:?}", both.input);
                if !(of == "Visitor" && class == Class::MesgOneself) {
                    let rules = &scene.rules;
                    assert_eq!(rules.class(&scene.atomic, SELF, &both.spec_input), class);
                }
                seen.extend(classes);
            }
        }
    }
    assert_eq!(seen, Class::ALL.into_iter().collect());
    assert_eq!(rules.state(&ReferenceRoom::new(), SELF), "Closed");
}

/// STATE-1, STATE-2, STATE-3, CONN-2 to CONN-6, JOIN-1, JOIN-3, JOIN-4, BCST-1, MESG-1, MESG-2,
/// LIST-1, QUIT-2, HELP-1, PING-1, ERR-1
///
/// > STATE-2: Every input is in the table of every state, and the room does what its row says and
/// > nothing else.
#[test]
fn the_room_does_what_each_row_says_and_nothing_else() {
    let table = StateTable::of(&Document::parlour());
    let mut cells = 0;
    for of in ["New", "Visitor", "Member", "Closed"] {
        for class in Class::ALL {
            let Some(row) = table.row(of, class.name()) else {
                continue;
            };
            let cell = format!("{of}, {}", class.name());
            let each = [Of::Everyone, Of::OneAddress];
            for (both, counted) in each.into_iter().flat_map(|of_whom| {
                let inputs = inputs(of, class).into_iter();
                inputs.map(move |both| (both, of_whom))
            }) {
                let mut scene = Scene::new(of, class, counted);
                let before: Vec<_> = EVERYONE.map(|id| state(&scene.room, id)).into();
                let (told, owed) = scene.play(class, both);
                let seen = |id| told.iter().filter(move |(to, _)| *to == id);

                // The row, read literally.
                assert_eq!(state(&scene.room, SELF), row.next, "{cell}: next");
                let own: Vec<_> = seen(SELF).map(|(_, event)| named(event)).collect();
                assert_eq!(own, words(&row.told), "{cell}: told to the session");
                if class != Class::Shutdown {
                    let others = words(&row.others);
                    let heard = |id| seen(id).map(|(_, event)| named(event)).collect::<Vec<_>>();
                    assert_eq!(heard(OTHER), others, "{cell}: told to another");
                    let bystander = if row.addressee_alone { vec![] } else { others };
                    assert_eq!(heard(BYSTANDER), bystander, "{cell}: told to all others");
                    assert_eq!(heard(VISITOR), [""; 0], "{cell}: told to a visitor");
                    let after = EVERYONE.map(|id| state(&scene.room, id));
                    assert_eq!(after[1..], before[1..], "{cell}: the state of another");
                }

                for id in EVERYONE {
                    let is_member = scene.room.is_member(parlour::room::SessionId(id.into()));
                    assert_eq!(is_member, state(&scene.room, id) == "Member", "{cell}");
                }

                // The oracle's reading of it, exactly.
                for id in EVERYONE {
                    let told: Vec<_> = seen(id).map(|(_, event)| event.to_string()).collect();
                    let owed: Vec<_> = owed.iter().filter(|(to, _)| *to == id).collect();
                    let agree = told
                        .iter()
                        .zip(&owed)
                        .all(|(told, (_, owed))| owed.matches(told));
                    assert!(
                        agree && told.len() == owed.len(),
                        "{cell}: {id} is told {told:#?}, owed {owed:#?}"
                    );
                    let rules = &scene.rules;
                    assert_eq!(
                        rules.state(&scene.atomic, id),
                        state(&scene.room, id),
                        "{cell}"
                    );
                }
            }
            cells += 1;
        }
    }
    assert_eq!(cells, 2 + 22 + 22 + 24);
}

/// The diagram of section 5 shows exactly its tables.
#[test]
fn the_diagram_is_that_of_the_tables() {
    let document = Document::parlour();
    assert_eq!(drawn(&document), StateTable::of(&document).arrows());
}

struct Scene {
    room: Room,
    atomic: ReferenceRoom,
    out: Outbox,
    rules: ReferenceModel,
}

/// Whose sessions or connections reach the limit, for the classes where a limit is reached.
#[derive(Clone, Copy)]
enum Of {
    Everyone,
    OneAddress,
}

impl Scene {
    /// The session in the state `of`, in a room where a fitting input is of the class.
    fn new(of: &str, class: Class, counted: Of) -> Self {
        let full = matches!(class, Class::JoinFull);
        let seats = match (full, of) {
            (false, _) => 4,
            (true, "Member") => 3,
            (true, _) => 2,
        };
        let too_many = class == Class::ConnectTooMany;
        let limits = match counted {
            Of::Everyone => Limits::by_count(seats, if too_many { 3 } else { 8 }),
            Of::OneAddress => Limits {
                seats_per_address: seats,
                connections_per_address: if too_many { 2 } else { 8 },
                ..Limits::by_count(4, 8)
            },
        };
        let mut rules = ReferenceModel::of(
            &Document::parlour(),
            limits.capacity,
            limits.max_connections,
        );
        rules.per_address = PerAddress {
            of: EVERYONE.into_iter().map(|id| (id, net(id))).collect(),
            seats: limits.seats_per_address,
            connections: limits.connections_per_address,
        };
        let mut scene = Self {
            room: Room::new(limits),
            atomic: ReferenceRoom::new(),
            out: Outbox::new(),
            rules,
        };
        for (id, name) in [(OTHER, "bob"), (BYSTANDER, "Neil")] {
            scene.step(id, Both::connect());
            scene.step(id, Both::line(&format!("JOIN {name}")));
        }
        scene.step(VISITOR, Both::connect());
        if of != "New" {
            scene.step(SELF, Both::connect());
        }
        match of {
            "Member" => drop(scene.step(SELF, Both::line("JOIN ann"))),
            "Closed" => drop(scene.step(SELF, Both::line("QUIT"))),
            _ => {}
        }
        scene
    }

    /// Applies the input to both rooms.
    fn play(&mut self, class: Class, both: Both) -> (AllTold, AllOwed) {
        if class != Class::Shutdown {
            return self.step(SELF, both);
        }
        self.room.shut_down(&mut self.out);
        let told = deliver(&self.room, &mut self.out);
        let rules = &self.rules;
        let atomic = &mut self.atomic;
        let owing = EVERYONE.map(|id| rules.step(atomic, id, &parlour_spec::Input::Shutdown));
        (told, expand(owing.concat(), &[]))
    }

    fn step(&mut self, id: Conn, both: Both) -> (AllTold, AllOwed) {
        let mut input = both.input.expect("no shutdown");
        if let Input::Connect(address) = &mut input {
            let ip = Ipv4Addr::from_bits(0xC000_0200 + net(id) as u32);
            *address = PeerAddress::of(ip.into());
        }
        let told = handle(&mut self.room, id, input, &mut self.out);
        let owing = self.rules.step(&mut self.atomic, id, &both.spec_input);
        let members: Vec<Conn> = self.atomic.members().collect();
        (told, expand(owing, &members))
    }
}

/// The address of the connection, as a number: the visitor has a different one.
fn net(id: Conn) -> u64 {
    if id == VISITOR { 2 } else { 1 }
}

/// The inputs for a class; for *Closed*, those of every other state.
fn inputs(of: &str, class: Class) -> Vec<Both> {
    match (of, class) {
        ("Closed", Class::Connect | Class::ConnectTooMany) => vec![],
        _ => samples(of, class),
    }
}

/// Inputs of this class to a session in this state, in the room prepared for it.
fn samples(of: &str, class: Class) -> Vec<Both> {
    let lines: &[&str] = match class {
        Class::Connect | Class::ConnectTooMany => {
            return if of == "New" {
                vec![Both::connect()]
            } else {
                vec![]
            };
        }
        Class::HalfClose => return vec![Both::half_close()],
        Class::Lost => return vec![Both::lost()],
        Class::JoinTimeout => return vec![Both::join_timeout()],
        Class::Shutdown => return vec![Both::stop()],
        Class::JoinFree => &["JOIN zed", "join  Zed "],
        Class::JoinTaken => &[
            "JOIN bob",
            "JOIN BOB",
            "JOIN b\u{43e}b",
            "JOIN NeiI",
            "JOIN NEIL",
        ],
        Class::JoinFull => &["JOIN zed", "JOIN bob"],
        Class::Bcst => &["BCST hi", "bcst  a  b "],
        Class::MesgAnother => &["MESG bob hi", "mesg BOB  hi "],
        Class::MesgOneself => &["MESG ann hi", "MESG Ann hi"],
        Class::MesgNobody => &["MESG zed hi"],
        Class::List => &["LIST", "list all"],
        Class::Quit => &["QUIT", "quit now"],
        Class::Help => &["HELP"],
        Class::Ping => &["PING 42", "ping \u{e9}"],
        Class::LineTooLong => &["line-too-long"],
        Class::NotUtf8 => &["not-utf8"],
        Class::ControlCharacter => &["BCST a\u{7}"],
        Class::UnknownCommand => &["hello", "JOINann"],
        Class::Usage => &["BCST", "MESG bob", "HELP me"],
        Class::NameInvalid => &["JOIN b/b", "MESG b/b hi"],
        Class::NameReserved => &["JOIN server", "MESG close hi"],
    };
    lines.iter().map(|line| Both::line(line)).collect()
}

/// The classes that an input of the program may be of. There is no wildcard: a new input does not
/// compile until it is classified.
fn classes(both: &Both) -> Vec<Class> {
    match &both.input {
        Some(Input::Connect(_)) => vec![Class::Connect, Class::ConnectTooMany],
        Some(Input::Line(line)) => of_line(line),
        Some(Input::HalfClose) => vec![Class::HalfClose],
        Some(Input::Lost) => vec![Class::Lost],
        Some(Input::JoinTimeout) => vec![Class::JoinTimeout],
        None => vec![Class::Shutdown],
    }
}

fn of_line(line: &Line) -> Vec<Class> {
    match line {
        Ok(Command::Join(_)) => vec![Class::JoinFree, Class::JoinTaken, Class::JoinFull],
        Ok(Command::Bcst(_)) => vec![Class::Bcst],
        Ok(Command::Mesg { .. }) => vec![Class::MesgAnother, Class::MesgOneself, Class::MesgNobody],
        Ok(Command::List) => vec![Class::List],
        Ok(Command::Quit) => vec![Class::Quit],
        Ok(Command::Help) => vec![Class::Help],
        Ok(Command::Ping(_)) => vec![Class::Ping],
        Err(malformed) => vec![Class::named(malformed.code().as_str())],
    }
}

/// The event as a cell names it: the rule of the grammar that derives it, with the code of an
/// `error`.
fn named(event: &Event) -> String {
    let rule = rule(event);
    if let Event::Error { code, .. } = event {
        return format!("{rule} {code}");
    }
    rule.to_owned()
}

/// The events of a cell, each as often as it is told.
fn words(cell: &[CellEvent]) -> Vec<String> {
    let word = |told: &CellEvent| {
        let code = told.code.iter().map(|code| format!(" {code}"));
        vec![told.rule.clone() + &code.collect::<String>(); told.times]
    };
    cell.iter().flat_map(word).collect()
}
