//! What a terminal can do to the program: bursts, pastes without an end, no output taken, stops,
//! absurd sizes, few colours.

use std::io::{Read, Write};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use parlour_testkit::{DEADLINE, Peer, Server};
use pty_process::{Size, blocking};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::ioctl_fionread;
use rustix::process::{Pid, Signal, kill_process};

use crate::SERVER;
use crate::journeys::{TAKEN, dani_and_drew};

/// dani in the room, at a terminal that takes output only while a test reads it.
struct Terminal {
    pty: blocking::Pty,
    pid: Pid,
    exit: mpsc::Receiver<Option<i32>>,
    /// All that was read.
    seen: Vec<u8>,
}

impl Terminal {
    fn new(server: &Server, columns: u16, rows: u16) -> Self {
        Self::with(server, columns, rows, &[])
    }

    fn with(server: &Server, columns: u16, rows: u16, environment: &[(&str, &str)]) -> Self {
        let (pty, pts) = blocking::open().unwrap();
        pty.resize(Size::new(rows, columns)).unwrap();
        let mut child = blocking::Command::new(env!("CARGO_BIN_EXE_parlour"))
            .args([&server.addr.to_string(), "--name", "dani"])
            .env("TERM", "xterm")
            .env_remove("COLORTERM")
            .env_remove("NO_COLOR")
            .env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .envs(environment.iter().copied())
            .spawn(pts)
            .unwrap();
        let pid = Pid::from_child(&child);
        let (tell, exit) = mpsc::channel();
        thread::spawn(move || tell.send(child.wait().unwrap().code()));
        let seen = Vec::new();
        Self {
            pty,
            pid,
            exit,
            seen,
        }
    }

    /// Reads until this has come, and returns the octets up to there.
    fn shows(&mut self, text: &str) -> usize {
        let start = self.seen.len();
        let text = text.as_bytes();
        let mut looked = start;
        while !self.seen[looked..]
            .windows(text.len())
            .any(|part| part == text)
        {
            looked = self.seen.len().saturating_sub(text.len()).max(start);
            let mut wait = [PollFd::new(&self.pty, PollFlags::IN)];
            let timeout = DEADLINE.try_into().unwrap();
            assert_eq!(
                poll(&mut wait, Some(&timeout)),
                Ok(1),
                "not seen: {}",
                text.escape_ascii()
            );
            let mut octets = [0; 4096];
            let len = self.pty.read(&mut octets).unwrap();
            self.seen.extend_from_slice(&octets[..len]);
        }
        self.seen.len() - start
    }

    #[track_caller]
    fn ends_with(&self, code: i32) {
        let exit = self.exit.recv_timeout(Duration::from_secs(20));
        assert_eq!(exit, Ok(Some(code)));
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if self.exit.try_recv() == Err(mpsc::TryRecvError::Empty) {
            let _ = kill_process(self.pid, Signal::KILL);
        }
    }
}

#[test]
fn a_burst_without_brackets_is_read_whole() {
    let Some((_server, _drew, tmux)) = dani_and_drew() else {
        return;
    };
    tmux.pastes_bare(&"some words in a line\n".repeat(200));
    tmux.shows("Enter sends 200 lines");
    tmux.hits(&["C-c", "C-d"]);
    tmux.is_as_before();
}

#[test]
fn a_paste_without_an_end_leaves_the_keyboard_alive() {
    let Some((_server, mut drew, tmux)) = dani_and_drew() else {
        return;
    };
    let begin = ["send-keys", "-H", "1b", "5b", "32", "30", "30", "7e"];
    tmux.tmux(&begin);
    tmux.types("so");
    tmux.input_is("> so");
    tmux.says(" what");
    drew.lines_until("dani: BCST so what");
    tmux.tmux(&begin);
    tmux.hits(&["C-c"]);
    drew.lines_until("dani has left the chat");
    tmux.is_as_before();
}

#[test]
fn a_signal_ends_it_while_the_terminal_takes_no_output() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 143), (Signal::INT, 130)] {
        let server = Server::start(SERVER, &[]);
        let mut terminal = Terminal::new(&server, 300, 300);
        terminal.shows("you are in the room as dani");
        let mut drew = Peer::member(server.addr, "drew");
        for i in 0..300 {
            drew.send(format!("BCST {} {i}.\n", "x".repeat(270)));
        }
        terminal.shows(" 299.");
        // All at once is more than the kernel keeps for the terminal.
        terminal.pty.write_all(b"\x0c").unwrap();
        while ioctl_fionread(&terminal.pty).unwrap() < 4095 {
            thread::yield_now();
        }
        kill_process(terminal.pid, signal).unwrap();
        terminal.ends_with(code);
    }
}

#[test]
fn stopped_from_outside_it_comes_back_as_after_ctrl_z() {
    let Some((server, mut drew, tmux)) = dani_and_drew() else {
        return;
    };
    tmux.hits(&["C-c"]);
    drew.lines_until("dani has left the chat");
    tmux.is_as_before();
    let parlour = env!("CARGO_BIN_EXE_parlour");
    tmux.says("clear; stty -g >$XDG_STATE_HOME/before");
    let address = server.addr;
    tmux.says(&format!(
        "sh -c 'echo $$ >$XDG_STATE_HOME/pid; exec {parlour} {address} --name dani'"
    ));
    tmux.shows("you are in the room as dani");
    let pid = std::fs::read_to_string(tmux.state.join("pid")).unwrap();
    let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    for signal in [Signal::TSTP, Signal::STOP] {
        kill_process(pid, signal).unwrap();
        if signal == Signal::TSTP {
            tmux.is_as_before();
        } else {
            tmux.shows("Stopped (signal)");
        }
        drew.send("BCST while you were away\n");
        drew.lines_until("drew: BCST while you were away");
        if signal == Signal::STOP {
            // Most shells do so by themselves.
            tmux.types("stty sane");
            tmux.hits(&["C-j"]);
        }
        tmux.says("fg");
        tmux.until("a whole screen", |screen| {
            screen[15].starts_with("> type a message")
                && screen[0].contains("2 here")
                && !screen.join("").contains(" fg")
        });
        assert_eq!(tmux.modes(), TAKEN);
        // Not echoed by the terminal, and no line of it.
        tmux.types("a draft");
        tmux.input_is("> a draft");
        tmux.hits(&["C-u"]);
        tmux.input_is("> type a message, /help for help");
    }
    tmux.hits(&["C-l", "C-c"]);
    tmux.is_as_before();
}

#[test]
fn an_absurd_size_is_cut() {
    let server = Server::start(SERVER, &[]);
    let mut drew = Peer::member(server.addr, "drew");
    let mut terminal = Terminal::new(&server, u16::MAX, u16::MAX);
    terminal.shows("you are in the room as dani");
    terminal.pty.write_all(b"hello\r").unwrap();
    drew.lines_until("dani: BCST hello");
    kill_process(terminal.pid, Signal::TERM).unwrap();
    terminal.shows("\u{1b}[?1049l");
    terminal.ends_with(143);
}

#[test]
fn a_line_costs_a_row_and_not_the_whole_screen() {
    let server = Server::start(SERVER, &[]);
    let mut terminal = Terminal::new(&server, 80, 24);
    terminal.shows("you are in the room as dani");
    let mut drew = Peer::member(server.addr, "drew");
    let mut octets = Vec::new();
    for i in 0..100 {
        drew.send(format!("BCST {} {i}.\n", "some words ".repeat(4)));
        octets.push(terminal.shows(&format!(" {i}.")));
    }
    let of_a_full_screen: usize = octets[50..].iter().sum();
    let mean = of_a_full_screen / 50;
    assert!(mean < 200, "{mean} octets for each line");
}

#[test]
fn only_colours_that_the_terminal_has_are_sent() {
    for (term, colorterm, asks) in [
        ("vt100", "truecolor", false),
        ("xterm", "", false),
        ("xterm", "truecolor", true),
        ("xterm-256color", "", true),
    ] {
        let server = Server::start(SERVER, &[]);
        let environment = [("TERM", term), ("COLORTERM", colorterm)];
        let mut terminal = Terminal::with(&server, 80, 16, &environment);
        terminal.shows("you are in the room as dani");
        let mut drew = Peer::member(server.addr, "drew");
        drew.send("BCST hi\n");
        terminal.shows(": hi");
        let has = |seen: &[u8], part: &str| String::from_utf8_lossy(seen).contains(part);
        assert_eq!(has(&terminal.seen, "\u{1b}]11;?\u{1b}\\"), asks, "{term}");
        assert_eq!(has(&terminal.seen, "\u{1b}[9"), asks, "{term}");
        assert!(!has(&terminal.seen, "\u{1b}[38;5;"));
        if asks {
            terminal
                .pty
                .write_all(b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\")
                .unwrap();
            terminal.shows("\u{1b}[38;5;");
        }
    }
}
