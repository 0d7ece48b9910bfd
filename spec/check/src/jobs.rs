//! Plays cases concurrently, on threads of their own, and reports them in their order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use crate::outcome::Outcome;

/// Plays `cases`, at most `jobs` at once. `take` receives the outcomes in the order of the cases,
/// each as soon as those before it are known. `play` returns `None` if the run was interrupted.
///
/// # Errors
/// The first error of `play`, after which no further case is begun.
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
                    // The receiver is gone if the run has failed.
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
