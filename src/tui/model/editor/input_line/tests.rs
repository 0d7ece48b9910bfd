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

fn after(shown: &str, deed: impl FnOnce(&mut InputLine)) -> String {
    let mut line = line(shown);
    deed(&mut line);
    line.text.insert(line.cursor, '|');
    line.text
}

#[test]
fn the_cursor_goes_by_characters_words_and_to_the_ends() {
    assert_eq!(after("ab|c", |l| l.left(Span::Character)), "a|bc");
    assert_eq!(after("e\u{301}|", |l| l.left(Span::Character)), "|e\u{301}");
    assert_eq!(after("👩‍👧|x", |l| l.left(Span::Character)), "|👩‍👧x");
    assert_eq!(
        after("foo bar-baz, |", |l| l.left(Span::Word)),
        "foo bar-|baz, "
    );
    assert_eq!(after("|  foo bar", |l| l.right(Span::Word)), "  foo| bar");
    assert_eq!(after("foo| bar", |l| l.left(Span::Line)), "|foo bar");
    assert_eq!(after("foo| bar", |l| l.right(Span::Line)), "foo bar|");
    assert_eq!(after("|", |l| l.left(Span::Word)), "|");
    assert_eq!(after("|", |l| l.right(Span::Character)), "|");
}

#[test]
fn what_is_killed_is_yanked() {
    assert_eq!(
        after("foo bar/baz |", |l| l.delete_back(Span::WhitespaceWord)),
        "foo |"
    );
    assert_eq!(
        after("foo bar/baz |", |l| l.delete_back(Span::Word)),
        "foo bar/|"
    );
    assert_eq!(
        after("one| two", |l| {
            l.delete(Span::Line);
            l.yank();
            l.yank();
        }),
        "one two two|"
    );
    assert_eq!(
        after("a b c|", |l| {
            l.delete_back(Span::WhitespaceWord);
            l.delete_back(Span::WhitespaceWord);
            l.yank();
        }),
        "a b c|"
    );
    assert_eq!(
        after("a b c|", |l| {
            l.delete_back(Span::WhitespaceWord);
            l.left(Span::Character);
            l.delete_back(Span::WhitespaceWord);
            l.yank();
        }),
        "a b| "
    );
    assert_eq!(
        after("one |two three", |l| {
            l.delete(Span::Word);
            l.delete(Span::Word);
            l.delete_back(Span::Line);
            l.yank();
        }),
        "one two three|"
    );
}

#[test]
fn characters_are_deleted_whole_and_not_yanked() {
    assert_eq!(after("李李|", |l| l.delete_back(Span::Character)), "李|");
    assert_eq!(after("|e\u{301}x", |l| l.delete(Span::Character)), "|x");
    assert_eq!(
        after("ab|", |l| {
            l.delete_back(Span::Character);
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
    assert!(!line.insert(&"李".repeat(InputLine::MOST)));
    assert!(line.text().len() <= InputLine::MOST);
}
