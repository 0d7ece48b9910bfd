//! The longest events that the program's room produces, against the clause that bounds them.

mod room;

use parlour::protocol::UserName;
use parlour::room::{Input, Limits, Outbox, Room};
use parlour_spec::{Conn, Document};
use room::{Both, handle};

/// The octets of the longest name.
const LONGEST: usize = 4 * UserName::MAX_CHARS;

/// The most octets of an event that is not `online` and carries no line.
const OTHERS: usize = 1024;

/// SLOW-4: covers a private line whose addressee's name is longer as the server shows it than as
/// the sender wrote it, and every other event.
///
/// > SLOW-4: An event is at most as long as the longest `online` of a full room, the longest line
/// > of a client with two names before it, or 1024 octets, whichever is most.
#[test]
fn no_event_is_longer_than_the_longest_list_or_line_with_two_names() {
    let document = Document::parlour();
    let clause = &document.clause("SLOW-4").text;
    let bound = format!(
        "An event is at most as long as the longest `online` of a full room, the longest line of \
         a client with two names \
         before it, or {OTHERS} octets, whichever is most."
    );
    assert!(clause.starts_with(&bound), "{clause}");
    for (capacity, max_line) in [(1, 64), (1, 4096), (10, 64), (10, 4096)] {
        let told = longest(capacity, max_line);
        let online = "Online: \n".len() + capacity * (LONGEST + ", ".len()) - ", ".len();
        let bound = online.max(max_line + 2 * LONGEST).max(OTHERS);
        assert!(told <= bound, "{told} octets, of {bound}");
        assert!(told >= online.max(max_line + LONGEST), "{told} octets");
    }
}

/// The octets of the longest event in a full room, where all names have the maximum length and
/// lines have at most `max_line` octets.
fn longest(capacity: usize, max_line: usize) -> usize {
    let limits = Limits::by_count(capacity, capacity + 1);
    let (mut room, mut out) = (Room::new(limits), Outbox::new());
    let mut longest = 0;
    let mut step = |id, input| {
        for (_, event) in handle(&mut room, id, input, &mut out) {
            longest = longest.max(event.to_string().len() + "\n".len());
        }
    };
    let line = |start: &str| {
        let text = "x".repeat(max_line - start.len() - "\n".len());
        Both::line(&(start.to_owned() + &text)).input
    };
    // Mathematical bold letters, which look like a, b and c and have four octets each.
    let letters = ('\u{1d41a}'..).zip('a'..).take(capacity);
    let ids: Vec<Conn> = (1..).take(capacity).collect();
    for (&id, (bold, _)) in ids.iter().zip(letters.clone()) {
        step(id, Input::Connect(None));
        let name = String::from(bold).repeat(UserName::MAX_CHARS);
        step(
            id,
            Both::line(&format!("JOIN {name}")).input.expect("a line"),
        );
    }
    for (&id, (_, plain)) in ids.iter().zip(letters) {
        let name = String::from(plain).repeat(UserName::MAX_CHARS);
        let private = line(&format!("MESG {name} "));
        let typed = ["LIST", "HELP", "JOIN a", "MESG q q", "no", "PING"]
            .map(|typed| Both::line(typed).input);
        for input in typed
            .into_iter()
            .chain([private, line("BCST "), line("PING ")])
        {
            step(id, input.expect("a line"));
        }
    }
    for &id in &ids {
        step(id, Both::line("QUIT").input.expect("a line"));
    }
    longest
}
