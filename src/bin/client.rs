//! The program `parlour`: joins a chat room from a terminal or a pipe.

mod generate;

use std::env;
use std::future::Future;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::NonEmptyStringValueParser;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use futures_util::stream;
use parlour::client::face::{self, Bell};
use parlour::client::listen::{self, Form};
use parlour::client::plain::{self, Options, Streams};
use parlour::client::{Address, Connection, Exit, Safe, Wanted, send};
use parlour::protocol::UserName;
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

/// Join a chat room.
///
/// What you type is said to everyone; /msg NAME says it to one, /who, /help and /quit do what they say, and so do the commands of
/// the protocol (JOIN, BCST, MESG, LIST, QUIT, HELP, PING). On a terminal it has the full screen. With --plain, on a dumb terminal
/// or in a pipe it goes line by line; input from a pipe is sent to its end, answered, and then parlour leaves:
///
///     printf 'JOIN bot\nBCST hi\n' | parlour
#[derive(Debug, Parser)]
#[command(name = "parlour", version, verbatim_doc_comment, after_help = exit_codes())]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
struct Args {
    #[command(subcommand)]
    deed: Option<Deed>,

    /// The server: HOST, HOST:PORT, [IPV6]:PORT, or a port alone [default: 127.0.0.1]
    #[arg(env = "PARLOUR_SERVER")]
    host: Option<String>,

    /// The server's port [default: 8001]
    port: Option<u16>,

    /// Join under this name at once; if it is refused, choose another on the full screen, leave where there is none
    #[arg(long, env = "PARLOUR_NAME")]
    name: Option<UserName>,

    /// Line by line, with no control of the screen: for screen readers, dumb terminals and pipes
    #[arg(long)]
    plain: bool,

    /// When the full screen rings: never, at your name and at private lines, or at every line
    #[arg(long, value_enum, default_value_t, env = "PARLOUR_BELL")]
    bell: BellArg,

    /// Write the man pages and the completions of bash, zsh and fish into DATA, such as ~/.local/share, and do nothing else
    #[arg(long, value_name = "DATA")]
    generate: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum BellArg {
    Off,
    #[default]
    Mention,
    All,
}

impl From<BellArg> for Bell {
    fn from(arg: BellArg) -> Self {
        match arg {
            BellArg::Off => Self::Off,
            BellArg::Mention => Self::Mention,
            BellArg::All => Self::All,
        }
    }
}

/// What a script does.
#[derive(Debug, Subcommand)]
enum Deed {
    /// Say something and leave
    ///
    /// It is said when the room has taken it: exit code 0 promises that. A line that can't be said is told of on standard error, and
    /// the rest goes on:
    ///
    ///     make && parlour send 'the build is done' || parlour send 'the build is broken'
    ///     tail -f errors | parlour send --to dani -
    #[command(verbatim_doc_comment, after_help = exit_codes())]
    Send(Send),

    /// Follow the room
    ///
    /// A line for each thing that happens, as soon as it does, until nobody reads the output or the server closes, or, without
    /// --retry, the connection is lost. With --json each is an object, in one line:
    ///
    ///     {"v":1,"event":"broadcast","from":"dani","text":"hello",
    ///      "at":"2026-11-22T18:30:00.000Z"}
    ///
    /// The events and what each has between "event" and "at":
    ///
    ///     joined, left          name
    ///     broadcast             from, text
    ///     private               from, to, text
    ///     shutting-down, close
    ///     unreadable            line, what the server said that is no event
    ///     lost                  why; with --retry, what is said until the next
    ///                           "joined" of the listener itself is missed
    ///
    /// More may come: pass over what you don't know.
    #[command(verbatim_doc_comment, after_help = exit_codes())]
    Listen(Listen),
}

#[derive(Debug, clap::Args)]
struct Send {
    /// What to say, each line of it; - or nothing: each line of standard input
    #[arg(default_value = "-", hide_default_value = true, value_parser = NonEmptyStringValueParser::new())]
    text: String,

    /// Say it to this member alone
    #[arg(long, value_name = "NAME")]
    to: Option<UserName>,

    #[command(flatten)]
    visitor: Visitor,
}

#[derive(Debug, clap::Args)]
struct Listen {
    /// Write JSON, an object a line
    #[arg(long)]
    json: bool,

    /// When the server cannot be reached, stops, or is lost: try again, after 1, 2, 4 ... 30 s, for as long as it takes
    #[arg(long)]
    retry: bool,

    #[command(flatten)]
    visitor: Visitor,
}

/// Where a script goes, and as whom.
#[derive(Debug, clap::Args)]
struct Visitor {
    /// Be called this, and leave if it is refused [default: your user name, with a number after it if it is taken]
    #[arg(long, env = "PARLOUR_NAME")]
    name: Option<UserName>,

    /// The server: HOST, HOST:PORT, [IPV6]:PORT, or a port alone [default: 127.0.0.1:8001]
    #[arg(long, env = "PARLOUR_SERVER", value_name = "SERVER")]
    at: Option<String>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let exit = match (args.generate, args.deed) {
        (Some(data), _) => generate(&data),
        (None, Some(Deed::Send(send))) => say(send),
        (None, Some(Deed::Listen(listen))) => follow(listen),
        (None, None) => {
            let address = address(args.host.as_deref(), args.port);
            if args.plain || !has_screen() {
                run(talk(&address, args.name))
            } else {
                let options = face::Options {
                    name: args.name,
                    bell: args.bell.into(),
                    colour: wants_colour(),
                };
                run(face::run(address, options))
            }
        }
    };
    exit.into()
}

fn say(send: Send) -> Exit {
    let address = address(send.visitor.at.as_deref(), None);
    let options = send::Options {
        name: wanted(send.visitor.name),
        to: send.to,
    };
    run(async {
        let connection = match connect(&address).await {
            Ok(connection) => connection,
            Err(exit) => return exit,
        };
        let notices = tokio::io::stderr();
        if send.text == "-" {
            send::run(connection, options, tokio::io::stdin(), notices).await
        } else {
            send::run(connection, options, send.text.as_bytes(), notices).await
        }
    })
}

fn follow(listen: Listen) -> Exit {
    let address = address(listen.visitor.at.as_deref(), None);
    let options = listen::Options {
        name: wanted(listen.visitor.name),
        retry: listen.retry,
        form: if listen.json { Form::Json } else { Form::Line },
    };
    run(async {
        let unread = listen::unread(io::stdout());
        let (output, notices) = (tokio::io::stdout(), tokio::io::stderr());
        listen::run(address, options, output, unread, notices).await
    })
}

fn generate(data: &Path) -> Exit {
    match generate::generate(Args::command(), data) {
        Ok(()) => Exit::Left,
        Err(e) => complain(&format!("{}: {e}", data.display()), Exit::Failed),
    }
}

fn address(host: Option<&str>, port: Option<u16>) -> Address {
    Address::new(host, port).unwrap_or_else(|e| {
        let error = Args::command().error(ErrorKind::ValueValidation, e);
        error.exit()
    })
}

fn wanted(name: Option<UserName>) -> Wanted {
    Wanted::new(name, env::var("USER").ok().as_deref())
}

fn run(deed: impl Future<Output = Exit>) -> Exit {
    match runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            let exit = runtime.block_on(deed);
            // A read of the terminal goes on until Enter is hit: it is left behind.
            runtime.shutdown_background();
            exit
        }
        Err(e) => complain(&format!("{e}"), Exit::Failed),
    }
}

async fn connect(address: &Address) -> Result<Connection, Exit> {
    let connected = Connection::connect(address.as_pair()).await;
    connected.map_err(|e| complain(&format!("cannot reach {address}: {e}"), Exit::Unreachable))
}

/// The line mode.
async fn talk(address: &Address, name: Option<UserName>) -> Exit {
    let connection = match connect(address).await {
        Ok(connection) => connection,
        Err(exit) => return exit,
    };
    let mut interrupts = match signal(SignalKind::interrupt()) {
        Ok(interrupts) => interrupts,
        Err(e) => return complain(&format!("Ctrl-C cannot be heard: {e}"), Exit::Failed),
    };
    let options = Options {
        name,
        colour: wants_colour(),
    };
    let streams = Streams {
        input: tokio::io::stdin(),
        output: tokio::io::stdout(),
        notices: tokio::io::stderr(),
    };
    let interrupts = stream::poll_fn(|cx| interrupts.poll_recv(cx));
    plain::run(connection, options, streams, interrupts).await
}

/// Whether a person sits at a terminal that can show more than one line after the other.
fn has_screen() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal() && !is_dumb()
}

fn is_dumb() -> bool {
    env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb")
}

/// Only for a terminal that can show it, and not if the person at it has set `NO_COLOR` (<https://no-color.org>).
fn wants_colour() -> bool {
    let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stdout().is_terminal() && !refused && !is_dumb()
}

fn exit_codes() -> String {
    format!("Exit codes:\n{}", Exit::table())
}

/// Says on standard error what went wrong, if anybody listens.
fn complain(what: &str, exit: Exit) -> Exit {
    let _ = writeln!(io::stderr(), "parlour: {}", Safe(what));
    exit
}
