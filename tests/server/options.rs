//! The command line: what the server prints when it starts, and how the process ends when it can't
//! start.

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Output};

use parlour_testkit::{Peer, Server, program};

use crate::{SERVER, start, under};

fn output(arguments: &[&str]) -> Output {
    program(SERVER)
        .args(arguments)
        .output()
        .expect("the server starts")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

#[test]
fn help_names_every_option_its_variable_and_the_exit_codes() {
    let output = output(&["--help"]);
    let help = String::from_utf8(output.stdout).expect("UTF-8");
    let options = [
        ("--capacity", "PARLOUR_CAPACITY=", "10"),
        ("--max-connections", "PARLOUR_MAX_CONNECTIONS=", "1024"),
        ("--join-timeout", "PARLOUR_JOIN_TIMEOUT=", "60"),
        ("--max-line", "PARLOUR_MAX_LINE=", "4096"),
        ("--quiet-ms", "PARLOUR_QUIET_MS=", "50"),
        ("--send-queue", "PARLOUR_SEND_QUEUE=", "1048576"),
        ("--stall-timeout", "PARLOUR_STALL_TIMEOUT=", "60"),
        ("--drain", "PARLOUR_DRAIN=", "5"),
        ("--log-format", "PARLOUR_LOG_FORMAT=", "text"),
        ("[LISTEN]", "PARLOUR_LISTEN=", "8001"),
    ];
    for (option, variable, default) in options {
        let default = format!("[default: {default}]");
        assert!(
            help.contains(option) && help.contains(variable) && help.contains(&default),
            "{option}: {help}"
        );
    }
    assert!(help.contains("Exit status:"), "{help}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_port_in_use_is_one_clear_line_and_exit_code_1() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = taken.local_addr().expect("bound").port().to_string();
    let output = output(&[&port]);
    assert_eq!(output.status.code(), Some(1));
    let message = stderr(&output);
    assert!(
        message.starts_with(&format!(
            "parlour-server: cannot listen on 127.0.0.1:{port}: "
        )),
        "{message}"
    );
    let next = port.parse::<u16>().expect("a port").checked_add(1);
    let advice = format!("parlour-server {}\n", next.unwrap_or(8001));
    assert!(message.ends_with(&advice), "{message}");
    assert_eq!(message.lines().count(), 1);
    assert!(output.stdout.is_empty());
}

#[test]
fn an_address_that_is_not_ours_is_one_clear_line_and_exit_code_1() {
    // 192.0.2.0/24 is for documentation, no machine has it.
    let output = output(&["192.0.2.1:0"]);
    assert_eq!(output.status.code(), Some(1));
    let message = stderr(&output);
    assert!(
        message.starts_with("parlour-server: cannot listen on 192.0.2.1:0: "),
        "{message}"
    );
    assert_eq!(message.lines().count(), 1);
}

/// With still less memory the system does not load the program, or it can't print anything.
#[test]
fn a_server_that_has_too_little_memory_says_so_and_does_not_start() {
    let mebibytes = 8..1024;
    let starts = mebibytes.map(|mib| Server::try_spawn(under(&format!("-v {}", mib << 10))));
    let failed = starts.map_while(Result::err);
    let loaded = failed.skip_while(|(status, _)| matches!(status.code(), None | Some(127)));
    let mut refused = 0;
    for (status, log) in loaded {
        assert_eq!(status.code(), Some(71), "{log}");
        let words = "parlour-server: too little memory, or too many threads: ";
        assert!(log.starts_with(words), "{log}");
        assert_eq!(log.lines().count(), 1, "{log}");
        refused += 1;
    }
    assert!(refused > 4, "two threads take as much: {refused}");
}

#[test]
fn a_wrong_option_is_exit_code_2() {
    let number = "a whole number from 1 to 1000000000 is needed";
    let seconds = "a number of seconds from 0 to 1000000000 is needed";
    let address = "write PORT or ADDR:PORT, such as 8001";
    for (wrong, words) in [
        (&["--capacity", "0"][..], number),
        (&["--capacity", "ten"], number),
        (&["--max-line", "63"], "a whole number from 64 to"),
        (&["--join-timeout", "-1"], "'-1' found"),
        (&["--join-timeout=-1"], seconds),
        (&["--join-timeout", "soon"], seconds),
        (&["--drain", "NaN"], seconds),
        (&["--log-format", "xml"], "text, json"),
        (&["--no-such-option"], "unexpected argument"),
        (&["localhost:8001"], address),
        (&["65536"], address),
    ] {
        let output = output(wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        let message = stderr(&output);
        assert!(
            message.starts_with("error: ") && message.contains(words),
            "{message}"
        );
    }
}

/// JOIN-3
#[test]
fn the_environment_says_what_the_command_line_does_not() {
    let mut command = program(SERVER);
    command
        .env("PARLOUR_LISTEN", "0")
        .env("PARLOUR_CAPACITY", "1");
    let server = Server::spawn(command);
    let _ann = Peer::member(server.addr, "ann");
    let mut bob = Peer::visitor(server.addr);
    bob.send("JOIN bob\n");
    assert_eq!(bob.line(), "Sorry the chat is full, please try later");
}

#[test]
fn the_command_line_counts_more_than_the_environment() {
    let mut command = program(SERVER);
    command
        .env("PARLOUR_CAPACITY", "1")
        .args(["0", "--capacity", "2"]);
    let server = Server::spawn(command);
    let _ann = Peer::member(server.addr, "ann");
    let _bob = Peer::member(server.addr, "bob");
}

/// Files for compose set variables to empty values.
#[test]
fn a_variable_that_is_empty_counts_as_not_set() {
    let with_empty = |arguments: &[&str]| {
        let mut command = program(SERVER);
        command.args(arguments);
        for name in variables() {
            command.env(name, "");
        }
        command
    };
    let server = Server::spawn(with_empty(&["0"]));
    server.terminate();
    assert_eq!(server.ended().code(), Some(0));

    let _taken = TcpListener::bind("127.0.0.1:8001");
    let lonely = with_empty(&[]).output().expect("the server starts");
    assert_eq!(lonely.status.code(), Some(1));
    let words = "parlour-server: cannot listen on 127.0.0.1:8001: ";
    assert!(stderr(&lonely).starts_with(words), "{lonely:?}");

    assert_eq!(help(with_empty(&[])), help(program(SERVER)));
}

/// The environment variables, except those that [`server`] sets.
fn help(mut command: Command) -> String {
    for patience in ["PARLOUR_JOIN_TIMEOUT", "PARLOUR_STALL_TIMEOUT"] {
        command.env_remove(patience);
    }
    let help = command.arg("--help").output().expect("the server starts");
    String::from_utf8(help.stdout).expect("UTF-8")
}

/// The options in the help.
fn variables() -> Vec<String> {
    let help = help(program(SERVER));
    let variables = help.split("[env: ").skip(1);
    let names = variables.map(|rest| rest.split('=').next().expect("a name").to_owned());
    names.collect()
}

#[test]
fn a_wrong_variable_is_named() {
    for (variable, wrong) in [
        ("PARLOUR_CAPACITY", "0"),
        ("PARLOUR_DRAIN", "soon"),
        ("PARLOUR_LOG_FORMAT", "xml"),
        ("PARLOUR_LISTEN", "localhost:8001"),
    ] {
        let mut command = program(SERVER);
        command.env(variable, wrong);
        let output = command.output().expect("the server starts");
        assert_eq!(output.status.code(), Some(2), "{variable}");
        let words = format!("error: invalid value '{wrong}' for '{variable}'");
        assert!(stderr(&output).starts_with(&words), "{output:?}");
    }
    let mut command = program(SERVER);
    command
        .args(["--capacity", "1", "--drain", "soon"])
        .env("PARLOUR_CAPACITY", "0")
        .env("PARLOUR_JOIN_TIMEOUT", "soon");
    let output = command.output().expect("the server starts");
    let words = "error: invalid value 'soon' for '--drain <SECONDS>'";
    assert!(stderr(&output).starts_with(words), "{output:?}");
}

#[test]
fn the_log_warns_of_a_variable_that_sets_nothing() {
    let mut command = program(SERVER);
    command
        .args(["0", "--log-format", "json"])
        .env("PARLOUR_MAXLINE", "100")
        .env("PARLOUR_MAX_LINE", "100")
        .env("PARLOUR_NAME", "ann")
        .env("PARLOUR_DEEP", "1");
    let server = Server::spawn(command);
    server.terminate();
    let log = server.log_rest();
    let warnings: Vec<_> = log.lines().filter(|line| line.contains("WARN")).collect();
    let words = "the environment has PARLOUR_MAXLINE, which sets nothing; \
                 did you mean PARLOUR_MAX_LINE?";
    assert!(
        warnings.len() == 1 && warnings[0].starts_with('{') && warnings[0].contains(words),
        "{log}"
    );
}

#[test]
fn a_port_alone_stays_on_this_machine_and_the_log_says_how_to_open_it() {
    let server = start(&[]);
    let port = server.addr.port();
    let hint = server.log_line("to join from here");
    assert!(
        hint.contains(&format!(
            "parlour 127.0.0.1 {port}, or: nc 127.0.0.1 {port};"
        )),
        "{hint}"
    );
    assert!(
        hint.contains(&format!("parlour-server 0.0.0.0:{port}")),
        "{hint}"
    );
}

#[test]
fn the_log_of_an_open_server_does_not_say_how_to_open_it() {
    let mut command = program(SERVER);
    command.arg("0.0.0.0:0");
    let server = Server::spawn(command);
    let hint = server.log_line("to join from here");
    assert!(
        hint.ends_with(&format!("nc 127.0.0.1 {}", server.addr.port())),
        "{hint}"
    );
}

#[test]
fn an_ipv6_address_stands_in_brackets() {
    if TcpListener::bind("[::1]:0").is_err() {
        // Not by a macro: the output of those is captured when a test passes.
        let _unread = writeln!(std::io::stderr(), "SKIPPED, as this machine has no IPv6");
        return;
    }
    let mut command = program(SERVER);
    command.arg("[::1]:0");
    let server = Server::spawn(command);
    let hint = server.log_line("to join from here");
    assert!(
        hint.contains(&format!("parlour ::1 {}", server.addr.port())),
        "{hint}"
    );
}

#[test]
fn the_log_can_be_json() {
    let server = start(&["--log-format", "json"]);
    let line = server.log_line("to join from here");
    assert!(line.starts_with("{\"") && line.ends_with('}'), "{line}");
    assert!(line.contains("\"level\":\"INFO\""), "{line}");
}

#[test]
fn rust_log_says_how_much_the_log_says() {
    for (filter, says_debug, says_info) in [
        ("warn", false, false),
        ("info", false, true),
        ("debug", true, true),
    ] {
        let mut command = program(SERVER);
        command
            .args(["0", "--send-queue", "1"])
            .env("RUST_LOG", filter);
        let server = Server::spawn(command);
        let mut flooder = Peer::narrow(server.addr).greeted();
        while flooder.try_send("HELP\n".repeat(1000)).is_ok() {}
        server.terminate();
        let log = server.log_rest();
        assert_eq!(log.contains("DEBUG"), says_debug, "{filter}: {log}");
        assert_eq!(
            log.contains("to join from here"),
            says_info,
            "{filter}: {log}"
        );
    }
}
