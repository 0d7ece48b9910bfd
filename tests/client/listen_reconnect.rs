//! `parlour listen` across lost connections.

use std::future::pending;
use std::net::SocketAddr;
use std::time::Duration;

use parlour::client::listen::{self, Form, Options};
use parlour::client::{Address, Exit, NamePolicy};
use parlour_testkit::{DEADLINE, scripted, serial};
use tokio::io::{AsyncBufReadExt, BufReader, DuplexStream, duplex};
use tokio::time::timeout;

use crate::program::{Reading, nowhere, subcommand};

fn address(addr: SocketAddr) -> Address {
    Address::new(Some(&addr.to_string()), None).unwrap()
}

fn sam(retry: bool) -> Options {
    let name = NamePolicy::new(None, Some("sam"));
    let form = Form::Line;
    Options { name, retry, form }
}

async fn line(from: DuplexStream) -> String {
    let mut line = String::new();
    let mut from = BufReader::new(from);
    timeout(DEADLINE, from.read_line(&mut line))
        .await
        .unwrap()
        .unwrap();
    line
}

/// PING-1: a listener in a silent room notices a dead server. The clock is paused once it has
/// joined: it jumps to the next timer.
#[tokio::test]
async fn a_server_that_says_nothing_any_more_is_exit_5() {
    let server = scripted(|mut peer| {
        peer.hears("JOIN sam");
        peer.send("SERVER: sam joined the chat!\n");
        peer.hears("PING parlour-is-there");
        peer.hears_the_end();
    });
    let (output, shown) = duplex(1 << 10);
    let mut notices = Vec::new();
    let listening = listen::run(
        address(server.addr),
        sam(false),
        output,
        pending(),
        &mut notices,
    );
    let watching = async {
        assert_eq!(line(shown).await, "SERVER: sam joined the chat!\n");
        tokio::time::pause();
        tokio::time::Instant::now()
    };
    let (exit, start) = tokio::join!(listening, watching);
    assert_eq!(exit, Exit::Lost);
    assert!(
        start.elapsed() <= Duration::from_secs(26),
        "{:?}",
        start.elapsed()
    );
    let notices = String::from_utf8(notices).unwrap();
    assert_eq!(
        notices,
        "parlour: the connection was lost: the server does not answer\n"
    );
    tokio::time::resume();
    server.ends();
}

/// The output shows the gap between two of its own joins; a client does not reconnect after `close`
/// (CONN-4).
#[test]
fn with_retry_it_comes_back_and_says_what_is_missing() {
    let server = serial([
        Box::new(|mut peer| {
            peer.hears("JOIN sam");
            peer.send("SERVER: sam joined the chat!\nann: BCST one\n");
        }),
        Box::new(|mut peer| {
            peer.hears("JOIN sam");
            peer.send("SERVER: sam joined the chat!\nann: BCST two\nclose\n");
            peer.hears_the_end();
        }),
    ]);
    let mut command = subcommand("listen", server.addr);
    command.args(["--json", "--retry"]);
    let (lines, sam) = Reading::of(command).ends();
    let expected = [
        r#""joined","name":"sam""#,
        r#""broadcast","from":"ann","text":"one""#,
        r#""lost","why":"the server hung up""#,
        r#""joined","name":"sam""#,
        r#""broadcast","from":"ann","text":"two""#,
        r#""close""#,
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:?}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(
            line.starts_with(&format!(r#"{{"v":1,"event":{expected},"at":"#)),
            "{line}"
        );
    }
    assert_eq!(sam.code, Some(3), "{sam:?}");
    for words in [
        "the server hung up, again in 1 s",
        "back in the room as sam",
        "the server closed",
    ] {
        assert!(sam.notices.contains(words), "{sam:?}");
    }
    server.ends();
}

/// It may be started before the server, and can leave before the server starts.
#[tokio::test]
async fn with_retry_a_server_that_is_not_there_yet_is_waited_for() {
    let (told, has_told) = tokio::sync::oneshot::channel();
    let (notices, noticed) = duplex(1 << 10);
    let unread = async { has_told.await.unwrap() };
    let listening = listen::run(address(nowhere()), sam(true), Vec::new(), unread, notices);
    let watching = async {
        let line = line(noticed).await;
        assert!(
            line.ends_with("nobody listens there; is parlour-server running?, again in 1 s\n"),
            "{line}"
        );
        told.send(()).unwrap();
    };
    let (exit, ()) = tokio::join!(timeout(DEADLINE, listening), watching);
    assert_eq!(exit.unwrap(), Exit::Left);
}
