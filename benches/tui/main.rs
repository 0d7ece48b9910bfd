//! What a person at the full screen feels: the time to the first frame, the latency of typing
//! during a flood, and the memory used.
//!
//! `cargo bench --bench tui` drives the program in a pseudo-terminal for half a minute and prints
//! Markdown. Octets are timed as they leave the program; the terminal's own delay is not included.

mod figures;
mod flood;
mod terminal;

use std::io;
use std::time::{Duration, Instant};

use parlour_testkit::Server;

use self::figures::Figures;
use self::flood::{Flood, Pace};

use self::terminal::Terminal;

/// The number of cold starts that are timed.
const STARTS: usize = 50;

/// The number of keys that are hit during a flood, and the time between two of them.
const KEYS: usize = 400;
const BETWEEN: Duration = Duration::from_millis(20);

/// Letters that appear nowhere else on the screen.
const LETTERS: &str = "абвгдежзийклмнопрстуфхцчшщъыьэюя";

fn main() -> io::Result<()> {
    println!("| in ms | median | 99 of 100 | worst |");
    println!("|---|---|---|---|");
    let (first, joined) = starts()?;
    println!("| start to the first frame | {first} |");
    println!("| start to being in the room | {joined} |");

    let mut held = Vec::new();
    for pace in [Pace::Lines(0), Pace::Lines(10_000), Pace::Full, Pace::Long] {
        let (typing, lines, memory) = typing(pace)?;
        println!("| a key to its letter, {pace} | {typing} |");
        held.push((pace, lines, memory));
    }
    println!("\n| | lines a second that were read | most memory held, MiB |");
    println!("|---|---|---|");
    for (pace, lines, memory) in held {
        println!("| {pace} | {lines:.0} | {memory:.1} |");
    }
    Ok(())
}

/// The time from the start of the program to its first frame, and to the frame that says that the
/// room has admitted it.
fn starts() -> io::Result<(Figures, Figures)> {
    let server = Server::start(env!("CARGO_BIN_EXE_parlour-server"), &[]);
    let (mut first, mut joined) = (Figures::default(), Figures::default());
    for _ in 0..STARTS {
        let start = Instant::now();
        let mut terminal = Terminal::run(server.addr)?;
        first.add(terminal.shows("connecting...")? - start);
        joined.add(terminal.shows("you are in the room as dani")? - start);
        // On an empty line this leaves.
        terminal.types("\u{3}")?;
        terminal.ends()?;
    }
    Ok((first, joined))
}

/// The time from a key to its letter on the screen. Also the lines read a second meanwhile, and the
/// peak memory.
fn typing(pace: Pace) -> io::Result<(Figures, f64, f64)> {
    let flood = Flood::start(pace)?;
    let mut terminal = Terminal::run(flood.addr)?;
    // During a flood, what the server sends may never become visible.
    terminal.shows("type a message")?;
    let mut figures = Figures::default();
    let mut letters = LETTERS.chars();
    let before = (Instant::now(), flood.lines());
    for nth in 0..KEYS {
        let letter = letters.next().unwrap_or_else(|| {
            letters = LETTERS.chars();
            letters.next().expect("there are letters")
        });
        if letter == 'а' && nth > 0 {
            // An empty line again. It must be visible, or the next letter would change no cell.
            terminal.types("\u{15}")?;
            terminal.shows("type a message")?;
        }
        let hit = Instant::now();
        terminal.types(letter.encode_utf8(&mut [0; 4]))?;
        figures.add(terminal.shows(letter.encode_utf8(&mut [0; 4]))? - hit);
        std::thread::sleep(BETWEEN);
    }
    let lines = (flood.lines() - before.1) as f64 / before.0.elapsed().as_secs_f64();
    let memory = terminal.most_memory();
    terminal.kill()?;
    Ok((figures, lines, memory))
}
