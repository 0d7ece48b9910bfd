//! Checks a client against the specification: each case is a server that the client is started for.
//!
//! The grammar judges everything the client sends, on any connection and in any case. What the
//! client shows is looked for on its standard output; a case waits for it and never sleeps. The
//! output of a client started by hand can't be seen: a person is told what to type, and the cases
//! that need the output are skipped.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, Ordering};

use parlour_spec::Document;

use crate::failure::{Failure, Violation};
use crate::outcome::{Finding, Outcome, Run, Verdict};
use crate::run::{CannotRun, run_case};

mod cases;
mod child;
mod command;
mod expect;
mod fixture;
mod options;
mod output;
mod script;
mod send;
mod stdin;
mod stdout;

pub use cases::{ClientCase, all, why_not};
use fixture::Fixture;
pub use options::Options;

/// What is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A command for `sh`, in which `{host}` and `{port}` stand for where to connect. It is started
    /// anew for each case.
    Spawn(String),
    /// A client that a person starts, and the address to listen on for it.
    Listen(String),
}

impl Target {
    /// Whether the client's output can be read and its input written.
    pub fn is_driven(&self) -> bool {
        matches!(self, Self::Spawn(_))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Spawn(target) | Self::Listen(target)) = self;
        f.write_str(target)
    }
}

/// Plays the selected cases with the client of `target`. `on_outcome` receives the outcomes in the
/// order of the cases, each as soon as those before it are known.
///
/// # Errors
/// If nothing could be tried: [`CannotRun`].
pub fn check(
    target: &Target,
    options: &Options,
    on_outcome: impl FnMut(&Outcome),
) -> Result<Run, CannotRun> {
    let selected = options.selected()?;
    let unreachable = |why| CannotRun::Unreachable(format!("{target}: {why}"));
    let listening = Listening::of(target).map_err(unreachable)?;
    let jobs = if target.is_driven() {
        options.run.jobs
    } else {
        1
    };
    let has_connected = AtomicBool::new(false);
    let play = |entry: &&'static ClientCase| {
        let verdict = verdict(entry, target, &listening, options, &has_connected);
        let verdict = options.run.interrupt.run_until_cancelled(verdict);
        run_case(&entry.case, verdict)
    };
    let attribute = |_: &[Outcome], outcome| outcome;
    let target = target.to_string();
    options
        .run
        .run_cases(target, &selected, jobs, play, attribute, on_outcome)
}

/// Why a case is skipped with a client started by hand.
const NOT_SEEN: &str = "what the client shows, and whether it runs, is seen with --spawn alone";

/// Where clients connect.
enum Listening {
    /// A port for each case, so that no late client of another case connects to it.
    PerCase,
    /// One address for all cases.
    Fixed(TcpListener),
}

impl Listening {
    fn of(target: &Target) -> io::Result<Self> {
        let Target::Listen(address) = target else {
            return Ok(Self::PerCase);
        };
        let addresses: Vec<SocketAddr> = address.to_socket_addrs()?.collect();
        Ok(Self::Fixed(TcpListener::bind(&addresses[..])?))
    }

    fn listener(&self) -> io::Result<TcpListener> {
        let listener = match self {
            Self::PerCase => TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?,
            Self::Fixed(listener) => listener.try_clone()?,
        };
        listener.set_nonblocking(true)?;
        Ok(listener)
    }
}

/// The verdict on a case, or an error if no client has ever connected.
async fn verdict(
    entry: &ClientCase,
    target: &Target,
    listening: &Listening,
    options: &Options,
    has_connected: &AtomicBool,
) -> Result<Verdict, String> {
    if entry.observes_process() && !target.is_driven() {
        return Ok(Verdict::Skip(NOT_SEEN.to_owned()));
    }
    let fixture = listening
        .listener()
        .and_then(|listener| Fixture::open(target, listener, &entry.case.id, options));
    let mut fixture = fixture.map_err(|why| why.to_string())?;
    let played = play(entry, &mut fixture).await;
    has_connected.fetch_or(fixture.has_connected(), Ordering::Relaxed);
    match played {
        Ok(()) => Ok(Verdict::Pass),
        Err(Failure::Violation(violation)) => {
            let finding = Box::new(finding(entry, &mut fixture, *violation));
            Ok(if entry.head.should {
                Verdict::Warn(finding)
            } else {
                Verdict::Fail(finding)
            })
        }
        Err(Failure::Skip(why)) => Ok(Verdict::Skip(why)),
        Err(Failure::Error(why)) if has_connected.load(Ordering::Relaxed) => {
            Ok(Verdict::Error(why))
        }
        Err(Failure::Error(why)) => Err(why),
    }
}

/// Plays a case, and then checks that the grammar derives all that the client has sent beyond it.
async fn play(entry: &ClientCase, fixture: &mut Fixture) -> Result<(), Failure> {
    entry.script.play(fixture).await?;
    fixture.check_rest()
}

/// The finding for a violation, with all traffic.
fn finding(entry: &ClientCase, fixture: &mut Fixture, violation: Violation) -> Finding {
    let clause = violation.clause.unwrap_or(&entry.case.clauses[0]);
    Finding {
        clause: clause.to_owned(),
        sentence: Document::parlour().clause(clause).text.clone(),
        fault: violation.fault,
        expected: violation.expected,
        got: violation.got,
        differs_at: violation.differs_at,
        exchange: fixture.exchange(),
        hint: violation
            .hint
            .map(str::to_owned)
            .or_else(|| fixture.hint.take()),
        who: None,
        process: fixture.ended(),
        stderr: fixture.stderr_tail(),
    }
}
