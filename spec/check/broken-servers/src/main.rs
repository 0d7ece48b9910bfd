//! Small servers of the Parlour protocol: a correct one, the original, and many with one fault
//! each.
//!
//! [`behaviour`] has a method for each thing that can go wrong, correct by default; [`faults`] has
//! the implementations with a fault. They test `parlour-check`: the tests of this crate show that
//! it finds each fault by its clause, and nothing else.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::Parser;
use clap::builder::PossibleValuesParser;

use crate::behaviour::Behaviour;
use crate::faults::FAULTS;
use crate::limits::Limits;
use crate::server::Server;

mod behaviour;
mod connection;
mod faults;
mod framing;
mod grammar;
mod limits;
mod original;
mod room;
mod server;

/// Runs a small server of the Parlour protocol that has one fault
#[derive(Parser)]
struct Args {
    /// Which one; `correct` and `original` have none
    #[arg(value_parser = PossibleValuesParser::new(names()))]
    server: String,

    /// Where to listen, on this machine; 0: anywhere, it says where
    port: u16,

    #[command(flatten)]
    limits: Limits,
}

/// The names of all servers.
fn names() -> impl Iterator<Item = &'static str> {
    let faults = FAULTS.iter().map(|(name, _)| *name);
    ["correct", "original"].into_iter().chain(faults)
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("broken: cannot listen on {}: {error}", args.port);
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port))?;
    let port = listener.local_addr()?.port();
    println!("Server is listening on {port}");
    let fault = FAULTS.iter().find(|(name, _)| *name == args.server);
    let behaviour: Box<dyn Behaviour> = match fault {
        Some((_, fault)) => fault(),
        None if args.server == "original" => return original::serve(&listener),
        None => Box::new(behaviour::Correct),
    };
    let is_over = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        signal_hook::flag::register(signal, Arc::clone(&is_over))?;
    }
    Server::new(listener, behaviour, args.limits)?.run(&is_over);
    Ok(())
}
