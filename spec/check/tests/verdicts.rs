//! The verdicts on servers that fail in basic ways: the kinds of fault are told apart, and what
//! can't be tried does not pass.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use parlour_check::outcome::{Exchanged, Expected, Fault, Finding, Run, Stage, Verdict, Way};
use parlour_check::run::{CannotRun, RunOptions};
use parlour_check::server::{Options, Target, check};

const GREETING: &[u8] = b"Enter JOIN followed by your username: JOIN username\n";

/// A listener on a port of its own.
fn listener() -> (TcpListener, Target) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("it has an address");
    (listener, Target::Address(address.to_string()))
}

/// A server that handles each connection with `serve`, for as long as the test runs.
fn server(serve: impl Fn(TcpStream) + Clone + Send + 'static) -> Target {
    let (listener, target) = listener();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let serve = serve.clone();
            thread::spawn(move || serve(stream));
        }
    });
    target
}

/// A run of one case.
fn checked(target: &Target, only: &str, timeout: u64) -> Run {
    let options = Options {
        run: RunOptions {
            only: vec![only.to_owned()],
            timeout: Duration::from_millis(timeout),
            ..RunOptions::default()
        },
        ..Options::default()
    };
    check(target, &options, |_| {}).expect("the server can be reached")
}

fn finding(run: &Run) -> &Finding {
    assert!(run.complete);
    let Verdict::Fail(finding) = &run.outcomes[0].verdict else {
        panic!("{run:?}")
    };
    finding
}

const CASE: &str = "a_name_is_taken_once";

#[test]
fn a_server_that_says_nothing_hangs() {
    let target = server(|mut stream| drop(stream.read_to_end(&mut Vec::new())));
    let run = checked(&target, CASE, 200);
    let finding = finding(&run);
    assert_eq!(
        (finding.fault, finding.clause.as_str()),
        (Fault::Hang, "CONN-2")
    );
    assert!(finding.got.is_empty());
}

#[test]
fn a_server_that_forgets_the_newline_is_told_so() {
    let target = server(|mut stream| {
        let _gone = stream.write_all(GREETING.trim_ascii_end());
        let _ended = stream.read_to_end(&mut Vec::new());
    });
    let run = checked(&target, CASE, 2000);
    let finding = finding(&run);
    assert_eq!(finding.fault, Fault::Hang);
    assert_eq!(finding.got, GREETING.trim_ascii_end());
    assert!(
        finding
            .hint
            .as_deref()
            .is_some_and(|hint| hint.contains("newline")),
        "{finding:?}"
    );
}

#[test]
fn a_server_that_ends_the_connection_crashed() {
    let target = server(|mut stream| {
        let _gone = stream.write_all(GREETING);
        let _line = BufReader::new(stream).read_line(&mut String::new());
    });
    let run = checked(&target, CASE, 5000);
    let finding = finding(&run);
    assert_eq!(
        (finding.fault, finding.clause.as_str()),
        (Fault::Crash, "JOIN-1")
    );
    assert!(
        finding
            .exchange
            .iter()
            .any(|exchanged| exchanged.way == Way::Sent && exchanged.octets == b"JOIN ann\n")
    );
}

#[test]
fn a_wrong_answer_is_shown_with_the_first_octet_that_differs() {
    let target = server(|mut stream| {
        let _gone = stream.write_all(GREETING);
        let mut lines = BufReader::new(stream.try_clone().expect("a second handle")).lines();
        while let Some(Ok(_)) = lines.next() {
            let _gone = stream.write_all(b"SERVER: Ann joined the chat!\n");
        }
    });
    let run = checked(&target, CASE, 5000);
    let finding = finding(&run);
    assert_eq!(finding.fault, Fault::WrongAnswer);
    assert_eq!(
        finding.expected,
        Expected::line("SERVER: ann joined the chat!")
    );
    assert_eq!(
        (finding.got.as_slice(), finding.differs_at),
        (&b"SERVER: Ann joined the chat!\n"[..], Some(8))
    );
    assert!(
        finding
            .sentence
            .starts_with("`joined` and `left` show the name"),
        "{}",
        finding.sentence
    );
}

/// It listens until it has accepted one connection.
#[test]
fn a_server_that_takes_no_second_connection_refuses() {
    let (listener, target) = listener();
    let taken = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        drop(listener);
        stream.write_all(GREETING).expect("the greeting is taken");
        let mut lines = BufReader::new(stream.try_clone().expect("a second handle")).lines();
        let _join = lines.next();
        let _gone = stream.write_all(b"SERVER: ann joined the chat!\n");
        lines.count()
    });
    let run = checked(&target, CASE, 5000);
    assert_eq!(finding(&run).fault, Fault::Refused);
    taken.join().expect("the server ends in order");
}

#[test]
fn a_process_that_ends_is_shown_with_what_it_said_last() {
    if let Some(listener) = spawned(SUDDEN) {
        let _stream = joined(&listener);
        eprintln!("\x1b[31mout of luck");
        std::process::exit(3)
    }
    let target = this_test(
        SUDDEN,
        "a_process_that_ends_is_shown_with_what_it_said_last",
    );
    let run = checked(&target, CASE, 5000);
    let finding = finding(&run);
    assert_eq!(finding.fault, Fault::Crash);
    assert_eq!(finding.process.as_deref(), Some("ended with exit code 3"));
    assert_eq!(finding.stderr.trim_ascii_end(), b"\x1b[31mout of luck");
}

/// A thread that has died says why on standard error; its connection stays open.
#[test]
fn what_a_process_that_lives_has_said_is_shown_too() {
    if let Some(listener) = spawned(DYING) {
        let mut stream = joined(&listener);
        eprintln!("Traceback (most recent call last):\n  IndexError");
        stream.read_to_end(&mut Vec::new()).expect("the end comes");
    }
    let target = this_test(DYING, "what_a_process_that_lives_has_said_is_shown_too");
    let run = checked(&target, CASE, 3000);
    let finding = finding(&run);
    assert_eq!((finding.fault, &finding.process), (Fault::Hang, &None));
    assert!(finding.stderr.ends_with(b"  IndexError\n"), "{finding:?}");
    let hint = finding.hint.as_deref().unwrap_or_default();
    assert!(hint.contains("standard error"), "{hint}");
}

/// If one of these variables is set, the test is a server on that port.
const SUDDEN: &str = "PARLOUR_CHECK_ENDS_SUDDENLY";
const DYING: &str = "PARLOUR_CHECK_LOSES_A_THREAD";
const ONCE: &str = "PARLOUR_CHECK_LISTENS_ONCE";

/// The listener, if the test was started as a server.
fn spawned(variable: &str) -> Option<TcpListener> {
    let port = std::env::var(variable).ok()?.parse().expect("a port");
    Some(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("the port is free"))
}

/// The command that starts this test as a server.
fn this_test(variable: &str, name: &str) -> Target {
    let this = std::env::current_exe().expect("the test is a file");
    Target::Spawn(format!(
        "{variable}={{port}} exec '{}' --exact {name} --nocapture",
        this.display()
    ))
}

/// Accepts a connection, greets it, and reads its first line.
fn joined(listener: &TcpListener) -> TcpStream {
    let (mut stream, _) = listener.accept().expect("a connection");
    stream.write_all(GREETING).expect("the greeting is taken");
    let copy = stream.try_clone().expect("a second handle");
    let _line = BufReader::new(copy).read_line(&mut String::new());
    stream
}

#[test]
fn what_others_read_is_shown_beside_what_did_not_come() {
    let (listener, target) = listener();
    thread::spawn(move || {
        let mut ann = joined(&listener);
        let _told = ann.write_all(b"SERVER: ann joined the chat!\n");
        let mut bob = joined(&listener);
        let _told = ann.write_all(b"for bob, really\n");
        let _end = bob.read_to_end(&mut Vec::new());
    });
    let run = checked(&target, CASE, 500);
    let finding = finding(&run);
    assert_eq!(
        (finding.fault, finding.who.as_deref()),
        (Fault::Hang, Some("bob"))
    );
    let is_shown = |one: &Exchanged| one.who == "ann" && one.octets == b"for bob, really\n";
    assert!(finding.exchange.iter().any(is_shown), "{finding:?}");
}

/// The hint of a case applies to what the case is about, and not to the steps before.
#[test]
fn a_ping_that_nobody_answers_is_told_as_that() {
    let target = server(|mut stream| {
        let _gone = stream.write_all(GREETING);
        let _ended = stream.read_to_end(&mut Vec::new());
    });
    let run = checked(&target, "the_server_speaks_first", 300);
    let finding = finding(&run);
    assert_eq!(
        (finding.fault, finding.clause.as_str()),
        (Fault::Hang, "PING-1")
    );
    let hint = finding.hint.as_deref().unwrap_or_default();
    assert!(hint.contains("PONG"), "{hint}");
    let run = checked(&target, CASE, 300);
    let finding = self::finding(&run);
    assert_eq!(finding.clause, "JOIN-1", "it never came to the second ann");
    assert_eq!(finding.hint, None, "nobody was told that the name is taken");
}

/// The check waits only once for a server that never listens, and only for the usual timeout.
#[test]
fn a_server_that_never_listens_is_waited_for_once() {
    if let Some(listener) = spawned(ONCE) {
        drop(joined(&listener));
        return;
    }
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("listens-once");
    let asked = |timeout| Options {
        run: RunOptions {
            stage: Stage::Broadcast,
            timeout: Duration::from_millis(timeout),
            jobs: 1,
            ..RunOptions::default()
        },
        ..Options::default()
    };
    let target = Target::Spawn("echo on another port >&2; exec sleep 1000".to_owned());
    let wrong = check(&target, &asked(200), |_| {}).expect_err("nobody listens");
    let CannotRun::Unreachable(why) = wrong else {
        panic!("{wrong}")
    };
    assert!(
        why.contains("does not listen") && why.contains("on another port"),
        "{why}"
    );
    let _gone = std::fs::remove_dir(&folder);
    let Target::Spawn(once) = this_test(ONCE, "a_server_that_never_listens_is_waited_for_once")
    else {
        unreachable!("it is a command")
    };
    let once = format!("mkdir '{}' || exec sleep 1000; {once}", folder.display());
    let run = check(&Target::Spawn(once), &asked(5000), |_| {}).expect("it was reached once");
    let errors = run
        .outcomes
        .iter()
        .filter_map(|outcome| match &outcome.verdict {
            Verdict::Error(why) => Some(why.as_str()),
            Verdict::Pass | Verdict::Warn(_) | Verdict::Fail(_) | Verdict::Skip(_) => None,
        });
    let errors: Vec<&str> = errors.collect();
    assert!(errors.len() > 5, "{run:?}");
    let waited = errors
        .iter()
        .filter(|why| !why.contains("is not waited for again"));
    assert_eq!(waited.count(), 1, "{errors:?}");
}

#[test]
fn where_nobody_listens_nothing_can_be_run() {
    let (listener, target) = listener();
    drop(listener);
    let wrong = check(&target, &Options::default(), |_| {}).expect_err("nobody listens");
    assert!(matches!(wrong, CannotRun::Unreachable(_)), "{wrong}");
}

#[test]
fn a_command_that_ends_before_it_listens_can_not_be_run() {
    let target = Target::Spawn("echo no such port >&2; exit 7".to_owned());
    let wrong = check(&target, &Options::default(), |_| {}).expect_err("it ends");
    let CannotRun::Unreachable(why) = wrong else {
        panic!("{wrong}")
    };
    assert!(
        why.contains("ended with exit code 7") && why.ends_with("\n  no such port"),
        "{why}"
    );
}

#[test]
fn an_empty_selection_is_no_run() {
    let target = Target::Address("127.0.0.1:1".to_owned());
    let options = Options {
        run: RunOptions {
            only: vec!["JOIN-99".to_owned()],
            ..RunOptions::default()
        },
        ..Options::default()
    };
    let wrong = check(&target, &options, |_| {}).expect_err("there is no such clause");
    assert!(matches!(wrong, CannotRun::NoSuchCase(_)));
    let options = Options {
        run: RunOptions {
            only: vec!["SHUT-1".to_owned(), "JOIN-5".to_owned()],
            ..RunOptions::default()
        },
        ..Options::default()
    };
    let target = server(drop);
    let run = check(&target, &options, |_| {});
    assert!(matches!(run, Err(CannotRun::NothingTried(_))), "{run:?}");
}

#[test]
fn a_run_that_is_interrupted_says_so() {
    let target = server(|mut stream| drop(stream.read_to_end(&mut Vec::new())));
    let options = Options {
        run: RunOptions {
            timeout: Duration::from_secs(600),
            ..RunOptions::default()
        },
        ..Options::default()
    };
    let interrupt = options.run.interrupt.clone();
    let run = check(&target, &options, |_| interrupt.cancel()).expect("the server can be reached");
    assert!(!run.complete);
}
