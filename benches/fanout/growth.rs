//! How cost grows with the room: per delivered line from 10 to 5,000 members, and of joins, alone and a thousand at once.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::crowd::connect;
use super::process::Process;
use super::record::Faults;
use super::rows::by_turns;
use super::target::Target;
use super::{Options, median};

const MEMBERS: [usize; 5] = [10, 100, 1000, 2500, 5000];

pub(crate) fn measure(options: &Options) -> io::Result<Faults> {
    let faults = members(options)?;
    joins()?;
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
        for members in MEMBERS {
            let trials = by_turns(options, &targets, (members, 1, window))?;
            for (costs, trial) in costs.iter_mut().zip(trials) {
                *costs += &format!(" {:.3} |", trial.cost());
                faults += trial.faults;
            }
        }
        for (target, costs) in targets.iter().zip(costs) {
            println!("| 1 × {window} | {} |{costs}", target.name());
        }
    }
    Ok(faults)
}

fn joins() -> io::Result<()> {
    const CROWD: usize = 1000;
    let server = Target::Parlour.start()?;
    let sockets = (0..CROWD)
        .map(|_| connect(&server))
        .collect::<io::Result<Vec<_>>>()?;
    hear_lines(&sockets, CROWD)?;

    let told = CROWD * (CROWD + 1) / 2;
    let (at_once, wall) = (server.cpu()?, Instant::now());
    join(&sockets, 0)?;
    hear_lines(&sockets, told)?;
    let (at_once, wall) = (cost_since(&server, at_once, told)?, wall.elapsed());
    println!(
        "\n{CROWD} joins at once: {told} deliveries, {at_once:.3} µs of CPU each, {:.0} ms in all",
        wall.as_secs_f64() * 1e3
    );

    const ALONE: usize = 50;
    let guests = (0..ALONE)
        .map(|_| connect(&server))
        .collect::<io::Result<Vec<_>>>()?;
    hear_lines(&guests, ALONE)?;
    let mut alone = Vec::new();
    for (nth, guest) in guests.iter().enumerate() {
        let before = server.cpu()?;
        join(std::slice::from_ref(guest), CROWD + nth)?;
        hear_lines(&sockets, CROWD)?;
        hear_lines(&guests[..=nth], nth + 1)?;
        alone.push(cost_since(&server, before, CROWD + nth + 1)?);
    }
    println!(
        "one join alone among {CROWD}: {:.2} µs of CPU for each delivery",
        median(alone)
    );
    Ok(())
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

/// Reads until this many lines have come on all sockets together.
fn hear_lines(sockets: &[TcpStream], mut lines: usize) -> io::Result<()> {
    let mut input = vec![0; 256 << 10];
    let deadline = Instant::now() + Duration::from_secs(20);
    while lines > 0 {
        for mut socket in sockets {
            match socket.read(&mut input) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(len) => lines -= memchr::memchr_iter(b'\n', &input[..len]).count().min(lines),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        if Instant::now() > deadline {
            return Err(io::Error::other(format!("{lines} lines did not come")));
        }
    }
    Ok(())
}
