//! Holds a client against the specification: each case is a server that the client is started for.
//!
//! What the client sends is judged by the grammar, on any connection and in any case. What it shows is looked for on its standard
//! output: a case waits for it and never sleeps to see it. A client that is started by hand cannot be seen: then a person is told
//! what to type, and the cases that have to look are skipped.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use parlour_spec::Document;

use crate::asked::CannotRun;
use crate::outcome::{Finding, Outcome, Run, Verdict};
use crate::trouble::{Trouble, Wrong};

mod cases;
mod ears;
mod guest;
mod options;
mod said;
mod scene;
mod script;
mod showing;
mod telling;
mod typing;
mod waiting;

pub use cases::{Entry, all, why_not};
pub use options::Options;
use scene::Scene;

/// What is held against the specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A command for `sh` in which `{host}` and `{port}` stand for where to connect. It is started anew for each case.
    Spawn(String),
    /// A client that a person starts: the address at which it is waited for.
    Listen(String),
}

impl Target {
    /// Whether what the client shows can be seen, and what it reads can be written.
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

/// Plays the chosen cases with the client of `target`. Each outcome is given to `on_outcome` in the order of the cases, as soon as those
/// before it are known.
///
/// # Errors
/// If nothing could be tried: [`CannotRun`].
pub fn check(
    target: &Target,
    options: &Options,
    on_outcome: impl FnMut(&Outcome),
) -> Result<Run, CannotRun> {
    let chosen = options.chosen()?;
    let unreachable = |why| CannotRun::Unreachable(format!("{target}: {why}"));
    let place = Place::of(target).map_err(unreachable)?;
    let jobs = if target.is_driven() {
        options.asked.jobs
    } else {
        1
    };
    let was_met = AtomicBool::new(false);
    let play = |entry: &&'static Entry| outcome(entry, target, &place, options, &was_met);
    let settle = |_: &[Outcome], outcome| outcome;
    let target = target.to_string();
    options
        .asked
        .play(target, &chosen, jobs, play, settle, on_outcome)
}

/// Why a case is skipped with a client that somebody else has started.
const NOT_SEEN: &str = "what the client shows, and whether it runs, is seen with --spawn alone";

/// Where clients come to.
enum Place {
    /// To a port of each case's own: nobody who was late for another comes there.
    Each,
    /// To this address.
    Fixed(TcpListener),
}

impl Place {
    fn of(target: &Target) -> io::Result<Self> {
        let Target::Listen(address) = target else {
            return Ok(Self::Each);
        };
        let addresses: Vec<SocketAddr> = address.to_socket_addrs()?.collect();
        Ok(Self::Fixed(TcpListener::bind(&addresses[..])?))
    }

    fn listener(&self) -> io::Result<TcpListener> {
        let listener = match self {
            Self::Each => TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?,
            Self::Fixed(listener) => listener.try_clone()?,
        };
        listener.set_nonblocking(true)?;
        Ok(listener)
    }
}

/// What comes of a case; `None` if it was interrupted, an error if no client has ever come.
fn outcome(
    entry: &'static Entry,
    target: &Target,
    place: &Place,
    options: &Options,
    was_met: &AtomicBool,
) -> Option<Result<Outcome, String>> {
    let begun = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let verdict = match runtime {
        Ok(runtime) => {
            let verdict = verdict(entry, target, place, options, was_met);
            runtime.block_on(options.asked.interrupt.run_until_cancelled(verdict))?
        }
        Err(why) => Ok(Verdict::Error(why.to_string())),
    };
    let outcome = |verdict| Outcome {
        case: entry.case.clone(),
        verdict,
        took: begun.elapsed(),
    };
    Some(verdict.map(outcome))
}

/// What comes of a case; an error if no client has ever come.
async fn verdict(
    entry: &Entry,
    target: &Target,
    place: &Place,
    options: &Options,
    was_met: &AtomicBool,
) -> Result<Verdict, String> {
    if entry.looks() && !target.is_driven() {
        return Ok(Verdict::Skip(NOT_SEEN.to_owned()));
    }
    let scene = place
        .listener()
        .and_then(|listener| Scene::open(target, listener, &entry.case.id, options));
    let mut scene = scene.map_err(|why| why.to_string())?;
    let played = play(entry, &mut scene).await;
    was_met.fetch_or(scene.was_met(), Ordering::Relaxed);
    match played {
        Ok(()) => Ok(Verdict::Pass),
        Err(Trouble::Wrong(wrong)) => {
            let finding = Box::new(finding(entry, &mut scene, *wrong));
            Ok(if entry.head.should {
                Verdict::Warn(finding)
            } else {
                Verdict::Fail(finding)
            })
        }
        Err(Trouble::Skip(why)) => Ok(Verdict::Skip(why)),
        Err(Trouble::Cannot(why)) if was_met.load(Ordering::Relaxed) => Ok(Verdict::Error(why)),
        Err(Trouble::Cannot(why)) => Err(why),
    }
}

/// Plays a case, and sees then that all it has sent beyond that was derived by the grammar too.
async fn play(entry: &Entry, scene: &mut Scene) -> Result<(), Trouble> {
    entry.script.play(scene).await?;
    scene.rest()
}

/// What is wrong, with everything that went to and fro.
fn finding(entry: &Entry, scene: &mut Scene, wrong: Wrong) -> Finding {
    let clause = wrong.clause.unwrap_or(&entry.case.clauses[0]);
    Finding {
        clause: clause.to_owned(),
        sentence: Document::parlour().clause(clause).text.clone(),
        fault: wrong.fault,
        expected: wrong.expected,
        got: wrong.got,
        differs_at: wrong.differs_at,
        exchange: scene.exchange(),
        hint: wrong.hint.map(str::to_owned).or_else(|| scene.hint.take()),
        who: None,
        process: scene.ended(),
        stderr: scene.complaint(),
    }
}
