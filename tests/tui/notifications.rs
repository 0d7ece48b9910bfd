//! Notifications: the bell, and markers for new and unread lines.

use crossterm::event::KeyCode;
use parlour::tui::Bell;

use crate::person::Person;

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

    let mut person = Person::member();
    for (bell, rung) in [("off", 0), ("all", 1), ("mention", 0)] {
        person.says(&format!("/bell {bell}"));
        person.done();
        person.waits(60);
        person.hears("drew: BCST hi");
        assert_eq!(person.done().len(), rung, "{bell}");
    }
    person.says("/bell loud");
    assert!(person.status().contains("the usage is /bell off, "));
}

#[test]
fn what_is_new_for_the_person_is_counted() {
    let mut person = Person::member();
    for i in 0..50 {
        person.hears(&format!("drew: BCST line {i}"));
    }
    person.hits(KeyCode::PageUp);
    for line in [
        "drew: BCST hello",
        "drew: BCST hello, Dani!",
        "drew: MESG dani psst",
        "dani: BCST I am dani",
        "drew: BCST danish pastry",
    ] {
        person.hears(line);
    }
    let status = person.status();
    assert!(status.contains("5 new below, 2 for you (End)"), "{status}");
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
fn end_goes_back_to_the_newest_line_and_the_mark_stays() {
    let mut person = Person::member();
    for i in 0..50 {
        person.hears(&format!("drew: BCST line {i}"));
    }
    person.hits(KeyCode::PageUp);
    assert!(
        person.status().contains("scrolled up (End)"),
        "{}",
        person.status()
    );
    person.hears("drew: BCST the newest");
    assert!(
        person.status().contains("1 new below (End)"),
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
