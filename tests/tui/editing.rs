//! Shell key bindings, completion and the search through the history.

use crossterm::event::KeyCode;

use crate::person::Person;

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
fn what_ends_a_clause_follows_a_completed_name_at_once() {
    let mut person = Person::member();
    for (before, after, line) in [
        ("hi dr", ", bye", "> hi drew, bye|"),
        ("dr", ", bye", "> drew, bye|"),
        ("(dr", ") x", "> (drew) x|"),
        ("hi @dr", "! x", "> hi @drew! x|"),
        ("hi dr", ":) x", "> hi drew :) x|"),
        ("/m", "! x", "> /msg ! x|"),
    ] {
        person.types(before);
        person.hits(KeyCode::Tab);
        person.types(after);
        assert_eq!(person.input(), line);
        person.ctrl('u');
    }
    person.types("hi dr there");
    person.alt('b');
    person.ctrl('b');
    person.hits(KeyCode::Tab);
    assert_eq!(person.input(), "> hi drew |there");
    person.types(",");
    assert_eq!(person.input(), "> hi drew,| there");
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
    person.ctrl('h');
    person.hits(KeyCode::Backspace);
    assert_eq!(person.input(), "search `h`: /msg drew |hi");
    assert!(!person.status().contains("nothing with"));
    person.ctrl('g');
    assert_eq!(person.input(), "> draft|");
    person.ctrl('r');
    person.types("how");
    person.hits(KeyCode::Enter);
    assert_eq!(person.done()[1], "BCST how are you?");
}

#[test]
fn a_search_shows_what_it_found_in_a_long_entry() {
    let mut person = Person::member();
    person.pastes(&format!(
        "{}\nthe needle is here\n{}",
        "x".repeat(200),
        "y".repeat(200)
    ));
    person.hits(KeyCode::Enter);
    person.ctrl('r');
    person.types("needle");
    assert!(
        person.input().contains("⏎the |needle is here"),
        "{}",
        person.input()
    );
    person.hits(KeyCode::Enter);
    person.types(&format!("{}the end", "z".repeat(100)));
    person.alt('b');
    assert!(person.input().ends_with("zthe |end"), "{}", person.input());
}

#[test]
fn the_status_line_is_cut_after_a_word_or_leaves_out_what_is_worth_less() {
    let mut person = Person::member();
    person.pastes("one\ntwo");
    for (columns, status) in [
        (
            80,
            " Enter sends 2 lines, Esc drops what was pasted | dani | 127.0.0.1:8001",
        ),
        (71, " Enter sends 2 lines, Esc drops what was pasted | dani"),
        (54, " Enter sends 2 lines, Esc drops what was pasted"),
        (48, " Enter sends 2 lines, Esc drops what was pasted"),
        (47, " Enter sends 2 lines, Esc drops what was…"),
        (23, " Enter sends 2 lines…"),
        (7, ""),
    ] {
        let screen = person.screen(columns, 16);
        assert_eq!(screen[14], status, "{columns}");
    }
}
