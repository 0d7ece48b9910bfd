//! Plays one case against one server.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use tokio::time::timeout;

use super::fixture::Fixture;
use super::rate_limit::TokenBucket;
use super::{Options, Target, finding, play};
use crate::case::{Play, ServerCase};
use crate::failure::{Failure, Violation};
use crate::outcome::{Fault, Outcome, Verdict};
use crate::run::run_case;

/// What is known so far about reaching the server.
pub(super) struct Reachability {
    /// It has accepted a connection.
    reached: AtomicBool,
    /// The case in which its process ran but did not listen.
    never_listened: OnceLock<&'static str>,
    /// It has answered a sentinel PING, if only by an error.
    pub(super) answers_ping: Arc<AtomicBool>,
    /// The rate of connections opened to it from this machine (FAIR-3).
    pub(super) connection_bucket: Arc<Mutex<TokenBucket>>,
}

impl Default for Reachability {
    fn default() -> Self {
        Self {
            reached: AtomicBool::default(),
            never_listened: OnceLock::default(),
            answers_ping: Arc::default(),
            connection_bucket: Arc::new(Mutex::new(TokenBucket::full())),
        }
    }
}

/// The outcome of a case: `None` if it was interrupted, an error if the server has never been
/// reached.
pub(super) fn outcome(
    entry: &'static ServerCase,
    target: &Target,
    options: &Options,
    reachability: &Reachability,
) -> Option<Result<Outcome, String>> {
    run_case(&entry.case, verdict(entry, target, options, reachability))
}

async fn verdict(
    entry: &'static ServerCase,
    target: &Target,
    options: &Options,
    reachability: &Reachability,
) -> Option<Result<Verdict, String>> {
    let can_set = |limit: &str| target.can_set(limit);
    let limits = match options.limits.with(&entry.head.needs, can_set) {
        Ok(limits) => limits,
        Err(why) => return Some(Ok(Verdict::Skip(why))),
    };
    if let Some(case) = reachability.never_listened.get() {
        let why =
            format!("the server has not come to listen in {case}, and is not waited for again");
        return Some(Ok(Verdict::Error(why)));
    }
    let waiting = limits.waiting(&entry.head.needs);
    let could_not = |why| match reachability.reached.load(Ordering::Relaxed) {
        true => Some(Ok(Verdict::Error(why))),
        false => Some(Err(why)),
    };
    let mut fixture = match Fixture::open(target, limits, options, waiting, reachability) {
        Ok(fixture) => fixture,
        Err(why) => return could_not(why),
    };
    let playing = play(entry, &mut fixture);
    let played = options.run.interrupt.run_until_cancelled(playing).await?;
    if fixture.was_reached() {
        reachability.reached.store(true, Ordering::Relaxed);
    } else if fixture.server.never_listened {
        reachability.never_listened.get_or_init(|| &entry.case.id);
    }
    let verdict = match played {
        Ok(()) => Verdict::Pass,
        Err(Failure::Skip(why)) => Verdict::Skip(why),
        Err(Failure::Error(why)) => return could_not(why),
        Err(Failure::Violation(violation)) => {
            fixture.drain().await;
            let finding = Box::new(finding::of(entry, &mut fixture, *violation));
            if entry.head.should {
                Verdict::Warn(finding)
            } else {
                Verdict::Fail(finding)
            }
        }
    };
    // A shared server is left as it was found.
    if target.is_shared() {
        fixture.clean_up().await;
    }
    Some(Ok(verdict))
}

/// Plays a case, and then checks that the server still runs.
async fn play(entry: &'static ServerCase, fixture: &mut Fixture) -> Result<(), Failure> {
    /// More octets than any one client sends in a case.
    const MAX_SENT: u64 = 1 << 20;
    // Each step has its timeout, but a server that always stays within them might still keep a case
    // from ending.
    let most = fixture.timeout * 20 + Duration::from_secs(60) + fixture.rate.time_for(MAX_SENT);
    let playing = async {
        match &entry.play {
            Play::Script(script) => play::script(script, fixture).await,
            Play::Coded(coded) => (coded.run)(fixture).await,
        }
    };
    let played = timeout(most, playing).await;
    let too_long = || Violation::new(Fault::Hang, &format!("an end within {most:?}"), b"");
    played.unwrap_or_else(|_| Err(too_long().into()))?;
    fixture.check_running()
}
