//! What is visible of the scrollback while it grows, shrinks and scrolls.

use jiff::civil::date;

use super::*;

const NOON: Clock = Clock {
    date: date(2026, 3, 9),
    hour: 12,
    minute: 0,
};

/// This many minutes after noon.
fn later(minute: u8) -> Clock {
    Clock { minute, ..NOON }
}

fn said(conversation: &mut Conversation, text: impl ToString) {
    let from = "a".to_owned();
    let text = text.to_string();
    conversation.push(
        NOON,
        EntryKind::Said {
            from,
            own: false,
            mentions: Vec::new(),
            text,
        },
    );
}

/// A conversation of this many lines, of which four are visible.
fn lines(count: usize) -> Conversation {
    let mut conversation = Conversation::default();
    conversation.resize(20, 4);
    for i in 0..count {
        said(&mut conversation, i);
    }
    conversation
}

/// The last words of the visible rows.
fn visible(conversation: &Conversation) -> String {
    let last = |row: Line| {
        let text: String = row.into_iter().map(|span| span.text).collect();
        text.split(' ').next_back().unwrap_or_default().to_owned()
    };
    let words: Vec<String> = conversation
        .visible_rows(&[])
        .into_iter()
        .map(last)
        .collect();
    words.join(" ")
}

#[test]
fn at_the_end_it_follows() {
    let mut conversation = lines(2);
    assert_eq!(visible(&conversation), "0 1");
    for i in 2..10 {
        said(&mut conversation, i);
    }
    assert_eq!(visible(&conversation), "6 7 8 9");
}

#[test]
fn scrolled_up_it_stays_put_and_counts_what_is_new() {
    let mut conversation = lines(20);
    conversation.page(-1);
    assert_eq!(visible(&conversation), "13 14 15 16");
    assert_eq!(conversation.new_below(), (0, 0));
    for i in 20..23 {
        said(&mut conversation, i);
    }
    assert_eq!(visible(&conversation), "13 14 15 16");
    assert_eq!(conversation.new_below(), (3, 0));
    conversation.go_to_end();
    assert_eq!(
        (visible(&conversation), conversation.new_below()),
        (
            "-- 20 21 22".replace("-- ", &format!("{} ", "---------")),
            (0, 0)
        )
    );
}

#[test]
fn pages_stop_at_both_ends() {
    let mut conversation = lines(6);
    conversation.page(-5);
    assert_eq!(visible(&conversation), "0 1 2 3");
    conversation.page(1);
    assert!(conversation.is_at_end());
    assert_eq!(visible(&conversation), "2 3 4 5");
    conversation.go_to_start();
    assert_eq!(visible(&conversation), "0 1 2 3");
    let mut short = lines(3);
    short.page(-1);
    assert!(short.is_at_end());
    lines(0).page(-1);
    lines(0).go_to_start();
}

#[test]
fn what_falls_out_of_the_scrollback_takes_the_view_along() {
    let mut conversation = lines(10);
    conversation.page(-9);
    for i in 10..Conversation::LINES + 100 {
        said(&mut conversation, i);
    }
    assert_eq!(conversation.entries.len(), Conversation::LINES);
    assert_eq!(visible(&conversation), "100 101 102 103");
    conversation.page(1);
    assert_eq!(visible(&conversation), "103 104 105 106");
}

#[test]
fn the_unread_begins_where_nobody_looked() {
    let mut conversation = lines(2);
    conversation.set_focus(false);
    said(&mut conversation, 2);
    said(&mut conversation, 3);
    conversation.set_focus(true);
    conversation.resize(20, 10);
    assert_eq!(visible(&conversation), "0 1 --------- 2 3");
    conversation.mark_read();
    assert_eq!(visible(&conversation), "0 1 2 3");
}

#[test]
fn what_has_been_looked_at_is_above_the_unread() {
    let mut conversation = lines(2);
    conversation.resize(20, 10);
    conversation.set_focus(false);
    said(&mut conversation, 2);
    conversation.set_focus(true);
    assert_eq!(visible(&conversation), "0 1 --------- 2");
    conversation.set_focus(false);
    said(&mut conversation, 3);
    said(&mut conversation, 4);
    conversation.set_focus(true);
    assert_eq!(visible(&conversation), "0 1 2 --------- 3 4");
    said(&mut conversation, 5);
    assert_eq!(visible(&conversation), "0 1 2 --------- 3 4 5");
}

#[test]
fn a_mark_that_moves_away_leaves_the_screen_in_its_place() {
    let mut conversation = lines(10);
    conversation.set_focus(false);
    said(&mut conversation, "some words that are wrapped");
    conversation.set_focus(true);
    for i in 11..20 {
        said(&mut conversation, i);
    }
    while !visible(&conversation).ends_with("words") {
        conversation.scroll(-1);
    }
    let before = visible(&conversation);
    assert_eq!(before, "8 9 --------- words");
    said(&mut conversation, 20);
    assert_eq!(visible(&conversation), "7 8 9 words");
}

#[test]
fn another_width_keeps_the_place() {
    let mut conversation = lines(0);
    for i in 0..20 {
        said(
            &mut conversation,
            format!("some words that are wrapped {i}"),
        );
    }
    conversation.page(-3);
    let entry = conversation.bottom.map(|position| position.entry);
    for columns in [9, 1, 200, 20] {
        conversation.resize(columns, 4);
        assert_eq!(
            conversation.bottom.map(|position| position.entry),
            entry,
            "{columns}"
        );
        assert!(conversation.visible_rows(&[]).len() <= 4);
    }
}

#[test]
fn a_time_is_left_out_while_it_repeats() {
    let mut conversation = lines(2);
    let one = later(1);
    conversation.add_presence(one, "b".into(), true);
    conversation.add_presence(one, "c".into(), true);
    conversation.add_presence(later(2), "c".into(), false);
    let rows = conversation.visible_rows(&[]);
    let starts: Vec<&str> = rows.iter().map(|row| &*row[0].text).collect();
    assert_eq!(starts, ["12:00 ", "      ", "12:01 -- ", "12:02 -- "]);
}

#[test]
fn a_day_begins_with_a_line() {
    let mut conversation = lines(1);
    let tomorrow = Clock {
        date: NOON.date.tomorrow().expect("there is one"),
        ..NOON
    };
    conversation.add_presence(tomorrow, "b".into(), true);
    let rows = conversation.visible_rows(&[]);
    let starts: Vec<&str> = rows.iter().map(|row| &*row[0].text).collect();
    assert_eq!(starts, ["12:00 ", "--- 2026-03-10 -----", "12:00 -- "]);
}

#[test]
fn words_are_found_from_the_newest_to_the_oldest_and_again() {
    let mut conversation = lines(30);
    assert!(conversation.find("").is_err());
    assert!(conversation.find("30").is_err() && conversation.found().is_none());
    let mut found = |words| {
        conversation.find(words).expect("it is there");
        let found = conversation.found().expect("it was found");
        let place = format!("{} of {}", found.nth, found.of);
        (place, visible(&conversation))
    };
    // In 5, 15 and 25, in the middle of the four rows.
    assert_eq!(found("A: 0"), ("1 of 1".into(), "0 1 2 3".into()));
    assert_eq!(found("a: 29"), ("1 of 1".into(), "26 27 28 29".into()));
    assert_eq!(found("5"), ("1 of 3".into(), "24 25 26 27".into()));
    assert_eq!(found("5"), ("2 of 3".into(), "14 15 16 17".into()));
    assert_eq!(found(""), ("3 of 3".into(), "4 5 6 7".into()));
    assert_eq!(found("").0, "1 of 3");
    conversation.go_to_end();
    assert!(conversation.found().is_none());
}
