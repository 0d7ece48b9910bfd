//! The cost of fan-out: drives a running server over real sockets, alternating with a bare epoll
//! loop, and Redis and InspIRCd where they are installed. Every figure is a ratio from one run.
//!
//! `cargo bench --bench fanout` measures everything in a few minutes and prints Markdown; `--
//! --help` says how to run less. The servers have one core and the load has another. A run in which
//! a line was lost, doubled or reordered ends with status 1.

mod bare_epoll;
mod crowd;
mod growth;
mod latency;
mod memory;
mod process;
mod record;
mod rows;
mod target;
mod trouble;

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use self::record::Faults;
use self::target::Target;

#[derive(Debug, Parser)]
#[command(about = "Measures what fan-out costs")]
pub(crate) struct Options {
    /// What to measure; nothing named: everything
    #[arg(value_enum)]
    trials: Vec<Trial>,

    /// Which servers to measure; those that are not installed are left out
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_values = ["parlour", "bare", "redis", "inspircd"]
    )]
    targets: Vec<Target>,

    /// Only the rows of this many members
    #[arg(long)]
    members: Option<usize>,

    /// Only the rows of this many publishers
    #[arg(long)]
    publishers: Option<usize>,

    /// Only the rows of this window
    #[arg(long)]
    window: Option<u64>,

    /// How often the servers take turns
    #[arg(long, default_value_t = 7)]
    rounds: usize,

    /// CPU time of the server for one sample
    #[arg(long, default_value_t = 300)]
    budget_ms: u64,

    /// Less of everything, for a first look
    #[arg(long)]
    quick: bool,

    /// What cargo adds
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Trial {
    /// CPU per delivered line: members × publishers × window
    Rows,
    /// From the moment a line was due to a member's read, at a fixed rate
    Latency,
    /// Resident memory per connection, and how fast connections are accepted
    Memory,
    /// CPU per delivered line from 10 to 5,000 members, and of joins
    Growth,
    /// Members who do not read
    Trouble,
}

impl Options {
    fn targets(&self) -> Vec<Target> {
        let installed = |target: &Target| target.is_installed();
        self.targets.iter().copied().filter(installed).collect()
    }

    fn rounds(&self) -> usize {
        if self.quick { 3 } else { self.rounds }
    }

    fn budget(&self) -> Duration {
        Duration::from_millis(if self.quick { 100 } else { self.budget_ms })
    }
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("relay") {
        return bare_epoll::relay().map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    match measure(&Options::parse()) {
        Ok(faults) if faults == Faults::default() => ExitCode::SUCCESS,
        Ok(faults) => {
            eprintln!("fanout: {faults:?}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("fanout: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> io::Result<Faults> {
    rlimit::increase_nofile_limit(u64::MAX)?;
    process::stay_on_load_core()?;
    let wanted = |trial| options.trials.is_empty() || options.trials.contains(&trial);
    let mut faults = Faults::default();
    if wanted(Trial::Rows) {
        faults += rows::measure(options)?;
    }
    if wanted(Trial::Latency) {
        faults += latency::measure(options)?;
    }
    if wanted(Trial::Memory) {
        memory::measure(options)?;
    }
    if wanted(Trial::Growth) {
        faults += growth::measure(options)?;
    }
    if wanted(Trial::Trouble) {
        faults += trouble::measure(options)?;
    }
    Ok(faults)
}

/// The ratio of `own` to `other`: the median, minimum and maximum over the rounds, because within a
/// round both ran under the same conditions.
fn ratio(own: &[f64], other: &[f64]) -> (f64, f64, f64) {
    let ratios = own.iter().zip(other).map(|(own, other)| own / other);
    let ratios: Vec<f64> = ratios.collect();
    let (least, most) = range(&ratios);
    (median(ratios), least, most)
}

fn range(values: &[f64]) -> (f64, f64) {
    let widen = |(least, most): (f64, f64), value: &f64| (least.min(*value), most.max(*value));
    values.iter().fold((f64::MAX, f64::MIN), widen)
}

/// The median of `values`, of which there is at least one.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}
