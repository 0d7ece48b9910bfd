//! The program `parlour`: joins a chat room from a terminal or a pipe.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use futures_util::stream;
use parlour::client::plain::{self, Options, Streams};
use parlour::client::{Address, ConnectError, Connection, Exit, Safe};
use parlour::protocol::UserName;
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

/// Join a chat room.
///
/// What arrives is printed as it comes, what you type is sent: the commands of the protocol (JOIN, BCST, MESG, LIST, QUIT,
/// HELP, PING), /join, /msg, /who, /quit, /help, and anything else is said to everyone. Input from a pipe is sent to its end,
/// answered, and then parlour leaves:
///
///     printf 'JOIN bot\nBCST hi\n' | parlour
#[derive(Debug, Parser)]
#[command(version, verbatim_doc_comment, after_help = format!("Exit codes:\n{}", Exit::table()))]
struct Args {
    /// The server: HOST, HOST:PORT, [IPV6]:PORT, or a port alone [default: 127.0.0.1]
    host: Option<String>,

    /// The server's port [default: 8001]
    port: Option<u16>,

    /// Join under this name at once, and leave if it is refused
    #[arg(long, env = "PARLOUR_NAME")]
    name: Option<UserName>,

    /// Line by line, with no control of the screen: all there is so far
    #[arg(long)]
    plain: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let address = Address::new(args.host.as_deref(), args.port).unwrap_or_else(|e| {
        let error = Args::command().error(ErrorKind::ValueValidation, e);
        error.exit()
    });
    let options = Options {
        name: args.name,
        colour: wants_colour(),
    };
    let exit = match runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            let exit = runtime.block_on(talk(&address, options));
            // A read of the terminal goes on until Enter is hit: it is left behind.
            runtime.shutdown_background();
            exit
        }
        Err(e) => complain(&format!("{e}"), Exit::Failed),
    };
    exit.into()
}

async fn talk(address: &Address, options: Options) -> Exit {
    let connection = match Connection::connect(address.as_pair()).await {
        Ok(connection) => connection,
        Err(e) => return complain(&unreachable(address, &e), Exit::Unreachable),
    };
    let mut interrupts = match signal(SignalKind::interrupt()) {
        Ok(interrupts) => interrupts,
        Err(e) => return complain(&format!("Ctrl-C cannot be heard: {e}"), Exit::Failed),
    };
    let streams = Streams {
        input: tokio::io::stdin(),
        output: tokio::io::stdout(),
        notices: tokio::io::stderr(),
    };
    let interrupts = stream::poll_fn(|cx| interrupts.poll_recv(cx));
    plain::run(connection, options, streams, interrupts).await
}

/// Only for a terminal that can show it, and not if the person at it has set `NO_COLOR` (<https://no-color.org>).
fn wants_colour() -> bool {
    let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = env::var_os("TERM").is_none_or(|term| term == "dumb");
    io::stdout().is_terminal() && !refused && !dumb
}

fn unreachable(address: &Address, e: &ConnectError) -> String {
    match e {
        ConnectError::Io(io) if io.kind() == io::ErrorKind::ConnectionRefused => {
            format!("cannot reach {address}: nobody listens there (parlour-server does)")
        }
        ConnectError::Io(_) | ConnectError::TimedOut => format!("cannot reach {address}: {e}"),
    }
}

/// Says on standard error what went wrong, if anybody listens.
fn complain(what: &str, exit: Exit) -> Exit {
    let _ = writeln!(io::stderr(), "parlour: {}", Safe(what));
    exit
}
