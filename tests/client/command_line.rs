//! The command line of `parlour`, with and without a subcommand.

use parlour_testkit::Server;
use std::process::{Command, Stdio};

use crate::SERVER;
use crate::program::{nowhere, parlour, run, subcommand};
use crate::send::{reads, witness};

/// The program, with or without a subcommand.
fn each(addr: std::net::SocketAddr) -> [(&'static str, Command); 3] {
    [
        ("", parlour(addr)),
        ("send", subcommand("send", addr)),
        ("listen", subcommand("listen", addr)),
    ]
}

#[test]
fn a_server_that_is_not_there_is_exit_4() {
    let addr = nowhere();
    for (name, command) in each(addr) {
        let lonely = run(command, "");
        assert_eq!((lonely.code, &*lonely.output), (Some(4), ""), "{name}");
        let words = format!("cannot reach {addr}: nobody listens there");
        assert!(lonely.notices.contains(&words), "{lonely:?}");
    }
}

#[test]
fn a_wrong_command_line_is_exit_2() {
    for (name, wrong) in [
        ("", &["--name", "b/o/b"][..]),
        ("", &["localhost:1", "2"]),
        ("", &["--no-such", "x"]),
        ("send", &["one", "two"]),
        ("send", &[""]),
        ("send", &["--to", "b/o/b", "hi"]),
        ("send", &["--name", "server", "hi"]),
        ("listen", &["hi"]),
        ("listen", &["--at", "a:b:c"]),
    ] {
        let mut command = each(nowhere())
            .into_iter()
            .find(|(subcommand, _)| *subcommand == name)
            .unwrap()
            .1;
        command.args(wrong);
        assert_eq!(run(command, "").code, Some(2), "{name} {wrong:?}");
    }
    for (name, mut command) in each(nowhere()) {
        command.env("PARLOUR_NAME", "b/o/b");
        let wrong = run(command, "");
        assert_eq!(wrong.code, Some(2), "{name}");
        assert!(wrong.notices.contains("PARLOUR_NAME is"), "{wrong:?}");
    }
}

/// In files for compose.
#[test]
fn a_variable_that_is_empty_counts_as_not_set() {
    let server = Server::start(SERVER, &[]);
    for (name, input) in [("", "PING 1\n"), ("send", "hi\n")] {
        let mut command = each(server.addr)
            .into_iter()
            .find(|(subcommand, _)| *subcommand == name)
            .unwrap()
            .1;
        command.env("PARLOUR_NAME", "").env("PARLOUR_BELL", "");
        command.env("PARLOUR_SERVER", "");
        let done = run(command, input);
        assert_eq!((done.code, &*done.notices), (Some(0), ""), "{name}");
    }
}

/// The program stops before it connects anywhere, as it has too few open files.
#[test]
fn an_empty_server_in_the_environment_is_not_wrong() {
    let mut command = Command::new("sh");
    command.args([
        "-c",
        "ulimit -n 7 && exec \"$0\"",
        env!("CARGO_BIN_EXE_parlour"),
    ]);
    command.env("PARLOUR_SERVER", "").env_remove("PARLOUR_NAME");
    let stopped = run(command, "");
    assert_eq!(stopped.code, Some(71), "{stopped:?}");
}

/// What the error says: what is wrong, and what the person probably meant.
#[test]
fn a_slip_on_the_command_line_is_explained() {
    for (words, server, expected) in [
        (&["lsten"][..], "", "did you mean 'listen'?"),
        (&["lsten"], "", "write lsten:8001"),
        (&["lsten", "--json"], "", "did you mean 'listen'?"),
        (&["sned", "hello world"], "", "did you mean 'send'?"),
        (&["sned", "hello", "world"], "", "did you mean 'send'?"),
        (&["hlep"], "", "did you mean 'help'?"),
        (
            &["--plain", "send"],
            "",
            "a command comes before all options",
        ),
        (
            &["--plain", "send", "hi"],
            "",
            "before all options: parlour send ...",
        ),
        (&["--at", "chat", "send", "hi"], "", "'send --at' exists"),
        (
            &["send", "hello", "world"],
            "",
            "parlour send 'hello world'",
        ),
        (&["send", ""], "", "there is nothing to say in it"),
        (&["send", "  "], "", "there is nothing to say in it"),
        (&["chat", "0"], "", "a port is a number from 1 to 65535"),
        (&["chat:0"], "", "a port is a number from 1 to 65535"),
        (&["[::1]:0"], "", "a port is a number from 1 to 65535"),
        (&["chat", "x"], "", "a port is a number from 1 to 65535"),
        (&["chat", "65536"], "", "a port is a number from 1 to 65535"),
        (&["chat:x"], "", "a port is a number from 1 to 65535"),
        (
            &["send", "--at", "chat:0", "hi"],
            "",
            "a port is a number from 1 to 65535",
        ),
        (
            &[],
            "chat 9",
            "value 'chat 9' for 'PARLOUR_SERVER': a server is written HOST",
        ),
        (
            &["listen"],
            "a:b:c",
            "value 'a:b:c' for 'PARLOUR_SERVER': a server is",
        ),
        (
            &["send", "hi"],
            "chat:0",
            "value 'chat:0' for 'PARLOUR_SERVER': a port is",
        ),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_parlour"));
        command.args(words).env("PARLOUR_SERVER", server);
        command.env_remove("PARLOUR_NAME");
        let slip = run(command, "");
        assert_eq!(
            (slip.code, &*slip.output),
            (Some(2), ""),
            "{words:?}: {slip:?}"
        );
        assert!(
            slip.notices.contains(expected),
            "{words:?}: {}",
            slip.notices
        );
    }
}

#[test]
fn help_is_a_command_too() {
    for (words, expected) in [
        (&["help"][..], "Talk in a chat room"),
        (&["help", "send"], "--to"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_parlour"));
        command.args(words);
        let help = run(command, "");
        assert_eq!(help.code, Some(0), "{help:?}");
        assert!(help.output.contains(expected), "{help:?}");
    }
}

/// A host may have any name where no command can stand.
#[test]
fn a_host_may_be_called_like_a_command() {
    let addr = nowhere();
    for (words, why) in [
        (&["send"][..], "nobody listens there"),
        (
            &["listen", "--at", "lsten.invalid"],
            "its name cannot be looked up",
        ),
        (&["lsten.invalid"], "its name cannot be looked up"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_parlour"));
        command.args(words).env("PARLOUR_SERVER", addr.to_string());
        let lonely = run(command, "hi");
        assert_eq!(lonely.code, Some(4), "{words:?}");
        assert!(lonely.notices.contains(why), "{words:?}: {lonely:?}");
    }
}

#[test]
fn a_wrong_variable_is_named() {
    for (name, mut command) in each(nowhere()) {
        command.env("PARLOUR_BELL", "loud");
        let wrong = run(command, "");
        assert_eq!(wrong.code, Some(2), "{name}");
        let words = "error: invalid value 'loud' for 'PARLOUR_BELL'";
        assert!(wrong.notices.starts_with(words), "{wrong:?}");
    }
}

#[test]
fn a_variable_that_sets_nothing_is_warned_of() {
    for (name, mut command) in each(nowhere()) {
        command.env("PARLOUR_BEL", "off").env("PARLOUR_DRAIN", "5");
        let warned = run(command, "");
        assert_eq!(warned.code, Some(4), "{name}");
        let words = "parlour: the environment has PARLOUR_BEL, which sets nothing; \
                     did you mean PARLOUR_BELL?\n";
        assert!(warned.notices.starts_with(words), "{warned:?}");
        assert_eq!(warned.notices.lines().count(), 2, "{warned:?}");
    }
}

/// With fewer than five the system itself does not load the program.
#[test]
fn too_few_open_files_are_exit_71() {
    for open_files in [5, 7, 9] {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -n {open_files} && exec \"$0\" 1")]);
        command.arg(env!("CARGO_BIN_EXE_parlour"));
        let lacking = run(command, "");
        assert_eq!(lacking.code, Some(71), "{lacking:?}");
        let words = "parlour: too few open files are allowed: ";
        assert!(lacking.notices.starts_with(words), "{lacking:?}");
    }
}

/// Also for the program without a subcommand, whose arguments come first.
#[test]
fn the_environment_says_where_and_who() {
    let server = Server::start(SERVER, &[]);
    let witness = witness(&server);
    let program = env!("CARGO_BIN_EXE_parlour");
    for arguments in [&["send", "hi"][..], &[]] {
        let mut command = Command::new(program);
        command.args(arguments);
        command.env("PARLOUR_SERVER", server.addr.to_string());
        command.env("PARLOUR_NAME", "env");
        assert_eq!(run(command, "hi").code, Some(0), "{arguments:?}");
        reads(
            &witness,
            &[
                "SERVER: env joined the chat!",
                "env: BCST hi",
                "env has left the chat",
            ],
        );
    }

    let mut command = subcommand("send", server.addr);
    command.arg("me too").env("PARLOUR_NAME", "wit");
    assert_eq!(run(command, "").code, Some(0));
    reads(
        &witness,
        &[
            "SERVER: wit-2 joined the chat!",
            "wit-2: BCST me too",
            "wit-2 has left the chat",
        ],
    );

    let mut command = parlour(server.addr);
    command.env("PARLOUR_SERVER", "127.0.0.1:1");
    assert_eq!(run(command, "").code, Some(0));
}

#[test]
fn each_help_names_its_options_variables_and_exit_codes() {
    for (name, options) in [
        (
            "",
            &["--plain", "--bell <BELL>", "PARLOUR_BELL", "[HOST] [PORT]"][..],
        ),
        ("send", &["[TEXT]", "--to <NAME>", "--at <SERVER>"]),
        (
            "listen",
            &[
                "--json",
                "--retry",
                "--at <SERVER>",
                "\"event\":\"broadcast\"",
            ],
        ),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_parlour"));
        command.args(Some(name).filter(|name| !name.is_empty()));
        command.arg("--help").stdin(Stdio::null());
        let help = run(command, "").output;
        let common = ["--name <NAME>", "PARLOUR_NAME", "PARLOUR_SERVER"];
        for words in options.iter().chain(&common) {
            assert!(help.contains(words), "{words}: {help}");
        }
        for exit in parlour::client::Exit::ALL {
            let line = format!("{:>3}  {}", exit.code(), exit.meaning());
            assert!(help.contains(&line), "{line}");
        }
    }
}
