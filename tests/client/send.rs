//! `parlour send`: every line was delivered, or the exit code says that it was not.

use parlour_testkit::{GREETING, Server, scripted};
use std::io::Write;
use std::process::Command;

use crate::SERVER;
use crate::program::{Reading, finish, piped, run, subcommand};

fn send(server: &Server, arguments: &[&str]) -> Command {
    let mut command = subcommand("send", server.addr);
    command.args(arguments);
    command
}

/// A member whose reading begins with its own `joined`.
pub(crate) fn witness(server: &Server) -> Reading {
    let mut command = subcommand("listen", server.addr);
    command.args(["--name", "wit"]);
    let witness = Reading::of(command);
    assert_eq!(witness.line(), "SERVER: wit joined the chat!");
    witness
}

#[track_caller]
pub(crate) fn reads(witness: &Reading, lines: &[&str]) {
    for line in lines {
        assert_eq!(witness.line(), *line);
    }
}

/// BCST-1, QUIT-2
#[test]
fn a_text_is_said_under_the_users_own_name() {
    let server = Server::start(SERVER, &[]);
    let witness = witness(&server);
    let sent = run(send(&server, &["the build is done"]), "");
    assert_eq!(
        (sent.code, &*sent.output, &*sent.notices),
        (Some(0), "", "")
    );
    reads(
        &witness,
        &[
            "SERVER: sam joined the chat!",
            "sam: BCST the build is done",
            "sam has left the chat",
        ],
    );
}

/// LINE-1, LINE-5, GRAM-2: also sends a line that would be a command elsewhere.
#[test]
fn each_line_of_the_input_is_said() {
    let server = Server::start(SERVER, &[]);
    let witness = witness(&server);
    for arguments in [&["-"][..], &[]] {
        let sent = run(send(&server, arguments), "one\r\n\n  QUIT\n/who");
        assert_eq!((sent.code, &*sent.notices), (Some(0), ""));
        reads(
            &witness,
            &[
                "SERVER: sam joined the chat!",
                "sam: BCST one",
                "sam: BCST QUIT",
                "sam: BCST /who",
                "sam has left the chat",
            ],
        );
    }
}

/// It sends a line when it is written, not when the input ends.
#[test]
fn a_line_is_said_as_it_comes() {
    let server = Server::start(SERVER, &[]);
    let witness = witness(&server);
    let mut child = piped(send(&server, &["-"]));
    let mut stdin = child.stdin.take().unwrap();
    reads(&witness, &["SERVER: sam joined the chat!"]);
    for line in ["one", "two"] {
        writeln!(stdin, "{line}").unwrap();
        reads(&witness, &[&format!("sam: BCST {line}")]);
    }
    drop(stdin);
    assert_eq!(finish(child).code, Some(0));
}

/// MESG-2
#[test]
fn a_private_line_is_for_its_addressee() {
    let server = Server::start(SERVER, &[]);
    let witness = witness(&server);
    let sent = run(send(&server, &["--to", "Wit", "psst"]), "");
    assert_eq!((sent.code, &*sent.notices), (Some(0), ""));
    reads(
        &witness,
        &["SERVER: sam joined the chat!", "sam: MESG wit psst"],
    );
}

/// ADDR-1: reports each line that finds no addressee.
#[test]
fn a_private_line_for_nobody_is_exit_3() {
    let server = Server::start(SERVER, &[]);
    let sent = run(send(&server, &["--to", "zed", "-"]), "psst\nhello?\n");
    assert_eq!(sent.code, Some(3), "{sent:?}");
    let notices: Vec<_> = sent.notices.lines().collect();
    assert_eq!(
        notices,
        [1, 2].map(|number| format!(
            "parlour: line {number} was not said: nobody here has that name (no-such-user)"
        ))
    );
}

/// ORDER-3: the error comes before the PONG, whatever else comes between.
#[test]
fn a_refusal_among_other_lines_is_noticed() {
    let server = scripted(|mut peer| {
        peer.send(format!("{GREETING}\n"));
        peer.hears("JOIN sam");
        peer.send("SERVER: sam joined the chat!\n");
        peer.hears("MESG zed psst");
        let ping = peer.line();
        peer.send("ann: BCST hi\nERROR no-such-user: \u{a0}gone\nwhat?\n");
        peer.send(ping.replace("PING", "PONG") + "\n");
        peer.hears("QUIT");
        peer.send("close\n");
        peer.hears_the_end();
    });
    let mut command = subcommand("send", server.addr);
    command.args(["--to", "zed", "psst"]);
    let sent = run(command, "");
    assert_eq!(sent.code, Some(3), "{sent:?}");
    server.ends();
}

/// BCST-1: neither another member's line nor the same text from another member is proof of
/// delivery.
#[test]
fn it_stays_until_its_own_line_comes_back() {
    let server = scripted(|mut peer| {
        peer.hears("JOIN sam");
        peer.send("SERVER: sam joined the chat!\n");
        peer.hears("BCST hi");
        peer.send("ann: BCST hi\nsam: BCST ho\nsam: MESG sam hi\nPONG hi\n");
        peer.send("ERROR line-too-long: for this room\n");
        peer.hears("QUIT");
        peer.send("close\n");
        peer.hears_the_end();
    });
    let mut command = subcommand("send", server.addr);
    command.arg("hi");
    let sent = run(command, "");
    assert_eq!(sent.code, Some(3), "{sent:?}");
    assert!(sent.notices.contains("for this room (line-too-long)"));
    server.ends();
}

/// LINE-2, LINE-3, LINE-4: reports what can't be sent, sends the rest, and exits with an error.
#[test]
fn a_line_that_cannot_be_said_is_exit_1_and_the_rest_is_said() {
    let server = Server::start(SERVER, &[]);
    let witness = witness(&server);
    let input = format!(
        "one\n\x1b[1mred\n{}\n{}\nfive",
        "x".repeat(5_000),
        "x".repeat(4_093)
    );
    let sent = run(send(&server, &[]), &input);
    assert_eq!(sent.code, Some(1), "{sent:?}");
    let notices: Vec<_> = sent.notices.lines().collect();
    let expected = [
        ("line 2", r"'\u{1b}'"),
        ("line 3", "too long"),
        ("line 4", "4099 octets"),
    ];
    assert_eq!(notices.len(), expected.len(), "{notices:?}");
    for (notice, (line, why)) in notices.iter().zip(expected) {
        assert!(notice.contains(line) && notice.contains(why), "{notice}");
    }
    reads(
        &witness,
        &[
            "SERVER: sam joined the chat!",
            "sam: BCST one",
            "sam: BCST five",
            "sam has left the chat",
        ],
    );
}

/// JOIN-2, JOIN-4, NAME-4
#[test]
fn a_taken_name_gets_a_number_unless_it_was_asked_for() {
    let server = Server::start(SERVER, &[]);
    let mut sam = subcommand("listen", server.addr);
    sam.args(["--name", "Sam"]);
    let sam = Reading::of(sam);
    reads(&sam, &["SERVER: Sam joined the chat!"]);
    assert_eq!(run(send(&server, &["hi"]), "").code, Some(0));
    reads(&sam, &["SERVER: sam-2 joined the chat!", "sam-2: BCST hi"]);

    let asked = run(send(&server, &["--name", "sam", "hi"]), "");
    assert_eq!(asked.code, Some(3), "{asked:?}");
    assert!(asked.notices.contains("not admitted as sam"), "{asked:?}");
}

/// JOIN-3
#[test]
fn a_full_room_is_exit_3() {
    let server = scripted(|mut peer| {
        peer.hears("JOIN sam");
        peer.send("Sorry the chat is full, please try later\n");
        peer.hears_the_end();
    });
    let mut command = subcommand("send", server.addr);
    command.arg("hi");
    let sent = run(command, "");
    assert_eq!(sent.code, Some(3), "{sent:?}");
    assert!(sent.notices.contains("full"), "{sent:?}");
    server.ends();
}

/// CONN-4, CONN-6, LINE-10: a line that was not delivered does not count as said, and half a line
/// does not count as a refusal.
#[test]
fn a_server_that_goes_away_is_exit_3_with_close_and_5_without() {
    for (last, code, words) in [
        ("close\n", 3, "closed"),
        ("", 5, "lost"),
        ("ERROR usage: BC", 5, "lost"),
    ] {
        for heard in [false, true] {
            let server = scripted(move |mut peer| {
                peer.hears("JOIN sam");
                peer.send("SERVER: sam joined the chat!\n");
                if heard {
                    peer.hears("BCST hi");
                }
                peer.send(last);
            });
            let mut child = piped(subcommand("send", server.addr));
            let mut stdin = child.stdin.take().unwrap();
            if heard {
                writeln!(stdin, "hi").unwrap();
            }
            // The input stays open: the server ends the program.
            let sent = finish(child);
            drop(stdin);
            assert_eq!(sent.code, Some(code), "{sent:?}");
            assert!(sent.notices.contains(words), "{sent:?}");
            assert_eq!(sent.notices.lines().count(), 1, "{sent:?}");
            server.ends();
        }
    }
}
