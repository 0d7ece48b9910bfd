//! Server behaviour that only sockets and processes show: spec sections 2, 7 and 8 over real
//! connections.

mod addresses;
mod console;
mod crowd;
mod descriptors;
mod endings;
mod limits;
mod memory;
mod options;
mod pipelining;
mod shutdown;
mod slow_reader;
mod undelimited;

use std::process::Command;

use parlour_testkit::{Server, program};

/// The program under test.
const SERVER: &str = env!("CARGO_BIN_EXE_parlour-server");

/// The program on a free port, with these options.
fn start(options: &[&str]) -> Server {
    Server::start(SERVER, options)
}

/// The program on a free port, under this `ulimit`.
fn under(ulimit: &str) -> Command {
    let mut command = program("sh");
    command.args(["-c", &format!("ulimit {ulimit} && exec \"$0\" 0")]);
    command.arg(SERVER);
    command
}
