//! The real server with its actors and connections, in memory and on a paused clock (spec sections
//! 2, 5, 6, 7 and 8): any reliable, ordered stream will do (CONN-1).

mod driver;
mod fairness;
mod faults;
mod lagging;
mod oracle;
mod paths;
mod peer;
mod pipe;
mod speech;
mod streams;
mod table;

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::thread;

use table::Cell;

/// The number of seeds that are played by default.
const SEEDS: u64 = 1000;

/// The number of pairs of consecutive cells on a connection that [`SEEDS`] seeds must reach; they
/// reach some more.
const PAIRS: usize = 710;

/// No member has the name of a visitor that sends a MESG to itself, so this cell is never reached.
const NEVER: Cell = ("Visitor", "MESG to oneself");

/// CONN-2 to CONN-6, LINE-1, LINE-2, LINE-7 to LINE-9, STATE-1 to STATE-3, NAME-4, NAME-6, JOIN-1
/// to JOIN-5, BCST-1, MESG-1, MESG-2, LIST-1, QUIT-1, QUIT-2, HELP-1, PING-1, ERR-1, SHUT-1,
/// ORDER-1 to ORDER-4, SLOW-1, SLOW-2
///
/// > CONN-1: The transport is TCP, or any other reliable, ordered stream of octets in both
/// > directions.
///
/// > LINE-1: The server ends each event with a single LF, with the one exception of LINE-9.
#[test]
fn whatever_the_peers_do_every_line_they_read_is_explained() {
    let seeds = seeds();
    let paths: Vec<Vec<Cell>> = thread::scope(|scope| {
        let halves = [0, 1].map(|half| {
            let seeds = seeds.clone().filter(move |seed| seed % 2 == half);
            scope.spawn(|| seeds.flat_map(played).collect::<Vec<_>>())
        });
        let ended = halves.map(|half| half.join().expect("a seed is wrong"));
        ended.concat()
    });
    let met: BTreeSet<Cell> = paths.concat().into_iter().collect();
    let pairs: BTreeSet<_> = paths.iter().flat_map(|path| path.windows(2)).collect();
    println!("{} cells, {} pairs of cells", met.len(), pairs.len());
    if seeds.end - seeds.start >= SEEDS {
        let cells = table::rows().into_iter().map(|row| row.cell);
        let unmet: Vec<Cell> = cells.filter(|cell| !met.contains(cell)).collect();
        assert_eq!(unmet, [NEVER], "cells of the table that no seed met");
        assert!(pairs.len() >= PAIRS, "only {} pairs of cells", pairs.len());
    }
}

/// The simulation depends on this: nothing in the server depends on anything but what its peers do.
#[test]
fn the_same_seed_gives_the_same_bytes() {
    for seed in seeds().take(20) {
        let (first, second) = (driver::run(seed), driver::run(seed));
        assert!(first.log.len() > 1000);
        assert_eq!(first.log, second.log, "seed {seed}");
    }
}

/// The same in the source, including the client's: no map with a random order, and no random choice
/// between ready futures.
#[test]
fn nothing_in_the_source_is_left_to_chance() {
    let mut files = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(folder).expect("the folder is there");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        let (within, beside): (Vec<_>, Vec<_>) = paths.partition(|path| path.is_dir());
        folders.extend(within);
        files.extend(beside);
    }
    assert!(files.len() > 50);
    for file in files {
        let source = fs::read_to_string(&file).expect("a source");
        for chance in [
            "HashMap",
            "HashSet",
            "SystemTime",
            "JoinSet",
            "FuturesUnordered",
        ] {
            assert!(!source.contains(chance), "{chance} in {}", file.display());
        }
        for choice in source.split("select! {").skip(1) {
            // In a doc example too.
            let choice = choice.trim_start_matches(|c: char| c.is_whitespace() || "/!".contains(c));
            let is_biased = choice.starts_with("biased;");
            assert!(is_biased, "a choice by chance in {}", file.display());
        }
    }
}

/// The seeds that `PARLOUR_SEED` (one) or `PARLOUR_SEEDS` (how many) select.
fn seeds() -> std::ops::Range<u64> {
    let asked = |variable| {
        let asked = std::env::var(variable).ok()?;
        Some(asked.parse::<u64>().expect("a number"))
    };
    match asked("PARLOUR_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..asked("PARLOUR_SEEDS").unwrap_or(SEEDS),
    }
}

/// Plays a seed and checks the run; reports a failure with the whole log.
fn played(seed: u64) -> Vec<Vec<Cell>> {
    let again = format!("play it again with PARLOUR_SEED={seed}");
    let run = catch_unwind(AssertUnwindSafe(|| driver::run(seed)));
    let run = run.unwrap_or_else(|_| panic!("seed {seed}: the run itself; {again}"));
    oracle::judge(&run).unwrap_or_else(|why| {
        panic!(
            "{}\n{:#?}\nseed {seed}: {why}\n{again}",
            run.log, run.config
        )
    })
}
