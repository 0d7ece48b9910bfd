//! A thousand connections send as much as the server takes and never read: the memory that the
//! server holds for them, and what it keeps after they have gone.

use std::io;
use std::net::SocketAddr;
use std::thread::sleep;
use std::time::Duration;

use super::flood::{Attacker, Flood};
use super::idle::Idle;
use super::login::{Login, connect};
use super::target::Target;
use super::words::{Words, said, said_to};

const PEERS: usize = 1000;
const FLOOD: Duration = Duration::from_secs(5);

/// How long the server may keep working on its input, and then has to give memory back.
const WORK: Duration = Duration::from_secs(60);
const REST: Duration = Duration::from_secs(3);

/// The senders and their lines.
enum Load {
    Visitors(Words),
    HalfLines,
    Lists,
    Private,
    Broadcast,
}

const LOADS: [(&str, Load); 8] = [
    ("visitors, x", Load::Visitors(Words::Unknown)),
    ("visitors, PING", Load::Visitors(Words::Ping)),
    ("visitors, HELP", Load::Visitors(Words::Help)),
    ("visitors, PING of 4 KB", Load::Visitors(Words::LongPing)),
    ("visitors, half a line each", Load::HalfLines),
    ("members, LIST", Load::Lists),
    ("members, MESG of 900 octets to the next", Load::Private),
    ("members, BCST of 900 octets", Load::Broadcast),
];

pub(crate) fn play(targets: &[Target]) -> io::Result<()> {
    println!(
        "\n{PEERS} peers send for {} s and never read: the server's resident memory, MiB\n",
        FLOOD.as_secs()
    );
    println!(
        "| server | who, what | sent, MB | peak | {} s after all left |",
        REST.as_secs()
    );
    println!("|---|---|---|---|---|");
    for (title, load) in &LOADS {
        for target in targets.iter().filter(|target| target.is_parlour()) {
            let row = flood(target, load)?;
            println!("| {} | {title} | {row}", target.name);
        }
    }
    Ok(())
}

fn flood(target: &Target, load: &Load) -> io::Result<String> {
    let server = match load {
        Load::Visitors(_) | Load::HalfLines => target.start(&[])?,
        Load::Lists | Load::Private | Load::Broadcast => target.start(&["--capacity", "1000"])?,
    };
    let attackers = (0..PEERS).map(|id| attacker(target, load, server.address, id));
    let attackers = attackers.collect::<io::Result<_>>()?;
    let flood = Flood::start(attackers);
    sleep(FLOOD);
    let taken = flood.taken() as f64 / 1e6;
    drop(flood.end()?);
    Idle::wait(&server, WORK)?;
    sleep(REST);
    Ok(format!(
        "{taken:.1} | {:.1} | {:.1} |",
        server.most_resident() / 1024.0,
        server.resident() / 1024.0
    ))
}

fn attacker(target: &Target, load: &Load, server: SocketAddr, id: usize) -> io::Result<Attacker> {
    let member = |id: usize| format!("m{id}");
    let line = match load {
        Load::Visitors(words) => words.line(target).expect("Parlour has a line for each"),
        Load::HalfLines => [b"\n".as_slice(), &[b'x'; 4000]].concat(),
        Load::Lists => b"LIST\n".to_vec(),
        Load::Private => said_to(&member((id + 1) % PEERS), 0, 900),
        Load::Broadcast => said(target, 0, 900),
    };
    match load {
        Load::Visitors(_) => Ok(Attacker::new(connect(server)?, &line)),
        Load::HalfLines => {
            let octets = line.len() as u64;
            Ok(Attacker::new(connect(server)?, &line).at_most(octets))
        }
        Load::Lists | Load::Private | Load::Broadcast => {
            let socket = Login::of_reader(target, &member(id)).enter(server)?;
            Ok(Attacker::new(socket, &line))
        }
    }
}
