//! A person's journeys through the program in a real terminal, from the shell and back to it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use parlour_testkit::{DEADLINE, Peer, Server};

use crate::SERVER;
use crate::room::Relay;
use crate::tmux::Tmux;

/// The alternate screen, a cursor, no wrapping by the terminal, no mouse capture.
pub(crate) const TAKEN: &str = "alternate 1 cursor 1 wrap 0 mouse 0";

/// dani at a terminal, in the room.
pub(crate) fn dani(addr: impl ToString) -> Option<Tmux> {
    let tmux = Tmux::new(80, 16)?;
    tmux.starts("", &format!("{} --name dani", addr.to_string()));
    tmux.shows("you are in the room as dani");
    Some(tmux)
}

/// dani at a terminal, and drew, in a room of their own.
pub(crate) fn dani_and_drew() -> Option<(Server, Peer, Tmux)> {
    let server = Server::start(SERVER, &[]);
    let drew = Peer::member(server.addr, "drew");
    let dani = dani(server.addr)?;
    Some((server, drew, dani))
}

/// JOIN-1, BCST-1, MESG-1, QUIT-2
#[test]
fn a_person_joins_talks_completes_a_name_and_quits() {
    let server = Server::start(SERVER, &[]);
    let mut drew = Peer::member(server.addr, "drew");
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
    drew.lines_until("dani: BCST hello, everyone!");
    tmux.types("dr");
    tmux.hits(&["Tab"]);
    tmux.input_is("> drew:");
    tmux.says("hi 李👩‍👧");
    drew.lines_until("dani: BCST drew: hi 李👩‍👧");
    drew.send("MESG dani hi, dani\n");
    tmux.shows("[private] drew → dani: hi, dani");
    tmux.says("/msg drew psst");
    drew.lines_until("dani: MESG drew psst");
    tmux.shows("[private] dani → drew: psst");
    tmux.says("/quit");
    tmux.is_as_before();
    drew.lines_until("dani has left the chat");

    let history = tmux.state.join("parlour/history");
    let mode = history.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    tmux.starts("", &format!("{} --name dani", server.addr));
    tmux.shows("you are in the room as dani");
    tmux.hits(&["Up", "Up"]);
    tmux.input_is("> drew: hi 李👩‍👧");
    tmux.hits(&["C-c", "C-d"]);
    tmux.is_as_before();
}

/// JOIN-3, JOIN-4
#[test]
fn a_seat_is_waited_for_in_front_of_a_full_room() {
    let server = Server::start(SERVER, &[]);
    let mut others: Vec<_> = (0..10)
        .map(|i| Peer::member(server.addr, &format!("other{i}")))
        .collect();
    let Some(tmux) = Tmux::new(80, 16) else {
        return;
    };
    tmux.starts("", &format!("{} --name dani", server.addr));
    tmux.shows("the room is full (Enter: try again) | dani");
    others[9].send("QUIT\n");
    others[0].lines_until("other9 has left the chat");
    tmux.hits(&["Enter"]);
    tmux.shows("you are in the room as dani");
    others[0].lines_until("SERVER: dani joined the chat!");
    tmux.says("/quit");
    tmux.is_as_before();
}

/// MESG-2
#[test]
fn a_slip_is_asked_about_before_anybody_reads_it() {
    let Some((_server, mut drew, tmux)) = dani_and_drew() else {
        return;
    };
    tmux.says("msg drew a secret");
    tmux.shows("Enter again says this to everyone; /msg drew says it to drew alone");
    tmux.hits(&["Home"]);
    tmux.says("/");
    drew.lines_until("dani: MESG drew a secret");
    tmux.says("quit");
    tmux.shows("Enter again says this to everyone; in capitals it is a command");
    tmux.hits(&["Enter"]);
    let before = drew.lines_until("dani: BCST quit");
    assert!(!before.concat().contains("secret"), "{before:?}");
    for i in 0..30 {
        drew.send(format!("BCST line {i}.\n"));
    }
    tmux.shows("line 29.");
    tmux.says("/find SECRET");
    tmux.shows("1 of 1 with `secret`");
    tmux.until("the line that was found", |screen| {
        let row = "====> [private] dani → drew: a secret";
        screen.iter().any(|line| line.trim_end() == row)
    });
    tmux.says("/quit");
    tmux.is_as_before();
}

#[test]
fn three_pasted_lines_wait_for_one_enter() {
    let Some((_server, mut drew, tmux)) = dani_and_drew() else {
        return;
    };
    tmux.pastes("one\ntwo\nthree\n");
    tmux.input_is("> one⏎two⏎three⏎");
    tmux.shows("Enter sends 3 lines");
    drew.send("BCST sentinel\n");
    let before = drew.lines_until("drew: BCST sentinel");
    assert!(
        !before.iter().any(|line| line.contains("dani: ")),
        "{before:?}"
    );
    tmux.hits(&["Enter"]);
    drew.lines_until("dani: BCST one");
    drew.hears("dani: BCST two");
    drew.hears("dani: BCST three");
    tmux.pastes("a secret\nand another");
    tmux.input_is("> a secret⏎and another");
    tmux.hits(&["Escape"]);
    tmux.until("an empty line", |screen| {
        screen[15].starts_with("> type a message")
    });
    tmux.says("nothing more");
    drew.hears("dani: BCST nothing more");
}

/// Not every terminal marks what is pasted, and some let the end marker through inside the paste.
#[test]
fn lines_pasted_as_if_they_were_typed_wait_too() {
    let Some((_server, mut drew, tmux)) = dani_and_drew() else {
        return;
    };
    tmux.pastes_bare("one\ntwo\n/quit\n");
    tmux.input_is("> one⏎two⏎/quit⏎");
    tmux.shows("Enter sends 3 lines, Esc drops what was pasted");
    tmux.hits(&["C-u"]);
    tmux.shows("type a message");
    let end = "\u{1b}[201~";
    tmux.pastes(&format!("a secret\n{end}another\nand more\n"));
    tmux.input_is("> a secret⏎another⏎and more⏎");
    tmux.hits(&["C-u"]);
    tmux.shows("type a message");
    tmux.says("nothing more");
    drew.hears("SERVER: dani joined the chat!");
    drew.hears("dani: BCST nothing more");
}

#[test]
fn scrolled_up_the_screen_stays_put_in_any_size() {
    let Some((_server, mut drew, tmux)) = dani_and_drew() else {
        return;
    };
    for i in 0..60 {
        drew.send(format!("BCST line {i}.\n"));
    }
    tmux.shows("drew: line 59.");
    tmux.hits(&["PageUp"]);
    tmux.shows("scrolled up (End)");
    tmux.shows("line 47.");
    for i in 60..63 {
        drew.send(format!("BCST line {i}.\n"));
    }
    tmux.shows("3 new below (End)");
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
    // Wrapped as the terminal alone would not wrap it.
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
    let server = Server::start(SERVER, &[]);
    let mut drew = Peer::member(server.addr, "drew");
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
    tmux.shows("WAITING said meanwhile");

    // What the server still has of the lost connection holds the name. Enter does not wait for the
    // next attempt.
    relay.comes_up();
    tmux.hits(&["Enter"]);
    tmux.shows("the name is held by the lost connection: again in");
    relay.ends_the_stale_session();
    drew.lines_until("dani has left the chat");
    tmux.hits(&["Enter"]);
    drew.lines_until("SERVER: dani joined the chat!");
    tmux.shows("back in the room as dani after");
    tmux.shows("1 waiting (Enter: send");
    tmux.hits(&["Enter"]);
    drew.lines_until("dani: BCST said meanwhile");
    tmux.until("no more of it waiting", |screen| {
        !screen.join("\n").contains("WAITING")
    });
    tmux.says("/quit");
    tmux.is_as_before();
}

/// The server hears a line and is lost before it says so.
#[test]
fn a_line_that_may_have_been_heard_is_not_said_again_by_enter() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        for lines in [
            ["BCST did you hear?", ""],
            ["BCST sentinel", "BCST did you hear?"],
        ] {
            let mut stream = listener.accept().unwrap().0;
            stream.set_read_timeout(Some(DEADLINE)).unwrap();
            let mut heard = BufReader::new(stream.try_clone().unwrap()).lines();
            let mut hears = |line: &str| assert_eq!(heard.next().unwrap().unwrap(), line);
            hears("JOIN dani");
            stream
                .write_all(b"SERVER: dani joined the chat!\n")
                .unwrap();
            hears("LIST");
            stream.write_all(b"Online: dani\n").unwrap();
            lines
                .into_iter()
                .filter(|line| !line.is_empty())
                .for_each(&mut hears);
        }
    });
    let Some(tmux) = dani(addr) else { return };
    tmux.says("did you hear?");
    tmux.shows("UNKNOWN did you hear?");
    tmux.shows("back in the room as dani after");
    tmux.shows("1 unknown, may have been heard (/again");
    tmux.hits(&["Enter"]);
    tmux.says("sentinel");
    tmux.says("/again");
    server.join().unwrap();
    tmux.hits(&["C-c", "C-c"]);
    tmux.is_as_before();
}

#[test]
fn ctrl_z_goes_to_the_background_and_fg_comes_back() {
    let Some((_server, mut drew, tmux)) = dani_and_drew() else {
        return;
    };
    tmux.types("a draft");
    tmux.input_is("> a draft");
    tmux.hits(&["C-z"]);
    tmux.is_as_before();
    drew.send("BCST while you were away\n");
    drew.lines_until("drew: BCST while you were away");
    tmux.says("fg");
    tmux.shows("drew: while you were away");
    tmux.input_is("> a draft");
    assert_eq!(tmux.modes(), TAKEN);
    tmux.hits(&["C-c", "C-c"]);
    tmux.is_as_before();
}
