//! A megabyte of hostile input, and a flood.

use crossterm::event::KeyCode;
use unicode_width::UnicodeWidthStr;

use crate::person::{Person, row};

/// No cell contains anything that drives a terminal, has no width, or hangs over the edge.
#[track_caller]
fn is_clean(person: &mut Person) {
    for (columns, rows) in [(20, 5), (80, 16)] {
        let (buffer, _) = person.frame(columns, rows, true);
        for y in 0..rows {
            let text = row(&buffer, y);
            let width: usize = (0..columns).map(|x| buffer[(x, y)].symbol().width()).sum();
            assert!(width >= usize::from(columns), "{text:?}");
            for c in text.chars() {
                let drives = c.is_control()
                    || matches!(c, '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0e}' | '\u{feff}'
                        | '\u{e0000}'..='\u{e0fff}');
                assert!(!drives, "{text:?}");
            }
        }
    }
}

/// SEC-2
#[test]
fn a_megabyte_of_hostile_lines_leaves_the_screen_as_it_should_be() {
    const NASTY: [&str; 16] = [
        "\u{1b}[2J",
        "\u{1b}]52;c;cm0=\u{7}",
        "\u{9b}31m",
        "\u{1b}[?1049l",
        "\u{202e}",
        "\u{2066}",
        "\u{200f}",
        "\u{200b}",
        "\u{e0041}",
        "\u{fdfd}",
        "\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
        "👩‍👩‍👧‍👧🏽",
        "🇫🇷🇫",
        "\u{12031}",
        "\u{17d8}",
        "李\u{fe0f}",
    ];
    let mut person = Person::member();
    // A simple generator: the same octets every time.
    let mut seed = 42_u64;
    let mut sent = 0;
    while sent < 1 << 20 {
        let mut line = String::from(if seed.is_multiple_of(3) {
            ""
        } else {
            "drew: BCST x"
        });
        for _ in 0..seed % 600 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            line.push_str(NASTY[(seed >> 60) as usize]);
            line.push(char::from(b' ' + (seed >> 40) as u8 % 90));
        }
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        seed ^= seed >> 33;
        sent += line.len();
        person.hears(&line);
        if seed.is_multiple_of(16) {
            is_clean(&mut person);
        }
    }
    for _ in 0..20 {
        person.hits(KeyCode::PageUp);
        is_clean(&mut person);
    }
    person.hits(KeyCode::End);
    person.hears("drew: BCST all is well");
    let screen = person.screen(80, 16);
    assert!(screen[13].ends_with("drew: all is well"), "{screen:#?}");
    assert_eq!(screen[15], "> type a message, /help for help");
    assert_eq!(screen[0], "3 here: drew, ann, dani");
}

/// The length of a line and the number of lines are bounded.
#[test]
fn what_is_kept_is_bounded() {
    let mut person = Person::member();
    person.hears(&format!("drew: BCST {}", "李x ".repeat(500_000)));
    for i in 0..6000 {
        person.hears(&format!("drew: BCST line {i}"));
    }
    person.hits(KeyCode::PageUp);
    person.hits(KeyCode::Char('x'));
    for _ in 0..6000 {
        person.hits(KeyCode::PageUp);
    }
    let screen = person.screen(80, 16);
    assert!(screen[1].ends_with("drew: line 1000"), "{screen:#?}");
}

/// Names and joins without end.
#[test]
fn a_crowd_without_end_is_bounded() {
    let mut person = Person::member();
    for i in 0..20_000 {
        person.hears(&format!("SERVER: user{i} joined the chat!"));
    }
    let screen = person.screen(80, 16);
    assert!(screen[0].starts_with("10000 here: "), "{screen:#?}");
    assert!(screen[2].ends_with("-- 20000 people joined"), "{screen:#?}");
}
