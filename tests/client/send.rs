//! `parlour send`: every line was delivered, or the exit code says that it was not.

use parlour_testkit::{DEADLINE, GREETING, Server, scripted, serial};
use std::io::Write;
use std::process::Command;
use std::sync::mpsc;

use parlour::client::send::Options;
use parlour::client::{Address, Exit, NamePolicy};
use parlour::protocol::UserName;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, duplex};
use tokio::sync::oneshot;
use tokio::time::{pause, resume, timeout};

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
        "one\n\x1b[2Jred\n{}\n{}\nfive",
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

/// Of the colours it is said once that they are left out.
#[test]
fn a_coloured_line_is_said_without_its_colours() {
    let server = Server::start(SERVER, &[]);
    let witness = witness(&server);
    let input = "plain\n\x1b[31merror\x1b[0m: x\n\x1b[1;32mfine\x1b[m\x1b[K\n";
    let sent = run(send(&server, &[]), input);
    assert_eq!(
        (sent.code, &*sent.notices),
        (
            Some(0),
            "parlour: line 2 has colours; they are left out, here and in other lines\n"
        )
    );
    reads(
        &witness,
        &[
            "SERVER: sam joined the chat!",
            "sam: BCST plain",
            "sam: BCST error: x",
            "sam: BCST fine",
            "sam has left the chat",
        ],
    );
}

/// CONN-4, CONN-6: with retry, a line without an answer is reported and not sent again, and the
/// exit code tells it; one that was not sent yet waits for the next connection.
#[test]
fn with_retry_it_comes_back_and_says_which_line_is_unknown() {
    for (last, why) in [
        ("", "the connection was lost: the server hung up"),
        (
            "SERVER: shutting down\nclose\n",
            "the server is shutting down",
        ),
    ] {
        let server = serial([
            Box::new(move |mut peer| {
                peer.hears("JOIN sam");
                peer.send("SERVER: sam joined the chat!\n");
                peer.hears("BCST one");
                peer.send("sam: BCST one\n");
                peer.hears("BCST two");
                peer.send(last);
            }),
            Box::new(|mut peer| {
                peer.hears("JOIN sam");
                peer.send("SERVER: sam joined the chat!\n");
                peer.hears("BCST three");
                peer.send("sam: BCST three\n");
                peer.hears("QUIT");
                peer.send("close\n");
                peer.hears_the_end();
            }),
        ]);
        let mut command = subcommand("send", server.addr);
        command.arg("--retry");
        let sent = run(command, "one\ntwo\nthree\n");
        assert_eq!(sent.code, Some(5), "{sent:?}");
        let notices: Vec<_> = sent.notices.lines().collect();
        let unknown =
            format!("parlour: line 2 may or may not have been said, and is not said again: {why}");
        assert_eq!(notices[0], unknown, "{sent:?}");
        assert!(notices[1].ends_with(", again in 1 s"), "{sent:?}");
        assert_eq!(notices.len(), 2, "{sent:?}");
        server.ends();
    }
}

/// A loss between two lines loses nothing. A server that is not there yet is waited for.
#[test]
fn with_retry_a_server_that_restarts_between_two_lines_is_exit_0() {
    let (lost, was_lost) = mpsc::channel();
    let server = serial([
        Box::new(move |mut peer| {
            peer.hears("JOIN sam");
            peer.send("SERVER: sam joined the chat!\n");
            peer.hears("MESG zed one");
            let ping = peer.line();
            peer.send(ping.replace("PING", "PONG") + "\n");
            peer.send("SERVER: shutting down\nclose\n");
            peer.hears_the_end();
            lost.send(()).unwrap();
        }),
        Box::new(|mut peer| {
            peer.hears("JOIN sam");
            peer.send("SERVER: sam joined the chat!\n");
            peer.hears("MESG zed two");
            let ping = peer.line();
            peer.send(ping.replace("PING", "PONG") + "\n");
            peer.hears("QUIT");
            peer.send("close\n");
            peer.hears_the_end();
        }),
    ]);
    let mut command = subcommand("send", server.addr);
    command.args(["--retry", "--to", "zed"]);
    let mut child = piped(command);
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "one").unwrap();
    was_lost.recv_timeout(DEADLINE).unwrap();
    writeln!(stdin, "two").unwrap();
    drop(stdin);
    let sent = finish(child);
    assert_eq!(sent.code, Some(0), "{sent:?}");
    assert!(!sent.notices.contains("may or may not"), "{sent:?}");
    server.ends();
}

/// A late refusal of a line that was given up is not taken for one of the next line. The clock is
/// paused while no answer comes: it jumps to the next timer.
#[tokio::test]
async fn with_retry_a_line_without_an_answer_is_given_up() {
    let (heard, was_heard) = oneshot::channel();
    let (given_up, is_given_up) = mpsc::channel::<()>();
    let server = scripted(move |mut peer| {
        peer.hears("JOIN sam");
        peer.send("SERVER: sam joined the chat!\n");
        peer.hears("MESG zed one");
        heard.send(()).unwrap();
        is_given_up.recv_timeout(DEADLINE).unwrap();
        while peer.line() != "MESG zed two" {}
        let ping = peer.line();
        peer.send("ERROR no-such-user: late\n");
        peer.send(ping.replace("PING", "PONG") + "\n");
        peer.hears("QUIT");
        peer.send("close\n");
        peer.hears_the_end();
    });
    let options = Options {
        name: NamePolicy::new(None, Some("sam")),
        to: Some(UserName::new("zed").unwrap()),
        retry: true,
    };
    let address = Address::new(Some(&server.addr.to_string()), None).unwrap();
    let (notices, noticed) = duplex(1 << 10);
    let mut noticed = BufReader::new(noticed).lines();
    let (mut input, reader) = duplex(1 << 10);
    let sending = parlour::client::send::run(address, options, reader, notices);
    let watching = async {
        input.write_all(b"one\ntwo\n").await.unwrap();
        drop(input);
        was_heard.await.unwrap();
        pause();
        let line = noticed.next_line().await.unwrap().unwrap();
        resume();
        given_up.send(()).unwrap();
        line
    };
    let both = async { tokio::join!(sending, watching) };
    let (exit, line) = timeout(DEADLINE, both).await.unwrap();
    assert_eq!(exit, Exit::Lost);
    assert_eq!(
        line,
        "parlour: line 1 may or may not have been said, and is not said again: \
         the server has not answered for 15 s"
    );
    assert_eq!(noticed.next_line().await.unwrap(), None);
    server.ends();
}
