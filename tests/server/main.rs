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
mod peer;
mod pipelining;
mod process;
mod room_host;
mod shutdown;
mod slow_reader;
mod undelimited;
