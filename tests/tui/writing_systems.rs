//! The world's writing systems: every character is drawn, and is gone when another one is in its
//! place.

use parlour::tui::Bell;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::journeys::dani_and_drew;
use crate::person::Person;

/// Words in scripts where one character to a person is several to a terminal, and in some where it
/// is not.
const WORDS: [(&str, &str); 16] = [
    ("Devanagari", "क्नक्नक्नक्षि"),
    ("Bengali", "ক্ষিক্ষি"),
    ("Tamil", "க்ஷிகொ"),
    ("Malayalam", "ക്ഷിന്ത്യ"),
    ("Khmer", "ក្រុមខ្មែរ"),
    ("Myanmar", "မြန်မာက္က"),
    ("Thai", "น้ำกำ"),
    ("Lao", "ນ້ຳກຳ"),
    ("Jamo", "ᄀ가ᄀ가"),
    ("Arabic", "\u{600}12سلام"),
    ("half-width kana", "ﾊﾟｰﾃｨｰﾄﾞﾗｺﾞﾝ"),
    ("Hebrew", "שָׁלוֹם"),
    ("Han", "李李李"),
    ("emoji", "👩👍"),
    ("emoji of several characters", "👩‍👩‍👧🇫🇷❤️"),
    ("Latin", "e\u{301}o\u{302}x"),
];

#[test]
fn no_character_is_lost_among_the_others() {
    for (script, word) in WORDS {
        let mut person = Person::member();
        person.hears(&format!("drew: BCST {word} end"));
        person.types(&format!("{word} end"));
        let screen = person.screen(80, 16);
        assert!(
            screen[2].ends_with(&format!(": {word} end")),
            "{script}: {screen:#?}"
        );
        assert_eq!(screen[15], format!("> {word} end"), "{script}");
    }
}

/// Terminals agree about the width of a character with its marks, but not about the width of a
/// cluster of characters. An emoji is one cell all the same, so that it can be copied.
#[test]
fn each_cell_has_one_character_that_takes_room() {
    for (script, word) in WORDS {
        let mut person = Person::new(None, Bell::Off);
        person.joins();
        person.hears(&format!("drew: BCST {word}"));
        person.types(word);
        let (buffer, _) = person.frame(80, 16, true);
        for cell in buffer.content() {
            let takes = |c: &char| c.width() > Some(0);
            let many = cell.symbol().chars().filter(takes).count();
            let is_emoji = script.starts_with("emoji") && cell.symbol().width() == 2;
            assert!(many == 1 || is_emoji, "{script}: {:?}", cell.symbol());
        }
    }
}

/// A word without a break opportunity is cut, and nothing of it is lost.
#[test]
fn a_cluster_wider_than_the_screen_is_cut() {
    let mut person = Person::member();
    person.hears(&format!("drew: BCST {}", "क्".repeat(30)));
    for columns in [9, 20, 40] {
        let screen = person.screen(columns, 16).join("");
        assert_eq!(screen.matches("क").count(), 30, "{columns}: {screen}");
    }
}

/// The screen shows what a complete redraw would show.
#[test]
fn nothing_stays_of_what_is_gone() {
    let Some((_server, mut drew, tmux)) = dani_and_drew() else {
        return;
    };
    for (script, word) in WORDS {
        drew.send(format!("BCST {}{}\n", "x ".repeat(12), word.repeat(3)));
        drew.send(format!("BCST {script} is said\n"));
        tmux.shows(&format!("{script} is said"));
        tmux.until(script, |screen| screen.join("\n").contains(word));
        for i in 0..17 {
            drew.send(format!(
                "BCST a b c d e f g h i j k l m n o p q r s t {i}\n"
            ));
        }
        drew.send(format!("BCST {script} is gone\n"));
        tmux.shows(&format!("{script} is gone"));
        let before = tmux.screen();
        tmux.hits(&["C-l"]);
        tmux.types(&format!("{word}|"));
        tmux.until("what is typed", |screen| screen[15].ends_with('|'));
        assert_eq!(tmux.screen()[..14], before[..14], "{script}");

        tmux.hits(&["C-u"]);
        tmux.types("x");
        tmux.until("an x", |screen| {
            screen[15].starts_with("> x") && !screen[15].contains('|')
        });
        assert_eq!(tmux.screen()[15], "> x", "{script}");
        tmux.hits(&["BSpace"]);
    }
    tmux.says("/quit");
    tmux.is_as_before();
}
