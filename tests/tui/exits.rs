//! Every exit of the program in a real terminal, which is left as it was.

use std::io::Read;

use parlour::tui::Screen;
use parlour_testkit::{Peer, Server};
use pty_process::{Size, blocking};
use rustix::process::{Pid, Signal, kill_process};
use tokio::runtime::Builder;

use crate::SERVER;
use crate::person::Person;
use crate::tmux::Tmux;

#[test]
fn a_signal_ends_it_and_the_terminal_is_given_back() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        let server = Server::start(SERVER, &[]);
        let Some(tmux) = Tmux::new(80, 16) else {
            return;
        };
        let parlour = env!("CARGO_BIN_EXE_parlour");
        tmux.says("clear; stty -g >$XDG_STATE_HOME/before");
        let run = format!(
            "sh -c 'echo $$ >$XDG_STATE_HOME/pid; exec {parlour} {} --name dani'",
            server.addr
        );
        tmux.says(&run);
        tmux.shows("you are in the room as dani");
        let pid = std::fs::read_to_string(tmux.state.join("pid")).unwrap();
        let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
        tmux.is_as_before();
    }
}

/// The window is closed, or the network under ssh is gone: there is no terminal left to restore.
/// QUIT-2
#[test]
fn a_terminal_that_is_gone_ends_it() {
    let server = Server::start(SERVER, &[]);
    let mut drew = Peer::member(server.addr, "drew");
    let (mut pty, pts) = blocking::open().unwrap();
    pty.resize(Size::new(16, 80)).unwrap();
    let mut child = blocking::Command::new(env!("CARGO_BIN_EXE_parlour"))
        .args([&server.addr.to_string(), "--name", "dani"])
        .env("TERM", "xterm")
        .env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .spawn(pts)
        .unwrap();
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("you are in the room as dani") {
        let mut octets = [0; 4096];
        let len = pty.read(&mut octets).unwrap();
        seen.extend_from_slice(&octets[..len]);
    }
    drop(pty);
    drew.lines_until("dani has left the chat");
    assert_eq!(child.wait().unwrap().code(), Some(143));
}

/// Not a test of its own: the next one runs it.
#[test]
#[ignore = "takes the terminal and panics"]
fn panics_on_the_screen() {
    let person = Person::member();
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut screen = Screen::open().unwrap();
        screen.draw(&person.model, person.now, false).unwrap();
        screen.written().await.unwrap();
        panic!("a fault of ours");
    });
}

#[test]
fn a_panic_is_read_on_a_terminal_that_works() {
    let Some(tmux) = Tmux::new(80, 50) else {
        return;
    };
    let tests = std::env::current_exe().unwrap();
    tmux.says("clear; stty -g >$XDG_STATE_HOME/before");
    tmux.says(&format!(
        "RUST_BACKTRACE=0 {} --ignored --exact exits::panics_on_the_screen --nocapture",
        tests.display()
    ));
    tmux.shows("a fault of ours");
    tmux.shows("1 failed");
    tmux.is_as_before();
}

#[test]
fn an_address_where_nobody_listens_is_said_to_be_so() {
    let server = Server::start(SERVER, &[]);
    let addr = server.addr;
    drop(server);
    let Some(tmux) = Tmux::new(80, 16) else {
        return;
    };
    tmux.starts("", &addr.to_string());
    tmux.shows("parlour: cannot reach 127.0.0.1:");
    tmux.is_as_before();
}

#[test]
fn no_color_means_none_and_a_dumb_terminal_goes_line_by_line() {
    let server = Server::start(SERVER, &[]);
    let mut drew = Peer::member(server.addr, "drew");
    for (no_color, coloured) in [("", true), ("1", false)] {
        let Some(tmux) = Tmux::new(80, 16) else {
            return;
        };
        let environment = format!("TERM=screen-256color NO_COLOR={no_color}");
        tmux.starts(&environment, &format!("{} --name dani", server.addr));
        tmux.shows("you are in the room as dani");
        drew.send("BCST hi\n");
        tmux.shows("drew: hi");
        let styled = tmux.tmux(&["capture-pane", "-p", "-e"]);
        let tints = (91..98).any(|n| styled.contains(&format!("\u{1b}[{n}m")));
        assert_eq!(tints, coloured, "{styled:?}");
        tmux.says("/quit");
        tmux.is_as_before();
        drew.lines_until("dani has left the chat");
    }
    let Some(tmux) = Tmux::new(80, 16) else {
        return;
    };
    tmux.starts("TERM=dumb", &server.addr.to_string());
    tmux.shows("connected; to join, type /join and a name");
    assert_eq!(tmux.modes(), "alternate 0 cursor 1 wrap 1 mouse 0");
    tmux.hits(&["C-d"]);
    tmux.is_as_before();
}
