//! A server with few file descriptors, or none left.

use parlour_testkit::{Peer, Server};

use crate::under;

/// Starts the server with the limit on open files that `ulimit` sets.
fn with_open_files(ulimit: &str) -> Server {
    Server::spawn(under(ulimit))
}

/// With fewer than five the system itself does not load the program.
#[test]
fn a_server_that_has_too_few_descriptors_to_serve_anybody_says_so_and_does_not_start() {
    let starts = |open_files| Server::try_spawn(under(&format!("-n {open_files}")));
    let (mut open_files, mut started) = (5, starts(5));
    while let Err((status, log)) = started {
        assert_eq!(status.code(), Some(71), "{open_files}: {log}");
        let words = "parlour-server: too few open files are allowed: ";
        assert!(log.starts_with(words), "{open_files}: {log}");
        assert_eq!(log.lines().count(), 1, "{open_files}: {log}");
        open_files += 1;
        started = starts(open_files);
    }
    assert!(open_files > 5, "five are too few");
    let server = started.expect("the loop ends with it");
    let mut ann = Peer::member(server.addr, "ann");
    assert_eq!(ann.sync(), [""; 0]);
}

/// CONN-3
#[test]
fn without_descriptors_the_server_says_so_serves_on_and_accepts_again() {
    let server = with_open_files("-n 40");
    server.log_line("too few open files");
    let mut ann = Peer::member(server.addr, "ann");
    let mut more: Vec<Peer> = (0..60).map(|_| Peer::connect(server.addr)).collect();
    server.log_line("no connection can be accepted now");
    ann.send("BCST still here\n");
    assert_eq!(ann.line(), "ann: BCST still here");
    // The system queues the connections that are not accepted yet: the last of them is accepted
    // when the first ones have gone.
    let last = more.pop().expect("sixty");
    drop(more);
    let mut last = last.greeted().joined("bob");
    assert_eq!(last.sync(), [""; 0]);
    assert_eq!(ann.line(), "SERVER: bob joined the chat!");
    server.terminate();
    assert_eq!(server.ended().code(), Some(0));
}

#[test]
fn the_soft_limit_of_open_files_is_raised_to_the_hard_one() {
    let server = with_open_files("-Sn 64 && ulimit -Hn 128");
    server.log_line("to join from here");
    assert_eq!(server.open_files(), ["128", "128"]);
}

/// While the system enlarges the file table, no connection is accepted or served.
#[test]
fn there_is_memory_for_the_descriptors_of_all_connections_from_the_beginning() {
    let server = with_open_files("-n 1100");
    server.log_line("to join from here");
    assert!(server.descriptor_table() >= 1024);
}
