//! The program in a pipe: `printf '…' | parlour`.

use parlour_testkit::{GREETING, Server, scripted};
use std::fmt::Write;

use crate::SERVER;
use crate::program::{finish, parlour, piped, run, subcommand};
use crate::send::witness;

/// ORDER-3, CONN-4
#[test]
fn a_script_is_sent_answered_and_left() {
    let server = Server::start(SERVER, &[]);
    let bot = run(parlour(server.addr), "JOIN bot\nBCST hi\nQUIT\n");
    assert_eq!(
        bot.output,
        format!("{GREETING}\nSERVER: bot joined the chat!\nbot: BCST hi\nclose\n")
    );
    assert_eq!((bot.code, &*bot.notices), (Some(0), ""));
}

/// ORDER-3: neither QUIT nor the last newline is needed, and a line for the room waits until the
/// room admits the client.
#[test]
fn the_end_of_the_input_is_a_quit() {
    let server = Server::start(SERVER, &[]);
    let bot = run(
        parlour(server.addr),
        "/join bot\nhi\n/who\n//x\n/msg bot psst\n\nlast",
    );
    assert_eq!(
        bot.output,
        format!(
            "{GREETING}\nSERVER: bot joined the chat!\nbot: BCST hi\nOnline: bot\nbot: BCST /x\n\
             bot: MESG bot psst\nbot: BCST last\nclose\n"
        )
    );
    assert_eq!((bot.code, &*bot.notices), (Some(0), ""));
}

#[test]
fn a_name_on_the_command_line_joins_at_once() {
    let server = Server::start(SERVER, &[]);
    let mut command = parlour(server.addr);
    command.args(["--name", "bot"]);
    let bot = run(command, "deploy done");
    assert_eq!(
        bot.output,
        format!("{GREETING}\nSERVER: bot joined the chat!\nbot: BCST deploy done\nclose\n")
    );
    assert_eq!((bot.code, &*bot.notices), (Some(0), ""));
}

/// NAME-3
#[test]
fn a_user_name_that_is_no_name_is_replaced_and_that_is_said() {
    let server = Server::start(SERVER, &[]);
    let mut command = subcommand("send", server.addr);
    command.env("USER", "DOMAIN\\sam").arg("hi");
    let bot = run(command, "");
    let notice =
        r"your user name `DOMAIN\sam` is no name here, so it is guest: --name sets another";
    assert_eq!(bot.notices, format!("parlour: {notice}\n"));
    assert_eq!(bot.code, Some(0));
}

/// A line that can't be sent is reported, and the rest goes on.
#[test]
fn a_wrong_line_is_a_notice_and_not_the_end() {
    let server = Server::start(SERVER, &[]);
    let long = "x".repeat(5000);
    let almost = "x".repeat(4093);
    let input = format!("hello\n/nick bot\nJOIN\n{long}\nJOIN bot\n{almost}\nhi\x1b[2J\nhi\n");
    let bot = run(parlour(server.addr), &input);
    assert_eq!(
        bot.output,
        format!("{GREETING}\nSERVER: bot joined the chat!\nbot: BCST hi\nclose\n")
    );
    let notices: Vec<_> = bot.notices.lines().collect();
    let expected = [
        "not in the room yet",
        "no /nick",
        "usage is JOIN username",
        "too long",
        "4099 octets",
        "control characters",
    ];
    assert_eq!(notices.len(), expected.len(), "{notices:?}");
    for (notice, expected) in notices.iter().zip(expected) {
        assert!(notice.contains(expected), "{notice}");
    }
    assert_eq!(bot.code, Some(1));
}

/// GRAM-2: in capitals a command is one, and everything else is said.
#[test]
fn a_sentence_that_begins_with_a_command_is_said() {
    let server = Server::start(SERVER, &[]);
    let mut command = parlour(server.addr);
    command.args(["--name", "bot"]);
    let said = [
        "help me",
        "list of things",
        "quit smoking today",
        "QUIT now please",
        "list",
        "quit",
        "msg bot psst",
    ];
    let bot = run(
        command,
        &(said.join("\n") + "\n/mesg bot psst\nLIST\nQUIT\nnever\n"),
    );
    let said: String = said
        .iter()
        .map(|line| format!("bot: BCST {line}\n"))
        .collect();
    assert_eq!(
        bot.output,
        format!(
            "{GREETING}\nSERVER: bot joined the chat!\n{said}bot: MESG bot psst\nOnline: bot\n\
             close\n"
        )
    );
    assert_eq!((bot.code, &*bot.notices), (Some(0), ""));
}

/// ORDER-3, SLOW-3
#[test]
fn much_is_sent_and_every_answer_is_printed() {
    let server = Server::start(SERVER, &["--talk-rate", "0"]);
    let input = lines("PING", 1_000);
    let bot = run(parlour(server.addr), &input);
    let answers = input.replace("PING", "PONG");
    assert!(
        bot.output == format!("{GREETING}\n{answers}close\n"),
        "{} octets",
        bot.output.len()
    );
    assert_eq!((bot.code, &*bot.notices), (Some(0), ""));
}

/// SLOW-3: a server may stop reading while its output waits, so the client has to read while it
/// can't send.
#[test]
fn a_server_that_must_be_heard_before_it_hears_is_heard() {
    const SENT: usize = 4_000;
    const TOLD: usize = 6_000;
    let server = scripted(|mut peer| {
        peer.send(lines("PONG", TOLD));
        let sent = std::iter::repeat_with(|| peer.line()).take_while(|line| line != "QUIT");
        assert_eq!(sent.count(), SENT);
        peer.send("close\n");
        peer.hears_the_end();
    });
    let bot = run(parlour(server.addr), &lines("PING", SENT));
    assert!(
        bot.output == lines("PONG", TOLD) + "close\n",
        "{} octets",
        bot.output.len()
    );
    assert_eq!((bot.code, &*bot.notices), (Some(0), ""));
    server.ends();
}

/// Numbered lines of four kilobytes.
fn lines(verb: &str, count: usize) -> String {
    (0..count).fold(String::new(), |mut lines, number| {
        writeln!(lines, "{verb} {number:04000}").unwrap();
        lines
    })
}

/// SEC-2, GRAM-6
#[test]
fn what_arrives_is_made_safe() {
    let server = scripted(|mut peer| {
        peer.send("ann: BCST \u{1b}]0;x\u{7}\u{202e}\u{9b}\nclose\n");
        let _line_or_end = peer.try_line();
    });
    let bot = run(parlour(server.addr), "");
    assert_eq!(
        bot.output,
        "ann: BCST \\u{1b}]0;x\\u{7}\\u{202e}\\u{9b}\nclose\n"
    );
    server.ends();
}

/// JOIN-2, JOIN-3
#[test]
fn a_name_that_is_not_admitted_is_exit_3() {
    for answer in [
        "ERROR name-taken: no",
        "ERROR name-reserved: no",
        "Sorry the chat is full, please try later",
    ] {
        let server = scripted(move |mut peer| {
            peer.hears("JOIN ann");
            peer.send(format!("{answer}\n"));
            peer.hears("QUIT");
            peer.send("close\n");
            peer.hears_the_end();
        });
        let mut command = parlour(server.addr);
        command.args(["--name", "ann"]);
        // The input stays open: the refusal ends the program.
        let mut child = piped(command);
        let stdin = child.stdin.take();
        let ann = finish(child);
        drop(stdin);
        assert_eq!(ann.output, format!("{answer}\nclose\n"));
        assert_eq!(ann.code, Some(3), "{ann:?}");
        server.ends();
    }
}

/// JOIN-2, JOIN-4: the name may also come from a JOIN of the script.
#[test]
fn a_script_that_is_never_admitted_is_exit_3() {
    let server = Server::start(SERVER, &[]);
    let _wit = witness(&server);
    let late = run(parlour(server.addr), "JOIN wit\nhi\n");
    assert!(late.output.contains("ERROR name-taken: "), "{late:?}");
    assert_eq!(late.code, Some(3), "{late:?}");
    let second = run(parlour(server.addr), "JOIN wit\nJOIN bot\nhi\n");
    assert!(second.output.contains("bot: BCST hi\n"), "{second:?}");
    assert_eq!(second.code, Some(0), "{second:?}");
}

/// CONN-4
#[test]
fn a_server_that_closes_unasked_is_exit_3_and_one_that_hangs_up_is_exit_5() {
    for (last, code, words) in [
        ("close\n", 3, "closed"),
        ("close", 3, "closed"),
        ("", 5, "lost"),
    ] {
        let server = scripted(move |mut peer| peer.send(last));
        let mut child = piped(parlour(server.addr));
        let stdin = child.stdin.take();
        let left = finish(child);
        drop(stdin);
        assert_eq!(left.code, Some(code), "{left:?}");
        assert!(left.notices.contains(words), "{left:?}");
        server.ends();
    }
}

/// LINE-10
///
/// > LINE-10: a client MUST NOT act on it or show it.
#[test]
fn a_line_that_is_cut_off_is_not_printed() {
    let server = scripted(|mut peer| {
        peer.send(format!(
            "{GREETING}\nann: BCST hi\nann: BCST delete everyth"
        ));
    });
    let mut child = piped(parlour(server.addr));
    let stdin = child.stdin.take();
    let left = finish(child);
    drop(stdin);
    assert_eq!(left.output, format!("{GREETING}\nann: BCST hi\n"));
    assert_eq!(
        (left.code, &*left.notices),
        (
            Some(5),
            "parlour: the connection was lost: the server hung up\n"
        )
    );
    server.ends();
}

/// `parlour | head -n 1` is not an error.
#[test]
fn when_nobody_reads_the_output_any_more_it_leaves_quietly() {
    let server = scripted(|mut peer| {
        peer.hears("LIST");
        peer.send("Online: ann\n");
        peer.hears("QUIT");
        peer.send("close\n");
        peer.hears_the_end();
    });
    let mut child = piped(parlour(server.addr));
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, b"LIST\n").unwrap();
    let left = finish(child);
    drop(stdin);
    assert_eq!((left.code, &*left.notices), (Some(0), ""));
    server.ends();
}
