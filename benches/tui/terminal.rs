//! The program in a pseudo-terminal, and when its output appears.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Instant;

use parlour_testkit::{DEADLINE, kib};
use pty_process::Size;
use pty_process::blocking::{self, Pts, Pty};

pub(crate) struct Terminal {
    pty: Arc<Pty>,
    /// Held open, so that the last output is not lost.
    _pts: Pts,
    child: Child,
    arriving: Receiver<(Instant, Vec<u8>)>,
    /// The end of the output so far, in which a text may have begun.
    tail: Vec<u8>,
    /// When that output came.
    came: Instant,
}

impl Terminal {
    /// The program in 80 columns and 24 rows.
    pub(crate) fn run(addr: SocketAddr) -> io::Result<Self> {
        let (pty, pts) = blocking::open().map_err(io::Error::other)?;
        pty.resize(Size::new(24, 80)).map_err(io::Error::other)?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_parlour"));
        command.args([&addr.to_string(), "--name", "dani"]);
        command.env("TERM", "xterm-256color");
        command.env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR"));
        command.env_remove("NO_COLOR");
        let mut command = blocking::Command::from(command);
        let child = command.spawn_borrowed(&pts).map_err(io::Error::other)?;
        let pty = Arc::new(pty);
        let reading = Arc::clone(&pty);
        let (arrived, arriving) = mpsc::channel();
        thread::spawn(move || {
            let mut octets = vec![0; 1 << 16];
            while let Ok(len @ 1..) = (&*reading).read(&mut octets) {
                if arrived
                    .send((Instant::now(), octets[..len].to_vec()))
                    .is_err()
                {
                    break;
                }
            }
        });
        Ok(Self {
            pty,
            _pts: pts,
            child,
            arriving,
            tail: Vec::new(),
            came: Instant::now(),
        })
    }

    pub(crate) fn types(&self, keys: &str) -> io::Result<()> {
        (&*self.pty).write_all(keys.as_bytes())
    }

    /// When `text` appeared, after the text that was awaited before.
    pub(crate) fn shows(&mut self, text: &str) -> io::Result<Instant> {
        let text = text.as_bytes();
        loop {
            if let Some(found) = memchr::memmem::find(&self.tail, text) {
                self.tail.drain(..found + text.len());
                return Ok(self.came);
            }
            let over = self.tail.len().saturating_sub(text.len());
            self.tail.drain(..over);
            let more = self.arriving.recv_timeout(DEADLINE);
            let (came, more) =
                more.map_err(|e| io::Error::other(format!("{e}: {}", text.escape_ascii())))?;
            self.came = came;
            self.tail.extend_from_slice(&more);
        }
    }

    /// Its peak memory, in MiB.
    pub(crate) fn most_memory(&self) -> f64 {
        kib(self.child.id(), "VmHWM:") as f64 / 1024.0
    }

    /// Waits for the program to leave.
    pub(crate) fn ends(mut self) -> io::Result<()> {
        self.child.wait().map(drop)
    }

    pub(crate) fn kill(mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }
}
