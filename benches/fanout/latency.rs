//! Latency without coordinated omission: texts are due at a fixed rate whether or not earlier ones
//! have arrived, and the latency of each delivery counts from the moment its text was due.

use std::io;
use std::time::Duration;

use super::crowd::Crowd;
use super::record::Faults;
use super::target::Target;
use super::{Options, median, ratio};

/// Members, publishers, lines a second of each publisher.
const RATES: [(usize, usize, u32); 2] = [(100, 10, 300), (1000, 10, 30)];

pub(crate) fn measure(options: &Options) -> io::Result<Faults> {
    println!(
        "\nFrom the moment at which a line is due to a member's read, ms: median / 99 % / longest\n"
    );
    println!(
        "| members × publishers × lines a second | server | p50 | p99 | max \
         | p99 / bare epoll | lines checked |"
    );
    println!("|---|---|---|---|---|---|---|");
    let mut faults = Faults::default();
    for (members, publishers, rate) in RATES {
        let mut stands = Vec::new();
        for target in options.targets() {
            let server = target.start()?;
            let mut crowd = Crowd::gather(target, &server, members, publishers)?;
            crowd.talk_at_rate(publishers, rate, Duration::from_millis(200))?;
            stands.push((target, server, crowd, Vec::new()));
        }
        let count = stands.len();
        for round in 0..options.rounds() {
            for turn in 0..count {
                let (_, _, crowd, samples) = &mut stands[(round + turn) % count];
                samples.push(crowd.talk_at_rate(publishers, rate, Duration::from_secs(2))?);
            }
        }
        let at = |samples: &[Vec<u32>], part: f64| -> Vec<f64> {
            let pick = |sample: &Vec<u32>| {
                f64::from(sample[((sample.len() - 1) as f64 * part) as usize]) / 1e3
            };
            samples.iter().map(pick).collect()
        };
        let bare = stands
            .iter()
            .find(|stand| stand.0 == Target::Bare)
            .map(|stand| at(&stand.3, 0.99));
        for (target, _, crowd, samples) in &stands {
            let [p50, p99, max] = [0.5, 0.99, 1.0].map(|part| median(at(samples, part)));
            let say = |(ratio, least, most)| format!("{ratio:.2} ({least:.2}–{most:.2})");
            let ratio = bare
                .as_ref()
                .map(|bare| say(ratio(&at(samples, 0.99), bare)));
            let ratio = ratio.unwrap_or_else(|| "–".to_owned());
            let checked = samples.iter().map(Vec::len).sum::<usize>() as f64 / 1e6;
            let name = target.name();
            println!(
                "| {members} × {publishers} × {rate} | {name} | {p50:.2} | {p99:.2} \
                 | {max:.2} | {ratio} | {checked:.1} M |"
            );
            faults += crowd.faults();
        }
    }
    println!("\n{faults:?}");
    Ok(faults)
}
