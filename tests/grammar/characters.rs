//! Every character there is, checked by the program, the grammar, the clauses, and independent
//! tables.

use std::collections::{BTreeMap, BTreeSet};

use parlour::protocol::{NameError, Text, UserName, Word, is_char, parse_line};
use parlour_spec::{Automaton, Document, Label, Nfa, Oracle};
use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::is_nfc;

use crate::expected;

fn every_character() -> impl Iterator<Item = char> {
    '\0'..=char::MAX
}

fn rule(name: &str) -> impl Fn(char) -> Label {
    let nfa = Nfa::of(&Oracle::parlour().grammar, name, &BTreeMap::new());
    let automaton = Automaton::of(&[&nfa], |bits| bits as Label);
    move |c| automaton.label(c.encode_utf8(&mut [0; 4]).as_bytes())
}

/// The ranges like `U+0000 to U+001F` and the single characters like `U+007F` in a clause.
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
///
/// > LINE-4: A line with a control character (U+0000 to U+001F but for HTAB, U+007F, U+0080 to
/// > U+009F), a line or paragraph separator (U+2028, U+2029), or a bidirectional embedding,
/// > override or isolate (U+202A to U+202E, U+2066 to U+2069) is malformed (`control-character`).
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

/// The letters with the property Default_Ignorable_Code_Point in Unicode's
/// DerivedCoreProperties.txt, and the letters and marks that its confusables.txt maps to something
/// with a space, a comma or a colon.
const NOT_SEEN_OR_NO_END: [char; 13] = [
    '\u{115F}',
    '\u{1160}',
    '\u{3164}',
    '\u{FFA0}',
    '\u{2D0}',
    '\u{903}',
    '\u{A83}',
    '\u{A4F9}',
    '\u{A4FB}',
    '\u{A4FD}',
    '\u{11DD9}',
    '\u{FDFA}',
    '\u{FDFB}',
];

/// The marks whose status is Allowed in Unicode's IdentifierStatus.txt, version 18.
const MARKS_IN_IDENTIFIERS: &str = "\
    300-304 306-30C 31B 323 326-328 331 64B-652 654-655 670 7A6-7B0 901-903 93A-93C 93E-943 \
    945-94D 94F 956-957 981-983 9BC 9BE-9C4 9C7-9C8 9CB-9CD A02 A3C A3E-A42 A47-A48 A4B-A4D \
    A70-A71 A82-A83 ABC ABE-AC5 AC7-AC9 ACB-ACD B01-B03 B3C B3E-B43 B47-B48 B4B-B4D B56 BBE-BC2 \
    BC6-BC8 BCA-BCD C02-C03 C3E-C44 C46-C48 C4A-C4D C82-C83 CBE-CC3 CC6-CC8 CCA-CCD D02-D03 \
    D3E-D43 D46-D48 D4A-D4B D4D D57 D82-D83 DCA DCF-DD4 DD6 DD8-DDE DF2 E31 E34-E3A E47-E4D EB1 \
    EB4-EB9 EBB-EBC EC8-ECD F71-F72 F74 F7A-F80 F84 F90-F92 F94-F97 F99-F9C F9E-FA1 FA3-FA6 \
    FA8-FAB FAD FB1-FB8 FBA-FBC 102B-103E 105E-1060 1062-1064 1082-108A 108F 17B6-17CD 17D0 17D2 \
    AA7B 11301 11303 1133C";

fn marks_of_names() -> BTreeSet<char> {
    let ranges = MARKS_IN_IDENTIFIERS.split_whitespace().map(|range| {
        let (low, high) = range.split_once('-').unwrap_or((range, range));
        let [low, high] = [low, high].map(|hex| u32::from_str_radix(hex, 16).expect(hex));
        low..=high
    });
    let mut marks: BTreeSet<char> = ranges.flatten().filter_map(char::from_u32).collect();
    marks.retain(|c| *c != '\u{307}' && !NOT_SEEN_OR_NO_END.contains(c));
    marks
}

/// NAME-2, by another project's tables, for all characters that they know; a sequence of its own is
/// in NFC (NAME-1).
///
/// > NAME-2: Each character is an ASCII letter or digit, `_`, `-` or `.`, or, beyond ASCII, a
/// > Unicode letter (general category L), decimal digit (general category Nd) or mark (general
/// > category M, NAME-7) whose skeleton (UTS #39, section 4) is not empty and has no space, `,` or
/// > `:` in it: a name is seen, and ends where it seems to end.
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
    let marks = marks_of_names();
    let is_listed = |c| {
        let is_left_out = NOT_SEEN_OR_NO_END.contains(&c);
        let is_listed = listed.contains(&get_general_category(c)) && !is_left_out;
        matches!(c, '_' | '-' | '.') || is_listed || marks.contains(&c)
    };
    let mut letters = 0;
    for c in every_character().filter(|&c| get_general_category(c) != G::Unassigned) {
        let name = UserName::new(&c.to_string());
        let Ok(name) = name else {
            assert_eq!(name, Err(NameError::Invalid), "{c:?}");
            let decomposed =
                unicode_normalization::char::is_public_assigned(c) && !is_nfc(&c.to_string());
            let on_nothing = marks.contains(&c);
            assert!(!is_listed(c) || decomposed || on_nothing, "{c:?}");
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

/// A letter of each script that has marks of its own. None of them composes with a mark to one
/// character.
const LETTERS: [char; 19] = [
    'q', 'ж', 'م', 'ހ', 'क', 'ক', 'ਕ', 'ક', 'କ', 'க', 'క', 'ಕ', 'ക', 'ක', 'ก', 'ກ', 'ཀ', 'က', 'ក',
];

/// NAME-7, by another project's tables, for all marks that they know.
///
/// > NAME-7: A mark follows a letter or another mark. It is one that UTS #39 allows in identifiers
/// > (section 3.1), and not U+0307, which is not seen above an `i`.
#[test]
fn the_marks_of_a_name_are_those_of_identifiers() {
    use GeneralCategory as G;
    let oracle = Oracle::parlour();
    let of_names = marks_of_names();
    let marks = [G::NonspacingMark, G::SpacingMark, G::EnclosingMark];
    let mut found = 0;
    for c in every_character().filter(|&c| marks.contains(&get_general_category(c))) {
        let names = LETTERS.map(|letter| format!("{letter}{c}"));
        let mut names = names.iter().filter(|name| is_nfc(name));
        for name in names.clone() {
            let line = format!("JOIN {name}");
            let read = parse_line(line.as_bytes());
            assert_eq!(read, expected::line(oracle, line.as_bytes()), "{line:?}");
        }
        let is_of_names = names.any(|name| UserName::new(name).is_ok());
        assert_eq!(is_of_names, of_names.contains(&c), "{c:?}");
        found += usize::from(is_of_names);
    }
    assert_eq!(found, of_names.len());
}
