//! CPU time of the server per delivered line, in µs: medians of samples in which the servers take turns.

use std::io;
use std::time::Duration;

use super::crowd::{Crowd, Sample};
use super::record::Faults;
use super::target::Target;
use super::{Options, median};

/// Members, publishers, and the lines that each of these keeps outstanding.
pub(crate) type Row = (usize, usize, u64);

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
            || options
                .publishers
                .is_some_and(|publishers| publishers != row.1)
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
    let trials = by_turns(options, targets, row)?;
    let trial = |target| trials.iter().find(|trial| trial.target == target);
    let ratio = |to| Some(trial(Target::Parlour)?.ratio(trial(to)?));
    let say =
        |ratio: Option<f64>| ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"));
    print!("| {members} × {publishers} × {window} |");
    for trial in &trials {
        let (least, most) = trial.range();
        print!(" {:.4} ({least:.4}–{most:.4}) |", trial.cost());
    }
    let samples = || trials.iter().flat_map(|trial| &trial.samples);
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
    trials.iter().for_each(|trial| faults += trial.faults);
    Ok(faults)
}

/// What one server did in a row.
pub(crate) struct Trial {
    pub(crate) target: Target,
    samples: Vec<Sample>,
    pub(crate) faults: Faults,
}

impl Trial {
    /// CPU time per delivered line, µs: the median.
    pub(crate) fn cost(&self) -> f64 {
        median(self.samples.iter().map(Sample::cost).collect())
    }

    /// How much more than `other` it takes: the median of the rounds, in each of which both had the same machine.
    fn ratio(&self, other: &Self) -> f64 {
        let pairs = self.samples.iter().zip(&other.samples);
        median(
            pairs
                .map(|(own, other)| own.cost() / other.cost())
                .collect(),
        )
    }

    fn range(&self) -> (f64, f64) {
        let costs = self.samples.iter().map(Sample::cost);
        costs.fold((f64::MAX, 0.0), |(least, most), cost| {
            (cost.min(least), cost.max(most))
        })
    }
}

/// Has the servers take turns in a row.
pub(crate) fn by_turns(
    options: &Options,
    targets: &[Target],
    (members, publishers, window): Row,
) -> io::Result<Vec<Trial>> {
    let mut stands = Vec::new();
    for &target in targets {
        let server = target.start()?;
        let mut crowd = Crowd::gather(target, &server, members, publishers)?;
        crowd.talk(&server, publishers, window, WARM_UP)?;
        stands.push((target, server, crowd, Vec::new()));
    }
    for _ in 0..options.rounds() {
        for (_, server, crowd, samples) in &mut stands {
            samples.push(crowd.talk(server, publishers, window, options.budget())?);
        }
    }
    let trial = |(target, _, crowd, samples): (_, _, Crowd, _)| Trial {
        target,
        samples,
        faults: crowd.faults(),
    };
    Ok(stands.into_iter().map(trial).collect())
}
