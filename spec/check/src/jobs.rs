//! Cases that are played at once, on threads of their own, and told of in their order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use crate::outcome::Outcome;

/// Plays `cases`, so many at once. Each outcome is given to `take` in the order of the cases, as soon as those before it are known. Where
/// `play` has none, the run was interrupted.
///
/// # Errors
/// The first of `play`: nobody begins another case then.
pub(crate) fn in_order<T: Sync>(
    cases: &[T],
    jobs: usize,
    play: impl Fn(&T) -> Option<Result<Outcome, String>> + Sync,
    mut take: impl FnMut(Outcome),
) -> Result<(), String> {
    let next = AtomicUsize::new(0);
    let (tell, told) = mpsc::channel();
    let mut failed = None;
    thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, cases.len().max(1)) {
            let (tell, next, play) = (tell.clone(), &next, &play);
            scope.spawn(move || {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let Some(outcome) = cases.get(n).and_then(play) else {
                        return;
                    };
                    // Nobody listens any more when the run has come to nothing.
                    if tell.send((n, outcome)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(tell);
        let mut early = BTreeMap::new();
        let mut taken = 0;
        for (n, outcome) in told {
            match outcome {
                Ok(outcome) => drop(early.insert(n, outcome)),
                Err(why) => {
                    failed.get_or_insert(why);
                    next.store(cases.len(), Ordering::Relaxed);
                }
            }
            while let Some(outcome) = early.remove(&taken) {
                taken += 1;
                take(outcome);
            }
        }
    });
    failed.map_or(Ok(()), Err)
}
