//! How cost grows with the room: per delivered line from 10 to 5,000 members, and of joins, both
//! alone and a thousand at once.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::crowd::connect;
use super::process::Process;
use super::record::Faults;
use super::rows::{by_turns, ratio_to};
use super::target::Target;
use super::{Options, median};

const MEMBERS: [usize; 5] = [10, 100, 1000, 2500, 5000];

pub(crate) fn measure(options: &Options) -> io::Result<Faults> {
    let faults = members(options)?;
    joins(options)?;
    Ok(faults)
}

fn members(options: &Options) -> io::Result<Faults> {
    let mut faults = Faults::default();
    println!("\nServer's CPU time per delivered line as the room grows, µs\n");
    println!(
        "| publishers × window | server |{}",
        MEMBERS
            .map(|members| format!(" {members} members |"))
            .concat()
    );
    println!("|---|---|{}", "---|".repeat(MEMBERS.len()));
    let mut targets = options.targets();
    targets.retain(|target| !matches!(target, Target::Redis | Target::Inspircd));
    for window in [1, 16] {
        let mut costs = vec![String::new(); targets.len()];
        let mut ratios = String::new();
        for members in MEMBERS {
            let trials = by_turns(options, &targets, (members, 1, window))?;
            for (costs, trial) in costs.iter_mut().zip(&trials) {
                *costs += &format!(" {:.3} |", trial.cost());
                faults += trial.faults;
            }
            ratios += &format!(" {} |", ratio_to(Target::Bare, &trials));
        }
        for (target, costs) in targets.iter().zip(costs) {
            println!("| 1 × {window} | {} |{costs}", target.name());
        }
        println!("| 1 × {window} | Parlour / bare epoll |{ratios}");
    }
    Ok(faults)
}

/// A thousand members join at once, and then one more: each join is delivered once to every member
/// present, and causes nothing else.
fn joins(options: &Options) -> io::Result<()> {
    const CROWD: usize = 1000;
    let mut at_once = Vec::new();
    let mut alone = Vec::new();
    for _ in 0..options.rounds() {
        let server = Target::Parlour.start()?;
        let sockets = visitors(&server, CROWD)?;
        let told = CROWD * (CROWD + 1) / 2;
        let before = server.cpu()?;
        join(&sockets, 0)?;
        let mut heard = hear_lines(&sockets, told)?;
        at_once.push(cost_since(&server, before, told)?);
        // The last member to join has received its own join only.
        heard.sort_unstable();
        expect(heard.into_iter().eq(1..=CROWD))?;

        let guest = visitors(&server, 1)?;
        let before = server.cpu()?;
        join(&guest, CROWD)?;
        let mut heard = hear_lines(&sockets, CROWD)?;
        heard.extend(hear_lines(&guest, 1)?);
        alone.push(cost_since(&server, before, CROWD + 1)?);
        expect(heard.into_iter().all(|lines| lines == 1))?;
    }
    println!(
        "\n{CROWD} joins at once: {:.3} µs of CPU for each delivery; \
         one join alone among {CROWD}: {:.2} µs",
        median(at_once),
        median(alone)
    );
    Ok(())
}

/// The connections that are open and greeted.
fn visitors(server: &Process, count: usize) -> io::Result<Vec<TcpStream>> {
    let sockets = (0..count)
        .map(|_| connect(server))
        .collect::<io::Result<Vec<_>>>()?;
    expect(
        hear_lines(&sockets, count)?
            .into_iter()
            .all(|lines| lines == 1),
    )?;
    Ok(sockets)
}

fn expect(holds: bool) -> io::Result<()> {
    if holds {
        Ok(())
    } else {
        Err(io::Error::other("somebody was told too much or too little"))
    }
}

fn cost_since(server: &Process, before: Duration, deliveries: usize) -> io::Result<f64> {
    Ok((server.cpu()? - before).as_secs_f64() * 1e6 / deliveries as f64)
}

fn join(sockets: &[TcpStream], first: usize) -> io::Result<()> {
    for (id, mut socket) in sockets.iter().enumerate() {
        socket.write_all(format!("JOIN m{}\n", first + id).as_bytes())?;
    }
    Ok(())
}

/// Reads until this many lines have come on all sockets together; returns the number on each.
fn hear_lines(sockets: &[TcpStream], lines: usize) -> io::Result<Vec<usize>> {
    let mut input = vec![0; 256 << 10];
    let mut heard = vec![0; sockets.len()];
    let deadline = Instant::now() + Duration::from_secs(20);
    while heard.iter().sum::<usize>() < lines {
        for (mut socket, heard) in sockets.iter().zip(&mut heard) {
            match socket.read(&mut input) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(len) => *heard += memchr::memchr_iter(b'\n', &input[..len]).count(),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        if Instant::now() > deadline {
            return Err(io::Error::other("some lines did not come"));
        }
    }
    Ok(heard)
}
