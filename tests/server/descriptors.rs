//! A server that has few file descriptors, or none left.

use super::peer::Peer;
use super::process::{Process, program};

/// Starts the server where `ulimit` has set how many open files it may have.
fn with_open_files(ulimit: &str) -> Process {
    let mut command = program("sh");
    command.args(["-c", &format!("ulimit {ulimit} && exec \"$0\" 0")]);
    command.arg(env!("CARGO_BIN_EXE_parlour-server"));
    Process::spawn(command)
}

/// CONN-3
#[test]
fn without_descriptors_the_server_says_so_serves_on_and_accepts_again() {
    let process = with_open_files("-n 40");
    process.log_line("fewer open files");
    let mut ann = Peer::member(process.port, "ann");
    let mut more: Vec<Peer> = (0..60).map(|_| Peer::connect(process.port)).collect();
    process.log_line("no connection can be accepted now");
    ann.send("BCST still here\n");
    assert_eq!(ann.line(), "ann: BCST still here");
    // The system keeps those who are not accepted in a queue: the last of them comes in when the first have gone.
    let last = more.pop().expect("sixty");
    drop(more);
    let mut last = last.greeted().joined("bob");
    assert_eq!(last.sync(), [""; 0]);
    assert_eq!(ann.line(), "SERVER: bob joined the chat!");
    process.terminate();
    assert_eq!(process.ended().code(), Some(0));
}

#[test]
fn the_soft_limit_of_open_files_is_raised_to_the_hard_one() {
    let process = with_open_files("-Sn 64 && ulimit -Hn 128");
    process.log_line("to join from here");
    assert_eq!(process.open_files(), ["128", "128"]);
}

/// While the system makes the table larger nobody is accepted and nobody served.
#[test]
fn there_is_memory_for_the_descriptors_of_all_connections_from_the_beginning() {
    let process = with_open_files("-n 1100");
    process.log_line("to join from here");
    assert!(process.descriptor_table() >= 1024);
}
