//! What a few attackers can do to everyone else: floods a running server over real sockets, and
//! beside it NATS and Redis where they are installed.
//!
//! `cargo bench --bench abuse` plays every attack and prints Markdown; `-- --help` says how to run
//! fewer. The servers have one core; the load, its readers and the clients have another. Each
//! attack is bounded in time and connections.

mod established;
mod flood;
mod gone;
mod idle;
mod latencies;
mod login;
mod lost;
mod memory;
mod private;
mod probe;
#[expect(dead_code, reason = "a part of it is for the fan-out alone")]
#[path = "../fanout/process.rs"]
mod process;
mod program;
mod readers;
mod shares;
mod soak;
mod starve;
mod tally;
mod target;
#[expect(dead_code, reason = "a part of it is for the full screen's own bench")]
#[path = "../tui/terminal.rs"]
mod terminal;
mod words;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use self::target::{Choice, Target};

#[derive(Debug, Parser)]
#[command(about = "Plays attacks on a running server")]
pub(crate) struct Options {
    /// What to play; nothing named: everything
    #[arg(value_enum)]
    trials: Vec<Trial>,

    /// Which servers to attack; those that are not there are left out
    #[arg(long, value_enum, value_delimiter = ',', default_values = Choice::NAMES)]
    targets: Vec<Choice>,

    /// Another parlour-server to attack, such as the one before a change
    #[arg(long, value_name = "PATH")]
    server: Option<PathBuf>,

    /// How long each flood of `lost`, `private` and `soak` lasts; the record takes 60
    #[arg(long, default_value_t = 10)]
    seconds: u64,

    /// How many members talk in `lost` and `private`
    #[arg(long, value_delimiter = ',', default_values_t = [1, 9])]
    talkers: Vec<usize>,

    /// The octets of a text in `lost` and `private`
    #[arg(long, value_delimiter = ',', default_values_t = [80, 900])]
    texts: Vec<usize>,

    /// How many visitors flood in `starve`
    #[arg(long, value_delimiter = ',', default_values_t = [10, 100, 1000])]
    visitors: Vec<usize>,

    /// What cargo adds
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Trial {
    /// Members talk as fast as they can: who is lost, and when
    Lost,
    /// Visitors flood: how late a member is answered, and a newcomer let in
    Starve,
    /// A flood of MESG: when its addressee is lost
    Private,
    /// Many talk as fast as they can: how many lines of each get through
    Shares,
    /// Peers that send and never read: what the server holds for them
    Memory,
    /// All of it at once, while people talk: whether each line of theirs arrives once, and when
    Soak,
    /// A thousand send much and vanish: how long the server goes on with it
    Gone,
}

impl Options {
    fn seconds(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

fn main() -> ExitCode {
    match play(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("abuse: {error}");
            ExitCode::FAILURE
        }
    }
}

fn play(options: &Options) -> io::Result<()> {
    rlimit::increase_nofile_limit(u64::MAX)?;
    process::stay_on_load_core()?;
    let targets = Target::all(options)?;
    let trials = options.trials.as_slice();
    let trials = if trials.is_empty() {
        Trial::value_variants()
    } else {
        trials
    };
    for trial in trials {
        // Other work on the machine slows readers down, so that they are dropped sooner.
        let load = std::fs::read_to_string("/proc/loadavg")?;
        let averages: Vec<&str> = load.split(' ').take(3).collect();
        println!("\nLoad averages of the machine: {}", averages.join(" "));
        match trial {
            Trial::Lost => lost::play(options, &targets)?,
            Trial::Starve => starve::play(options, &targets)?,
            Trial::Private => private::play(options, &targets)?,
            Trial::Shares => shares::play(&targets)?,
            Trial::Memory => memory::play(&targets)?,
            Trial::Soak => soak::play(options, &targets)?,
            Trial::Gone => gone::play(&targets)?,
        }
    }
    Ok(())
}
