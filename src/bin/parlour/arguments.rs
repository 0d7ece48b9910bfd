//! The command line of `parlour`.

use std::env;
use std::fmt::Display;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Error, Parser, Subcommand, ValueEnum};
use parlour::client::listen::Form;
use parlour::client::{Address, AddressError, Exit, NamePolicy};
use parlour::protocol::UserName;
use parlour::tui::Bell;

/// Talk in a chat room
///
/// Type a line to say it to everyone. /msg NAME TEXT says it to one person, /who
/// lists who is here, /help shows all that you can type, and /quit leaves. The
/// commands of the protocol work too, in capitals: JOIN, BCST, MESG, LIST, HELP,
/// PING, QUIT. Everything else is said to everyone.
///
/// On a terminal, parlour uses the full screen. With --plain, or on a dumb
/// terminal, it works line by line.
///
/// In a pipe, its input is a script: parlour sends every line, waits for the
/// answers and leaves. A line that cannot be sent is reported on standard error
/// and by the exit status, and the rest goes on:
///
///     printf 'JOIN bot\nBCST hi\n' | parlour
#[derive(Debug, Parser)]
#[command(name = "parlour", version, verbatim_doc_comment, after_long_help = after_help())]
#[command(args_conflicts_with_subcommands = true, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) action: Option<Action>,

    /// The server: HOST, HOST:PORT, [IPV6]:PORT, or a PORT of this machine [default: 127.0.0.1]
    #[arg(env = SERVER_VARIABLE, value_parser = server)]
    host: Option<String>,

    /// The server's port [default: 8001]
    #[arg(value_parser = Address::port)]
    port: Option<u16>,

    /// Join under this name at once. If the server refuses it, the full screen asks for another
    /// name, and the line mode leaves [default: $PARLOUR_NAME]
    #[arg(long)]
    name: Option<UserName>,

    /// Work line by line and leave the screen alone, for screen readers and dumb terminals
    #[arg(long)]
    pub(crate) plain: bool,

    /// Work line by line, and show each line as the server sent it. A pipe always gets these lines
    #[arg(long)]
    protocol: bool,

    /// When the full screen rings the bell
    #[arg(long, value_enum, default_value_t, env = "PARLOUR_BELL")]
    pub(crate) bell: BellArg,

    /// Write the man pages and the completions for bash, zsh and fish below the directory DATA,
    /// such as ~/.local/share, and exit
    #[arg(long, value_name = "DATA")]
    pub(crate) generate: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum BellArg {
    /// Never
    Off,
    /// When someone says your name, or says something to you alone
    #[default]
    Mention,
    /// Whenever someone says something
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
    /// Exit status 0 promises that the room has taken every line. A line that
    /// cannot be said is reported on standard error, and the rest goes on:
    ///
    ///     make && parlour send 'the build is done' || parlour send 'it is broken'
    ///     tail -f errors | parlour send --retry --to dani -
    ///
    /// A server takes 256 KiB at once and then 64 KiB a second, unless its
    /// --talk-burst and --talk-rate say otherwise. A file of 1 MB takes 12 seconds,
    /// one of 100 MB takes 26 minutes, and nothing is lost. Your name counts with
    /// each line, so lines of 8 bytes take three times as long.
    #[command(verbatim_doc_comment, after_long_help = after_help_of_script())]
    Send(Send),

    /// Print what happens in the room
    ///
    /// Prints a line for each event as soon as it happens. It ends when nobody reads
    /// the output, when the server closes the connection or, without --retry, when
    /// the connection is lost.
    ///
    /// With --json each line is an object:
    ///
    ///     {"v":1,"event":"broadcast","from":"dani","text":"hello",
    ///      "at":"2026-11-22T18:30:00.000Z"}
    ///
    /// The events, and the fields that each has between "event" and "at":
    ///
    ///     joined, left          name
    ///     broadcast             from, text
    ///     private               from, to, text
    ///     shutting-down, close
    ///     unreadable            line: what the server sent, which is not an event
    ///     lost                  why: with --retry, what is said from here until you
    ///                           join again is missing
    ///
    /// Later versions may add events and fields. Ignore those that you do not know.
    #[command(verbatim_doc_comment, after_long_help = after_help_of_script())]
    Listen(Listen),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Send {
    /// What to say, in quotes if it has several words. Without it, or with -, each line of standard
    /// input is said
    #[arg(default_value = "-", hide_default_value = true, value_parser = text)]
    pub(crate) text: String,

    /// Say it to this member alone
    #[arg(long, value_name = "NAME")]
    pub(crate) to: Option<UserName>,

    /// Keep trying while the server cannot be reached, and reconnect when it stops or is lost. A
    /// line that was on its way then may or may not have been said: it is reported, not repeated
    #[arg(long)]
    pub(crate) retry: bool,

    #[command(flatten)]
    pub(crate) visitor: Visitor,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Listen {
    /// Print a JSON object for each event
    #[arg(long)]
    json: bool,

    /// Print each line as the server sent it. A pipe always gets these lines
    #[arg(long, conflicts_with = "json")]
    protocol: bool,

    /// Keep trying while the server cannot be reached, and reconnect when it stops or is lost,
    /// after 1, 2, 4 ... 30 s. A dead link is noticed within 25 s
    #[arg(long)]
    pub(crate) retry: bool,

    #[command(flatten)]
    pub(crate) visitor: Visitor,
}

/// Where a script goes, and as whom.
#[derive(Debug, clap::Args)]
pub(crate) struct Visitor {
    /// Join under this name, and leave if the server refuses it [default: $PARLOUR_NAME or your
    /// user name, with a number if it is taken]
    #[arg(long)]
    name: Option<UserName>,

    /// The server: HOST, HOST:PORT, [IPV6]:PORT, or a PORT of this machine
    /// [default: 127.0.0.1:8001]
    #[arg(long, env = SERVER_VARIABLE, value_name = "SERVER", value_parser = server)]
    at: Option<String>,
}

impl Args {
    /// The server's address. Ends the program if it is wrong, or looks like a command.
    pub(crate) fn address(&self) -> Address {
        let host = self.host.as_deref();
        if let (Some(word), None) = (host, self.port)
            && env::var(SERVER_VARIABLE).as_deref() != Ok(word)
            && let Some(command) = nearest_command(word)
        {
            let hint = if word == command {
                "a command comes before all options".to_owned()
            } else {
                format!("did you mean '{command}'?")
            };
            let what = format!(
                "'{word}' is not understood: {hint}\n\n  \
                 For a server of that name, write {word}:{}",
                Address::PORT
            );
            usage_error(ErrorKind::InvalidSubcommand, what);
        }
        address(host, self.port)
    }

    /// The name to join under, if one is given. Ends the program if it is wrong.
    pub(crate) fn name(&self) -> Option<UserName> {
        self.name.clone().or_else(default_name)
    }

    pub(crate) fn is_line_mode(&self) -> bool {
        self.plain || self.protocol
    }

    /// Whether the line mode shows each line as the server sent it.
    pub(crate) fn shows_protocol(&self) -> bool {
        self.protocol || !io::stdin().is_terminal() || !io::stdout().is_terminal()
    }
}

impl Listen {
    pub(crate) fn form(&self) -> Form {
        if self.json {
            Form::Json
        } else if self.protocol || !io::stdout().is_terminal() {
            Form::Line
        } else {
            Form::Readable
        }
    }
}

impl Visitor {
    /// The server's address.
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

const SERVER_VARIABLE: &str = "PARLOUR_SERVER";

/// The name that is set for all programs. Ends the program if it is not a valid name.
fn default_name() -> Option<UserName> {
    let default_name = env::var(NAME_VARIABLE)
        .ok()
        .filter(|default_name| !default_name.is_empty())?;
    let name = UserName::new(&default_name);
    Some(name.unwrap_or_else(|e| {
        let what = format_args!("{NAME_VARIABLE} is {default_name:?}: {e}");
        usage_error(ErrorKind::ValueValidation, what)
    }))
}

fn server(written: &str) -> Result<String, AddressError> {
    Address::new(Some(written), None).map(|_| written.to_owned())
}

fn text(written: &str) -> Result<String, &'static str> {
    if written.trim().is_empty() {
        return Err("there is nothing to say in it");
    }
    Ok(written.to_owned())
}

fn address(host: Option<&str>, port: Option<u16>) -> Address {
    Address::new(host, port).unwrap_or_else(|e| usage_error(ErrorKind::ValueValidation, e))
}

fn usage_error(kind: ErrorKind, what: impl Display) -> ! {
    Args::command().error(kind, what).exit()
}

/// The command that `word` is, or is mistyped for.
fn nearest_command(word: &str) -> Option<String> {
    /// A higher similarity than that of clap, as a word may also be a host.
    const NEAR: f64 = 0.8;
    let command = Args::command();
    let names = command.get_subcommands().map(clap::Command::get_name);
    let rated = names
        .chain(["help"])
        .map(|name| (strsim::jaro(word, name), name));
    let (similarity, name) = rated.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (similarity > NEAR).then(|| name.to_owned())
}

/// Adds what the person probably meant to an error about the command line.
pub(crate) fn advise(error: &mut Error) {
    let words: Vec<_> = env::args().skip(1).collect();
    let tip = match words.iter().find(|word| !word.starts_with('-')) {
        Some(first) if first == "send" && error.kind() == ErrorKind::UnknownArgument => {
            "quote what has several words: parlour send 'hello world'".to_owned()
        }
        Some(first) => match nearest_command(first) {
            Some(command) if command != *first => format!("did you mean '{command}'?"),
            Some(_) if words.first() != Some(first) => {
                format!("a command comes before all options: parlour {first} ...")
            }
            Some(_) | None => return,
        },
        None => return,
    };
    error.insert(
        ContextKind::Suggested,
        ContextValue::StyledStrs(vec![tip.into()]),
    );
}

fn exit_status() -> String {
    format!("Exit status:\n{}", Exit::table())
}

fn after_help_of_script() -> String {
    format!("{}\n{SCRIPT_ENVIRONMENT}", exit_status())
}

fn after_help() -> String {
    format!("{KEYS}\n{}\n{ENVIRONMENT}\n{FILES}", exit_status())
}

const KEYS: &str = "\
Keys:
  On the full screen. The input line is edited as in a shell.
  Enter              say the line, or the pasted lines
  Tab, Shift-Tab     complete a name or a command
  Up, Down           lines that you said before
  Ctrl-R             search them; again: an older one; Esc: keep what was found
  PageUp, PageDown   scroll
  Ctrl-Home, End     the oldest line, the newest
  Esc                drop pasted lines, or lines that wait or may have been heard,
                     or mark everything as read
  Ctrl-L, Ctrl-Z     draw the screen again, suspend
  Ctrl-C             empty the line; on an empty line: leave
  Ctrl-D             leave, on an empty line
";

const ENVIRONMENT: &str = "\
Environment:
  PARLOUR_NAME       the name to join under
  PARLOUR_SERVER     the server
  PARLOUR_BELL       as --bell
  NO_COLOR           no colours, if it is set and not empty
  TERM               line by line, if it is unset or \"dumb\"
  TZ                 the time zone of the times that are shown
  XDG_STATE_HOME     where the history is kept [default: ~/.local/state]
";

const SCRIPT_ENVIRONMENT: &str = "\
Environment:
  PARLOUR_NAME       the name to join under, with a number if it is taken
  PARLOUR_SERVER     as --at
  USER               the name to join under if no other is given
";

const FILES: &str = "\
Files:
  $XDG_STATE_HOME/parlour/history
                     what you said on the full screen; only you can read it
";
