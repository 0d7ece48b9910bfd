//! `parlour listen`: prints events as they happen, until its reader is gone or the server closes.

use std::fs::{self, File};
use std::io::Read;
use std::process::Stdio;
use std::sync::mpsc;

use jiff::Timestamp;
use parlour_testkit::{DEADLINE, GREETING, Server, scripted};
use serde_json::{Value, json};

use crate::SERVER;
use crate::program::{Reading, finish, piped, run, subcommand};

fn listen(server: &Server, arguments: &[&str]) -> Reading {
    let mut command = subcommand("listen", server.addr);
    command.args(arguments);
    Reading::of(command)
}

fn send(server: &Server, arguments: &[&str]) {
    let mut command = subcommand("send", server.addr);
    command.args(arguments);
    assert_eq!(run(command, "").code, Some(0), "{arguments:?}");
}

/// The object in a line, without the time, which is checked here.
#[track_caller]
fn object(line: &str, since: Timestamp) -> Value {
    let mut object: Value = serde_json::from_str(line).unwrap();
    let at = object.as_object_mut().unwrap().remove("at").unwrap();
    let at: Timestamp = at.as_str().unwrap().parse().unwrap();
    // A clock of milliseconds is up to one of them behind.
    assert!(
        at.as_millisecond() >= since.as_millisecond() && at <= Timestamp::now(),
        "{at}"
    );
    object
}

/// ORDER-2, MESG-2: from its own join on, it prints each line as soon as it comes.
#[test]
fn a_line_for_each_event() {
    let server = Server::start(SERVER, &[]);
    let sam = listen(&server, &[]);
    assert_eq!(sam.line(), "SERVER: sam joined the chat!");
    send(&server, &["--name", "ann", "hi"]);
    assert_eq!(sam.line(), "SERVER: ann joined the chat!");
    assert_eq!(sam.line(), "ann: BCST hi");
    assert_eq!(sam.line(), "ann has left the chat");
    send(&server, &["--name", "ann", "--to", "sam", "psst"]);
    assert_eq!(sam.line(), "SERVER: ann joined the chat!");
    assert_eq!(sam.line(), "ann: MESG sam psst");
}

#[test]
fn an_object_for_each_event() {
    let since = Timestamp::now();
    let server = Server::start(SERVER, &[]);
    let sam = listen(&server, &["--json"]);
    let reads = |expected: Value| assert_eq!(object(&sam.line(), since), expected);
    reads(json!({"v": 1, "event": "joined", "name": "sam"}));
    let text = r#"a "quoted" \ text	李 👩‍👧"#;
    send(&server, &["--name", "ann", text]);
    reads(json!({"v": 1, "event": "joined", "name": "ann"}));
    reads(json!({"v": 1, "event": "broadcast", "from": "ann", "text": text}));
    reads(json!({"v": 1, "event": "left", "name": "ann"}));
    send(&server, &["--name", "ann", "--to", "SAM", "psst"]);
    reads(json!({"v": 1, "event": "joined", "name": "ann"}));
    reads(json!({"v": 1, "event": "private", "from": "ann", "to": "sam", "text": "psst"}));
}

/// CONN-4, GRAM-6, SEC-2: prints lines that are no events too, but nothing that drives a terminal.
#[test]
fn a_server_that_closes_is_exit_3_after_its_last_word() {
    let last = "SERVER: shutting down\nann: BCST \u{1b}]0;x\u{7}\u{9b}\u{202e}\nclose\n";
    for (arguments, expected) in [
        (
            &[][..],
            &[
                "SERVER: sam joined the chat!",
                "SERVER: shutting down",
                r"ann: BCST \u{1b}]0;x\u{7}\u{9b}\u{202e}",
                "close",
            ],
        ),
        (
            &["--json"],
            &[
                r#"{"v":1,"event":"joined","name":"sam","at":""#,
                r#"{"v":1,"event":"shutting-down","at":""#,
                concat!(
                    r#"{"v":1,"event":"unreadable","#,
                    r#""line":"ann: BCST \u001b]0;x\u0007\u009b\u202e","at":""#
                ),
                r#"{"v":1,"event":"close","at":""#,
            ],
        ),
    ] {
        let server = scripted(move |mut peer| {
            peer.send(format!("{GREETING}\n"));
            peer.hears("JOIN sam");
            peer.send("SERVER: sam joined the chat!\n");
            peer.send(last);
            peer.hears_the_end();
        });
        let mut command = subcommand("listen", server.addr);
        command.args(arguments);
        let (lines, sam) = Reading::of(command).ends();
        assert_eq!(lines.len(), expected.len(), "{lines:?}");
        for (line, expected) in lines.iter().zip(expected) {
            assert!(line.starts_with(expected), "{line}");
        }
        assert_eq!(sam.code, Some(3), "{sam:?}");
        assert!(
            sam.notices.contains("the server is shutting down"),
            "{sam:?}"
        );
        server.ends();
    }
}

/// CONN-6, LINE-10: prints what had come, and nothing of a line that was cut off.
#[test]
fn a_connection_that_breaks_off_is_exit_5() {
    for (arguments, expected) in [
        (&[][..], ["SERVER: sam joined", "ann: BCST hi"]),
        (
            &["--json"],
            [
                r#"{"v":1,"event":"joined","name":"sam","#,
                r#"{"v":1,"event":"broadcast","from":"ann","text":"hi","#,
            ],
        ),
    ] {
        let server = scripted(|mut peer| {
            peer.hears("JOIN sam");
            peer.send("SERVER: sam joined the chat!\nann: BCST hi\nann: BCST delete everyth");
        });
        let mut command = subcommand("listen", server.addr);
        command.args(arguments);
        let (lines, sam) = Reading::of(command).ends();
        assert_eq!(lines.len(), expected.len(), "{lines:?}");
        for (line, expected) in lines.iter().zip(expected) {
            assert!(line.starts_with(expected), "{line}");
        }
        assert_eq!(sam.code, Some(5), "{sam:?}");
        server.ends();
    }
}

/// JOIN-4
#[test]
fn a_name_that_is_not_admitted_is_exit_3() {
    let server = scripted(|mut peer| {
        peer.hears("JOIN ann");
        peer.send("ERROR name-taken: no \u{1b}\nERROR name-taken: no\n");
        peer.hears_the_end();
    });
    let mut command = subcommand("listen", server.addr);
    command.args(["--name", "ann"]);
    let (lines, ann) = Reading::of(command).ends();
    assert_eq!((lines.len(), ann.code), (0, Some(3)), "{ann:?}");
    assert!(ann.notices.contains("not admitted as ann: no"), "{ann:?}");
    server.ends();
}

/// `parlour listen | head -n 1` ends with `head`, even if nothing more is said; QUIT-2
#[test]
fn when_nobody_reads_it_leaves_quietly_and_at_once() {
    for arguments in [&[][..], &["--json"]] {
        let (left, has_left) = mpsc::channel();
        let server = scripted(move |mut peer| {
            peer.hears("JOIN sam");
            peer.send("SERVER: sam joined the chat!\n");
            peer.hears("QUIT");
            left.send(()).unwrap();
            peer.send("close\n");
            peer.hears_the_end();
        });
        let mut command = subcommand("listen", server.addr);
        command.args(arguments);
        let mut child = piped(command);
        let mut output = child.stdout.take().unwrap();
        output.read_exact(&mut [0]).unwrap();
        drop(output);
        has_left.recv_timeout(DEADLINE).unwrap();
        let sam = finish(child);
        assert_eq!((sam.code, &*sam.notices), (Some(0), ""));
        server.ends();
    }
}

/// A file has no reader to watch, and needs none.
#[test]
fn the_output_may_be_a_file() {
    let path = std::env::temp_dir().join(format!("parlour-listen-{}", std::process::id()));
    let server = scripted(|mut peer| {
        peer.hears("JOIN sam");
        peer.send("SERVER: sam joined the chat!\nann: BCST hi\nclose\n");
        peer.hears_the_end();
    });
    let mut command = subcommand("listen", server.addr);
    command.stdout(File::create(&path).unwrap());
    command.stderr(Stdio::null());
    let sam = finish(command.spawn().unwrap());
    let written = fs::read_to_string(&path).unwrap();
    fs::remove_file(&path).unwrap();
    assert_eq!(
        written,
        "SERVER: sam joined the chat!\nann: BCST hi\nclose\n"
    );
    assert_eq!(sam.code, Some(3));
    server.ends();
}
