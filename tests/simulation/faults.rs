//! Faults planted into what eve read: each must be noticed.

use super::driver::{Run, run};
use super::oracle::judge;

/// What is done to eve's lines; false if they have no place for it.
type Fault = fn(&mut Vec<String>) -> bool;

const FAULTS: [(&str, Fault); 8] = [
    ("told twice", |lines| {
        let [at, _] = own(lines);
        lines.insert(at, lines[at].clone());
        true
    }),
    ("left out", |lines| {
        let [at, _] = own(lines);
        lines.remove(at);
        true
    }),
    ("swapped", |lines| {
        let [at, next] = own(lines);
        lines.swap(at, next);
        true
    }),
    ("of nobody", |lines| {
        let [at, _] = own(lines);
        lines[at].push('x');
        true
    }),
    ("another's private line", |lines| {
        let [at, _] = own(lines);
        lines.insert(at, "eve: MESG nanna t1".to_owned());
        true
    }),
    ("joined twice", |lines| {
        lines.insert(2, lines[1].clone());
        true
    }),
    ("a wrong list", |lines| {
        let list = lines.iter().position(|line| line.starts_with("Online: "));
        list.map(|at| lines[at] += ", nobody").is_some()
    }),
    ("more after close", |lines| {
        lines.push("PONG 1".to_owned());
        true
    }),
];

/// The positions of two broadcasts of eve, which are answered in order.
fn own(lines: &[String]) -> [usize; 2] {
    let own = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.starts_with("eve: BCST "));
    let mut at = own.map(|(at, _)| at);
    [at.next(), at.next()].map(|at| at.expect("eve says much"))
}

fn lines(run: &Run) -> Vec<String> {
    let read = str::from_utf8(&run.peers[0].read).expect("UTF-8");
    read.lines().map(str::to_owned).collect()
}

/// ORDER-1 to ORDER-4, MESG-2, LIST-1, JOIN-2, CONN-4
#[test]
fn no_planted_fault_is_explained() {
    let runs = (0..).map(run).filter(|run| {
        let own = lines(run)
            .into_iter()
            .filter(|line| line.starts_with("eve: BCST "));
        own.count() > 2
    });
    for mut run in runs.take(10) {
        let good = lines(&run);
        assert_eq!(judge(&run).err(), None);
        for (name, fault) in FAULTS {
            let mut bad = good.clone();
            if fault(&mut bad) {
                run.peers[0].read = (bad.join("\n") + "\n").into_bytes();
                assert!(judge(&run).is_err(), "{name}: {bad:#?}");
            }
        }
    }
}
