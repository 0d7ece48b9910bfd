//! One case against one server: what comes of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::lateness::TokenBucket;
use super::scene::Scene;
use super::{Options, Target, finding, play};
use crate::case::{Entry, Play};
use crate::limits::Limits;
use crate::outcome::{Fault, Outcome, Verdict};
use crate::trouble::{Trouble, Wrong};

/// What is known so far of whether the server can be reached.
pub(super) struct Reach {
    /// It has been.
    was: AtomicBool,
    /// The case in which it ran and did not listen.
    deaf: OnceLock<&'static str>,
    /// It has answered a PING that proves silence.
    pub(super) answers_ping: Arc<AtomicBool>,
    /// The connections that were opened to it from this machine (FAIR-3).
    pub(super) connections: Arc<Mutex<TokenBucket>>,
}

impl Default for Reach {
    fn default() -> Self {
        Self {
            was: AtomicBool::default(),
            deaf: OnceLock::default(),
            answers_ping: Arc::default(),
            connections: Arc::new(Mutex::new(TokenBucket::full())),
        }
    }
}

/// What comes of a case; `None` if it was interrupted, an error if the server has never been reached.
pub(super) fn outcome(
    entry: &'static Entry,
    target: &Target,
    options: &Options,
    reach: &Reach,
) -> Option<Result<Outcome, String>> {
    let begun = Instant::now();
    let outcome = |verdict| Outcome {
        case: entry.case.clone(),
        verdict,
        took: begun.elapsed(),
    };
    let can_set = |limit: &str| target.can_set(limit);
    let limits = match options.limits.with(&entry.head.needs, can_set) {
        Ok(limits) => limits,
        Err(why) => return Some(Ok(outcome(Verdict::Skip(why)))),
    };
    if let Some(case) = reach.deaf.get() {
        let why =
            format!("the server has not come to listen in {case}, and is not waited for again");
        return Some(Ok(outcome(Verdict::Error(why))));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let verdict = match runtime {
        Ok(runtime) => runtime.block_on(verdict(entry, target, options, limits, reach))?,
        Err(why) => Ok(Verdict::Error(why.to_string())),
    };
    Some(verdict.map(outcome))
}

async fn verdict(
    entry: &'static Entry,
    target: &Target,
    options: &Options,
    limits: Limits,
    reach: &Reach,
) -> Option<Result<Verdict, String>> {
    let waiting = limits.waiting(&entry.head.needs);
    let could_not = |why| match reach.was.load(Ordering::Relaxed) {
        true => Some(Ok(Verdict::Error(why))),
        false => Some(Err(why)),
    };
    let mut scene = match Scene::open(target, limits, options, waiting, reach) {
        Ok(scene) => scene,
        Err(why) => return could_not(why),
    };
    let playing = play(entry, &mut scene);
    let played = options.asked.interrupt.run_until_cancelled(playing).await?;
    if scene.was_reached() {
        reach.was.store(true, Ordering::Relaxed);
    } else if scene.host.is_deaf {
        reach.deaf.get_or_init(|| &entry.case.id);
    }
    let verdict = match played {
        Ok(()) => Verdict::Pass,
        Err(Trouble::Skip(why)) => Verdict::Skip(why),
        Err(Trouble::Cannot(why)) => return could_not(why),
        Err(Trouble::Wrong(wrong)) => {
            scene.overhear().await;
            let finding = Box::new(finding::of(entry, &mut scene, *wrong));
            if entry.head.should {
                Verdict::Warn(finding)
            } else {
                Verdict::Fail(finding)
            }
        }
    };
    // A server that others come to after this case is left as it was found.
    if target.is_shared() {
        scene.leave().await;
    }
    Some(Ok(verdict))
}

/// Plays a case, and sees then that the server still runs.
async fn play(entry: &'static Entry, scene: &mut Scene) -> Result<(), Trouble> {
    /// More octets than any one client says in a case.
    const SAID: u64 = 1 << 20;
    // Each step has its time; whoever lets none of them run out may still never come to an end.
    let most = scene.timeout * 20 + Duration::from_secs(60) + scene.rate.time_for(SAID);
    let playing = async {
        match &entry.play {
            Play::Script(script) => play::script(script, scene).await,
            Play::Coded(coded) => (coded.run)(scene).await,
        }
    };
    let played = timeout(most, playing).await;
    let too_long = || Wrong::new(Fault::Hang, &format!("an end within {most:?}"), b"");
    played.unwrap_or_else(|_| Err(too_long().into()))?;
    scene.still_runs()
}
