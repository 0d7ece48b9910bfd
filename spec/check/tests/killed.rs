//! A report is complete at any time, while the run lasts and after it was killed.

#[path = "reports/everything.rs"]
mod everything;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use parlour_check::report::{Destination, Files, Format, Points, Progress};
use serde_json::Value;

use everything::everything;

const FOLDER: &str = "PARLOUR_CHECK_KILLED";

/// Kills a run twenty times, each time after it has rewritten its reports more often.
#[test]
fn a_report_is_whole_however_the_run_is_killed() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("killed");
    for round in 1..=20 {
        fs::remove_dir_all(&folder).ok();
        fs::create_dir_all(&folder).expect("the folder is the test's own");
        let mut child = Killed(run_without_end(&folder));
        let mut seen = 0;
        let mut last = Value::Null;
        while seen < round {
            if let Ok(report) = fs::read(folder.join("report.json")) {
                let report: Value =
                    serde_json::from_slice(&report).expect("a report is whole while the run lasts");
                seen += usize::from(report != last);
                last = report;
            }
            let ended = child.0.try_wait().expect("it is a child");
            assert_eq!(ended, None, "the run has no end");
        }
        child
            .0
            .kill()
            .and_then(|()| child.0.wait())
            .expect("it is a child");

        let report = fs::read(folder.join("report.json")).expect("it was seen");
        let report: Value =
            serde_json::from_slice(&report).expect("a report is whole when the run was killed");
        assert_eq!(report["complete"], false);
        let outcomes = report["outcomes"].as_array().map(Vec::len);
        assert_eq!(outcomes, Some(everything().outcomes.len()));
        let xml = fs::read_to_string(folder.join("report.xml"))
            .expect("it is written before the first case");
        assert!(xml.trim_end().ends_with("</testsuites>"), "{xml}");
    }
}

/// A case that was not reached earns nothing, and counts as an error.
#[test]
fn an_interrupted_run_counts_what_it_did_not_reach() {
    let run = everything();
    let cases = run.outcomes.iter().map(|outcome| outcome.case.clone());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interrupted.json");
    let report = || -> Value {
        serde_json::from_slice(&fs::read(&path).expect("it is there")).expect("it is JSON")
    };
    let files = Files {
        destinations: vec![Destination {
            format: Format::Gradescope,
            path: path.clone(),
        }],
        points: Points::default(),
    };
    let mut progress = Progress::begin(run.target.clone(), run.profile, run.seed, cases, files)
        .expect("it can be written");
    assert_eq!(report()["score"], 0.0);
    progress
        .tell(run.outcomes[0].clone())
        .expect("it can be written");
    let interrupted = report();
    assert_eq!(
        interrupted["score"], 5.0,
        "the other case of its stage was not reached"
    );
    assert_eq!(
        interrupted["tests"].as_array().map(Vec::len),
        Some(run.outcomes.len())
    );
    for outcome in &run.outcomes {
        progress.tell(outcome.clone()).expect("it can be written");
    }
    assert_eq!(progress.end().expect("it can be written"), run);
}

/// A path that is no plain file is not replaced by one, and gets only the last report.
#[test]
fn a_device_stays_a_device() {
    let null = PathBuf::from("/dev/null");
    let files = Files {
        destinations: vec![Destination {
            format: Format::Tap,
            path: null.clone(),
        }],
        points: Points::default(),
    };
    files.write(&everything()).expect("it takes everything");
    assert!(!fs::metadata(null).expect("it is there").is_file());
}

/// Not a test, but the run that the first test kills.
#[test]
fn a_run_without_end() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    let run = everything();
    let to = |format, name| Destination {
        format,
        path: folder.join(name),
    };
    let files = Files {
        destinations: vec![
            to(Format::Junit, "report.xml"),
            to(Format::Json, "report.json"),
        ],
        points: Points::default(),
    };
    let cases = run.outcomes.iter().map(|outcome| outcome.case.clone());
    let mut progress = Progress::begin(run.target.clone(), run.profile, run.seed, cases, files)
        .expect("it can be written");
    for n in 0..1_000_000 {
        let mut outcome = run.outcomes[n % run.outcomes.len()].clone();
        outcome.took = std::time::Duration::from_millis(n as u64);
        progress.tell(outcome).expect("it can be written");
    }
}

fn run_without_end(folder: &Path) -> Child {
    let mut this = Command::new(std::env::current_exe().expect("a test is a program"));
    this.args(["--exact", "a_run_without_end"])
        .env(FOLDER, folder);
    this.stdout(Stdio::null()).stderr(Stdio::null());
    this.spawn().expect("a test can be started")
}

/// A child process that does not outlive a failing test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.kill().and_then(|()| self.0.wait()).ok();
    }
}
