//! Every character there is, judged by the program, the grammar, the clauses, and tables that are none of ours.

use std::collections::BTreeMap;

use parlour::protocol::{NameError, Text, UserName, Word, is_char};
use parlour_spec::{Automaton, Document, Label, Nfa, Oracle};
use unicode_general_category::{GeneralCategory, get_general_category};

fn every_character() -> impl Iterator<Item = char> {
    '\0'..=char::MAX
}

fn rule(name: &str) -> impl Fn(char) -> Label {
    let nfa = Nfa::of(&Oracle::parlour().grammar, name, &BTreeMap::new());
    let automaton = Automaton::of(&[&nfa], |bits| bits as Label);
    move |c| automaton.label(c.encode_utf8(&mut [0; 4]).as_bytes())
}

/// The ranges `U+0000 to U+001F` and the single `U+007F` of a clause.
fn ranges(clause: &str) -> Vec<(u32, u32)> {
    let document = Document::parlour();
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    let mut extends = false;
    for word in document
        .clause(clause)
        .text
        .split([' ', ',', '(', ')', '.'])
    {
        match word.strip_prefix("U+") {
            Some(hex) => {
                let value = u32::from_str_radix(hex, 16).expect(word);
                match ranges.last_mut() {
                    Some(range) if extends => range.1 = value,
                    _ => ranges.push((value, value)),
                }
                extends = false;
            }
            None => extends = word == "to",
        }
    }
    ranges
}

/// LINE-4
#[test]
fn the_characters_of_a_line_are_those_of_line_4() {
    let refused = ranges("LINE-4");
    assert_eq!(refused.len(), 7);
    let [char, visible, beyond, start] = ["char", "visible", "beyond", "text-start"].map(rule);
    for c in every_character() {
        let point = u32::from(c);
        let is_refused = refused
            .iter()
            .any(|&(low, high)| (low..=high).contains(&point));
        let passes = c == '\t' || !is_refused;
        assert_eq!(is_char(c), passes, "{c:?}");
        assert_eq!(char(c) == 1, passes, "{c:?}");
        assert_eq!(beyond(c) == 1, passes && !c.is_ascii(), "{c:?}");
        assert_eq!(visible(c) == 1, passes && !matches!(c, ' ' | '\t'), "{c:?}");
        assert_eq!(start(c) == 1, passes && c != ' ', "{c:?}");
        let said = c.to_string();
        assert_eq!(Text::new(&said).is_ok(), start(c) == 1, "{c:?}");
        assert_eq!(Word::new(&said).is_ok(), visible(c) == 1, "{c:?}");
        let ends_a_line = matches!(
            get_general_category(c),
            GeneralCategory::Control
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
        );
        assert!(!ends_a_line || c == '\t' || is_refused, "{c:?}");
    }
}

/// The letters that Unicode's DerivedCoreProperties.txt has as Default_Ignorable_Code_Point, and those that its confusables.txt brings
/// to something with a space, a comma or a colon.
const NOT_SEEN_OR_NO_END: [char; 11] = [
    '\u{115F}',
    '\u{1160}',
    '\u{3164}',
    '\u{FFA0}',
    '\u{2D0}',
    '\u{A4F9}',
    '\u{A4FB}',
    '\u{A4FD}',
    '\u{11DD9}',
    '\u{FDFA}',
    '\u{FDFB}',
];

/// NAME-2, by tables of another project, for all characters that they know; a sequence of its own is in NFC (NAME-1).
#[test]
fn the_characters_of_a_name_are_letters_and_decimal_digits() {
    use GeneralCategory as G;
    let name_char = rule("name-char");
    let listed = [
        G::UppercaseLetter,
        G::LowercaseLetter,
        G::TitlecaseLetter,
        G::ModifierLetter,
        G::OtherLetter,
        G::DecimalNumber,
    ];
    let is_listed = |c| {
        let is_left_out = NOT_SEEN_OR_NO_END.contains(&c);
        matches!(c, '_' | '-' | '.') || listed.contains(&get_general_category(c)) && !is_left_out
    };
    let mut letters = 0;
    for c in every_character().filter(|&c| get_general_category(c) != G::Unassigned) {
        let name = UserName::new(&c.to_string());
        let Ok(name) = name else {
            assert_eq!(name, Err(NameError::Invalid), "{c:?}");
            let decomposed = unicode_normalization::char::is_public_assigned(c)
                && !unicode_normalization::is_nfc(&c.to_string());
            assert!(!is_listed(c) || decomposed, "{c:?}");
            continue;
        };
        assert!(name.as_str().chars().all(is_listed), "{c:?}");
        assert!(is_listed(c) || name.as_str() != c.to_string(), "{c:?}");
        assert_eq!(name_char(c), 1, "{c:?}");
        letters += 1;
    }
    assert!(letters > 130_000, "{letters}");
    for c in '\0'..='\u{7f}' {
        let is_name = UserName::new(&c.to_string()).is_ok();
        assert_eq!(
            name_char(c) == 1,
            is_name,
            "in ASCII the rule alone decides: {c:?}"
        );
    }
}
