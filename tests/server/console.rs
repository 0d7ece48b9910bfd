//! The console: the original's lines, and a reader that does not read can't stop the server.

use std::io::{self, BufRead, PipeReader, PipeWriter, Write};
use std::thread;

use rustix::io::ioctl_fionbio;

use std::net::SocketAddr;

use parlour_testkit::{Peer, Server, in_time, program};

use crate::{SERVER, start};

/// More than the pipe and the console's queue hold.
const VISITS: usize = 4000;

/// JOIN-1, QUIT-2
#[test]
fn the_console_says_what_the_originals_said() {
    let mut server = start(&[]);
    let mut dani = Peer::member(server.addr, "dani");
    let address = dani.address();
    dani.send("BCST hello\nMESG dani hi\nLIST\nBCST \nQUIT\n");
    dani.rest();
    let visitor = Peer::visitor(server.addr);
    let visitors_address = visitor.address();
    server.terminate();
    visitor.rest();
    assert_eq!(
        console_rest(&mut server),
        format!(
            "Connected with {address}\ndani joined the chat!\ndani has left the chat\n\
             Connected with {visitors_address}\n"
        )
    );
    assert_eq!(server.ended().code(), Some(0));
}

fn console_rest(server: &mut Server) -> String {
    let console = server.take_console();
    in_time(|| io::read_to_string(console)).expect("UTF-8")
}

fn visit(server: SocketAddr, times: usize) {
    for n in 0..times {
        let mut peer = Peer::connect(server);
        peer.send(format!("JOIN ann{n}\nQUIT\n"));
        peer.half_close();
        assert!(peer.rest().ends_with("joined the chat!\nclose\n"));
    }
}

#[test]
fn a_console_that_is_closed_ends_nothing() {
    let mut server = start(&[]);
    drop(server.take_console());
    visit(server.addr, 50);
    server.terminate();
    assert_eq!(server.ended().code(), Some(0));
}

#[test]
fn a_console_that_nobody_reads_holds_nobody_up() {
    let server = start(&[]);
    let before = server.resident();
    visit(server.addr, VISITS);
    let grown = server.resident().saturating_sub(before);
    assert!(grown < 8 << 10, "the server has grown by {grown} KiB");
    server.log_line("the console is not read");
    server.terminate();
    assert_eq!(server.ended().code(), Some(0));
}

#[test]
fn a_console_that_is_read_again_goes_on_and_the_log_says_what_was_left_out() {
    let mut server = start(&[]);
    visit(server.addr, VISITS);
    let mut lines = server.take_console().lines().map_while(Result::ok);
    let reader = thread::spawn(move || {
        for n in 0..1000 {
            let [connected, joined, left] = [(); 3].map(|()| lines.next().expect("a line"));
            assert!(connected.starts_with("Connected with "));
            assert_eq!(joined, format!("ann{n} joined the chat!"));
            assert_eq!(left, format!("ann{n} has left the chat"));
        }
        assert!(lines.any(|line| line == "back joined the chat!"));
    });
    for _ in 0..VISITS {
        let mut peer = Peer::member(server.addr, "back");
        peer.send("QUIT\n");
        assert_eq!(peer.rest(), "close\n");
        if reader.is_finished() {
            break;
        }
    }
    in_time(|| reader.join()).expect("what is said now is shown");
    server.log_line("lines were left out");
}

#[test]
fn a_log_that_is_closed_ends_nothing() {
    let mut command = program(SERVER);
    command.arg("0").stderr(closed());
    let server = Server::spawn(command);
    let mut ann = Peer::member(server.addr, "ann");
    assert_eq!(ann.sync(), [""; 0]);
    server.terminate();
    assert_eq!(server.ended().code(), Some(0));
    let mut command = program(SERVER);
    command.arg("192.0.2.1:0").stderr(closed());
    let status = command.status().expect("the server starts");
    assert_eq!(status.code(), Some(1));
}

#[test]
fn a_log_that_nobody_reads_holds_nobody_up() {
    let (_reader, writer) = full();
    let mut command = program(SERVER);
    command.arg("0").env("RUST_LOG", "debug").stderr(writer);
    let server = Server::spawn(command);
    let mut ann = Peer::member(server.addr, "ann");
    assert_eq!(ann.sync(), [""; 0]);
    server.terminate();
    assert_eq!(ann.rest(), "SERVER: shutting down\nclose\n");
    assert_eq!(server.ended().code(), Some(0));
    let (_reader, writer) = full();
    let mut command = program(SERVER);
    command.arg("192.0.2.1:0").stderr(writer);
    let status = command.status().expect("the server starts");
    assert_eq!(status.code(), Some(1));
}

/// The console gets a tenth of the drain time: here that would be long.
#[test]
fn a_second_signal_does_not_wait_for_a_console_that_nobody_reads() {
    let server = start(&["--drain", "100000"]);
    // More than the pipe holds, and less than the console's queue too.
    visit(server.addr, 1000);
    server.terminate();
    server.log_line("shutting down");
    server.interrupt();
    assert_eq!(server.ended().code(), Some(130));
}

/// A full pipe, until it is read.
fn full() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = io::pipe().expect("a pipe");
    ioctl_fionbio(&writer, true).expect("it need not block");
    while writer.write_all(&[b'x'; 4096]).is_ok() {}
    ioctl_fionbio(&writer, false).expect("it may block");
    (reader, writer)
}

/// A pipe that is never read.
fn closed() -> PipeWriter {
    let (_reader, writer) = io::pipe().expect("a pipe");
    writer
}
