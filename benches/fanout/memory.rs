//! Resident memory per connection, and how fast ten thousand are accepted.

use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::Options;
use super::crowd::{Crowd, connect};
use super::target::Target;

pub(crate) fn measure(options: &Options) -> io::Result<()> {
    let connections = if options.quick { 2_000 } else { 10_000 };
    println!(
        "\nResident memory per connection at {connections}, and the time in \
         which they are accepted\n"
    );
    println!(
        "| server | at the start, MiB | idle, KiB each | joined, KiB each \
         | accepted in, s | server's CPU for it, s |"
    );
    println!("|---|---|---|---|---|---|");
    // InspIRCd tells every newcomer about every member, which takes minutes at this number.
    for target in options
        .targets()
        .into_iter()
        .filter(|&target| target != Target::Inspircd)
    {
        let server = target.start()?;
        let first = connect(&server)?;
        let (start, begin, cpu) = (server.resident(), Instant::now(), server.cpu()?);
        let files = server.open_files()? + connections;
        let sockets = (0..connections)
            .map(|_| connect(&server))
            .collect::<io::Result<Vec<_>>>()?;
        while server.open_files()? < files && begin.elapsed() < Duration::from_secs(20) {
            sleep(Duration::from_millis(5));
        }
        let (accepted, cpu) = (begin.elapsed().as_secs_f64(), server.cpu()? - cpu);
        sleep(Duration::from_millis(100));
        let idle = (server.resident() - start) / connections as f64;
        drop((sockets, first, server));

        let server = target.start()?;
        let start_of_joined = server.resident();
        let crowd = Crowd::gather(target, &server, connections, 1)?;
        let joined = (server.resident() - start_of_joined) / connections as f64;
        drop(crowd);
        let name = target.name();
        println!(
            "| {name} | {:.1} | {idle:.2} | {joined:.2} | {accepted:.2} | {:.2} |",
            start / 1024.0,
            cpu.as_secs_f64()
        );
    }
    Ok(())
}
