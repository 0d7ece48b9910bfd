//! How the line mode ends: by what was typed and told, never by what happened to be ready first.

use crate::program::{finish, parlour, piped, run};
use crate::scripted::{GREETING, scripted};

/// As often is played what could go either way.
const RUNS: usize = 20;

/// JOIN-2: whoever had to join and was refused leaves, whether the server is asked to close or does it at once.
#[test]
fn a_refusal_and_a_close_in_one_segment_end_alike_every_time() {
    for _ in 0..RUNS {
        let server = scripted(|mut peer| {
            peer.hears("JOIN ann");
            peer.says(&format!("{GREETING}\nERROR name-taken: no\nclose\n"));
        });
        let mut command = parlour(server.addr);
        command.args(["--name", "ann"]);
        let mut child = piped(command);
        let stdin = child.stdin.take();
        let ann = finish(child);
        drop(stdin);
        assert_eq!((ann.code, &*ann.notices), (Some(3), ""));
        server.ends();
    }
}

#[test]
fn when_nobody_reads_a_close_in_the_same_segment_changes_nothing() {
    for _ in 0..RUNS {
        let server = scripted(|mut peer| {
            peer.hears("JOIN ann");
            peer.says("SERVER: ann joined the chat!\nclose\n");
        });
        let mut command = parlour(server.addr);
        command.args(["--name", "ann"]);
        let mut child = piped(command);
        drop(child.stdout.take());
        let stdin = child.stdin.take();
        let ann = finish(child);
        drop(stdin);
        assert_eq!((ann.code, &*ann.notices), (Some(0), ""));
        server.ends();
    }
}

/// JOIN-3: a connection too many is refused before anything is asked.
#[test]
fn a_full_server_is_exit_3_every_time() {
    for _ in 0..RUNS {
        let server = scripted(|mut peer| {
            peer.says("Sorry the chat is full, please try later\nclose\n");
            peer.line();
        });
        let late = run(parlour(server.addr), "");
        assert_eq!((late.code, &*late.notices), (Some(3), ""));
        server.ends();
    }
}
