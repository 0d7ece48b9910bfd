//! The subcommands `parlour-check server` and `client`: what they list and explain, and their exit
//! codes.

use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;

use parlour_spec::Document;

/// What `parlour-check server` prints, and its exit code.
fn parlour_check(args: &[&str]) -> (String, i32) {
    ran("server", args)
}

fn ran(mode: &str, args: &[&str]) -> (String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlour-check"));
    let output = command.arg(mode).args(args).output().expect("it runs");
    let said = [output.stdout, output.stderr].concat();
    let code = output.status.code().expect("it exits");
    (String::from_utf8(said).expect("it prints UTF-8"), code)
}

#[test]
fn every_clause_is_listed_once_with_its_cases_or_a_reason() {
    let (list, code) = parlour_check(&["--list"]);
    assert_eq!(code, 0);
    for clause in Document::parlour().clauses {
        let mut lines = list
            .lines()
            .filter(|line| line.split(' ').next() == Some(&clause.id));
        let line = lines.next().expect("each clause is listed");
        assert!(line.trim_end().len() > clause.id.len(), "{line}");
        assert_eq!(lines.next(), None);
    }
}

#[test]
fn a_clause_is_explained_with_its_words_and_what_is_sent() {
    let (text, code) = parlour_check(&["--explain", "join-3"]);
    assert_eq!(code, 0);
    let document = Document::parlour();
    let sentence = &document.clause("JOIN-3").text;
    for part in [
        sentence.as_str(),
        "a_full_room_takes_nobody",
        "C eve: JOIN eve",
        "capacity is 2",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let (text, _) = parlour_check(&["--explain", "SEC-1"]);
    assert!(text.contains("not from outside"), "{text}");
}

/// The text of the clause, and each case for clients.
#[test]
fn a_clause_is_explained_as_a_client_is_held_to_it() {
    let (text, code) = ran("client", &["--explain", "err-1"]);
    assert_eq!(code, 0);
    let document = Document::parlour();
    let sentence = &document.clause("ERR-1").text;
    for part in [
        sentence.as_str(),
        "an_error_is_shown_and_ends_nothing (stage 5; ERR-1)",
        "C MESG nobody hi",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let (text, _) = ran("client", &["--explain", "ADDR-1"]);
    assert!(text.contains("no client is held to it"), "{text}");
    let (text, code) = ran("client", &["--explain", "NO-1"]);
    assert_eq!(code, 2, "{text}");
}

/// 1: something failed; 2: wrong usage; 3: it could not run, or nothing ran. `tests/parlour.rs` has
/// a run that passes.
#[test]
fn the_exit_code_says_what_came_of_it() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener
        .local_addr()
        .expect("it has an address")
        .to_string();
    let silent = ["--timeout", "0.2", "--only", "CONN-2", address.as_str()];
    let (said, code) = parlour_check(&silent);
    assert_eq!(code, 1, "{said}");
    let nothing_ran = ["--only", "SHUT-1", address.as_str()];
    assert_eq!(parlour_check(&nothing_ran).1, 3);
    for (nothing_chosen, why) in [
        (&["--only", "SEC-1"][..], "not from outside"),
        (&["--stage", "1", "--only", "LIST-1"], "of stage 4"),
        (&["--profile", "seed", "--only", "GRAM-1"], "--profile seed"),
    ] {
        let (said, code) = parlour_check(&[nothing_chosen, &[address.as_str()]].concat());
        assert_eq!(code, 3, "{said}");
        assert!(said.contains(why), "{said}");
    }
    drop(listener);
    assert_eq!(parlour_check(&silent).1, 3);
    for usage in [
        &[][..],
        &["--stage", "9", "x:1"],
        &["--profile", "half", "x:1"],
        &["--only", "NO-1", "x:1"],
        &["--explain", "NO-1"],
        &["--timeout", "0", "x:1"],
        &["--capacity", "ten", "x:1"],
        &["--spawn", "x", "x:1"],
        &["--spawn", "./server 8001"],
        &["--stop-signal", "TERM", "x:1"],
    ] {
        let (said, code) = parlour_check(usage);
        assert_eq!(code, 2, "{usage:?}: {said}");
    }
}

#[test]
fn the_limits_of_the_document_are_options() {
    let (help, _) = parlour_check(&["--help"]);
    let document = Document::parlour();
    for row in &document.table("limit").rows {
        let option = format!("--{} <N>", row[0]);
        assert!(help.contains(&option), "{option}");
    }
}

#[test]
fn the_seed_is_printed_and_can_be_given() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener
        .local_addr()
        .expect("it has an address")
        .to_string();
    let (said, _) = parlour_check(&[
        "--seed",
        "77",
        "--timeout",
        "0.1",
        "--only",
        "CONN-2",
        &address,
    ]);
    assert!(said.contains("--seed 77"), "{said}");
}

/// A wrong report option is known before any case is tried.
#[test]
fn reports_are_written_where_they_are_wanted() {
    let address = "127.0.0.1:1";
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let [json, tap] =
        ["asked.json", "asked.tap"].map(|name| folder.join(name).display().to_string());
    let [to_json, to_tap] = [format!("json={json}"), format!("tap={tap}")];
    let only = ["--timeout", "1", "--only", "CONN-2", address];
    let asked = [&["--report", &to_json, "--report", &to_tap], &only[..]].concat();
    let (said, code) = parlour_check(&asked);
    assert_eq!(code, 3, "{said}");
    let json = std::fs::read_to_string(json).expect("it is there");
    assert!(json.contains("\"complete\": false"), "{json}");
    let tap = std::fs::read_to_string(tap).expect("it is there");
    assert!(tap.contains("interrupted"), "{tap}");

    let nowhere = [&["--report", "json=/nowhere/at/all"], &only[..]].concat();
    assert_eq!(parlour_check(&nowhere).1, 3);
    for wrong in [
        ["--report", "pdf=x"],
        ["--report", "x"],
        ["--points", "/nowhere/at/all"],
    ] {
        let asked = [&wrong, &only[..]].concat();
        assert_eq!(parlour_check(&asked).1, 2, "{wrong:?}");
    }
}
