//! The linearizability checker, checked: on thousands of small records it agrees with a search
//! through every order.
//!
//! The records are those of random rooms with a few connections, and the same with faults in them.
//! What is explicable in spite of a fault, both must explain. `PARLOUR_RECORDS=100000 cargo test -p
//! parlour-spec --test linearizability` checks more of them.

mod every_order;
mod small_room;

use every_order::is_explained;
use parlour_spec::{Document, Random, ReferenceModel, linearizability};
use small_room::SmallRoom;

/// ORDER-1 to ORDER-4, CONN-3 to CONN-6, JOIN-2 to JOIN-5, SHUT-1
#[test]
fn the_judge_says_what_trying_every_order_says() {
    let document = Document::parlour();
    let records = std::env::var("PARLOUR_RECORDS").map_or(1_000, |n| n.parse().expect("a number"));
    let (mut good, mut bad) = (0, 0);
    for seed in 0..records {
        let random = &mut Random::new(seed);
        let (capacity, max_connections) = (1 + random.below(3), 1 + random.below(3));
        let model = ReferenceModel::of(&document, capacity, max_connections);
        let room = SmallRoom::run(&model, random);
        for fault in 0..4 {
            let mut record = room.record.clone();
            for _ in 0..fault {
                small_room::plant(&mut record, random);
            }
            let trace = small_room::trace(&record);
            let should = is_explained(&model, &trace);
            let analysis = linearizability::check(&model, &trace);
            let verdict = analysis.verdict.as_ref().map(|_| ());
            let what = format!(
                "seed {seed}, fault {fault}, capacity {capacity}, {max_connections} \
                 connections:\n{}\n{verdict:?}",
                record.join("\n")
            );
            let gave_up = verdict.is_err_and(|why| why.gave_up);
            assert!(!gave_up, "given up: {what}");
            assert_eq!(verdict.is_ok(), should, "should be {should}: {what}");
            assert!(fault > 0 || should, "a good record: {what}");
            *(if should { &mut good } else { &mut bad }) += 1;
        }
    }
    println!("{good} records are explained, {bad} are not");
    assert!(good > records && bad > records / 2);
}
