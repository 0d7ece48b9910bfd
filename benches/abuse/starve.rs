//! Visitors flood: the latency of a member's PING meanwhile, and the time a newcomer needs to join.

use std::io;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::Options;
use super::flood::{Attacker, Flood};
use super::login::{Login, connect};
use super::probe::Probe;
use super::process::Process;
use super::target::Target;
use super::words::Words;

const DURATION: Duration = Duration::from_secs(5);

/// Members of the large room.
const MEMBERS: usize = 1000;
const VISITORS: usize = 1000;

pub(crate) fn play(options: &Options, targets: &[Target]) -> io::Result<()> {
    header("Visitors flood for");
    for &visitors in &options.visitors {
        for words in Words::ALL {
            for is_reading in [true, false] {
                for target in targets {
                    let Some(line) = words.line(target) else {
                        continue;
                    };
                    let server = target.start(&["--capacity", "100"])?;
                    let row = flood(target, &server, visitors, &line, is_reading, true)?;
                    let reading = if is_reading { "yes" } else { "no" };
                    println!(
                        "| {} | {visitors} | {words} | {reading} | {row}",
                        target.name
                    );
                }
            }
        }
    }
    header("In a room of 1,000 members, visitors flood for");
    for words in Words::ALL {
        for target in targets.iter().filter(|target| target.is_parlour()) {
            let Some(line) = words.line(target) else {
                continue;
            };
            let server = target.start(&["--capacity", "1001", "--max-connections", "2100"])?;
            let _members = members(target, &server)?;
            let row = flood(target, &server, VISITORS, &line, true, false)?;
            println!("| {} | {VISITORS} | {words} | yes | {row}", target.name);
        }
    }
    Ok(())
}

fn header(title: &str) {
    println!(
        "\n{title} {} s: a member's PING and a newcomer's way in, ms\n",
        DURATION.as_secs()
    );
    print!("| server | visitors | what they say | they read | sent, MB | thrown out |");
    println!(" PING p50 | p99 | max | unanswered | newcomer p50 | p99 | max | not in |");
    println!("|{}", "---|".repeat(14));
}

fn members(target: &Target, server: &Process) -> io::Result<Vec<TcpStream>> {
    let join = |id| Login::of_reader(target, &format!("m{id}")).enter(server.address);
    (0..MEMBERS).map(join).collect()
}

/// The cells of a row, from what the server took; some of that waits in the kernel.
fn flood(
    target: &Target,
    server: &Process,
    visitors: usize,
    line: &[u8],
    is_reading: bool,
    is_open: bool,
) -> io::Result<String> {
    let probe = Probe::member(target, server.address)?;
    let first = Attacker::new(connect(server.address)?, line);
    let first = if is_reading { first.reading() } else { first };
    let mut attackers = Vec::new();
    for _ in 1..visitors {
        attackers.push(first.and(connect(server.address)?));
    }
    attackers.push(first);
    let flood = Flood::start(attackers);
    let (start, mut sent) = (Instant::now(), 0);
    let noticed = probe.run(is_open, || {
        sent = flood.taken();
        Ok(start.elapsed() >= DURATION)
    })?;
    let gone = flood.end()?.gone();
    Ok(format!(
        "{:.1} | {gone} | {} | {} |",
        sent as f64 / 1e6,
        noticed.pings,
        noticed.joins
    ))
}
