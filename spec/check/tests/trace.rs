//! `parlour-check trace`: what it prints for a record, and its exit code.

use std::path::{Path, PathBuf};
use std::process::Command;

use parlour_spec::Document;

/// What the subcommand prints for a record with these lines, and its exit code.
fn judged(name: &str, lines: &str) -> (String, Option<i32>) {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&file, lines).expect("the record is written");
    run(&[file])
}

fn run(files: &[PathBuf]) -> (String, Option<i32>) {
    let run = Command::new(env!("CARGO_BIN_EXE_parlour-check"))
        .arg("trace")
        .args(files)
        .output();
    let run = run.expect("the command runs");
    let said = [run.stdout, run.stderr].concat();
    (
        String::from_utf8_lossy(&said).into_owned(),
        run.status.code(),
    )
}

/// The conversations of the document are records too.
fn conversation() -> String {
    let document = Document::parlour();
    let mut blocks = document.blocks.into_iter();
    let block = blocks.find(|block| block.kind == "conversation");
    block.expect("the document has conversations").body
}

#[test]
fn a_good_record_is_explained() {
    let (said, code) = judged("good.txt", &conversation());
    assert_eq!(code, Some(0), "{said}");
    let lines = conversation()
        .lines()
        .filter(|line| line.starts_with("S "))
        .count();
    assert!(
        said.contains(&format!("explained {lines} of {lines} lines")),
        "{said}"
    );
}

#[test]
fn a_bad_record_is_not_and_the_next_lines_are_named() {
    let bad = conversation().replace("S drew: dani: BCST hello", "S drew: drew: BCST hello");
    let (said, code) = judged("bad.txt", &bad);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("read next, and nothing explains it: "),
        "{said}"
    );
}

#[test]
fn what_is_no_record_is_said_to_be_none() {
    assert_eq!(judged("none.txt", "hello\n").1, Some(3));
    assert_eq!(run(&["/no/such/record".into()]).1, Some(3));
    assert_eq!(run(&[]).1, Some(2));
}
