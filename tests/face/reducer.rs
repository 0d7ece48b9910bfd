//! What the face does with keys, lines and time: deeds and the line that is typed.

use std::time::Duration;

use crossterm::event::KeyCode;
use parlour::client::face::{Bell, Input};
use parlour::client::{Cause, ConnectError, Ending, Happening};

use crate::person::{Person, name};

/// BCST-1, MESG-1, GRAM-1
#[test]
fn enter_says_it_and_commands_are_commands() {
    let mut person = Person::member();
    person.says("hello, everyone!");
    assert_eq!(
        person.done(),
        ["keep hello, everyone!", "BCST hello, everyone!"]
    );
    person.says("/msg drew hi");
    let sent = [
        "keep /msg drew hi",
        "MESG drew hi",
        "PING parlour-receipt-1",
    ];
    assert_eq!(person.done(), sent);
    person.says("mesg ann hi");
    assert_eq!(person.done()[1], "MESG ann hi");
    person.says("//x");
    assert_eq!(person.done()[1], "BCST /x");
    person.says("/who");
    assert_eq!(person.done()[1], "LIST");
    person.says("PING 42");
    assert_eq!(person.done()[1], "PING 42");
    person.says("/quit");
    assert_eq!(person.done(), ["QUIT"]);
}

/// JOIN-4, NAME-3, NAME-5
#[test]
fn a_refused_name_is_asked_for_again_and_the_reason_said() {
    let mut person = Person::visitor();
    person.says("a/b");
    assert!(person.status().contains("a name has 1 to 32 letters"));
    person.ctrl('u');
    person.says("server");
    assert!(person.status().contains("that name is reserved"));
    assert_eq!(person.done(), [""; 0]);
    person.ctrl('u');
    person.says("dani");
    assert_eq!(person.done(), ["JOIN dani"]);
    person.types("typed ahead");
    person.hears("ERROR name-taken: that name is taken, choose another");
    assert_eq!(
        person.status().trim(),
        "dani: that name is taken, choose another | 127.0.0.1:8001"
    );
    assert_eq!(person.input(), "What should people call you? |");
    person.says("/join dina");
    assert_eq!(person.done(), ["JOIN dina"]);
    assert_eq!(person.input(), "> typed ahead|");
}

#[test]
fn what_is_said_before_the_room_admits_us_is_sent_when_it_does() {
    let mut person = Person::new(Some("dani"), Bell::default());
    person.says("early");
    assert_eq!(person.done(), ["keep early"]);
    person.joins();
    assert_eq!(person.done(), ["LIST", "BCST early"]);
}

#[test]
fn a_paste_never_sends() {
    let mut person = Person::member();
    person.pastes("one line\n");
    assert_eq!(person.input(), "> one line|");
    person.pastes(" and\r\nthree\r\n\r\n/quit\r\n");
    assert_eq!(person.input(), "> one line and⏎three⏎/quit|");
    assert_eq!(person.done(), [""; 0]);
    assert!(person.status().contains("Enter sends 3 lines, Esc drops"));
    person.hits(KeyCode::Enter);
    let sent = ["BCST one line and", "BCST three", "BCST /quit"];
    assert_eq!(person.done()[1..], sent);
    assert!(person.input().starts_with("> |"));
}

#[test]
fn a_paste_after_msg_is_for_that_person_alone() {
    let mut person = Person::member();
    person.types("/msg drew ");
    person.pastes("one\ntwo");
    person.hits(KeyCode::Enter);
    let done = person.done();
    assert_eq!((&*done[1], &*done[3]), ("MESG drew one", "MESG drew two"));
    assert!(!done.iter().any(|deed| deed.starts_with("BCST")));
}

#[test]
fn escape_drops_what_was_pasted_and_keeps_the_draft() {
    let mut person = Person::member();
    person.types("draft ");
    person.pastes("a secret\nanother");
    person.hits(KeyCode::Esc);
    assert_eq!(person.input(), "> draft |".trim_end());
    person.hits(KeyCode::Enter);
    assert_eq!(person.done()[1], "BCST draft ");
}

#[test]
fn a_paste_loses_what_would_drive_a_terminal() {
    let mut person = Person::member();
    person.pastes("a\u{1b}[2J\u{7}b\tc\u{202e}");
    person.hits(KeyCode::Enter);
    assert_eq!(person.done()[1], "BCST a[2Jb    c");
}

/// LINE-2
#[test]
fn a_long_line_is_split_at_a_word_and_sent_with_another_enter() {
    let mut person = Person::member();
    let long = format!("/msg drew {}", "words and ".repeat(1000));
    person.pastes(&long);
    person.hits(KeyCode::Enter);
    assert_eq!(person.done(), [""; 0]);
    assert!(
        person
            .status()
            .contains("Enter sends 3 lines, too long for one")
    );
    person.hits(KeyCode::Esc);
    assert_eq!(person.done(), [""; 0]);
    person.hits(KeyCode::Enter);
    person.hits(KeyCode::Enter);
    let done = person.done();
    let sent: Vec<&String> = done
        .iter()
        .filter(|deed| deed.starts_with("MESG drew "))
        .collect();
    assert_eq!(sent.len(), 3);
    assert!(
        sent.iter()
            .all(|line| line.len() < 4096 && !line.contains("wor "))
    );
    let words: usize = sent
        .iter()
        .map(|line| line.split_whitespace().count() - 2)
        .sum();
    assert_eq!(words, 2000);
}

#[test]
fn tab_completes_the_latest_speaker_first() {
    let mut person = Person::member();
    person.hears("SERVER: dora joined the chat!");
    person.hears("dora: BCST hi");
    person.hears("drew: BCST hi");
    person.types("d");
    for expected in ["> drew: |", "> dora: |", "> drew: |"] {
        person.hits(KeyCode::Tab);
        assert_eq!(person.input(), expected.trim_end());
    }
    person.hits(KeyCode::BackTab);
    assert_eq!(person.input(), "> dora: |");
    person.ctrl('u');
    person.types("hi a");
    person.hits(KeyCode::Tab);
    person.types("x");
    assert_eq!(person.input(), "> hi ann x|");
    person.hears("ann has left the chat");
    person.ctrl('u');
    person.types("ann");
    person.hits(KeyCode::Tab);
    assert_eq!(
        person.input(),
        "> ann|",
        "whoever has left is not completed"
    );
}

#[test]
fn keys_mean_what_they_mean_in_a_shell() {
    let mut person = Person::member();
    person.types("one two three");
    person.ctrl('w');
    person.ctrl('a');
    person.ctrl('y');
    assert_eq!(person.input(), "> three|one two");
    person.ctrl('k');
    person.alt('b');
    assert_eq!(person.input(), "> |three");
    person.alt('f');
    person.ctrl('u');
    person.ctrl('y');
    person.ctrl('e');
    assert_eq!(person.input(), "> three|");
    person.hits(KeyCode::Up);
    person.hits(KeyCode::Up);
    assert_eq!(person.input(), "> how are you?|");
    person.hits(KeyCode::Down);
    person.hits(KeyCode::Down);
    assert_eq!(person.input(), "> three|");
    person.ctrl('c');
    assert_eq!(person.done(), [""; 0]);
    person.ctrl('d');
    assert_eq!(person.done(), ["QUIT"]);
    person.ctrl('c');
    assert_eq!(person.done(), ["Interrupted "]);
}

#[test]
fn ctrl_r_searches_enter_says_and_ctrl_g_goes_back() {
    let mut person = Person::member();
    person.types("draft");
    person.ctrl('r');
    person.types("h");
    assert_eq!(person.input(), "search `h`: /msg drew |hi");
    person.ctrl('r');
    assert_eq!(person.input(), "search `h`: |how are you?");
    person.types("zz");
    assert!(person.status().contains("nothing with `hzz` in it"));
    person.ctrl('g');
    assert_eq!(person.input(), "> draft|");
    person.ctrl('r');
    person.types("how");
    person.hits(KeyCode::Enter);
    assert_eq!(person.done()[1], "BCST how are you?");
}

#[test]
fn the_bell_rings_for_the_name_and_for_private_lines() {
    let rings = |bell, line: &str| {
        let mut person = Person::new(Some("dani"), bell);
        person.joins();
        person.done();
        person.hears(line);
        person.hears(line);
        person.done()
    };
    let quiet: [&str; 0] = [];
    assert_eq!(rings(Bell::Mention, "drew: BCST hi Dani!"), ["Bell"]);
    assert_eq!(rings(Bell::Mention, "drew: MESG dani hi"), ["Bell"]);
    assert_eq!(rings(Bell::Mention, "drew: BCST hi danish"), quiet);
    assert_eq!(rings(Bell::Mention, "dani: BCST I am dani"), quiet);
    assert_eq!(rings(Bell::All, "drew: BCST hi"), ["Bell"]);
    assert_eq!(rings(Bell::Off, "drew: MESG dani hi"), quiet);
}

#[test]
fn a_flood_of_mentions_rings_once_in_a_while() {
    let mut person = Person::member();
    for _ in 0..100 {
        person.hears("drew: BCST dani");
    }
    assert_eq!(person.done(), ["Bell"]);
    person.waits(2);
    person.hears("drew: BCST dani");
    assert_eq!(person.done(), ["Bell"]);
}

#[test]
fn what_is_said_without_a_connection_waits_to_be_sent_again() {
    let mut person = Person::member();
    person.says("one");
    person.done();
    person.loses(4);
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
    assert!(person.status().contains("2 unsent"));
    assert_eq!(person.input(), "> draft|");
    person.ctrl('u');
    person.hits(KeyCode::Enter);
    assert_eq!(person.done(), ["BCST one", "BCST two"]);
    person.hears("dani: BCST one");
    person.hears("dani: BCST two");
    assert!(!person.screen(80, 16).join("\n").contains("..."));
}

#[test]
fn the_unsent_can_be_dropped_and_a_wait_be_cut_short() {
    let mut person = Person::member();
    person.loses(30);
    person.says("never mind");
    person.done();
    person.hits(KeyCode::Enter);
    assert_eq!(person.done(), ["Hurry"]);
    person.joins();
    person.done();
    person.hits(KeyCode::Esc);
    person.hits(KeyCode::Enter);
    assert_eq!(person.done(), [""; 0]);
}

/// MESG-2, ORDER-3
#[test]
fn a_private_line_to_nobody_is_given_back() {
    let mut person = Person::member();
    person.says("/msg zed psst");
    person.hears("ERROR no-such-user: nobody here has that name");
    person.hears("PONG parlour-receipt-0");
    let screen = person.screen(80, 16).join("\n");
    assert!(
        screen.contains("!! not sent to zed, nobody here has that name: psst"),
        "{screen}"
    );
    assert!(!screen.contains("private"), "{screen}");
}

#[test]
fn failed_attempts_are_not_told_again_and_again() {
    let mut person = Person::member();
    person.loses(1);
    for wait in [2, 4, 8] {
        let cause = Cause::Unreachable(ConnectError::TimedOut);
        person.happens(Happening::Lost(cause, Duration::from_secs(wait)));
    }
    let screen = person.screen(80, 16).join("\n");
    assert_eq!(screen.matches("!!").count(), 1, "{screen}");
    assert!(screen.contains("again in 8 s"));
}

#[test]
fn every_end_has_its_exit_and_its_words() {
    let end = |ending| {
        let mut person = Person::member();
        person.happens(Happening::Ended(ending));
        person.done().join(" ")
    };
    assert_eq!(end(Ending::Left), "Left ");
    assert_eq!(
        end(Ending::Refused),
        "Refused the server closed the connection"
    );
    assert_eq!(
        end(Ending::Unanswered),
        "Lost the server did not answer QUIT"
    );
    let nobody = ConnectError::TimedOut;
    let words = "Unreachable cannot reach 127.0.0.1:8001: no answer within 10 s";
    assert_eq!(end(Ending::Unreachable(nobody)), words);
}

/// LIST-1
#[test]
fn only_a_list_that_was_asked_for_is_shown() {
    let mut person = Person::member();
    assert!(!person.screen(80, 16).join("\n").contains("-- 3 here"));
    person.says("/who");
    person.hears("Online: drew, ann, dani");
    assert!(
        person
            .screen(80, 16)
            .join("\n")
            .contains("-- 3 here: drew, ann, dani")
    );
}

#[test]
fn end_goes_back_to_the_newest_line_and_the_mark_stays() {
    let mut person = Person::member();
    for i in 0..50 {
        person.hears(&format!("drew: BCST line {i}"));
    }
    person.hits(KeyCode::PageUp);
    person.hears("drew: BCST the newest");
    assert!(
        person.status().contains("13 new below (End)"),
        "{}",
        person.status()
    );
    person.types("x");
    assert!(
        person.status().contains("new below"),
        "typing does not scroll"
    );
    person.hits(KeyCode::End);
    let screen = person.screen(80, 16);
    assert!(screen[13].ends_with("the newest"));
    assert!(screen[12].starts_with("--- unread"));
    person.says("");
    person.ctrl('u');
    person.says("here I am");
    assert!(!person.screen(80, 16).join("\n").contains("unread"));
}

#[test]
fn a_mouse_or_a_focus_changes_nothing_that_is_typed() {
    let mut person = Person::member();
    person.types("x");
    person.gives(Input::Focus(false));
    person.gives(Input::Focus(true));
    person.happens(Happening::Haunted(name("dani"), Duration::from_secs(1)));
    assert_eq!(person.input(), "> x|");
}
