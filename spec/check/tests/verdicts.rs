//! What is said of servers that are no servers: each kind of fault is told apart, and what can't be tried is not called passed.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use parlour_check::asked::{Asked, CannotRun};
use parlour_check::outcome::{Fault, Finding, Run, Verdict, Way};
use parlour_check::server::{Options, Target, check};

const GREETING: &[u8] = b"Enter JOIN followed by your username: JOIN username\n";

/// A place of which nobody else knows, and a listener there.
fn listener() -> (TcpListener, Target) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("it has an address");
    (listener, Target::Address(address.to_string()))
}

/// A server that serves each connection with `serve`, for as long as the test runs.
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

/// What comes of one case.
fn checked(target: &Target, only: &str, timeout: u64) -> Run {
    let options = Options {
        asked: Asked {
            only: vec![only.to_owned()],
            timeout: Duration::from_millis(timeout),
            ..Asked::default()
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
        (Fault::Crash, "JOIN-2")
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
    assert_eq!(finding.expected, "SERVER: ann joined the chat!");
    assert_eq!(
        (finding.got.as_slice(), finding.differs_at),
        (&b"SERVER: Ann joined the chat!"[..], Some(8))
    );
    assert!(
        finding
            .sentence
            .starts_with("A name belongs to at most one member"),
        "{}",
        finding.sentence
    );
}

/// It listens until it has taken one connection.
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
    if let Ok(port) = std::env::var(SUDDEN) {
        ends_suddenly(port.parse().expect("a port"));
    }
    let this = std::env::current_exe().expect("the test is a file");
    let name = "a_process_that_ends_is_shown_with_what_it_said_last";
    let target = Target::Spawn(format!(
        "{SUDDEN}={{port}} exec '{}' --exact {name} --nocapture",
        this.display()
    ));
    let run = checked(&target, CASE, 5000);
    let finding = finding(&run);
    assert_eq!(finding.fault, Fault::Crash);
    let process = finding.process.as_deref().expect("the process ended");
    assert_eq!(process, r"ended with exit code 3: \x1B[31mout of luck");
}

/// Where this variable is set, the test is a server on that port.
const SUDDEN: &str = "PARLOUR_CHECK_ENDS_SUDDENLY";

/// It greets, reads a little, and ends.
fn ends_suddenly(port: u16) -> ! {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("the port is free");
    let (mut stream, _) = listener.accept().expect("a connection");
    stream.write_all(GREETING).expect("the greeting is taken");
    let _line = BufReader::new(stream).read_line(&mut String::new());
    eprintln!("\x1b[31mout of luck");
    std::process::exit(3)
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
        why.ends_with("ended with exit code 7: no such port"),
        "{why}"
    );
}

#[test]
fn an_empty_selection_is_no_run() {
    let target = Target::Address("127.0.0.1:1".to_owned());
    let options = Options {
        asked: Asked {
            only: vec!["JOIN-99".to_owned()],
            ..Asked::default()
        },
        ..Options::default()
    };
    let wrong = check(&target, &options, |_| {}).expect_err("there is no such clause");
    assert!(matches!(wrong, CannotRun::NoSuchCase(_)));
    let options = Options {
        asked: Asked {
            only: vec!["SHUT-1".to_owned(), "JOIN-5".to_owned()],
            ..Asked::default()
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
        asked: Asked {
            timeout: Duration::from_secs(600),
            ..Asked::default()
        },
        ..Options::default()
    };
    let interrupt = options.asked.interrupt.clone();
    let run = check(&target, &options, |_| interrupt.cancel()).expect("the server can be reached");
    assert!(!run.complete);
}
