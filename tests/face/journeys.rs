//! Journeys of a person through the program in a real terminal, from the shell and back to it.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::sync::mpsc;

use parlour::client::face::Screen;
use rustix::process::{Pid, Signal, kill_process};

use crate::room::{Other, Relay, Server, scripted};
use crate::tmux::{PROMPT, Tmux};

/// The alternate screen, a cursor, no wrapping by the terminal, the mouse left alone.
const TAKEN: &str = "alternate 1 cursor 1 wrap 0 mouse 0";

/// dani at a terminal, in the room.
fn dani(addr: impl ToString) -> Option<Tmux> {
    let tmux = Tmux::new(80, 16)?;
    tmux.starts("", &format!("{} --name dani", addr.to_string()));
    tmux.shows("you are in the room as dani");
    Some(tmux)
}

/// JOIN-1, BCST-1, MESG-1, QUIT-2
#[test]
fn a_person_joins_talks_completes_a_name_and_quits() {
    let server = Server::start();
    let mut drew = Other::joins(server.addr, "drew");
    let Some(tmux) = Tmux::new(80, 16) else {
        return;
    };
    tmux.starts("", &server.addr.to_string());
    tmux.shows("What should people call you?");
    assert_eq!(tmux.modes(), TAKEN);
    tmux.types("da/ni");
    tmux.shows("a name has 1 to 32 letters");
    tmux.hits(&["C-u"]);
    tmux.says("drew");
    tmux.shows("drew: that name is taken, choose another");
    tmux.says("dani");
    tmux.shows("you are in the room as dani");
    tmux.shows("2 here: drew, dani");

    tmux.says("hello, everyone!");
    tmux.shows("dani: hello, everyone!");
    drew.hears("dani: BCST hello, everyone!");
    tmux.types("dr");
    tmux.hits(&["Tab"]);
    tmux.input_is("> drew:");
    tmux.says("hi 李👩‍👧");
    drew.hears("dani: BCST drew: hi 李👩‍👧");
    drew.says("MESG dani hi, dani");
    tmux.shows("[private] drew → dani: hi, dani");
    tmux.says("/msg drew psst");
    drew.hears("dani: MESG drew psst");
    tmux.shows("[private] dani → drew: psst");
    tmux.says("/quit");
    tmux.is_as_before();
    drew.hears("dani has left the chat");

    let history = tmux.state.join("parlour/history");
    let mode = history.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    tmux.starts("", &format!("{} --name dani", server.addr));
    tmux.shows("you are in the room as dani");
    tmux.hits(&["Up", "Up"]);
    tmux.input_is("> drew: hi 李👩👧");
    tmux.hits(&["C-c", "C-d"]);
    tmux.is_as_before();
}

#[test]
fn three_pasted_lines_wait_for_one_enter() {
    let server = Server::start();
    let mut drew = Other::joins(server.addr, "drew");
    let Some(tmux) = dani(server.addr) else {
        return;
    };
    tmux.pastes("one\ntwo\nthree\n");
    tmux.input_is("> one⏎two⏎three");
    tmux.shows("Enter sends 3 lines");
    drew.says("BCST sentinel");
    let before = drew.hears("drew: BCST sentinel");
    assert!(
        !before.iter().any(|line| line.contains("dani: ")),
        "{before:?}"
    );
    tmux.hits(&["Enter"]);
    drew.hears("dani: BCST one");
    drew.hears("dani: BCST two");
    drew.hears("dani: BCST three");
    tmux.pastes("a secret\nand another");
    tmux.input_is("> a secret⏎and another");
    tmux.hits(&["Escape"]);
    tmux.until("an empty line", |screen| {
        screen[15].starts_with("> type a message")
    });
    tmux.says("nothing more");
    assert_eq!(drew.hears("dani: BCST nothing more"), [""; 0]);
}

#[test]
fn scrolled_up_the_screen_stays_put_in_any_size() {
    let server = Server::start();
    let mut drew = Other::joins(server.addr, "drew");
    let Some(tmux) = dani(server.addr) else {
        return;
    };
    for i in 0..60 {
        drew.says(&format!("BCST line {i}."));
    }
    tmux.shows("drew: line 59.");
    tmux.hits(&["PageUp"]);
    tmux.shows("12 new below (End)");
    tmux.shows("line 47.");
    for i in 60..63 {
        drew.says(&format!("BCST line {i}."));
    }
    tmux.shows("15 new below (End)");
    tmux.until("the same place", |screen| screen[13].ends_with("line 47."));

    for (columns, rows) in [(40, 10), (20, 5), (1, 1), (2, 3), (100, 30), (80, 16)] {
        tmux.resizes(columns, rows);
    }
    tmux.until("the same place", |screen| {
        screen.len() == 16 && screen[13].ends_with("line 47.")
    });
    tmux.hits(&["End"]);
    tmux.until("the end", |screen| screen[13].ends_with("line 62."));
    tmux.shows("--- unread ---");
    tmux.resizes(20, 5);
    // Wrapped, as the terminal alone would not show it.
    tmux.until("the end", |screen| {
        screen.len() == 5 && screen[1].ends_with("drew: line") && screen[2].trim() == "62."
    });
    tmux.says("/quit");
    tmux.resizes(80, 16);
    tmux.is_as_before();
}

/// JOIN-2, QUIT-2
#[test]
fn the_server_is_lost_and_comes_back() {
    let server = Server::start();
    let mut drew = Other::joins(server.addr, "drew");
    let relay = Relay::to(server.addr);
    let Some(tmux) = dani(relay.addr) else { return };
    tmux.types("a draft");
    tmux.input_is("> a draft");
    relay.cuts_the_client(false);
    tmux.shows("!! the connection was lost");
    tmux.shows("lost: again in");
    tmux.input_is("> a draft");
    tmux.hits(&["C-u"]);
    tmux.says("said meanwhile");
    tmux.shows("UNSENT said meanwhile");

    // The name is held by what the server still has of the connection that was lost. Enter does not wait for the next attempt.
    relay.comes_up();
    tmux.hits(&["Enter"]);
    tmux.shows("name held by the lost connection: again in");
    relay.frees_the_ghost();
    drew.hears("dani has left the chat");
    tmux.hits(&["Enter"]);
    drew.hears("SERVER: dani joined the chat!");
    tmux.shows("back in the room as dani after");
    tmux.shows("1 unsent");
    tmux.hits(&["Enter"]);
    drew.hears("dani: BCST said meanwhile");
    tmux.until("no more of it unsent", |screen| {
        !screen.join("\n").contains("UNSENT")
    });
    tmux.says("/quit");
    tmux.is_as_before();
}

#[test]
fn ctrl_z_goes_to_the_background_and_fg_comes_back() {
    let server = Server::start();
    let mut drew = Other::joins(server.addr, "drew");
    let Some(tmux) = dani(server.addr) else {
        return;
    };
    tmux.types("a draft");
    tmux.input_is("> a draft");
    tmux.hits(&["C-z"]);
    tmux.is_as_before();
    drew.says("BCST while you were away");
    drew.hears("drew: BCST while you were away");
    tmux.says("fg");
    tmux.shows("drew: while you were away");
    tmux.input_is("> a draft");
    assert_eq!(tmux.modes(), TAKEN);
    tmux.hits(&["C-c", "C-c"]);
    tmux.is_as_before();
}

#[test]
fn a_signal_ends_it_and_the_terminal_is_given_back() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let server = Server::start();
        let Some(tmux) = Tmux::new(80, 16) else {
            return;
        };
        let parlour = env!("CARGO_BIN_EXE_parlour");
        tmux.says("clear; stty -g >$XDG_STATE_HOME/before");
        let run = format!(
            "sh -c 'echo $$ >$XDG_STATE_HOME/pid; exec {parlour} {} --name dani'",
            server.addr
        );
        tmux.says(&run);
        tmux.shows("you are in the room as dani");
        let pid = std::fs::read_to_string(tmux.state.join("pid")).unwrap();
        let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
        tmux.is_as_before();
    }
}

/// Not a test of its own: the next one runs it.
#[test]
#[ignore = "takes the terminal and panics"]
fn panics_on_the_screen() {
    let _screen = Screen::open().unwrap();
    panic!("a fault of ours");
}

#[test]
fn a_panic_is_read_on_a_terminal_that_works() {
    let Some(tmux) = Tmux::new(80, 50) else {
        return;
    };
    let tests = std::env::current_exe().unwrap();
    tmux.says("clear; stty -g >$XDG_STATE_HOME/before");
    tmux.says(&format!(
        "RUST_BACKTRACE=0 {} --ignored --exact journeys::panics_on_the_screen --nocapture",
        tests.display()
    ));
    tmux.shows("a fault of ours");
    tmux.shows("1 failed");
    tmux.is_as_before();
}

#[test]
fn an_address_where_nobody_listens_is_said_to_be_so() {
    let server = Server::start();
    let addr = server.addr;
    drop(server);
    let Some(tmux) = Tmux::new(80, 16) else {
        return;
    };
    tmux.starts("", &addr.to_string());
    tmux.shows("parlour: cannot reach 127.0.0.1:");
    tmux.is_as_before();
}

#[test]
fn no_color_means_none_and_a_dumb_terminal_goes_line_by_line() {
    let server = Server::start();
    let mut drew = Other::joins(server.addr, "drew");
    for (no_color, coloured) in [("NO_COLOR=", true), ("NO_COLOR=1", false)] {
        let Some(tmux) = Tmux::new(80, 16) else {
            return;
        };
        tmux.starts(no_color, &format!("{} --name dani", server.addr));
        tmux.shows("you are in the room as dani");
        drew.says("BCST hi");
        tmux.shows("drew: hi");
        let styled = tmux.tmux(&["capture-pane", "-p", "-e"]);
        let tints = (1..8).any(|n| styled.contains(&format!("{}[3{n}m", '\u{1b}')));
        assert_eq!(
            tints || styled.contains("\u{1b}[38;5;"),
            coloured,
            "{styled:?}"
        );
        tmux.says("/quit");
        tmux.is_as_before();
        drew.hears("dani has left the chat");
    }
    let Some(tmux) = Tmux::new(80, 16) else {
        return;
    };
    tmux.starts("TERM=dumb", &server.addr.to_string());
    tmux.shows("Enter JOIN followed by your username: JOIN username");
    assert_eq!(tmux.modes(), "alternate 0 cursor 1 wrap 1 mouse 0");
    tmux.hits(&["C-d"]);
    tmux.is_as_before();
}

/// SEC-2
#[test]
fn a_hostile_server_moves_nothing() {
    let (typed, has_typed) = mpsc::channel();
    let (addr, server) = scripted(move |stream| {
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let mut stream = stream;
        assert_eq!(lines.next().unwrap().unwrap(), "JOIN dani");
        stream
            .write_all(b"SERVER: dani joined the chat!\n")
            .unwrap();
        assert_eq!(lines.next().unwrap().unwrap(), "LIST");
        stream.write_all(b"Online: drew, dani\n").unwrap();
        let nasty = "drew: BCST \u{1b}[2J\u{1b}]0;owned\u{7}\u{1b}[?1049l\u{1b}[31m\u{9b}5;5H\u{202e}abc\u{200f}\u{301}\u{301}👩‍👩‍👧🏽🇫🇷ﷺ𒐫\r\u{8}\u{1b}c\u{1b}[?1000h\ndrew: BCST 李\u{200f}\u{200b}x\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}👩‍👩‍👧🏽🇫🇷ﷺ𒐫\u{e0041}\u{feff}\u{2028}שלום\n";
        for _ in 0..(1 << 20) / nasty.len() {
            stream.write_all(nasty.as_bytes()).unwrap();
        }
        stream.write_all(b"drew: BCST all is well\n").unwrap();
        for line in lines.map_while(Result::ok) {
            typed.send(line).unwrap();
        }
    });
    let Some(tmux) = Tmux::new(80, 16) else {
        return;
    };
    tmux.tmux(&["select-pane", "-T", "untouched"]);
    tmux.starts("", &format!("{addr} --name dani"));
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
    while has_typed.recv_timeout(crate::tmux::DEADLINE).unwrap() != "BCST still here" {}
    tmux.hits(&["C-c", "C-c"]);
    tmux.is_as_before();
    server.join().unwrap();
}

/// As fast as the client reads, which is more than 10,000 lines a second, until something is typed.
#[test]
fn typing_is_live_while_a_flood_comes() {
    let (addr, server) = scripted(|stream| {
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let mut stream = stream;
        assert_eq!(lines.next().unwrap().unwrap(), "JOIN dani");
        stream
            .write_all(b"SERVER: dani joined the chat!\n")
            .unwrap();
        let (heard, hears) = mpsc::channel();
        std::thread::spawn(move || {
            let mut lines = lines.map_while(Result::ok);
            heard
                .send(lines.find(|line| line.starts_with("BCST ")))
                .unwrap();
        });
        let flood = "drew: BCST a line of a flood that does not end\n".repeat(100);
        let line = loop {
            match hears.try_recv() {
                Ok(line) => break line,
                Err(_) => stream.write_all(flood.as_bytes()).unwrap(),
            }
        };
        assert_eq!(line.unwrap(), "BCST what a flood");
        stream
            .write_all(b"dani: BCST what a flood\nclose\n")
            .unwrap();
    });
    let Some(tmux) = Tmux::new(80, 16) else {
        return;
    };
    tmux.starts("", &format!("{addr} --name dani"));
    tmux.shows("a line of a flood");
    tmux.types("what a flood");
    tmux.input_is("> what a flood");
    tmux.hits(&["Enter"]);
    server.join().unwrap();
    tmux.shows("parlour: the server closed the connection");
    tmux.shows(PROMPT);
    tmux.is_as_before();
}
