//! Mutations of the specification, each applied alone, and the tests that fail for it: the document
//! can't drift from the program.
//!
//! `cargo test --test spec_mutation -- --ignored --nocapture` runs the tests below against each
//! mutated copy until some fail, and prints those. It takes a minute or two. By hand:
//! `PARLOUR_SPECIFICATION=mutated.md cargo test`.

use std::path::{Path, PathBuf};
use std::process::Command;

use parlour_spec::Document;

/// The name of a mutation, the original text, and its replacement.
const EDITS: &[(&str, &str, &str)] = &[
    (
        "a rule of the grammar widened",
        "help        = \"HELP\" *SP\n",
        "help        = \"HELP\" [SP *char]\n",
    ),
    (
        "a rule of the grammar narrowed",
        "list        = \"LIST\" [SP *char]\n",
        "list        = \"LIST\" *SP\n",
    ),
    (
        "a cell's next state",
        "| join timeout | Member | nothing | nothing |",
        "| join timeout | Closed | nothing | nothing |",
    ),
    (
        "what a cell tells the others",
        "| QUIT / half-close | Closed | close | left |",
        "| QUIT / half-close | Closed | close | nothing |",
    ),
    ("a limit", "| 1048576 B |", "| 524288 B |"),
    ("the least of a limit", "at least 64 |", "at least 32 |"),
    ("what 0 means", "0: only newlines do", "0: at once"),
    ("the clause of a limit", "(JOIN-3)", "(JOIN-2)"),
    ("the longest event", "or 1024 octets", "or 512 octets"),
    ("the customary port", "port is 8001.", "port is 8002."),
    ("a reserved name", " / \"PONG\" / ", " / "),
    (
        "a guarantee of order, narrowed",
        "| joined, left, broadcast | its own",
        "| joined, broadcast | its own",
    ),
    (
        "a guarantee of order, widened",
        "its own leaving, which it is not told",
        "its own leaving, which it is told",
    ),
    (
        "a clause removed",
        "- **JOIN-4.** A visitor that was refused can try again, at once and as \
         often as it likes.\n",
        "",
    ),
    (
        "a line of a conversation",
        "S dani: Online: dani, drew\n",
        "S dani: Online: drew, dani\n",
    ),
    ("a code of an error", "no-such-user", "no-such-name"),
    (
        "when an error is told",
        "| a visitor's BCST, MESG or LIST |",
        "| a visitor's BCST or MESG |",
    ),
];

/// The tests that read the document, the quickest first.
const TESTS: [&str; 8] = [
    "errors",
    "max_event_length",
    "limits",
    "traceability",
    "order",
    "transcripts",
    "state_table",
    "grammar",
];

#[test]
#[ignore = "it takes minutes"]
fn an_edit_of_the_specification_alone_turns_a_test_red() {
    let tests = TESTS.map(built);
    for &(edit, from, to) in EDITS {
        let source = Document::source();
        assert!(source.contains(from), "{edit}: it does not say {from:?}");
        let red = red(&tests, edit, &source.replace(from, to));
        println!("{edit}:\n    {}", red.join("\n    "));
        assert!(!red.is_empty(), "{edit}: nobody minds");
    }
}

/// Builds a test, and returns its program.
fn built(test: &str) -> PathBuf {
    let build = Command::new(env!("CARGO"))
        .args(["test", "--locked", "--no-run", "--test", test])
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&build.stderr);
    let program = said
        .rsplit_once('(')
        .and_then(|(_, end)| end.split_once(')'));
    program.unwrap_or_else(|| panic!("{said}")).0.into()
}

/// The failures of the first test that fails when this is the specification.
fn red(tests: &[PathBuf], edit: &str, specification: &str) -> Vec<String> {
    let name = edit.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name + ".md");
    std::fs::write(&file, specification).expect("the copy is written");
    let failures = |test: &PathBuf| {
        let mut test = Command::new(test);
        let run = test.env("PARLOUR_SPECIFICATION", &file).output();
        let run = run.expect("the test runs");
        let said = String::from_utf8_lossy(&run.stdout);
        assert!(said.contains("test result: "), "{edit}: {said}");
        let failed = |line: &str| {
            let name = line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?;
            Some(name.to_owned())
        };
        said.lines().filter_map(failed).collect::<Vec<_>>()
    };
    let mut red = tests.iter().map(failures);
    red.find(|red| !red.is_empty()).unwrap_or_default()
}
