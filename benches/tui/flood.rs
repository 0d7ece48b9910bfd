//! A server with one client, to which it sends more than anybody can read.

use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How fast the server sends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// This many lines a second, a few at a time.
    Lines(u64),
    /// As fast as the client reads.
    Full,
    /// As fast as the client reads, in lines of 4,000 octets.
    Long,
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lines(lines) => write!(f, "{lines} lines a second"),
            Self::Full => write!(f, "as many lines as it reads"),
            Self::Long => write!(f, "as many lines of 4000 octets as it reads"),
        }
    }
}

pub(crate) struct Flood {
    pub(crate) addr: SocketAddr,
    lines: Arc<AtomicU64>,
}

impl Flood {
    /// Serves the next client that connects, until that client leaves.
    pub(crate) fn start(pace: Pace) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let addr = listener.local_addr()?;
        let lines = Arc::new(AtomicU64::new(0));
        let said = Arc::clone(&lines);
        // It ends with an error: the client is killed.
        thread::spawn(move || serve(listener.accept()?.0, pace, &said));
        Ok(Self { addr, lines })
    }

    /// The lines sent so far.
    pub(crate) fn lines(&self) -> u64 {
        self.lines.load(Ordering::Relaxed)
    }
}

fn serve(stream: TcpStream, pace: Pace, said: &AtomicU64) -> io::Result<()> {
    let mut hears = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    hears.read_line(&mut String::new())?;
    stream.write_all(b"SERVER: dani joined the chat!\nOnline: drew, dani\n")?;
    thread::spawn(move || io::copy(&mut hears, &mut io::sink()));
    let tick = Duration::from_millis(1);
    let (mut nth, start) = (0_u64, Instant::now());
    loop {
        let lines = match pace {
            Pace::Lines(lines) => {
                thread::sleep(tick);
                // The number of lines that are due by now.
                (start.elapsed().as_secs_f64() * lines as f64) as u64 - nth
            }
            Pace::Full | Pace::Long => 100,
        };
        let mut chunk = Vec::new();
        for _ in 0..lines {
            nth += 1;
            let from = ["drew", "ann", "bob"][(nth % 3) as usize];
            let text = match pace {
                Pace::Long => "and on ".repeat(570),
                Pace::Lines(_) | Pace::Full => "and on it goes".to_owned(),
            };
            writeln!(
                chunk,
                "{from}: BCST line {nth} of a flood without an end, {text}"
            )?;
        }
        stream.write_all(&chunk)?;
        said.fetch_add(lines, Ordering::Relaxed);
    }
}
