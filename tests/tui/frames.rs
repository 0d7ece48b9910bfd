//! The drawn frame, its text and its style, at 20×5, 40×10 and 80×16, in every state there is.

use std::time::Duration;

use crossterm::event::KeyCode;
use parlour::client::Update;
use parlour::client::session::JoinRefusal;
use parlour::protocol::{ErrorCode, Text};
use parlour::tui::{Bell, Input};

use crate::person::{Person, name};

#[track_caller]
fn snapshot(state: &str, person: &mut Person) {
    insta::assert_snapshot!(state, person.seen(true));
}

#[test]
fn the_first_attempt_to_connect() {
    snapshot(
        "connecting",
        &mut Person::new(Some("dani"), Bell::default()),
    );
}

#[test]
fn the_first_start_asks_for_a_name() {
    snapshot("asks_for_a_name", &mut Person::visitor());
}

#[test]
fn a_name_that_cannot_be_is_said_so_while_it_is_typed() {
    let mut person = Person::visitor();
    person.types("da/ni");
    snapshot("a_name_that_cannot_be", &mut person);
}

#[test]
fn a_name_that_is_taken_is_said_so() {
    let mut person = Person::visitor();
    person.says("dani");
    person.hears("ERROR name-taken: that name is taken, choose another");
    snapshot("a_name_that_is_taken", &mut person);
}

#[test]
fn a_join_waits_for_its_answer() {
    let mut person = Person::visitor();
    person.says("dani");
    snapshot("joining", &mut person);
}

/// JOIN-3
#[test]
fn a_full_room_is_said_so() {
    let mut person = Person::visitor();
    person.says("dani");
    person.hears("Sorry the chat is full, please try later");
    snapshot("a_full_room", &mut person);
}

/// A conversation with every kind of line in it.
fn talk() -> Person {
    let mut person = Person::member();
    person.hears("drew: BCST hello, dani!");
    person.clock(9, 59);
    person.says("hi drew");
    person.hears("dani: BCST hi drew");
    person.hears(
        "ann: BCST it is a long story, and whoever tells it has to tell \
         all of it, from the beginning to the end",
    );
    person.hears("ann: MESG dani between you and me");
    person.says("/msg ann our secret");
    person.hears("PONG parlour-receipt-1");
    person.clock(10, 0);
    for come in ["bob", "cy", "dot"] {
        person.hears(&format!("SERVER: {come} joined the chat!"));
    }
    person.hears("cy has left the chat");
    person
}

/// BCST-1, MESG-1
#[test]
fn people_talk() {
    snapshot("people_talk", &mut talk());
}

#[test]
fn without_colour_the_words_still_say_everything() {
    insta::assert_snapshot!("without_colour", talk().seen(false));
}

#[test]
fn joins_and_leaves_crowd() {
    let mut person = Person::member();
    for i in 0..30 {
        person.hears(&format!("SERVER: user{i} joined the chat!"));
    }
    for i in 0..5 {
        person.hears(&format!("user{i} has left the chat"));
    }
    snapshot("a_crowd", &mut person);
}

/// Lines, half of which came while the person looked elsewhere.
fn many() -> Person {
    let mut person = Person::member();
    for i in 0..40 {
        person.clock(10, i / 4);
        person.hears(&format!("drew: BCST line {i}"));
    }
    person
}

#[test]
fn scrolled_up_it_counts_what_is_new() {
    let mut person = many();
    person.hits(KeyCode::PageUp);
    for i in 40..43 {
        person.hears(&format!("drew: BCST line {i}"));
    }
    snapshot("scrolled_up", &mut person);
}

#[test]
fn a_mark_stands_where_the_unread_begins() {
    let mut person = many();
    person.gives(Input::Focus(false));
    person.hears("drew: BCST are you there?");
    person.hears("drew: BCST dani?");
    person.gives(Input::Focus(true));
    snapshot("unread", &mut person);
}

#[test]
fn a_line_stands_where_a_day_begins() {
    let mut person = Person::member();
    person.hears("drew: BCST good night");
    person.sleeps();
    person.hears("drew: BCST good morning");
    person.gives(Input::Focus(false));
    person.sleeps();
    person.hears("drew: BCST where are you?");
    snapshot("another_day", &mut person);
}

#[test]
fn several_pasted_lines_wait_for_enter() {
    let mut person = Person::member();
    person.types("look: ");
    person.pastes("fn main() {\n    todo!()\n}\n");
    snapshot("a_paste_waits", &mut person);
}

/// LINE-2
#[test]
fn a_line_that_is_too_long_is_split_before_it_is_sent() {
    let mut person = Person::member();
    person.pastes(&"many words ".repeat(500));
    person.hits(KeyCode::Enter);
    snapshot("a_long_line_is_split", &mut person);
}

#[test]
fn a_line_longer_than_the_screen_shows_where_the_cursor_is() {
    let mut person = Person::member();
    person.types(&"李 and emoji 👩 and e\u{301} ".repeat(10));
    person.ctrl('a');
    for _ in 0..30 {
        person.ctrl('f');
    }
    snapshot("a_long_line_is_typed", &mut person);
}

#[test]
fn wide_characters_and_marks_stay_in_their_rows() {
    let mut person = Person::member();
    person.hears("drew: BCST 李李李李李李李李李李李李 wide 👩‍👧‍👦🏽 👍🏽 🇫🇷 e\u{301}\u{302} ❤\u{fe0f} end");
    person.hears("ann: BCST שלום عليكم \u{200f}\u{200b}x\u{e0041}y");
    snapshot("wide_characters", &mut person);
}

/// SEC-2, GRAM-6
#[test]
fn what_a_bad_server_sends_is_shown_and_does_nothing() {
    let mut person = Person::member();
    person.hears("drew: BCST \u{1b}[2J\u{1b}]0;x\u{7}\u{202e}abc");
    person.hears("what is this");
    snapshot("a_bad_server", &mut person);
}

#[test]
fn the_connection_is_lost_and_the_draft_kept() {
    let mut person = Person::member();
    person.says("on its way");
    person.loses(4);
    person.says("said meanwhile");
    person.types("a draft");
    person.waits(1);
    snapshot("connection_lost", &mut person);
}

/// The lost connection holds the name.
fn held(seconds: u64) -> Update {
    let (code, text) = (ErrorCode::NameTaken, Text::new("taken").unwrap());
    let why = JoinRefusal::Name { code, text };
    Update::NameHeld(name("dani"), why, Duration::from_secs(seconds))
}

#[test]
fn a_full_room_is_not_called_a_held_name() {
    let mut person = Person::member();
    person.loses(1);
    person.happens(Update::Connected);
    let wait = Duration::from_secs(2);
    person.happens(Update::NameHeld(name("dani"), JoinRefusal::Full, wait));
    let says = "the room is full, perhaps with the lost connection: again in 2 s";
    assert!(person.status().contains(says), "{}", person.status());
}

#[test]
fn the_own_ghost_is_waited_for() {
    let mut person = Person::member();
    person.loses(1);
    person.happens(Update::Connected);
    person.happens(held(2));
    snapshot("own_ghost", &mut person);
}

#[test]
fn back_again_what_waits_can_be_sent() {
    let mut person = Person::member();
    person.says("on its way");
    person.loses(4);
    person.says("said meanwhile");
    person.says("/msg drew and this");
    person.waits(42);
    person.joins();
    snapshot("back_again", &mut person);
}

/// BCST-1
#[test]
fn what_the_room_has_not_confirmed_is_on_its_way() {
    let mut person = Person::member();
    person.says("hello?");
    snapshot("on_its_way", &mut person);
}

#[test]
fn a_line_is_searched() {
    let mut person = Person::member();
    person.ctrl('r');
    person.types("how");
    snapshot("searching", &mut person);
}

#[test]
fn a_name_is_completed() {
    let mut person = Person::member();
    person.types("d");
    person.hits(KeyCode::Tab);
    snapshot("completed", &mut person);
}

#[test]
fn what_cannot_be_sent_is_said_to_be_so() {
    let mut person = Person::member();
    person.says("/nick x");
    snapshot("not_sent", &mut person);
}

#[test]
fn help_is_in_place() {
    let mut person = Person::member();
    person.says("/help");
    snapshot("help", &mut person);
}

/// QUIT-1
#[test]
fn leaving_waits_for_the_server() {
    let mut person = Person::member();
    person.says("/quit");
    snapshot("leaving", &mut person);
}

/// No size is too small to draw, and none too large.
#[test]
fn every_size_can_be_drawn() {
    for (columns, rows) in [
        (0, 0),
        (0, 9),
        (9, 0),
        (1, 1),
        (1, 9),
        (2, 2),
        (3, 3),
        (9, 1),
        (400, 120),
    ] {
        for mut person in [
            talk(),
            many(),
            Person::visitor(),
            Person::new(None, Bell::All),
        ] {
            person.pastes("two\nlines");
            person.frame(columns, rows, true);
            person.hits(KeyCode::PageUp);
            person.says("李 👩 x");
            let (buffer, cursor) = person.frame(columns, rows, true);
            assert_eq!(cursor.is_some(), columns > 0 && rows > 0);
            assert!(cursor.is_none_or(|(x, y)| x < columns && y < rows));
            assert_eq!(buffer.area.area(), u32::from(columns) * u32::from(rows));
        }
    }
}
