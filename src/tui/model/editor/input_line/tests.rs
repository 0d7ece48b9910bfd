//! The editing keys, one by one.

use super::*;

/// A line with the cursor at the bar.
fn line(shown: &str) -> InputLine {
    let cursor = shown.find('|').expect("a cursor");
    InputLine {
        text: shown.replace('|', ""),
        cursor,
        ..InputLine::default()
    }
}

fn after(shown: &str, edit: impl FnOnce(&mut InputLine)) -> String {
    let mut line = line(shown);
    edit(&mut line);
    line.text.insert(line.cursor, '|');
    line.text
}

#[test]
fn the_cursor_goes_by_characters_words_and_to_the_ends() {
    assert_eq!(after("ab|c", |l| l.left(Motion::Character)), "a|bc");
    assert_eq!(
        after("e\u{301}|", |l| l.left(Motion::Character)),
        "|e\u{301}"
    );
    assert_eq!(after("👩‍👧|x", |l| l.left(Motion::Character)), "|👩‍👧x");
    assert_eq!(
        after("foo bar-baz, |", |l| l.left(Motion::Word)),
        "foo bar-|baz, "
    );
    assert_eq!(after("|  foo bar", |l| l.right(Motion::Word)), "  foo| bar");
    assert_eq!(after("foo| bar", |l| l.left(Motion::Line)), "|foo bar");
    assert_eq!(after("foo| bar", |l| l.right(Motion::Line)), "foo bar|");
    assert_eq!(after("|", |l| l.left(Motion::Word)), "|");
    assert_eq!(after("|", |l| l.right(Motion::Character)), "|");
}

#[test]
fn what_is_killed_is_yanked() {
    assert_eq!(
        after("foo bar/baz |", |l| l.delete_back(Motion::WhitespaceWord)),
        "foo |"
    );
    assert_eq!(
        after("foo bar/baz |", |l| l.delete_back(Motion::Word)),
        "foo bar/|"
    );
    assert_eq!(
        after("one| two", |l| {
            l.delete(Motion::Line);
            l.yank();
            l.yank();
        }),
        "one two two|"
    );
    assert_eq!(
        after("a b c|", |l| {
            l.delete_back(Motion::WhitespaceWord);
            l.delete_back(Motion::WhitespaceWord);
            l.yank();
        }),
        "a b c|"
    );
    assert_eq!(
        after("a b c|", |l| {
            l.delete_back(Motion::WhitespaceWord);
            l.left(Motion::Character);
            l.delete_back(Motion::WhitespaceWord);
            l.yank();
        }),
        "a b| "
    );
    assert_eq!(
        after("one |two three", |l| {
            l.delete(Motion::Word);
            l.delete(Motion::Word);
            l.delete_back(Motion::Line);
            l.yank();
        }),
        "one two three|"
    );
}

#[test]
fn characters_are_deleted_whole_and_not_yanked() {
    assert_eq!(after("李李|", |l| l.delete_back(Motion::Character)), "李|");
    assert_eq!(after("|e\u{301}x", |l| l.delete(Motion::Character)), "|x");
    assert_eq!(
        after("ab|", |l| {
            l.delete_back(Motion::Character);
            l.yank();
        }),
        "a|"
    );
    assert_eq!(after("a|bc", InputLine::transpose), "ba|c");
    assert_eq!(after("abc|", InputLine::transpose), "acb|");
    assert_eq!(after("|", InputLine::transpose), "|");
}

#[test]
fn the_line_is_bounded_and_the_cursor_never_splits_a_character() {
    let mut line = line("|\u{301}x");
    assert!(line.insert("e"));
    assert_eq!(line.cursor(), "e\u{301}".len());
    assert!(!line.insert(&"李".repeat(InputLine::MAX_LEN)));
    assert!(line.text().len() <= InputLine::MAX_LEN);
}
