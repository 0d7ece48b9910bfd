//! CPU time of the server per delivered line, in µs: medians of samples in which the servers take
//! turns.

use std::io;
use std::time::Duration;

use super::crowd::{Crowd, Sample};
use super::record::Faults;
use super::target::Target;
use super::{Options, median, range, ratio};

/// Members, publishers, and the lines that each publisher keeps outstanding.
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

/// The warm-up, from which nothing is concluded.
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
    others(&targets).for_each(|other| print!(" Parlour / {} |", other.name()));
    println!(" lines checked | load's core busy, the most |");
    let columns = targets.len() + others(&targets).count();
    println!("|---|{}---|---|", "---|".repeat(columns));
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

/// The servers that Parlour is compared with.
fn others(targets: &[Target]) -> impl Iterator<Item = Target> {
    let is_other = |target: &Target| *target != Target::Parlour;
    targets.iter().copied().filter(is_other)
}

fn print_row(options: &Options, targets: &[Target], row: Row) -> io::Result<Faults> {
    let (members, publishers, window) = row;
    let trials = by_turns(options, targets, row)?;
    print!("| {members} × {publishers} × {window} |");
    for trial in &trials {
        let (least, most) = range(&trial.costs());
        print!(" {:.4} ({least:.4}–{most:.4}) |", trial.cost());
    }
    others(targets).for_each(|other| print!(" {} |", ratio_to(other, &trials)));
    let samples = trials.iter().flat_map(|trial| &trial.samples);
    let checked: u64 = samples.map(|sample| sample.deliveries).sum();
    let busy = trials.iter().map(Trial::busy).fold(0.0, f64::max);
    println!(" {:.1} M | {:.0} % |", checked as f64 / 1e6, busy * 100.0);
    let mut faults = Faults::default();
    trials.iter().for_each(|trial| faults += trial.faults);
    Ok(faults)
}

/// The cost of Parlour relative to `other`: the median, minimum and maximum of the rounds.
pub(crate) fn ratio_to(other: Target, trials: &[Trial]) -> String {
    let costs = |target| {
        trials
            .iter()
            .find(|it| it.target == target)
            .map(Trial::costs)
    };
    let Some((own, other)) = costs(Target::Parlour).zip(costs(other)) else {
        return "–".to_owned();
    };
    let (ratio, least, most) = ratio(&own, &other);
    format!("{ratio:.2} ({least:.2}–{most:.2})")
}

/// The results of one server in a row.
pub(crate) struct Trial {
    target: Target,
    samples: Vec<Sample>,
    pub(crate) faults: Faults,
}

impl Trial {
    /// CPU time per delivered line in µs: the median.
    pub(crate) fn cost(&self) -> f64 {
        median(self.costs())
    }

    fn costs(&self) -> Vec<f64> {
        self.samples.iter().map(Sample::cost).collect()
    }

    /// The fraction of the time in which the load's core worked: the median.
    fn busy(&self) -> f64 {
        let busy = |sample: &Sample| sample.own_cpu.as_secs_f64() / sample.wall.as_secs_f64();
        median(self.samples.iter().map(busy).collect())
    }
}

/// Runs the servers in turns for one row.
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
    let count = stands.len();
    for round in 0..options.rounds() {
        // Each server comes first, and after each of the others, about equally often.
        for turn in 0..count {
            let (_, server, crowd, samples) = &mut stands[(round + turn) % count];
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
