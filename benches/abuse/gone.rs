//! A thousand visitors send much, read nothing and reset their connections: how long the server
//! keeps working on what they sent.

use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::net::sockopt::set_socket_linger;

use super::flood::{Attacker, Flood};
use super::idle::Idle;
use super::login::connect;
use super::probe::Probe;
use super::process::Process;
use super::target::Target;
use super::words::Words;

const VISITORS: usize = 1000;
const OCTETS: u64 = 1_300_000;

/// Sending ends when the server has taken nothing for this long, or at the latest after
/// [`SENDING`].
const STILL: Duration = Duration::from_secs(1);
const SENDING: Duration = Duration::from_secs(10);

/// The most to wait for the server; a visitor has a minute.
const TIMEOUT: Duration = Duration::from_secs(50);

pub(crate) fn play(targets: &[Target]) -> io::Result<()> {
    println!(
        "\n{VISITORS} visitors send {} MB each, read nothing and reset their connections\n",
        OCTETS as f64 / 1e6
    );
    print!("| server | what they say | sent, MB | busy after the resets, s |");
    println!(" a visitor's PING meanwhile, ms: p50 | p99 | max | unanswered |");
    println!("|{}", "---|".repeat(8));
    for words in Words::ALL {
        for target in targets.iter().filter(|target| target.is_parlour()) {
            let line = words.line(target).expect("Parlour has a line for each");
            let row = vanish(target, &line)?;
            println!("| {} | {words} | {row}", target.name);
        }
    }
    Ok(())
}

fn vanish(target: &Target, line: &[u8]) -> io::Result<String> {
    let server = target.start(&[])?;
    let first = Attacker::new(connect(server.address)?, line).at_most(OCTETS);
    let mut attackers = Vec::new();
    for _ in 1..VISITORS {
        attackers.push(first.and(connect(server.address)?));
    }
    attackers.push(first);
    let flood = Flood::start(attackers);
    let start = Instant::now();
    let (mut taken, mut since) = (0, start);
    while since.elapsed() < STILL && start.elapsed() < SENDING {
        sleep(Duration::from_millis(50));
        if flood.taken() > taken {
            (taken, since) = (flood.taken(), Instant::now());
        }
    }
    let probe = Probe::visitor(target, server.address)?;
    for attacker in flood.end()?.attackers {
        set_socket_linger(&attacker.socket, Some(Duration::ZERO))?;
    }
    let (busy, pings) = aftermath(&server, probe)?;
    Ok(format!("{:.0} | {busy} | {pings} |", taken as f64 / 1e6))
}

/// How long the server is busy, and how late it answers meanwhile.
fn aftermath(server: &Process, probe: Probe<'_>) -> io::Result<(String, String)> {
    let mut idle = Idle::new(server)?;
    let start = Instant::now();
    let noticed = probe.run(false, || {
        Ok(idle.look(server)? || start.elapsed() >= TIMEOUT)
    })?;
    let busy = if start.elapsed() >= TIMEOUT {
        format!("over {}", TIMEOUT.as_secs())
    } else {
        format!("{:.1}", idle.worked_for().as_secs_f64())
    };
    Ok((busy, noticed.pings.to_string()))
}
