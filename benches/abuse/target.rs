//! The target of an attack: a server and its options.

use std::ffi::OsString;
use std::io;
use std::process::{Command, Stdio};

use clap::ValueEnum;

use super::Options;
use super::process::Process;

/// What `--targets` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Choice {
    /// parlour-server as it is by default
    Parlour,
    /// parlour-server with --talk-rate 0
    Unpaced,
    /// The parlour-server that --server names
    Other,
    /// NATS
    Nats,
    /// Redis pub/sub
    Redis,
}

impl Choice {
    pub(crate) const NAMES: [&'static str; 5] = ["parlour", "unpaced", "other", "nats", "redis"];
}

/// The protocol of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Parlour,
    Nats,
    Redis,
}

/// A server with its own defaults except for `arguments`.
pub(crate) struct Target {
    /// Its name in the tables.
    pub(crate) name: &'static str,
    pub(crate) protocol: Protocol,
    program: OsString,
    arguments: &'static [&'static str],
}

impl Target {
    /// The targets that `options` names; third-party servers only if they are installed.
    pub(crate) fn all(options: &Options) -> io::Result<Vec<Self>> {
        let own = OsString::from(env!("CARGO_BIN_EXE_parlour-server"));
        let mut targets = Vec::new();
        for choice in &options.targets {
            let target = |name, protocol, program| Self {
                name,
                protocol,
                program,
                arguments: &[],
            };
            let target = match choice {
                Choice::Parlour => target("Parlour", Protocol::Parlour, own.clone()),
                Choice::Unpaced if !output(&own, "--help")?.contains("--talk-rate") => continue,
                Choice::Unpaced => Self {
                    arguments: &["--talk-rate", "0"],
                    ..target("Parlour, `--talk-rate 0`", Protocol::Parlour, own.clone())
                },
                Choice::Other => {
                    let Some(path) = &options.server else {
                        continue;
                    };
                    target("other Parlour", Protocol::Parlour, path.into())
                }
                Choice::Nats => target("NATS", Protocol::Nats, "nats-server".into()),
                Choice::Redis => target("Redis", Protocol::Redis, "redis-server".into()),
            };
            if target.is_parlour() || output(&target.program, "--version").is_ok() {
                targets.push(target);
            }
        }
        Ok(targets)
    }

    pub(crate) fn is_parlour(&self) -> bool {
        self.protocol == Protocol::Parlour
    }

    /// Starts the server; `limits` are options of Parlour, and the other servers get ample limits.
    pub(crate) fn start(&self, limits: &[&str]) -> io::Result<Process> {
        self.spawn(if self.is_parlour() { limits } else { &[] })
    }

    /// Starts the server so that it drops nobody who falls behind for a while.
    pub(crate) fn start_patient(&self) -> io::Result<Process> {
        self.spawn(match self.protocol {
            Protocol::Parlour => &["--capacity", "32", "--send-queue", "1000000000"],
            Protocol::Nats => &[],
            Protocol::Redis => &["--client-output-buffer-limit", "pubsub 0 0 0"],
        })
    }

    fn spawn(&self, arguments: &[&str]) -> io::Result<Process> {
        let mut command = Command::new(&self.program);
        match self.protocol {
            Protocol::Parlour => {
                command.arg("0").args(arguments).args(self.arguments);
                command.env("RUST_LOG", "error");
                Process::that_says_its_port(&mut command)
            }
            Protocol::Nats => {
                command.args(["--addr", "127.0.0.1"]).args(arguments);
                Process::that_is_told_its_port(|port| Ok(on_port(command, port)))
            }
            Protocol::Redis => {
                command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
                command.args(arguments);
                Process::that_is_told_its_port(|port| Ok(on_port(command, port)))
            }
        }
    }
}

fn on_port(mut command: Command, port: u16) -> Command {
    command.args(["--port", &port.to_string()]);
    command
}

/// The output of a program run with one argument.
fn output(program: &OsString, argument: &str) -> io::Result<String> {
    let mut command = Command::new(program);
    let output = command.arg(argument).stderr(Stdio::null()).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
