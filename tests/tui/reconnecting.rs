//! Losing the connection and reconnecting, and the ends of the program.

use std::time::Duration;

use crossterm::event::KeyCode;
use parlour::client::{Address, ConnectError, Disconnect, Update};
use parlour::tui::Input;
use parlour_testkit::GREETING;

use crate::person::Person;

#[test]
fn what_is_said_without_a_connection_waits_until_it_is_asked_for() {
    let mut person = Person::member();
    person.loses(4);
    person.says("one");
    person.done();
    person.says("two");
    person.types("draft");
    assert_eq!(person.done(), ["keep two"]);
    assert!(person.status().contains("lost: again in 4 s"));
    person.waits(3);
    assert!(person.status().contains("again in 1 s"));
    person.joins();
    assert_eq!(
        person.done(),
        ["LIST"],
        "nothing is sent without being asked for"
    );
    assert!(
        person
            .status()
            .contains("2 waiting (Enter: send, Esc: drop)")
    );
    assert_eq!(person.input(), "> draft|");
    person.ctrl('u');
    person.hits(KeyCode::Enter);
    assert_eq!(person.done(), ["BCST one", "BCST two"]);
    person.hears("dani: BCST one");
    person.hears("dani: BCST two");
    assert!(!person.screen(80, 16).join("\n").contains("..."));
    person.hits(KeyCode::Enter);
    assert_eq!(person.done(), [""; 0]);
}

/// Others may have read a line whose confirmation was lost with the connection.
#[test]
fn what_may_have_been_heard_is_said_again_only_by_a_command_of_its_own() {
    let mut person = Person::member();
    person.says("one");
    person.says("/msg drew two");
    person.loses(1);
    person.says("three");
    person.joins();
    person.done();
    let screen = person.screen(80, 16).join("\n");
    let lines = ["UNKNOWN one", "UNKNOWN to drew: two", "WAITING three"];
    assert!(lines.iter().all(|line| screen.contains(line)), "{screen}");
    let status = "1 waiting (Enter: send) | 2 unknown, may have been heard (/again, Esc: drop)";
    assert!(person.status().contains(status), "{}", person.status());
    person.hits(KeyCode::Enter);
    assert_eq!(person.done(), ["BCST three"]);
    person.hears("dani: BCST three");
    for again in [true, false] {
        person.hits(KeyCode::Enter);
        assert_eq!(person.done(), [""; 0]);
        person.says("/again");
        let done = person.done();
        let said = [
            "BCST one",
            "MESG drew two",
            "PING parlour-receipt-1",
            "keep /again",
        ];
        let nothing = [""; 0];
        assert_eq!(done, if again { &said[..] } else { &nothing[..] });
        person.ctrl('u');
    }
    person.loses(1);
    person.joins();
    person.done();
    person.hits(KeyCode::Esc);
    person.says("/again");
    assert_eq!(person.done(), [""; 0]);
    assert!(!person.screen(80, 16).join("\n").contains("UNKNOWN"));
}

/// So many commands wait for a server that reads nothing that the connection takes no more.
#[test]
fn a_line_that_the_connection_does_not_take_waits() {
    let mut person = Person::member();
    person.says("one");
    assert_eq!(person.done()[1..], ["BCST one"]);
    let first = 0;
    person.gives(Input::Unsent(first));
    assert!(person.screen(80, 16).join("\n").contains("WAITING one"));
    person.hits(KeyCode::Enter);
    assert_eq!(person.done(), ["BCST one"]);
}

#[test]
fn what_is_lost_when_the_person_leaves_is_said() {
    let mut person = Person::member();
    person.says("one");
    person.loses(1);
    person.says("two");
    person.says("three");
    person.done();
    person.happens(Update::Ended(Disconnect::Left));
    assert_eq!(
        person.done(),
        ["Lost 2 lines not sent, 1 line perhaps not heard"]
    );

    let mut person = Person::member();
    person.says("one");
    person.done();
    person.happens(Update::Ended(Disconnect::Left));
    assert_eq!(person.done(), ["Lost 1 line perhaps not heard"]);

    let mut person = Person::member();
    person.says("one");
    person.done();
    person.happens(Update::Ended(Disconnect::QuitUnanswered));
    let words = format!("{}; 1 line perhaps not heard", Disconnect::QuitUnanswered);
    assert_eq!(person.done(), [format!("Lost {words}")]);
}

/// JOIN-5
#[test]
fn a_visitor_that_thought_too_long_is_told_so() {
    let mut person = Person::visitor();
    let wait = Duration::from_secs(1);
    person.happens(Update::Disconnected(Disconnect::NotJoined, wait));
    person.happens(Update::Connected);
    let words = "the server closed the connection, as you had not joined in time";
    assert!(person.status().contains(words), "{}", person.status());
    person.says("dani");
    assert!(!person.status().contains(words));
}

#[test]
fn the_unsent_can_be_dropped_and_a_wait_be_cut_short() {
    let mut person = Person::member();
    person.loses(30);
    person.says("never mind");
    person.done();
    person.hits(KeyCode::Enter);
    assert_eq!(person.done(), ["RetryNow"]);
    person.joins();
    person.done();
    person.hits(KeyCode::Esc);
    person.hits(KeyCode::Enter);
    assert_eq!(person.done(), [""; 0]);
}

/// Only where the status line offers it.
#[test]
fn escape_drops_nothing_while_the_connection_is_lost() {
    let mut person = Person::member();
    person.loses(9);
    person.says("one");
    person.says("two");
    person.hits(KeyCode::Esc);
    person.joins();
    assert!(person.status().contains("2 waiting"), "{}", person.status());
}

#[test]
fn a_join_without_an_answer_is_said_to_be_one() {
    let mut person = Person::member();
    person.loses(1);
    person.happens(Update::Connected);
    person.hears(GREETING);
    assert!(person.status().starts_with(" joining... | dani | "));
    person.says("/who");
    assert_eq!(person.done(), [""; 0]);
    assert!(person.status().contains("not sent: not in the room yet"));
    assert_eq!(person.input(), "> /who|");
    person.ctrl('u');
    person.says("PING 42");
    assert_eq!(person.done(), ["keep PING 42", "PING 42"]);
    person.joins();
    assert!(person.status().starts_with(" dani | "));
}

fn unreachable() -> Disconnect {
    Disconnect::Unreachable {
        address: Address::new(None, None).unwrap(),
        why: ConnectError::TimedOut,
    }
}

#[test]
fn failed_attempts_are_not_told_again_and_again() {
    let mut person = Person::member();
    person.loses(1);
    for wait in [2, 4, 8] {
        person.happens(Update::Disconnected(
            unreachable(),
            Duration::from_secs(wait),
        ));
    }
    let screen = person.screen(80, 16).join("\n");
    assert_eq!(screen.matches("!!").count(), 1, "{screen}");
    assert!(screen.contains("again in 8 s"));
}

#[test]
fn every_end_has_its_exit_and_its_words() {
    let end = |why| {
        let mut person = Person::member();
        person.happens(Update::Ended(why));
        person.done().join(" ")
    };
    assert_eq!(end(Disconnect::Left), "Left ");
    assert_eq!(
        end(Disconnect::Closed),
        "Refused the server closed the connection"
    );
    assert_eq!(
        end(Disconnect::QuitUnanswered),
        "Lost the server has not said close within 15 s"
    );
    let words = "Unreachable cannot reach 127.0.0.1:8001: no answer within 10 s";
    assert_eq!(end(unreachable()), words);
}

#[test]
fn a_mouse_or_a_focus_changes_nothing_that_is_typed() {
    let mut person = Person::member();
    person.types("x");
    person.gives(Input::Focus(false));
    person.gives(Input::Focus(true));
    person.happens(Update::Connected);
    assert_eq!(person.input(), "> x|");
}
