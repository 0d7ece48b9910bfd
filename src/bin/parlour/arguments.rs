//! The command line of `parlour`.

use std::env;
use std::fmt::Display;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use parlour::client::{Address, Exit, NamePolicy};
use parlour::protocol::UserName;
use parlour::tui::Bell;

/// Join a chat room.
///
/// What you type is said to everyone; /msg NAME says it to one, /who, /help and /quit do what they
/// say, and so do the commands of the protocol (JOIN, BCST, MESG, LIST, QUIT, HELP, PING). On a
/// terminal it has the full screen. With --plain, on a dumb terminal or in a pipe it goes line by
/// line; input from a pipe is a script: it is sent to its end, answered, and then parlour leaves. A
/// line that can't be said is told of on standard error and the rest goes on; of a script the exit
/// code tells it too:
///
///     printf 'JOIN bot\nBCST hi\n' | parlour
#[derive(Debug, Parser)]
#[command(name = "parlour", version, verbatim_doc_comment, after_help = exit_codes())]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) action: Option<Action>,

    /// The server: HOST, HOST:PORT, [IPV6]:PORT, or a port alone [default: 127.0.0.1]
    #[arg(env = "PARLOUR_SERVER")]
    pub(crate) host: Option<String>,

    /// The server's port [default: 8001]
    #[arg(value_parser = Address::port)]
    pub(crate) port: Option<u16>,

    /// Join under this name at once; if it is refused, choose another on the full screen, leave
    /// where there is none [default: $PARLOUR_NAME]
    #[arg(long)]
    name: Option<UserName>,

    /// Line by line, with no control of the screen: for screen readers, dumb terminals and pipes
    #[arg(long)]
    pub(crate) plain: bool,

    /// When the full screen rings: never, at your name and at private lines, or at every line
    #[arg(long, value_enum, default_value_t, env = "PARLOUR_BELL")]
    pub(crate) bell: BellArg,

    /// Write the man pages and the completions of bash, zsh and fish into DATA, such as
    /// ~/.local/share, and do nothing else
    #[arg(long, value_name = "DATA")]
    pub(crate) generate: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum BellArg {
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
pub(crate) enum Action {
    /// Say something and leave
    ///
    /// It is said when the room has taken it: exit code 0 promises that. A line that can't be said
    /// is told of on standard error, and the rest goes on:
    ///
    ///     make && parlour send 'the build is done' || parlour send 'the build is broken'
    ///     tail -f errors | parlour send --to dani -
    ///
    /// A server takes so much at once, and what is more as fast as its --talk-rate says. With the
    /// defaults 256 KiB pass at once, a file of 1 MB takes 12 seconds, and one of 100 MB 26
    /// minutes; nothing of it is lost. Each line counts as it is told, with your name before it,
    /// so that short lines take longer, those of 8 bytes three times as long.
    #[command(verbatim_doc_comment, after_help = exit_codes())]
    Send(Send),

    /// Follow the room
    ///
    /// A line for each thing that happens, as soon as it does, until nobody reads the output or the
    /// server closes, or, without --retry, the connection is lost. With --json each is an object,
    /// in one line:
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
pub(crate) struct Send {
    /// What to say, each line of it; - or nothing: each line of standard input
    #[arg(default_value = "-", hide_default_value = true)]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) text: String,

    /// Say it to this member alone
    #[arg(long, value_name = "NAME")]
    pub(crate) to: Option<UserName>,

    #[command(flatten)]
    pub(crate) visitor: Visitor,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Listen {
    /// Write JSON, an object a line
    #[arg(long)]
    pub(crate) json: bool,

    /// When the server cannot be reached, stops, or is lost (a dead link within 25 s): try again,
    /// after 1, 2, 4 ... 30 s, for as long as it takes
    #[arg(long)]
    pub(crate) retry: bool,

    #[command(flatten)]
    pub(crate) visitor: Visitor,
}

/// Where a script goes, and as whom.
#[derive(Debug, clap::Args)]
pub(crate) struct Visitor {
    /// Be called this, and leave if it is refused [default: $PARLOUR_NAME or your user name, with a
    /// number after it if it is taken]
    #[arg(long)]
    pub(crate) name: Option<UserName>,

    /// The server: HOST, HOST:PORT, [IPV6]:PORT, or a port alone [default: 127.0.0.1:8001]
    #[arg(long, env = "PARLOUR_SERVER", value_name = "SERVER")]
    pub(crate) at: Option<String>,
}

impl Args {
    /// The server's address. Ends the program if it is wrong.
    pub(crate) fn address(&self) -> Address {
        address(self.host.as_deref(), self.port)
    }

    /// The name to join under, if one is given. Ends the program if it is wrong.
    pub(crate) fn name(&self) -> Option<UserName> {
        self.name.clone().or_else(default_name)
    }
}

impl Visitor {
    /// The server's address. Ends the program if it is wrong.
    pub(crate) fn address(&self) -> Address {
        address(self.at.as_deref(), None)
    }

    /// The names to try. Ends the program if the name given is wrong.
    pub(crate) fn names(&self) -> NamePolicy {
        let name = self.name.clone().map(NamePolicy::Exact);
        // A person may be in the room under the name that is set for all programs. A script then
        // joins under that name with a number.
        let name = name.or_else(|| default_name().map(NamePolicy::Preferred));
        name.unwrap_or_else(|| {
            let user = env::var("USER").unwrap_or_default();
            if UserName::new(&user).is_err() {
                let why = format!("your user name `{user}` is no name here, so it is guest");
                super::notify(&format!("{why}: --name sets another"));
            }
            NamePolicy::new(None, Some(&user))
        })
    }
}

/// The variable that sets the name for all programs. Each uses it in its own way.
pub(crate) const NAME_VARIABLE: &str = "PARLOUR_NAME";

/// The name that is set for all programs. Ends the program if it is not a valid name.
fn default_name() -> Option<UserName> {
    let default_name = env::var(NAME_VARIABLE)
        .ok()
        .filter(|default_name| !default_name.is_empty())?;
    let name = UserName::new(&default_name);
    Some(
        name.unwrap_or_else(|e| {
            usage_error(format_args!("{NAME_VARIABLE} is {default_name:?}: {e}"))
        }),
    )
}

fn address(host: Option<&str>, port: Option<u16>) -> Address {
    Address::new(host, port).unwrap_or_else(|e| usage_error(e))
}

fn usage_error(what: impl Display) -> ! {
    Args::command()
        .error(ErrorKind::ValueValidation, what)
        .exit()
}

fn exit_codes() -> String {
    format!("Exit codes:\n{}", Exit::table())
}
