//! Members that do not read: what the others notice, and the cost in memory.

use std::io;
use std::time::Duration;

use super::crowd::Crowd;
use super::record::Faults;
use super::target::Target;
use super::{Options, median};

const MEMBERS: usize = 100;
const DEAF: usize = 10;
const PUBLISHERS: usize = 10;

pub(crate) fn measure(options: &Options) -> io::Result<Faults> {
    let mut faults = stall(options)?;
    faults += flood(options)?;
    Ok(faults)
}

/// Ten of a hundred members stop reading, compared with a room of the other ninety alone.
fn stall(options: &Options) -> io::Result<Faults> {
    let mut faults = Faults::default();
    let mut figures = [(); 2].map(|()| Vec::new());
    let (mut dropped, mut grown) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds() {
        for (deaf, figures) in [0, DEAF].into_iter().zip(&mut figures) {
            let server = Target::Parlour.start()?;
            let mut crowd =
                Crowd::gather(Target::Parlour, &server, MEMBERS - DEAF + deaf, PUBLISHERS)?;
            let (files, resident) = (server.open_files()?, server.most_resident());
            crowd.deafen(MEMBERS - DEAF..MEMBERS - DEAF + deaf)?;
            let sample = crowd.talk(&server, PUBLISHERS, 128, Duration::from_millis(500))?;
            let lines = sample.deliveries as f64 / crowd.hearing() as f64;
            figures.push((lines / sample.wall.as_secs_f64(), sample.cost()));
            if deaf > 0 {
                dropped.push((files - server.open_files()?) as f64);
                grown.push((server.most_resident() - resident) / 1024.0);
            }
            faults += crowd.faults();
        }
    }
    let [without, with] = figures.map(|figures| {
        let (rates, costs) = figures.into_iter().unzip();
        (median(rates), median(costs))
    });
    println!("\n{DEAF} of {MEMBERS} stop reading, {PUBLISHERS} × 128 lines outstanding:");
    println!(
        "- the others: {:.0} lines a second beside {:.0} without the ten ({:.2}), \
         {:.4} µs of CPU for each delivery beside {:.4} ({:.2})",
        with.0,
        without.0,
        with.0 / without.0,
        with.1,
        without.1,
        with.1 / without.1
    );
    println!(
        "- {:.0} connections dropped; the server's most resident memory grew by \
         {:.1} MiB; {faults:?}",
        median(dropped),
        median(grown)
    );
    Ok(faults)
}

/// One member pipelines a million lines and reads nothing, while ten others talk at a fixed rate.
fn flood(options: &Options) -> io::Result<Faults> {
    let server = Target::Parlour.start()?;
    let mut crowd = Crowd::gather(Target::Parlour, &server, MEMBERS, PUBLISHERS + 1)?;
    let p99 = |crowd: &mut Crowd| -> io::Result<[f64; 2]> {
        let latencies = crowd.talk_at_rate(
            PUBLISHERS,
            30,
            Duration::from_secs(if options.quick { 1 } else { 3 }),
        )?;
        Ok([0.5, 0.99]
            .map(|part| f64::from(latencies[(latencies.len() as f64 * part) as usize]) / 1e3))
    };
    let calm = p99(&mut crowd)?;
    let resident = server.most_resident();
    crowd.deafen(PUBLISHERS..PUBLISHERS + 1)?;
    crowd.pipeline(PUBLISHERS, 1_000_000);
    let during = p99(&mut crowd)?;
    let after = p99(&mut crowd)?;
    println!("\nOne member pipelines a million lines and reads nothing:");
    println!(
        "- the others' latency, p50 and p99 in ms: {calm:.2?} before, {during:.2?} in the first \
         seconds, {after:.2?} then"
    );
    println!(
        "- {} of its lines were taken; the server's most resident memory grew by {:.1} MiB; {:?}",
        crowd.taken(PUBLISHERS),
        (server.most_resident() - resident) / 1024.0,
        crowd.faults()
    );
    Ok(crowd.faults())
}
