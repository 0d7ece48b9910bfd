//! The parser accepts exactly the language of the document, and reports what is wrong with every
//! other line.

use parlour::protocol::{Command, Event, Malformed, NameError, parse_event, parse_line};
use parlour_spec::{Kind, Oracle, Suite};

use crate::{expected, is_deep};

/// GRAM-1, GRAM-2, GRAM-3, GRAM-4, LINE-3, LINE-4, LINE-5, LINE-6, by the whole suite of the
/// automaton, in every run.
#[test]
fn a_line_is_what_the_document_says() {
    let oracle = Oracle::parlour();
    let suite = Suite::new(&oracle.commands);
    let words = suite.run(1, &mut |line, label| {
        let read = parse_line(line);
        let kind = match &read {
            None => Kind::Ignored,
            Some(Ok(command)) => Kind::Command(command.verb().as_str().to_lowercase()),
            Some(Err(Malformed::Usage(verb))) => {
                Kind::Malformed("usage", Some(verb.as_str().to_lowercase()))
            }
            Some(Err(Malformed::Name(_))) => {
                assert_eq!(read, expected::line(oracle, line), "{}", show(line));
                return;
            }
            Some(Err(Malformed::NotUtf8)) => Kind::Malformed("not-utf8", None),
            Some(Err(Malformed::ControlCharacter)) => Kind::Malformed("control-character", None),
            Some(Err(Malformed::UnknownCommand)) => Kind::Malformed("unknown-command", None),
            Some(Err(Malformed::LineTooLong)) => panic!("no line is too long for the parser"),
        };
        assert_eq!(kind, oracle.kinds[label as usize], "{}", show(line));
        if matches!(kind, Kind::Command(_)) {
            assert_eq!(read, expected::line(oracle, line), "{}", show(line));
        }
    });
    let states = oracle.commands.states();
    println!("commands: {states} states, {words} words");
    assert!(words > 100_000, "the suite is not vacuous");
}

/// GRAM-5, and every rule of section 3.3: by every 251st word of the automaton's suite, or by all
/// of them.
#[test]
fn an_event_is_what_the_document_says() {
    let oracle = Oracle::parlour();
    let suite = Suite::new(&oracle.events);
    let mut accepted = 0;
    let words = suite.run(if is_deep() { 1 } else { 251 }, &mut |line, label| {
        let read = parse_event(line);
        if label > 0 {
            assert_eq!(read, expected::event(oracle, line), "{}", show(line));
            accepted += 1;
        } else {
            assert_eq!(read, None, "{}", show(line));
        }
    });
    let states = oracle.events.states();
    println!("events: {states} states, {words} words, {accepted} of them derived");
    assert!(
        words > 100_000 && accepted > 1_000,
        "the suite is not vacuous"
    );
}

/// NAME-1: the grammar and the parser have the same bound.
#[test]
fn a_name_of_32_characters_is_the_longest_in_every_place() {
    let is_event = |line: String| parse_event(line.as_bytes()).is_some();
    for letter in ["a", "é", "李"] {
        for (count, holds) in [(1, true), (32, true), (33, false)] {
            let name = letter.repeat(count);
            assert_eq!(is_event(format!("SERVER: {name} joined the chat!")), holds);
            assert_eq!(is_event(format!("{name} has left the chat")), holds);
            assert_eq!(is_event(format!("{name}: BCST x")), holds);
            assert_eq!(is_event(format!("ann: MESG {name} x")), holds);
            assert_eq!(is_event(format!("{name}: MESG ann x")), holds);
            assert_eq!(is_event(format!("Online: ann, {name}")), holds);
            let line = format!("JOIN {name}");
            let invalid = Some(Err(Malformed::Name(NameError::Invalid)));
            assert_eq!(parse_line(line.as_bytes()) != invalid, holds);
        }
    }
}

/// The witness of the automaton, read by the parser: a broadcast can't be mistaken for a join.
#[test]
fn server_never_broadcasts() {
    let line = b"SERVER: BCST joined the chat!";
    let bcst = parse_line(b"JOIN BCST").and_then(Result::ok);
    let Some(Command::Join(name)) = bcst else {
        panic!("BCST is a name");
    };
    assert_eq!(parse_event(line), Some(Event::Joined(name)));
}

pub(crate) fn show(line: &[u8]) -> String {
    format!("{:?}", String::from_utf8_lossy(line))
}
