//! A flood of MESG: when the server drops its addressee.

use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::Options;
use super::established::Watch;
use super::flood::{Attacker, Flood};
use super::login::Login;
use super::lost::join;
use super::program::Kind;
use super::readers::{Pace, Reader};
use super::target::Target;
use super::words::said_to;

const LOOK: Duration = Duration::from_millis(10);

pub(crate) fn play(options: &Options, targets: &[Target]) -> io::Result<()> {
    println!(
        "\nMESG at full speed to one member: seconds until it is lost, of {}, and MB/s sent\n",
        options.seconds
    );
    print!("| server | talkers × octets |");
    Kind::ALL.iter().for_each(|kind| print!(" {kind} |"));
    println!("\n|---|---|{}", "---|".repeat(Kind::ALL.len()));
    for &talkers in &options.talkers {
        for &octets in &options.texts {
            for target in targets.iter().filter(|target| target.is_parlour()) {
                print!("| {} | {talkers} × {octets} |", target.name);
                for kind in Kind::ALL {
                    if kind.is_installed() {
                        print!(" {} |", flood(options, target, talkers, octets, kind)?);
                    } else {
                        print!(" not installed |");
                    }
                }
                println!();
            }
        }
    }
    Ok(())
}

/// The seconds until the victim is dropped, and the rate of the flood.
fn flood(
    options: &Options,
    target: &Target,
    talkers: usize,
    octets: usize,
    kind: Kind,
) -> io::Result<String> {
    let server = target.start(&["--capacity", "32"])?;
    let witness = Login::of_reader(target, "witness").enter(server.address)?;
    let (_victim, port) = join(kind, &server, &Reader::new(witness, Pace::Full))?;
    let attackers = (0..talkers).map(|id| {
        let socket = Login::of_talker(target, &format!("t{id}")).enter(server.address)?;
        Ok(Attacker::new(socket, &said_to(kind.name(), id, octets)).reading())
    });
    let attackers = attackers.collect::<io::Result<_>>()?;
    let mut watch = Watch::new(&server)?;
    let start = Instant::now();
    let flood = Flood::start(attackers);
    let mut lost = None;
    while lost.is_none() && start.elapsed() < options.seconds() {
        sleep(LOOK);
        if watch.look()?.is_some_and(|held| !held.contains(&port)) {
            lost = Some(start.elapsed().as_secs_f64());
        }
    }
    let rate = flood.taken() as f64 / 1e6 / start.elapsed().as_secs_f64();
    flood.end()?;
    let lost = lost.map_or_else(|| "-".to_owned(), |lost| format!("{lost:.2}"));
    Ok(format!("{lost} ({rate:.1})"))
}
