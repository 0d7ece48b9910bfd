//! The programs that are measured: the server, the floor below it, and the alternatives.

use std::ffi::OsStr;
use std::io;
use std::process::Command;

use clap::ValueEnum;

use super::process::Process;

/// Octets of a text.
pub(crate) const TEXT: usize = 64;

/// The beginning of a text, which occurs in nothing else that a server sends.
pub(crate) const MARK: u8 = b'@';

/// A program that fans out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Target {
    /// parlour-server
    Parlour,
    /// Another parlour-server, at the path in FANOUT_OTHER: how it was before a change
    Other,
    /// A bare epoll loop
    Bare,
    /// Redis pub/sub
    Redis,
    /// InspIRCd
    Inspircd,
}

impl Target {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Parlour => "Parlour",
            Self::Other => "other Parlour",
            Self::Bare => "bare epoll",
            Self::Redis => "Redis",
            Self::Inspircd => "InspIRCd",
        }
    }

    pub(crate) fn is_installed(self) -> bool {
        let program = match self {
            Self::Parlour | Self::Other | Self::Bare => return true,
            Self::Redis => "redis-server",
            Self::Inspircd => "inspircd",
        };
        Command::new(program).arg("--version").output().is_ok()
    }

    /// Starts the server, with room for 20,000 connections and no limit on fast talkers.
    pub(crate) fn start(self) -> io::Result<Process> {
        match self {
            Self::Parlour => parlour(env!("CARGO_BIN_EXE_parlour-server").as_ref()),
            Self::Other => {
                let path = std::env::var_os("FANOUT_OTHER");
                parlour(&path.ok_or_else(|| io::Error::other("FANOUT_OTHER is not set"))?)
            }
            Self::Bare => {
                let mut relay = Command::new(std::env::current_exe()?);
                Process::that_says_its_port(relay.arg("relay"))
            }
            Self::Redis => Process::that_is_told_its_port(|port| {
                let mut redis = Command::new("redis-server");
                redis.args([
                    "--port",
                    &port.to_string(),
                    "--bind",
                    "127.0.0.1",
                    "--save",
                    "",
                ]);
                redis.args([
                    "--appendonly",
                    "no",
                    "--maxclients",
                    "20000",
                    "--tcp-backlog",
                    "4096",
                ]);
                redis.args(["--client-output-buffer-limit", "pubsub 0 0 0"]);
                Ok(redis)
            }),
            Self::Inspircd => Process::that_is_told_its_port(inspircd),
        }
    }

    /// What a member sends in order to receive everything.
    pub(crate) fn login(self, member: usize) -> String {
        match self {
            Self::Parlour | Self::Other => format!("JOIN m{member}\n"),
            Self::Bare => String::new(),
            Self::Redis => "*2\r\n$9\r\nSUBSCRIBE\r\n$4\r\nroom\r\n".to_owned(),
            Self::Inspircd => format!("NICK m{member}\r\nUSER m 0 * m\r\nJOIN #room\r\n"),
        }
    }

    /// What a talker sends first that is no member; `None` where members talk.
    pub(crate) fn talker_login(self, talker: usize) -> Option<String> {
        match self {
            Self::Parlour | Self::Other | Self::Bare => None,
            Self::Redis => Some("*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$3\r\nOFF\r\n".to_owned()),
            Self::Inspircd => Some(format!("NICK t{talker}\r\nUSER t 0 * t\r\n")),
        }
    }

    /// What precedes and follows a text that is said to the room.
    pub(crate) fn around_text(self) -> (&'static str, &'static str) {
        match self {
            Self::Parlour | Self::Other => ("BCST ", "\n"),
            // The same number of octets as a member of Parlour receives.
            Self::Bare => ("m0: BCST ", "\n"),
            Self::Redis => ("*3\r\n$7\r\nPUBLISH\r\n$4\r\nroom\r\n$64\r\n", "\r\n"),
            Self::Inspircd => ("PRIVMSG #room :", "\r\n"),
        }
    }

    /// Whether a line without a text is expected: it belongs to the way the server delivers, or
    /// somebody was dropped.
    pub(crate) fn is_framing(self, line: &[u8]) -> bool {
        match self {
            Self::Parlour | Self::Other => line.ends_with(b" has left the chat"),
            Self::Redis => matches!(line, [b'*' | b'$', ..] | b"message" | b"room"),
            Self::Bare | Self::Inspircd => false,
        }
    }
}

fn parlour(program: &OsStr) -> io::Result<Process> {
    let mut server = Command::new(program);
    server.args(["0", "--capacity", "20000", "--max-connections", "20000"]);
    // In the environment, because FANOUT_OTHER may be older than the option.
    server.env("PARLOUR_TALK_RATE", "0");
    Process::that_says_its_port(server.env("RUST_LOG", "error"))
}

/// The program with a configuration that admits everyone and throttles nobody.
fn inspircd(port: u16) -> io::Result<Command> {
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let config = directory.join(format!("inspircd-{port}.conf"));
    std::fs::write(
        &config,
        include_str!("inspircd.conf").replace("PORT", &port.to_string()),
    )?;
    let mut server = Command::new("inspircd");
    server.args(["--nofork", "--nolog", "--nopid", "--runasroot", "--config"]);
    server.arg(config);
    Ok(server)
}
