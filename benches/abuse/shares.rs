//! Many members talk as fast as they can and nobody reads slowly: how many lines of each get
//! through.

use std::io;
use std::time::{Duration, Instant};

use super::flood::{Attacker, Flood};
use super::login::Login;
use super::readers::{Pace, Reader, Readers};
use super::target::Target;
use super::words::said;

/// The number of talkers, and the octets of a text.
const ROWS: [(usize, usize); 3] = [(4, 4000), (9, 60), (20, 900)];

const DURATION: Duration = Duration::from_secs(5);

pub(crate) fn play(targets: &[Target]) -> io::Result<()> {
    println!(
        "\nLines of a talker that got through in {} s, where nobody is dropped for being behind\n",
        DURATION.as_secs()
    );
    println!(
        "| server | talkers × octets | least | most | most / least | all, MB/s | talkers lost |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (talkers, octets) in ROWS {
        for target in targets {
            let row = talk(target, talkers, octets)?;
            println!("| {} | {talkers} × {octets} | {row}", target.name);
        }
    }
    Ok(())
}

fn talk(target: &Target, talkers: usize, octets: usize) -> io::Result<String> {
    // The load's whole core works against the reader.
    let server = target.start_patient()?;
    let reader = Login::of_reader(target, "max").enter(server.address)?;
    let mut readers = Readers::new(vec![Reader::new(reader, Pace::Full)]);
    let attackers = (0..talkers).map(|id| {
        let socket = Login::of_talker(target, &format!("t{id}")).enter(server.address)?;
        Ok(Attacker::new(socket, &said(target, id, octets)).reading())
    });
    let attackers = attackers.collect::<io::Result<_>>()?;
    let start = Instant::now();
    let flood = Flood::start(attackers);
    while start.elapsed() < DURATION {
        readers.turn()?;
    }
    let seconds = start.elapsed().as_secs_f64();
    let gone = flood.end()?.gone();
    let texts = readers.tally.texts(talkers);
    let (least, most) = (
        *texts.iter().min().unwrap_or(&0),
        *texts.iter().max().unwrap_or(&0),
    );
    let ratio = most as f64 / least as f64;
    let rate = texts.iter().sum::<u64>() as f64 * octets as f64 / 1e6 / seconds;
    Ok(format!(
        "{least} | {most} | {ratio:.2} | {rate:.1} | {gone} of {talkers} |"
    ))
}
