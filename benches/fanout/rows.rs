//! CPU time of the server per delivered line, in µs: medians of samples in which the servers take turns.

use std::io;
use std::time::Duration;

use super::crowd::{Crowd, Sample};
use super::process::Process;
use super::record::Faults;
use super::target::Target;
use super::{Options, median};

/// Members, publishers, and the lines that each of these keeps outstanding.
type Row = (usize, usize, u64);

const ROWS: [Row; 8] = [
    (100, 1, 1),
    (100, 1, 16),
    (100, 1, 128),
    (100, 10, 128),
    (1000, 1, 1),
    (1000, 1, 16),
    (1000, 10, 16),
    (1000, 10, 128),
];

/// Talking that nothing is concluded from.
const WARM_UP: Duration = Duration::from_millis(50);

pub(crate) fn measure(options: &Options) -> io::Result<Faults> {
    let targets = options.targets();
    println!(
        "\nServer's CPU time per delivered line, µs (from the least to the most of {} samples)\n",
        options.rounds()
    );
    print!("| members × publishers × window |");
    targets
        .iter()
        .for_each(|target| print!(" {} |", target.name()));
    println!(" Parlour / bare epoll | Parlour / Redis | lines checked | load's core busy |");
    println!("|---|{}---|---|---|---|", "---|".repeat(targets.len()));
    let mut faults = Faults::default();
    for row in ROWS {
        let is_left_out = options.members.is_some_and(|members| members != row.0)
            || options.window.is_some_and(|window| window != row.2);
        if !is_left_out {
            faults += print_row(options, &targets, row)?;
        }
    }
    println!("\n{faults:?}");
    Ok(faults)
}

fn print_row(options: &Options, targets: &[Target], row: Row) -> io::Result<Faults> {
    let (members, publishers, window) = row;
    let mut stands = Vec::new();
    for &target in targets {
        let server = target.start()?;
        let mut crowd = Crowd::gather(target, &server, members, publishers)?;
        crowd.talk(&server, publishers, window, WARM_UP)?;
        stands.push((server, crowd, Vec::<Sample>::new()));
    }
    for _ in 0..options.rounds() {
        for (server, crowd, samples) in &mut stands {
            samples.push(sample(server, crowd, row, options.budget())?);
        }
    }
    let cost = |target| {
        let at = targets.iter().position(|&other| other == target)?;
        Some(median(stands[at].2.iter().map(Sample::cost).collect()))
    };
    let ratio = |to| Some(cost(Target::Parlour)? / cost(to)?);
    let say =
        |ratio: Option<f64>| ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"));
    print!("| {members} × {publishers} × {window} |");
    for (_, _, samples) in &stands {
        let costs: Vec<f64> = samples.iter().map(Sample::cost).collect();
        let (least, most) = costs.iter().fold((f64::MAX, 0.0_f64), |(a, b), &cost| {
            (a.min(cost), b.max(cost))
        });
        print!(" {:.4} ({least:.4}–{most:.4}) |", median(costs));
    }
    let samples = || stands.iter().flat_map(|(_, _, samples)| samples);
    let checked: u64 = samples().map(|sample| sample.deliveries).sum();
    let busy = median(
        samples()
            .map(|s| s.own_cpu.as_secs_f64() / s.wall.as_secs_f64())
            .collect(),
    );
    println!(
        " {} | {} | {:.1} M | {:.0} % |",
        say(ratio(Target::Bare)),
        say(ratio(Target::Redis)),
        checked as f64 / 1e6,
        busy * 100.0
    );
    let mut faults = Faults::default();
    stands
        .iter()
        .for_each(|(_, crowd, _)| faults += crowd.faults());
    Ok(faults)
}

fn sample(server: &Process, crowd: &mut Crowd, row: Row, budget: Duration) -> io::Result<Sample> {
    let (_, publishers, window) = row;
    crowd.talk(server, publishers, window, budget)
}
