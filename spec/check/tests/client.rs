//! Small clients in Python: a correct one, the original, and many with one fault each, which its
//! clause catches.
//!
//! Without Python these tests say so on standard error, and check nothing.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use parlour_check::client::{Options, Target, check};
use parlour_check::outcome::{Fault, Finding, Outcome, Profile, Run, Verdict};
use parlour_check::run::{CannotRun, RunOptions};

/// A correct client passes every case without a warning.
#[test]
fn a_good_client_passes_everything() {
    let Some(run) = played("client.py Good", Profile::Full, 20) else {
        return;
    };
    assert_eq!(failures(&run), Vec::<String>::new());
    assert!(
        run.complete && run.outcomes.len() > 30,
        "{}",
        run.outcomes.len()
    );
}

/// It passes without a warning.
#[test]
fn the_projects_own_client_passes_everything() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([
        "build",
        "--quiet",
        "--package",
        "parlour",
        "--bin",
        "parlour",
    ]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    assert!(
        cargo.status().expect("cargo runs").success(),
        "the client can't be built"
    );
    let test = std::env::current_exe().expect("the test is a file");
    let folder = test
        .ancestors()
        .nth(2)
        .expect("it lies in deps, in the profile's folder");
    let target = Target::Spawn(format!(
        "exec '{}' {{host}} {{port}}",
        folder.join("parlour").display()
    ));
    for profile in [Profile::Full, Profile::Seed] {
        let options = Options {
            run: RunOptions {
                profile,
                timeout: Duration::from_secs(30),
                ..RunOptions::default()
            },
            ..Options::default()
        };
        let run = check(&target, &options, |_| {}).expect("the client connects");
        assert_eq!(failures(&run), Vec::<String>::new());
    }
}

/// The original client passes its own profile, but not the whole specification.
#[test]
fn the_original_passes_the_profile_seed() {
    let Some(run) = played("original.py", Profile::Seed, 20) else {
        return;
    };
    assert_eq!(failures(&run), Vec::<String>::new());
    assert!(run.outcomes.len() > 10, "{}", run.outcomes.len());

    let Some(run) = played("original.py", Profile::Full, 2) else {
        return;
    };
    let broken = broken(&run);
    for clause in ["LINE-1", "LINE-7", "GRAM-6", "SEC-2", "ORDER-3"] {
        assert!(broken.contains(clause), "{clause}: {broken:?}");
    }
}

/// Each fault violates the clauses named first, and at most those named second besides.
#[test]
fn each_fault_is_caught_by_its_clause() {
    let faults: [(&str, &[&str], &[&str]); 21] = [
        ("NoVerb", &["GRAM-3"], &[]),
        ("NoLf", &["LINE-1", "ORDER-3"], &[]),
        ("SendsNul", &["LINE-4"], &[]),
        ("JoinsSpaces", &["BCST-1", "MESG-1"], &[]),
        (
            "OneReadOneEvent",
            &["LINE-7", "LINE-10"],
            &["SLOW-1", "SLOW-4"],
        ),
        ("DecodesWhatItReads", &["LINE-7", "GRAM-6"], &["SLOW-4"]),
        (
            "FirstLineOnly",
            &["LINE-7", "LINE-10"],
            &["CONN-4", "GRAM-6", "SEC-2", "SLOW-1", "SLOW-4", "ORDER-4"],
        ),
        ("ShowsRaw", &["SEC-2"], &[]),
        (
            "StaysAfterClose",
            &["CONN-3", "CONN-4", "LINE-10", "QUIT-2", "SHUT-1"],
            &[],
        ),
        ("SpinsAtTheEnd", &["LINE-10", "CONN-3"], &[]),
        ("ShowsTheUnfinished", &["LINE-10"], &[]),
        ("DiesAtTheUnknown", &["GRAM-6"], &["SEC-2"]),
        ("HidesTheUnknown", &["GRAM-6"], &[]),
        ("SmallBuffer", &["SLOW-4"], &[]),
        ("QuitsInSilence", &["QUIT-2"], &[]),
        ("GhostAtTheEndOfInput", &["QUIT-2"], &[]),
        ("HidesPrivateLines", &["MESG-1"], &["ORDER-4"]),
        (
            "LeavesWhenRefused",
            &["JOIN-4", "ERR-1", "ERR-3"],
            &["GRAM-6"],
        ),
        ("HidesErrors", &["ERR-1", "ERR-3"], &[]),
        ("HangsWhenLost", &["CONN-6"], &[]),
        ("ShowsOtherFirst", &["ORDER-4"], &["LINE-7"]),
    ];
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    let work = || {
        while let Some((fault, must, may)) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
            let miscaught = miscaught(fault, must, may);
            wrong
                .lock()
                .expect("nobody panics with it")
                .extend(miscaught);
        }
    };
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(work);
        }
    });
    let wrong = wrong.into_inner().expect("nobody panics with it");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A client that does not connect has not failed: nothing is known of it.
#[test]
fn a_client_that_does_not_connect_cannot_be_tried() {
    let target = Target::Spawn("echo oops >&2; exit 7".to_owned());
    let run = check(&target, &Options::default(), |_| {});
    let Err(CannotRun::Unreachable(why)) = run else {
        panic!("{run:?}")
    };
    assert!(why.contains("exit code 7") && why.contains("oops"), "{why}");
    let options = Options {
        run: RunOptions {
            only: vec!["NAME-99".to_owned()],
            ..RunOptions::default()
        },
        ..Options::default()
    };
    assert!(matches!(
        check(&target, &options, |_| {}),
        Err(CannotRun::NoSuchCase(_))
    ));
}

/// A person is told where to connect and what to type; cases that need the client's output are
/// skipped with that reason.
#[test]
fn a_client_started_by_hand_is_told_what_to_type() {
    let (prompts, prompted) = mpsc::channel::<String>();
    let prompts = Mutex::new(prompts);
    let options = Options {
        run: RunOptions {
            timeout: Duration::from_secs(20),
            ..RunOptions::default()
        },
        prompt: Arc::new(move |what| {
            let prompts = prompts.lock().expect("nobody panics with it");
            prompts.send(what.to_owned()).expect("somebody listens");
        }),
        ..Options::default()
    };
    let person = thread::spawn(move || {
        let mut stream: Option<TcpStream> = None;
        for what in prompted {
            if let Some((_, address)) = what.split_once("connect to ") {
                let new = TcpStream::connect(address).expect("it listens");
                let mut hears = BufReader::new(new.try_clone().expect("a socket has copies"));
                let leaves = new.try_clone().expect("a socket has copies");
                thread::spawn(move || {
                    let mut line = String::new();
                    while hears.read_line(&mut line).is_ok_and(|read| read > 0)
                        && line.trim_end() != "close"
                    {
                        line.clear();
                    }
                    let _gone = leaves.shutdown(std::net::Shutdown::Both);
                });
                stream = Some(new);
            } else if let Some((_, line)) = what.split_once("type: ") {
                let mut stream = stream.as_ref().expect("it was told to connect first");
                writeln!(stream, "{line}").expect("it is read");
            } else {
                let mut stream = stream.as_ref().expect("it was told to connect first");
                writeln!(stream, "QUIT").expect("it is read");
            }
        }
    });
    let run = check(&Target::Listen("127.0.0.1:0".to_owned()), &options, |_| {})
        .expect("somebody connects");
    drop(options);
    person.join().expect("all that is told can be done");
    let needs_spawn = |why: &str| why.contains("--spawn");
    let skipped =
        |outcome: &Outcome| matches!(&outcome.verdict, Verdict::Skip(why) if needs_spawn(why));
    let passed = run
        .outcomes
        .iter()
        .filter(|outcome| outcome.verdict == Verdict::Pass)
        .count();
    assert!(passed > 10, "{passed}");
    assert!(
        run.outcomes
            .iter()
            .all(|outcome| outcome.verdict == Verdict::Pass || skipped(outcome)),
        "{:#?}",
        failures(&run)
    );
}

/// How the run of a faulty client differs from what it should be, if it does.
fn miscaught(fault: &str, must: &[&str], may: &[&str]) -> Option<String> {
    let run = played(&format!("client.py {fault}"), Profile::Full, 8)?;
    let broken = broken(&run);
    let must: BTreeSet<String> = must.iter().map(|&clause| clause.to_owned()).collect();
    let may = may.iter().map(|&clause| clause.to_owned());
    let all: BTreeSet<String> = may.chain(must.clone()).collect();
    let is_caught = must.is_subset(&broken) && broken.is_subset(&all);
    (!is_caught).then(|| {
        format!(
            "{fault}: {must:?} should be broken, and {:#?}",
            failures(&run)
        )
    })
}

fn played(client: &str, profile: Profile, timeout: u64) -> Option<Run> {
    let python = python()?;
    let (client, fault) = client.split_once(' ').unwrap_or((client, ""));
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients");
    let target = Target::Spawn(format!(
        "exec '{python}' -S '{folder}/{client}' {fault} {{host}} {{port}}"
    ));
    let options = Options {
        run: RunOptions {
            profile,
            timeout: Duration::from_secs(timeout),
            ..RunOptions::default()
        },
        ..Options::default()
    };
    Some(check(&target, &options, |_| {}).expect("the client connects"))
}

/// The interpreter itself: `python3` may be a wrapper script.
fn python() -> Option<&'static str> {
    static PYTHON: LazyLock<Option<String>> = LazyLock::new(|| {
        let mut python = Command::new("python3");
        python.args(["-c", "import sys; print(sys.executable)"]);
        let found = python.output().ok().filter(|found| found.status.success());
        found.and_then(|found| Some(String::from_utf8(found.stdout).ok()?.trim_end().to_owned()))
    });
    if PYTHON.is_none() {
        // Cargo hides what a passing test prints; it does not hide this.
        let _unread = writeln!(
            std::io::stderr(),
            "SKIPPED, as there is no python3: the small clients"
        );
    }
    PYTHON.as_deref()
}

fn finding(outcome: &Outcome) -> Option<&Finding> {
    match &outcome.verdict {
        Verdict::Fail(finding) | Verdict::Warn(finding) => Some(finding),
        Verdict::Pass | Verdict::Skip(_) | Verdict::Error(_) => None,
    }
}

/// The clauses that were found to be violated.
fn broken(run: &Run) -> BTreeSet<String> {
    let findings = run.outcomes.iter().filter_map(finding);
    findings.map(|finding| finding.clause.clone()).collect()
}

/// The outcomes other than passes, in a line each.
fn failures(run: &Run) -> Vec<String> {
    let failures = run
        .outcomes
        .iter()
        .filter(|outcome| outcome.verdict != Verdict::Pass);
    let line = |outcome: &Outcome| match finding(outcome) {
        Some(Finding {
            clause,
            fault,
            expected,
            got,
            process,
            ..
        }) => {
            let (id, got) = (&outcome.case.id, String::from_utf8_lossy(got));
            let at_fault: &Fault = fault;
            format!("{id}: {clause} {at_fault:?}: {expected:?} expected, got {got:?}, {process:?}")
        }
        None => format!("{}: {:?}", outcome.case.id, outcome.verdict),
    };
    failures.map(line).collect()
}
