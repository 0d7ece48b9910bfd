//! How the line mode ends: what was typed and read decides, never which of them happened to be
//! ready first.

use std::future::pending;
use std::time::Duration;

use futures_util::stream;
use parlour::client::listen::{self, Form};
use parlour::client::plain::{self, Options, Streams};
use parlour::client::{Address, Exit, NamePolicy, send};
use parlour_testkit::{DEADLINE, GREETING, Server, scripted};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex, empty, sink};
use tokio::net::TcpListener;
use tokio::time::{Instant, pause, sleep, timeout};

use crate::SERVER;
use crate::library::connect;
use crate::program::{finish, nowhere, parlour, piped, run, unread};
use crate::send::witness;

/// How often each race is played.
const RUNS: usize = 20;

/// JOIN-2: a client that has to join and is refused leaves, whether the server waits for QUIT or
/// closes at once.
#[test]
fn a_refusal_and_a_close_in_one_segment_end_alike_every_time() {
    for _ in 0..RUNS {
        let server = scripted(|mut peer| {
            peer.hears("JOIN ann");
            peer.send(format!("{GREETING}\nERROR name-taken: no\nclose\n"));
        });
        let mut command = parlour(server.addr);
        command.args(["--name", "ann"]);
        let mut child = piped(command);
        let stdin = child.stdin.take();
        let ann = finish(child);
        drop(stdin);
        assert_eq!((ann.code, &*ann.notices), (Some(3), ""));
        server.ends();
    }
}

#[test]
fn when_nobody_reads_a_close_in_the_same_segment_changes_nothing() {
    for _ in 0..RUNS {
        let server = scripted(|mut peer| {
            peer.hears("JOIN ann");
            peer.send("SERVER: ann joined the chat!\nclose\n");
        });
        let mut command = parlour(server.addr);
        command.args(["--name", "ann"]);
        let mut child = unread(command);
        let stdin = child.stdin.take();
        let ann = finish(child);
        drop(stdin);
        assert_eq!((ann.code, &*ann.notices), (Some(0), ""));
        server.ends();
    }
}

/// JOIN-3: a connection beyond the limit is refused before the client asks anything.
#[test]
fn a_full_server_is_exit_3_every_time() {
    for _ in 0..RUNS {
        let server = scripted(|mut peer| {
            peer.send("Sorry the chat is full, please try later\nclose\n");
            let _line_or_end = peer.try_line();
        });
        let late = run(parlour(server.addr), "");
        assert_eq!((late.code, &*late.notices), (Some(3), ""));
        server.ends();
    }
}

/// The exit code shows that a line was not said to the room; later lines are said all the same.
#[test]
fn a_line_of_a_script_that_is_not_said_is_not_exit_0() {
    let server = Server::start(SERVER, &[]);
    let _wit = witness(&server);
    let long = "x".repeat(5000);
    let almost = format!("JOIN bot\n{}\n", "x".repeat(4093));
    for (input, code) in [
        ("hi\n", 1),
        ("BCST x\n", 1),
        ("JOIN\n", 1),
        ("JOIN\nhi\n", 1),
        ("JOIN a/b\nhi\n", 1),
        ("JOIN server\nhi\n", 1),
        ("JOIN server\nJOIN bot\nhi\n", 1),
        ("/nick bot\n", 1),
        ("JOIN bot\nhi\x1b[2J\nhi\n", 1),
        (&long, 1),
        (&almost, 1),
        ("JOIN wit\nhi\nJOIN bot\nhi\n", 1),
        ("JOIN wit\nhi\n", 3),
        ("JOIN bot\nMESG nobody x\nhi\n", 3),
        ("JOIN bot\nJOIN second\nhi\n", 3),
        ("JOIN\nJOIN bot\nMESG nobody x\n", 3),
        ("JOIN bot\nMESG nobody x\nJOIN\n", 3),
        ("JOIN wit\nJOIN bot\nhi\n", 0),
        ("JOIN bot\n\n  \n/help\nLIST\nMESG wit hi\nhi\n", 0),
    ] {
        let bot = run(parlour(server.addr), input);
        assert_eq!(bot.code, Some(code), "{input:.40?}: {bot:?}");
        assert!(bot.output.ends_with("close\n"), "{bot:?}");
    }
    let mut command = parlour(server.addr);
    command.args(["--name", "zz"]);
    let bot = run(command, "MESG nobody x\n");
    assert_eq!(bot.code, Some(3), "{bot:?}");
}

/// The clock is paused: it jumps to the next timer.
#[tokio::test]
async fn a_server_that_talks_on_after_quit_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let connection = connect(listener.local_addr().unwrap()).await;
    let (mut peer, _) = listener.accept().await.unwrap();
    let talking = async {
        for _ in 0..100 {
            peer.write_all(b"bob: BCST tick\n").await.unwrap();
            sleep(Duration::from_secs(1)).await;
        }
    };
    let streams = Streams {
        input: empty(),
        output: sink(),
        notices: sink(),
    };
    pause();
    let start = Instant::now();
    let leaving = plain::run(connection, Options::default(), streams, stream::pending());
    let exit = tokio::select! {
        biased;
        exit = leaving => exit,
        () = talking => panic!("it is still there after {:?}", start.elapsed()),
    };
    assert_eq!(exit, Exit::Lost);
}

/// Time that the reader of the output takes does not count against the server.
#[tokio::test]
async fn a_slow_reader_of_the_output_does_not_make_the_server_late() {
    const TOLD: usize = 20_000;
    let line = "bob: BCST tick\n";
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let connection = connect(listener.local_addr().unwrap()).await;
    let (mut peer, _) = listener.accept().await.unwrap();
    let telling = async {
        peer.write_all(line.repeat(TOLD).as_bytes()).await.unwrap();
        peer.write_all(b"close\n").await.unwrap();
    };
    let (output, mut reader) = duplex(1);
    let reading = async {
        sleep(Duration::from_secs(600)).await;
        let mut read = Vec::new();
        reader.read_to_end(&mut read).await.unwrap();
        read.len()
    };
    let streams = Streams {
        input: empty(),
        output,
        notices: sink(),
    };
    let options = Options {
        protocol: true,
        ..Options::default()
    };
    pause();
    let leaving = plain::run(connection, options, streams, stream::pending());
    let ((), len, exit) = tokio::join!(telling, reading, leaving);
    assert_eq!((len, exit), (line.len() * TOLD + 6, Exit::Left));
}

/// Nobody reads the notices: the exit code still counts, and no notice is waited for without end.
#[tokio::test]
async fn notices_that_nobody_reads_hold_up_no_end() {
    let address = Address::new(Some(&nowhere().to_string()), None).unwrap();
    let name = NamePolicy::new(None, Some("sam"));
    let (notices, _unread) = duplex(1);
    let options = send::Options {
        name: name.clone(),
        to: None,
        retry: false,
    };
    let sent = timeout(
        DEADLINE,
        send::run(address.clone(), options, empty(), notices),
    )
    .await;
    assert_eq!(sent, Ok(Exit::Unreachable));

    let (notices, _unread) = duplex(1);
    let options = listen::Options {
        name,
        retry: false,
        form: Form::Line,
    };
    let listening = listen::run(address, options, sink(), pending(), notices);
    assert_eq!(timeout(DEADLINE, listening).await, Ok(Exit::Unreachable));

    let server = scripted(|mut peer| {
        peer.send("close\n");
        let _line_or_end = peer.try_line();
    });
    let connection = connect(server.addr).await;
    let (notices, _unread) = duplex(1);
    let (_typing, input) = duplex(1);
    let streams = Streams {
        input,
        output: sink(),
        notices,
    };
    let talking = plain::run(connection, Options::default(), streams, stream::pending());
    assert_eq!(timeout(DEADLINE, talking).await, Ok(Exit::Refused));
    server.ends();
}
