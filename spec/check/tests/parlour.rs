//! The project's own server passes every case without a warning, in both profiles.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;
use std::time::{Duration, UNIX_EPOCH};

use parlour_check::outcome::{Profile, Run, Verdict};
use parlour_check::run::RunOptions;
use parlour_check::server::{Options, Target, check};

/// The server, built with the profile of the tests.
static SERVER: LazyLock<PathBuf> = LazyLock::new(|| {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([
        "build",
        "--quiet",
        "--package",
        "parlour",
        "--bin",
        "parlour-server",
    ]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let built = cargo.status().expect("cargo runs");
    assert!(built.success(), "the server can't be built");
    let test = std::env::current_exe().expect("the test is a file");
    let folder = test
        .ancestors()
        .nth(2)
        .expect("it lies in deps, in the profile's folder");
    folder.join("parlour-server")
});

fn checked(profile: Profile, seed: u64) -> Run {
    let command = format!(
        "exec '{}' {{port}} --capacity {{capacity}} --max-connections {{max-connections}} \
         --join-timeout {{join-timeout}} --max-line {{max-line}} --send-queue {{send-queue}} \
         --stall-timeout {{stall-timeout}} --quiet-ms {{quiet-ms}} --send-memory {{send-memory}}",
        SERVER.display()
    );
    let options = Options {
        run: RunOptions {
            profile,
            seed,
            timeout: Duration::from_secs(30),
            ..RunOptions::default()
        },
        stop_signal: Some("TERM".to_owned()),
        ..Options::default()
    };
    check(&Target::Spawn(command), &options, |_| {}).expect("the server can be reached")
}

fn all_passed(run: &Run) {
    assert!(run.complete);
    for outcome in &run.outcomes {
        assert_eq!(outcome.verdict, Verdict::Pass, "{}", outcome.case.id);
    }
}

/// No case is skipped: every limit can be set, and the signal is known.
#[test]
fn the_server_keeps_every_clause() {
    all_passed(&checked(Profile::Full, 1));
}

#[test]
fn the_server_does_what_the_original_does() {
    all_passed(&checked(Profile::Seed, 1));
}

/// The check is not flaky, however busy the machine is: each run has another seed, beginning with
/// `PARLOUR_SEED` or with the time of day.
/// `cargo test -p parlour-check --test parlour -- --ignored --nocapture` takes a minute or two.
#[test]
#[ignore = "five runs take minutes"]
fn the_server_keeps_every_clause_with_any_seed() {
    let asked = std::env::var("PARLOUR_SEED").map(|seed| seed.parse().expect("a number"));
    let first = asked.unwrap_or_else(|_| {
        let time = UNIX_EPOCH.elapsed().expect("later than 1970");
        time.as_secs()
    });
    for seed in first..first + 5 {
        println!("PARLOUR_SEED={seed}");
        all_passed(&checked(Profile::Full, seed));
    }
}
