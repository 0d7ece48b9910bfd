//! Third-party readers accept the reports: jsonschema, junitparser, tap.py and markdown-it-py from
//! PyPI, tap-parser from npm.
//!
//! They are installed below `target/`, at the versions given here. Where that is not possible, the
//! tests say so on standard error, and check nothing.

#[path = "reports/everything.rs"]
mod everything;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::ValueEnum;
use parlour_check::outcome::{Run, Verdict};
use parlour_check::report::{Destination, Files, Format, Points, Tally};
use serde_json::{Value, json};

use everything::everything;

const PYPI: [&str; 5] = [
    "jsonschema==4.26.0",
    "junitparser==5.0.3",
    "tap.py[yaml]==3.2.1",
    "markdown-it-py==4.3.0",
    "linkify-it-py==2.0.3",
];
const NPM: &str = "tap-parser@18.3.4";

/// The readers from PyPI accept every report, and count its outcomes correctly.
#[test]
fn readers_from_pypi_take_every_report() {
    let Some(python) = python() else { return };
    let folder = written("pypi");
    let mut script = Command::new(python);
    script
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/consumers.py"))
        .arg(&folder)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/report.schema.json"));
    let output = script.output().expect("the interpreter was just installed");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let read: Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");
    for (name, run) in runs() {
        let tally = Tally::of(&run.outcomes);
        let good = tally.pass + tally.warn;
        let bad = tally.fail + tally.error;
        let read = &read[name];
        assert_eq!(
            read["json"],
            serde_json::to_value(tally).expect("it is plain"),
            "{name}"
        );
        assert_eq!(
            read["junit"],
            json!({"pass": good, "fail": tally.fail, "error": tally.error, "skip": tally.skip}),
            "{name}"
        );
        assert_eq!(
            read["tap"],
            json!({
                "pass": good,
                "fail": bad,
                "skip": tally.skip,
                "bail": u8::from(!run.complete),
                "yaml": tally.warn + bad,
            }),
            "{name}"
        );
        assert_eq!(read["gradescope"], json!(tally.total()), "{name}");
        let stages = run.outcomes.iter().map(|outcome| outcome.case.stage);
        let stages: std::collections::BTreeSet<_> = stages.collect();
        // Two table headings, the stages and their sum, the cases.
        assert_eq!(
            read["markdown"],
            json!(3 + stages.len() + tally.total()),
            "{name}"
        );
    }
}

/// A TAP 14 parser accepts it: no line is extra, descriptions are unchanged, and diagnostics belong
/// to their tests.
#[test]
fn a_reader_from_npm_takes_tap_14() {
    let Some(parser) = tap_parser() else { return };
    let folder = written("npm");
    for (name, run) in runs() {
        let tap = fs::File::open(folder.join(format!("{name}.tap"))).expect("it was just written");
        let output = Command::new(&parser).args(["-j", "0"]).stdin(tap).output();
        let output = output.expect("the parser was just installed");
        let events: Vec<(String, Value)> = serde_json::from_slice::<Vec<Value>>(&output.stdout)
            .expect("it prints JSON")
            .into_iter()
            .map(|event| {
                (
                    event[0].as_str().unwrap_or_default().to_owned(),
                    event[1].clone(),
                )
            })
            .collect();
        let of = |kind: &str| {
            events
                .iter()
                .filter(|(of, _)| of == kind)
                .map(|(_, event)| event)
                .collect::<Vec<_>>()
        };
        assert_eq!(of("extra"), Vec::<&Value>::new(), "{name}");
        assert_eq!(of("version"), [&json!(14)], "{name}");
        assert_eq!(of("bailout").len(), usize::from(!run.complete), "{name}");
        let tests = of("assert");
        assert_eq!(tests.len(), run.outcomes.len(), "{name}");
        for (test, outcome) in tests.into_iter().zip(&run.outcomes) {
            let description = test["name"].as_str().expect("it has a name");
            assert!(description.contains(&outcome.case.id), "{description}");
            assert_eq!(test["todo"], false, "{test}");
            let (ok, skip, severity) = match outcome.verdict {
                Verdict::Pass => (true, false, Value::Null),
                Verdict::Warn(_) => (true, false, json!("warn")),
                Verdict::Fail(_) => (false, false, json!("fail")),
                Verdict::Error(_) => (false, false, json!("error")),
                Verdict::Skip(_) => (true, true, Value::Null),
            };
            assert_eq!(test["ok"], json!(ok), "{test}");
            let reason = test["skip"].as_str();
            assert_eq!(reason.is_some(), skip, "{test}");
            assert!(
                reason.is_none_or(|reason| reason.contains("# TODO")),
                "{test}"
            );
            assert_eq!(test["diag"]["severity"], severity, "{test}");
        }
    }
}

fn runs() -> [(&'static str, Run); 3] {
    let whole = everything();
    let mut interrupted = whole.clone();
    interrupted.complete = false;
    let mut passed = whole.clone();
    passed
        .outcomes
        .retain(|outcome| outcome.verdict == Verdict::Pass);
    [
        ("whole", whole),
        ("interrupted", interrupted),
        ("passed", passed),
    ]
}

/// A folder with every report of every run, named by run and format.
fn written(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("reports")
        .join(name);
    fs::create_dir_all(&folder).expect("the folder is the tests' own");
    for (name, run) in runs() {
        let destinations = Format::value_variants().iter().map(|&format| {
            let extension = format!("{format:?}").to_lowercase();
            let path = folder.join(name).with_extension(extension);
            Destination { format, path }
        });
        let files = Files {
            destinations: destinations.collect(),
            points: Points::default(),
        };
        files.write(&run).expect("the folder is there");
    }
    folder
}

/// A Python interpreter with the packages.
fn python() -> Option<PathBuf> {
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python");
    let python = venv.join("bin/python");
    let mut make = Command::new("python3");
    make.args(["-m", "venv"]).arg(&venv);
    let mut install = Command::new(&python);
    install
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .args(PYPI);
    installed(&PYPI.join(" "), [make, install]).then_some(python)
}

fn tap_parser() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("npm");
    let mut install = Command::new("npm");
    install
        .args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"])
        .arg(&folder)
        .arg(NPM);
    installed(NPM, [install]).then(|| folder.join("node_modules/.bin/tap-parser"))
}

fn installed(what: &str, commands: impl IntoIterator<Item = Command>) -> bool {
    for mut command in commands {
        let output = command.stdin(Stdio::null()).output();
        let why = match output {
            Ok(output) if output.status.success() => continue,
            Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
            Err(error) => error.to_string(),
        };
        // Cargo hides what a passing test prints; it does not hide this.
        let _unread = writeln!(
            std::io::stderr(),
            "SKIPPED: the reports were not read by {what}: {command:?} says {why}"
        );
        return false;
    }
    true
}
