//! A malicious server, in a real terminal.

use std::sync::mpsc;

use parlour::client::Update;
use parlour::tui::Bell;
use parlour_testkit::DEADLINE;

use crate::journeys::TAKEN;
use crate::person::Person;
use crate::room::admits_dani;
use crate::tmux::{PROMPT, Tmux};

/// SEC-2
#[test]
fn a_hostile_server_moves_nothing() {
    let (typed, has_typed) = mpsc::channel();
    let server = admits_dani(move |mut peer| {
        peer.hears("LIST");
        peer.send("Online: drew, dani\n");
        let nasty = "drew: BCST \u{1b}[2J\u{1b}]0;owned\u{7}\u{1b}[?1049l\u{1b}[31m\u{9b}\
            5;5H\u{202e}abc\u{200f}\u{301}\u{301}\
            👩‍👩‍👧🏽🇫🇷ﷺ𒐫\r\u{8}\u{1b}c\u{1b}[?1000h\n\
            drew: BCST 李\u{200f}\u{200b}x\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\
            👩‍👩‍👧🏽🇫🇷ﷺ𒐫\u{e0041}\u{feff}\u{2028}שלום\n";
        for _ in 0..(1 << 20) / nasty.len() {
            peer.send(nasty);
        }
        peer.send("drew: BCST all is well\n");
        while let Ok(line) = peer.try_line() {
            typed.send(line).unwrap();
        }
    });
    let Some(tmux) = Tmux::new(80, 16) else {
        return;
    };
    tmux.tmux(&["select-pane", "-T", "untouched"]);
    tmux.starts("", &format!("{} --name dani", server.addr));
    tmux.until("the end of it", |screen| {
        screen[13].trim_end().ends_with("drew: all is well")
    });
    let screen = tmux.screen();
    assert!(screen[0].starts_with("2 here: "), "{screen:#?}");
    assert!(
        screen[1..13].iter().any(|row| row.contains(r"\u{1b}[2J")),
        "{screen:#?}"
    );
    assert!(screen[14].starts_with(" dani | "), "{screen:#?}");
    assert!(screen[15].starts_with("> type a message"), "{screen:#?}");
    assert_eq!(tmux.modes(), TAKEN);
    assert_eq!(
        tmux.knows("#{pane_title} #{mouse_any_flag} #{window_bell_flag}"),
        "untouched 0 0"
    );
    tmux.says("still here");
    while has_typed.recv_timeout(DEADLINE).unwrap() != "BCST still here" {}
    tmux.hits(&["C-c", "C-c"]);
    tmux.is_as_before();
    server.ends();
}

/// As fast as the client reads, which is more than 10,000 lines a second, until something is typed.
#[test]
fn typing_is_live_while_a_flood_comes() {
    let server = admits_dani(|mut peer| {
        let mut flooding = peer.twin();
        let hears = std::thread::spawn(move || while peer.line() != "BCST what a flood" {});
        let flood = "drew: BCST a line of a flood that does not end\n".repeat(100);
        while !hears.is_finished() {
            flooding.send(&flood);
        }
        hears.join().unwrap();
        flooding.send("dani: BCST what a flood\nclose\n");
    });
    let Some(tmux) = Tmux::new(80, 16) else {
        return;
    };
    tmux.starts("", &format!("{} --name dani", server.addr));
    tmux.shows("a line of a flood");
    tmux.types("what a flood");
    tmux.input_is("> what a flood");
    tmux.hits(&["Enter"]);
    server.ends();
    tmux.shows("parlour: the server closed the connection");
    tmux.shows(PROMPT);
    tmux.is_as_before();
}

/// LINE-10
#[test]
fn a_line_that_is_cut_off_is_not_shown() {
    let server = admits_dani(|mut peer| {
        peer.hears("LIST");
        peer.send("drew: BCST what I said whole\ndrew: BCST delete everyth");
    });
    let Some(tmux) = Tmux::new(80, 16) else {
        return;
    };
    tmux.starts("", &format!("{} --name dani", server.addr));
    tmux.shows("drew: what I said whole");
    tmux.shows("!! the connection was lost");
    let screen = tmux.screen().join("\n");
    assert!(!screen.contains("delete"), "{screen}");
    tmux.says("/quit");
    tmux.is_as_before();
    server.ends();
}

/// A server that admits nobody, and one that falls silent after each try.
#[test]
fn what_comes_with_each_attempt_is_shown_once_and_counted() {
    let mut person = Person::new(Some("dani"), Bell::default());
    for _ in 0..3 {
        person.happens(Update::Connected);
        person.hears("HTTP/1.1 400 Bad Request");
        person.hears("Date: Sat, 28 Nov 2026 18:30:00 GMT");
        person.loses(1);
    }
    let screen = person.screen(80, 16);
    let lines = |words: &str| screen.iter().filter(|row| row.contains(words)).count();
    assert!(
        screen.iter().any(|row| {
            row.contains("-- the server says: HTTP/1.1 400 Bad Request (and 5 more)")
        })
    );
    let lost = "!! the connection was lost: the server hung up (and 2 more)";
    assert_eq!(lines(lost), 1, "{screen:#?}");
    assert_eq!(lines("the server says"), 1, "{screen:#?}");

    // In the room, and after a message, each is shown again.
    person.joins();
    person.hears("what is this?");
    person.hears("and that?");
    person.hears("drew: BCST hi");
    person.loses(1);
    let screen = person.screen(80, 16);
    let lines = |words: &str| screen.iter().filter(|row| row.contains(words)).count();
    assert_eq!(lines("the server says"), 3, "{screen:#?}");
    assert_eq!(lines("the connection was lost"), 2, "{screen:#?}");
}
