//! Pasted text and lines that are too long: shown before they are sent.

use crossterm::event::KeyCode;

use crate::person::Person;

#[test]
fn a_paste_never_sends() {
    let mut person = Person::member();
    person.pastes("one line\n");
    assert_eq!(person.input(), "> one line|");
    person.pastes(" and\r\nthree\r\n\r\n/quit\r\n");
    assert_eq!(person.input(), "> one line and⏎three⏎/quit⏎|");
    assert_eq!(person.done(), [""; 0]);
    assert!(person.status().contains("Enter sends 3 lines, Esc drops"));
    person.hits(KeyCode::Enter);
    assert_eq!(person.done(), [""; 0]);
    let asks = "Enter again says every line as it is, also: /quit";
    assert!(person.status().contains(asks), "{}", person.status());
    person.hits(KeyCode::Enter);
    let sent = ["BCST one line and", "BCST three", "BCST /quit"];
    assert_eq!(person.done()[1..], sent);
    assert!(person.input().starts_with("> |"));
}

/// The number of lines that wait for an answer is bounded.
#[test]
fn of_too_long_a_paste_whole_lines_are_kept_and_can_be_sent() {
    for (line, fit) in [("line".to_owned(), 500), ("x".repeat(300), 217)] {
        let mut person = Person::member();
        person.types("draft");
        person.hits(KeyCode::Enter);
        person.hears("dani: BCST draft");
        person.done();
        person.pastes(&format!("{line}\n").repeat(6000));
        let words = format!("only {fit} of 6000 pasted lines fit");
        assert!(person.status().contains(&words), "{}", person.status());
        person.hits(KeyCode::Left);
        let words = format!(
            "Enter sends {fit} lines ({} more did not fit), Esc",
            6000 - fit
        );
        assert!(person.status().contains(&words), "{}", person.status());
        person.hits(KeyCode::Enter);
        assert_eq!(person.done()[1..], vec![format!("BCST {line}"); fit]);
    }
}

/// A terminal without bracketed paste delivers a long paste in parts.
#[test]
fn the_rest_of_a_paste_that_was_cut_is_left_out() {
    let mut person = Person::member();
    person.pastes(&"line\n".repeat(400));
    person.pastes(&("line\n".repeat(150) + "cut in"));
    person.pastes(&(" the middle\n".to_owned() + &"line\n".repeat(49)));
    // A line that came in two parts counts twice.
    let words = "only 500 of 601 pasted lines fit";
    assert!(person.status().contains(words), "{}", person.status());
    person.hits(KeyCode::Enter);
    assert_eq!(person.done()[1..], vec!["BCST line"; 500]);
    // A key ends it: what comes then is another paste.
    person.pastes("one\ntwo");
    assert_eq!(person.input(), "> one⏎two|");
}

/// A private line among others goes where they go, so the person is asked.
#[test]
fn a_private_line_among_others_is_asked_about() {
    let mut person = Person::member();
    person.pastes("hello all\n/msg drew a secret\n");
    person.hits(KeyCode::Enter);
    assert_eq!(person.done(), [""; 0]);
    let asks = "Enter again says every line as it is, also: /msg drew a secret";
    assert!(person.status().contains(asks), "{}", person.status());
    person.hits(KeyCode::Esc);
    person.pastes("/usr/bin/env\nQUIT\nsee http://a/b\n");
    person.hits(KeyCode::Enter);
    assert_eq!(
        person.done()[1..],
        ["BCST /usr/bin/env", "BCST QUIT", "BCST see http://a/b"]
    );
}

#[test]
fn lines_are_not_promised_while_too_many_are_on_their_way() {
    let mut person = Person::member();
    person.pastes(&"line\n".repeat(500));
    person.hits(KeyCode::Enter);
    assert_eq!(person.done().len(), 501);
    person.pastes("one\ntwo");
    let words = "at most 500 lines are on their way at once, Esc drops what was pasted";
    assert!(person.status().contains(words), "{}", person.status());
    person.hits(KeyCode::Enter);
    assert_eq!(person.done(), [""; 0]);
    person.hears("dani: BCST line");
    person.hears("dani: BCST line");
    person.hits(KeyCode::Left);
    assert!(
        person.status().contains("Enter sends 2 lines"),
        "{}",
        person.status()
    );
    person.hits(KeyCode::Enter);
    assert_eq!(person.done()[1..], ["BCST one", "BCST two"]);
}

#[test]
fn what_was_killed_comes_back_whole_or_not_at_all() {
    let mut person = Person::member();
    person.pastes(&format!("{}\n", "x".repeat(300)).repeat(150));
    person.hits(KeyCode::Esc);
    person.ctrl('y');
    assert!(
        person.status().contains("Enter sends 150 lines"),
        "{}",
        person.status()
    );
    person.ctrl('y');
    assert!(
        person.status().contains("there is no room for more"),
        "{}",
        person.status()
    );
    person.hits(KeyCode::Left);
    assert!(
        person.status().contains("Enter sends 150 lines"),
        "{}",
        person.status()
    );
}

#[test]
fn every_line_end_of_unicode_ends_a_pasted_line() {
    let mut person = Person::member();
    person.pastes("a\u{2028}b\u{2029}c\u{85}d\u{b}e\u{c}f");
    assert_eq!(person.input(), "> a⏎b⏎c⏎d⏎e⏎f|");
}

#[test]
fn a_paste_after_msg_is_for_that_person_alone() {
    let mut person = Person::member();
    person.types("/msg drew ");
    person.pastes("one\ntwo");
    person.hits(KeyCode::Enter);
    let done = person.done();
    assert_eq!((&*done[1], &*done[3]), ("MESG drew one", "MESG drew two"));
    assert!(!done.iter().any(|effect| effect.starts_with("BCST")));
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

/// GRAM-2: no text begins with a space.
#[test]
fn what_waits_is_what_is_sent_indented_too() {
    let mut person = Person::member();
    person.pastes("    if x {\n\tgo on\n        {} \n    }");
    assert_eq!(
        person.input(),
        "> \u{20}   if x {⏎    go on⏎        {} ⏎    }|"
    );
    person.hits(KeyCode::Enter);
    let sent = [
        "BCST \tif x {",
        "BCST \tgo on",
        "BCST \t    {} ",
        "BCST \t}",
    ];
    assert_eq!(person.done()[1..], sent);
    person.pastes("[\n  1,\n    2\n]");
    person.hits(KeyCode::Enter);
    let sent = ["BCST [", "BCST \t 1,", "BCST \t   2", "BCST ]"];
    assert_eq!(person.done()[1..], sent);
}

#[test]
fn pastes_in_a_row_and_within_a_line_keep_their_lines_apart() {
    let mut person = Person::member();
    person.pastes("a1\na2\n");
    person.pastes("b1\nb2\n");
    person.pastes("c\n");
    assert_eq!(person.input(), "> a1⏎a2⏎b1⏎b2⏎c⏎|");
    assert!(person.status().contains("Enter sends 5 lines"));
    person.hits(KeyCode::Esc);
    person.types("xy");
    person.ctrl('b');
    person.pastes("\na1\r\na2\r\n");
    assert_eq!(person.input(), "> x⏎a1⏎a2⏎|y");
    person.hits(KeyCode::Enter);
    let sent = ["BCST x", "BCST a1", "BCST a2", "BCST y"];
    assert_eq!(person.done()[1..], sent);
}

/// It may come from the history, and then it was not pasted.
#[test]
fn escape_drops_several_lines_wherever_they_come_from() {
    let mut person = Person::member();
    person.pastes("one\ntwo");
    person.hits(KeyCode::Enter);
    person.done();
    person.hits(KeyCode::Up);
    assert_eq!(person.input(), "> one⏎two|");
    assert!(
        person
            .status()
            .contains("Enter sends 2 lines, Esc drops them")
    );
    person.hits(KeyCode::Esc);
    assert!(person.input().starts_with("> |"), "{}", person.input());
    person.hits(KeyCode::Enter);
    assert_eq!(person.done(), [""; 0]);
}

/// What was in the input before a paste is long gone when its lines are.
#[test]
fn escape_leaves_a_line_alone_that_is_not_the_pasted_one() {
    let mut person = Person::member();
    person.types("draft");
    person.pastes("one\ntwo");
    person.ctrl('u');
    person.types("another");
    person.hits(KeyCode::Esc);
    assert_eq!(person.input(), "> another|");
}

#[test]
fn it_is_said_for_whom_several_lines_are() {
    let mut person = Person::member();
    person.types("/msg drew ");
    person.pastes("one\ntwo");
    assert!(
        person
            .status()
            .contains("Enter sends 2 lines to drew alone, Esc drops"),
        "{}",
        person.status()
    );
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
            .contains("Enter sends 3 lines to drew alone, too long for one")
    );
    person.hits(KeyCode::Esc);
    assert_eq!(person.done(), [""; 0]);
    person.hits(KeyCode::Enter);
    person.hits(KeyCode::Enter);
    let done = person.done();
    let sent: Vec<&String> = done
        .iter()
        .filter(|effect| effect.starts_with("MESG drew "))
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
