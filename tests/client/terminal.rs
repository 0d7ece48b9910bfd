//! The program's line mode in a real pseudo-terminal: what a person types and sees.

use std::io::{Read, Write};
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use parlour_testkit::{DEADLINE, GREETING, Server, scripted};
use pty_process::blocking::{self, Pts, Pty};

use crate::SERVER;
use crate::program::{parlour, subcommand};

const CTRL_C: &str = "\u{3}";
const CTRL_D: &str = "\u{4}";

/// A terminal with a program in it.
struct Terminal {
    pty: Arc<Pty>,
    /// Held open, because the last output is lost to a reader when no process holds it any more.
    pts: Pts,
    child: Child,
    arriving: Receiver<Vec<u8>>,
    /// Everything on the screen so far, including what was typed.
    seen: String,
}

impl Terminal {
    /// The line mode.
    fn run(mut command: Command) -> Self {
        command.arg("--plain");
        Self::begin(command)
    }

    fn begin(mut command: Command) -> Self {
        command.env("TERM", "xterm");
        let (pty, pts) = blocking::open().unwrap();
        let child = blocking::Command::from(command)
            .spawn_borrowed(&pts)
            .unwrap();
        let pty = Arc::new(pty);
        let reading = Arc::clone(&pty);
        let (arrived, arriving) = mpsc::sync_channel(64);
        thread::spawn(move || {
            let mut octets = [0; 4096];
            // A terminal whose program has ended gives an error, not an end.
            while let Ok(len @ 1..) = (&*reading).read(&mut octets) {
                if arrived.send(octets[..len].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            pty,
            pts,
            child,
            arriving,
            seen: String::new(),
        }
    }

    fn types(&self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for `text` after the text that was awaited before.
    fn shows(&mut self, text: &str) {
        loop {
            if let Some(at) = self.seen.find(text) {
                self.seen.drain(..at + text.len());
                return;
            }
            let more = self.arriving.recv_timeout(DEADLINE);
            let more =
                more.unwrap_or_else(|e| panic!("{e} waiting for {text:?} in {:?}", self.seen));
            self.seen.push_str(&String::from_utf8_lossy(&more));
        }
    }

    /// Waits for the program to end. Returns its exit code and its last output.
    fn ends(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        drop(self.pts);
        while let Ok(more) = self.arriving.recv_timeout(DEADLINE) {
            self.seen.push_str(&String::from_utf8_lossy(&more));
        }
        (code, self.seen)
    }
}

/// What a screen reader speaks is what a person says, and each line once; MESG-2, QUIT-2
#[test]
fn two_people_talk_in_words() {
    let server = Server::start(SERVER, &[]);
    let person = || {
        let mut command = parlour(server.addr);
        command.env("NO_COLOR", "1");
        command
    };
    let mut dani = Terminal::run(person());
    dani.shows("connected; to join, type /join and a name; /help shows what you can type\r\n");
    dani.types("/join dani\n");
    dani.shows("/join dani\r\nyou are in the room as dani\r\n");

    let mut drew = person();
    drew.args(["--name", "drew"]);
    let mut drew = Terminal::run(drew);
    drew.shows("connected; /help shows what you can type\r\nyou are in the room as drew\r\n");
    dani.shows("drew joined\r\n");

    dani.types("hello, everyone!\n/msg drew hi, drew\n/msg zed hi\n/who\n");
    drew.shows("dani: hello, everyone!\r\n[private] dani: hi, drew\r\n");
    // The terminal shows what was typed, and may do so before or after what comes.
    dani.shows("refused: nobody here has that name\r\n2 here: dani, drew\r\n");
    drew.types("/quit\n");
    let (code, last) = drew.ends();
    assert_eq!((code, &*last), (Some(0), "/quit\r\n"));
    dani.shows("drew left\r\n");
    dani.types("QUIT\n");
    let (code, last) = dani.ends();
    assert_eq!((code, &*last), (Some(0), "QUIT\r\n"));
}

/// The mission's conversation, with a line without a verb; MESG-2, QUIT-2
#[test]
fn with_the_option_the_protocol_is_shown() {
    let server = Server::start(SERVER, &[]);
    let protocol = || {
        let mut command = parlour(server.addr);
        command.arg("--protocol");
        command
    };
    let mut dani = Terminal::run(protocol());
    dani.shows(GREETING);
    dani.types("hello?\n");
    dani.shows("parlour: not sent, you are not in the room yet");
    dani.types("JOIN dani\n");
    dani.shows("SERVER: dani joined the chat!");

    let mut drew = protocol();
    drew.args(["--name", "drew"]);
    let mut drew = Terminal::run(drew);
    drew.shows("SERVER: drew joined the chat!");
    dani.shows("SERVER: drew joined the chat!");

    dani.types("hello, everyone!\n");
    drew.shows("dani: BCST hello, everyone!\r\n");
    dani.shows("dani: BCST hello, everyone!\r\n");
    dani.types("/msg drew hi, drew\n");
    drew.shows("dani: MESG drew hi, drew");
    drew.types("/who\n");
    drew.shows("Online: dani, drew");
    drew.types("/quit\n");
    drew.shows("close");
    assert_eq!(drew.ends().0, Some(0));
    dani.shows("drew has left the chat");
    dani.types("QUIT\n");
    dani.shows("close");
    assert_eq!(dani.ends().0, Some(0));
}

/// A person has read why a line was not said, so leaving succeeds.
#[test]
fn a_slip_at_a_terminal_is_still_exit_0() {
    let server = Server::start(SERVER, &[]);
    for end in ["/quit\n", CTRL_D] {
        let mut dani = Terminal::run(parlour(server.addr));
        dani.shows("connected");
        dani.types("/nick dani\n");
        dani.shows("parlour: not sent: there is no /nick");
        dani.types("JOIN dani\n");
        dani.shows("you are in the room as dani");
        dani.types("/msg zed hi\n");
        dani.shows("refused: ");
        dani.types(end);
        assert_eq!(dani.ends().0, Some(0), "{end:?}");
    }
}

/// Nobody here can be asked again, as on the full screen.
#[test]
fn a_slip_is_not_said_to_everyone() {
    let server = Server::start(SERVER, &[]);
    let mut command = parlour(server.addr);
    command.args(["--name", "dani"]);
    let mut dani = Terminal::run(command);
    for (line, meant) in [
        ("quit", "in capitals it is a command"),
        ("msg zed psst", "/msg zed says it to zed alone"),
        (" /msg zed psst", "/msg zed says it to zed alone"),
    ] {
        dani.types(&format!("{line}\n"));
        dani.shows(&format!(
            "parlour: not sent: {meant} (to say it to everyone, type BCST before it)"
        ));
    }
    dani.types("BCST quit\n");
    dani.shows("BCST quit\r\n");
    dani.types("/quit\n");
    let (code, seen) = dani.ends();
    assert_eq!(code, Some(0));
    assert!(!seen.contains("psst"), "{seen}");
}

/// Colour is for terminals, and for people who have not set `NO_COLOR`.
#[test]
fn a_private_line_stands_out_unless_no_colour_is_wanted() {
    for (no_color, expected) in [
        ("", "\u{1b}[1m\u{1b}[35m[private] ann: hi\u{1b}[0m\r\n"),
        ("1", "[private] ann: hi\r\n"),
    ] {
        let server = scripted(|mut peer| {
            peer.send("ann: MESG bob hi\nclose\n");
            let _line_or_end = peer.try_line();
        });
        let mut command = parlour(server.addr);
        command.env("NO_COLOR", no_color);
        let (code, seen) = Terminal::run(command).ends();
        assert!(seen.starts_with(expected), "{seen:?}");
        assert_eq!(code, Some(3));
        server.ends();
    }
}

/// QUIT-2: Ctrl-C and the end of the input are a QUIT.
#[test]
fn ctrl_c_and_ctrl_d_leave_properly() {
    for key in [CTRL_C, CTRL_D] {
        let server = scripted(|mut peer| {
            peer.send("PONG 1\n");
            peer.hears("QUIT");
            peer.send("PONG 2\nclose\n");
            peer.hears_the_end();
        });
        let mut ann = Terminal::run(parlour(server.addr));
        ann.shows("PONG 1");
        ann.types(key);
        ann.shows("PONG 2");
        assert_eq!(ann.ends().0, Some(0), "{key:?}");
        server.ends();
    }
}

#[test]
fn a_second_ctrl_c_does_not_wait_for_the_server() {
    let (quit, has_quit) = mpsc::channel();
    let server = scripted(move |mut peer| {
        peer.send("PONG 1\n");
        peer.hears("QUIT");
        quit.send(()).unwrap();
        peer.hears_the_end();
    });
    let mut ann = Terminal::run(parlour(server.addr));
    ann.shows("PONG 1");
    ann.types(CTRL_C);
    has_quit.recv_timeout(DEADLINE).unwrap();
    ann.types(CTRL_C);
    assert_eq!(ann.ends().0, Some(130));
    server.ends();
}

/// A person who follows a room reads words, and a program at a terminal can have the protocol.
#[test]
fn a_listener_at_a_terminal_reads_words() {
    for (option, expected) in [
        (
            None,
            "you are in the room as sam\r\nann: hi\r\nann left\r\n",
        ),
        (
            Some("--protocol"),
            "SERVER: sam joined the chat!\r\nann: BCST hi\r\nann has left the chat\r\nclose\r\n",
        ),
    ] {
        let server = scripted(|mut peer| {
            peer.hears("JOIN sam");
            peer.send("SERVER: sam joined the chat!\nann: BCST hi\n");
            peer.send("ann has left the chat\nclose\n");
            peer.hears_the_end();
        });
        let mut command = subcommand("listen", server.addr);
        command.args(option);
        let (code, seen) = Terminal::begin(command).ends();
        assert!(seen.starts_with(expected), "{seen:?}");
        assert_eq!(code, Some(3));
        server.ends();
    }
}
