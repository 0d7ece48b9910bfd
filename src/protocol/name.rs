//! Names: what one may be, and when two of them are the same (spec section 4).
//!
//! Unicode's tables say what is a letter, a mark or a digit, how case folds, and what looks alike,
//! except for the three characters that NAME-4 and NAME-7 name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, LazyLock};

use caseless::default_case_fold_str;
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_security::{GeneralSecurityProfile, MixedScript, skeleton};

/// The name of a member, as its owner wrote it, in NFC (NAME-1, NAME-2, NAME-6, NAME-7).
///
/// A value of this type is neither malformed nor reserved. Two values are equal if they are written
/// alike; [`NameKey`] says whether they count as the same name in a room. Cloning is cheap.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserName(Arc<str>);

impl UserName {
    /// The most characters a name has, counted in NFC (NAME-1).
    pub const MAX_CHARS: usize = 32;

    /// The most marks on a letter, counted in NFD (NAME-7).
    pub const MAX_MARKS: usize = 4;

    /// The most of these marks with the same canonical combining class, unless it is 0 (NAME-7).
    pub const MAX_STACK: usize = 2;

    /// The words with which other events begin. No name is the same as one of them (NAME-5), so
    /// that every event has one reading (GRAM-5).
    pub const RESERVED: [&'static str; 8] = [
        "close", "Enter", "ERROR", "HELP", "Online", "PONG", "SERVER", "Sorry",
    ];

    /// Normalizes `written` to NFC and checks it.
    ///
    /// # Errors
    /// [`NameError::Invalid`] by NAME-3, [`NameError::Reserved`] by NAME-5.
    pub fn new(written: &str) -> Result<Self, NameError> {
        let name: String = written.nfc().take(Self::MAX_CHARS + 1).collect();
        let len = name.chars().count();
        let has_chars = (1..=Self::MAX_CHARS).contains(&len) && name.chars().all(is_name_char);
        if !has_chars || !has_marks_on_letters(&name) {
            return Err(NameError::Invalid);
        }
        let key = NameKey::of(&name);
        if RESERVED.iter().any(|word| word.is_same(&key)) {
            return Err(NameError::Reserved);
        }
        Ok(Self(name.into()))
    }

    /// The name as its owner wrote it, in NFC.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key by which names are compared (NAME-4).
    pub fn key(&self) -> NameKey {
        NameKey::of(&self.0)
    }
}

/// The keys of [`UserName::RESERVED`].
static RESERVED: LazyLock<Vec<NameKey>> =
    LazyLock::new(|| UserName::RESERVED.into_iter().map(NameKey::of).collect());

/// The rule `name-char`, where `beyond` is the letters, digits and marks of NAME-2: no character
/// that is invisible, or looks like a space, a comma or a colon, which separate the words of an
/// event.
fn is_name_char(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    }
    let is_digit = c.general_category() == GeneralCategory::DecimalNumber;
    let mut utf8 = [0; 4];
    let mut seen = skeleton(c.encode_utf8(&mut utf8)).peekable();
    (is_letter(c) || is_digit || is_mark(c))
        && seen.peek().is_some()
        && !seen.any(|c| matches!(c, ' ' | ',' | ':'))
}

fn is_letter(c: char) -> bool {
    c.general_category_group() == GeneralCategoryGroup::Letter
}

fn is_mark(c: char) -> bool {
    c.general_category_group() == GeneralCategoryGroup::Mark
}

/// Whether the marks of a name in NFC obey NAME-7.
fn has_marks_on_letters(name: &str) -> bool {
    if name.is_ascii() {
        return true;
    }
    let chars: Vec<char> = name.chars().collect();
    // Each is a character and the marks that follow it.
    let mut clusters = chars.chunk_by(|_, &next| is_mark(next));
    clusters.all(|cluster| match cluster {
        &[c] => !is_mark(c),
        [letter, marks @ ..] => {
            let written: String = cluster.iter().collect();
            is_letter(*letter)
                && marks.iter().all(|&mark| is_allowed_mark(mark))
                && written.is_single_script()
                && has_few_distinct_marks(&written)
        }
        [] => true,
    })
}

/// Whether UTS #39 allows the mark in identifiers. The dot above is excluded: on an `i` it cannot
/// be seen.
fn is_allowed_mark(mark: char) -> bool {
    mark.identifier_allowed() && mark != '\u{307}'
}

/// Whether a letter has few enough marks, no two of which look alike.
fn has_few_distinct_marks(letter_and_marks: &str) -> bool {
    let marks: Vec<char> = letter_and_marks.nfd().filter(|&c| is_mark(c)).collect();
    let look = |mark: &char| skeleton(mark.encode_utf8(&mut [0; 4])).collect::<String>();
    let looks: BTreeSet<String> = marks.iter().map(look).collect();
    let mut classes: BTreeMap<u8, usize> = BTreeMap::new();
    for class in marks.iter().map(|&mark| canonical_combining_class(mark)) {
        *classes.entry(class).or_default() += 1;
    }
    // Marks of one class stack, except those of class 0.
    classes.remove(&0);
    marks.len() <= UserName::MAX_MARKS
        && looks.len() == marks.len()
        && classes
            .into_values()
            .all(|stack| stack <= UserName::MAX_STACK)
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

impl std::str::FromStr for UserName {
    type Err = NameError;

    fn from_str(written: &str) -> Result<Self, NameError> {
        Self::new(written)
    }
}

/// A case-folded confusable skeleton (UTS #39, section 4), for comparison, not for display.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Skeleton(Box<str>);

/// The key of a name: two skeletons, by which names are compared (NAME-4).
///
/// One alone is not enough: `NeiI` looks like `Neil` only as it is written, `NEIL` only in lower
/// case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameKey {
    /// The skeleton of the name as it is written.
    pub as_written: Skeleton,
    /// The skeleton of the case-folded name, by which a MESG finds its addressee (ADDR-1).
    pub case_folded: Skeleton,
}

impl NameKey {
    fn of(name: &str) -> Self {
        let folded_skeleton = |name: &str| {
            let skeleton: String = skeleton(name).collect();
            Skeleton(with_marks_in_order(&default_case_fold_str(&skeleton)))
        };
        Self {
            as_written: folded_skeleton(name),
            case_folded: folded_skeleton(&default_case_fold_str(name)),
        }
    }

    /// Whether the two names are the same in the sense of NAME-4.
    pub fn is_same(&self, other: &Self) -> bool {
        self.as_written == other.as_written || self.case_folded == other.case_folded
    }
}

/// The characters that join the letters beside them and are invisible (Unicode's class
/// `Invisible_Stacker`): the virama of Burmese and the coeng of Khmer.
const INVISIBLE_STACKERS: [char; 2] = ['\u{1039}', '\u{17d2}'];

/// The skeleton without invisible marks, its other marks in one order (NAME-4).
fn with_marks_in_order(skeleton: &str) -> Box<str> {
    if skeleton.is_ascii() {
        return skeleton.into();
    }
    let mut chars: Vec<char> = skeleton.chars().collect();
    chars.retain(|c| !INVISIBLE_STACKERS.contains(c));
    for marks in chars.chunk_by_mut(|&c, &next| is_mark(c) && is_mark(next)) {
        marks.sort_unstable();
    }
    chars.into_iter().collect()
}

/// Why a word is not a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
pub enum NameError {
    /// The word breaks NAME-1, NAME-2 or NAME-7.
    #[error(r#"a name has 1 to 32 letters, digits, "_", "-" or ".""#)]
    Invalid,
    /// The word is the same as one with which another event begins (NAME-5).
    #[error("that name is reserved, choose another")]
    Reserved,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        let key = |name| UserName::new(name).expect(name).key();
        key(a).is_same(&key(b))
    }

    /// NAME-1
    #[test]
    fn length_is_counted_in_nfc_characters() {
        assert!(UserName::new("").is_err());
        assert!(UserName::new(&"a".repeat(32)).is_ok());
        assert_eq!(UserName::new(&"a".repeat(33)), Err(NameError::Invalid));
        assert!(UserName::new(&"e\u{301}".repeat(32)).is_ok());
        assert_eq!(UserName::new("e\u{301}"), UserName::new("\u{e9}"));
    }

    /// NAME-1, NAME-6
    #[test]
    fn a_name_is_shown_as_its_owner_wrote_it_in_nfc() {
        let name: UserName = "Zoe\u{308}".parse().expect("a name");
        assert_eq!(name.as_str(), "Zo\u{eb}");
        assert_eq!(format!("{name} {name:?}"), "Zo\u{eb} \"Zo\u{eb}\"");
    }

    /// NAME-2, NAME-3
    ///
    /// > NAME-3: Everything else is `name-invalid`.
    #[test]
    fn letters_digits_and_three_signs() {
        for good in [
            "a", "Z9", "_", "-", ".", "x_y-z.0", "дани", "李", "٣", "ǅ", "ª", "ʰ",
        ] {
            assert!(UserName::new(good).is_ok(), "{good}");
        }
        for bad in [
            "a b",
            "a:b",
            "a,b",
            "☃",
            "½",
            "²",
            "a\u{200d}b",
            "Ⓐ",
            "Ⅷ",
            "\t",
            "\u{3164}",
            "ann\u{2d0}",
        ] {
            assert_eq!(UserName::new(bad), Err(NameError::Invalid), "{bad:?}");
        }
    }

    /// NAME-7
    ///
    /// > NAME-7: A letter and the marks that follow it are of a single script (UTS #39, section
    /// > 5.1), and have at most 4 marks in NFD, each with a skeleton of its own, and at most 2 of
    /// > one canonical combining class other than 0. Burmese needs 4, for the common name `ကျော်`
    /// > for one; more would be a pile.
    #[test]
    fn a_letter_has_the_marks_of_its_script() {
        for good in [
            "अनिल",
            "ज़िंटा",
            "বাংলা",
            "মিয়াঁ",
            "ਸਿੰਘ",
            "ગાંધી",
            "ଓଡ଼ିଆ",
            "தமிழ்",
            "తెలుగు",
            "ಕನ್ನಡ",
            "മോഹൻ",
            "සිංහල",
            "สมศรี",
            "ศักดิ์สิทธิ์",
            "ນ້ອຍ",
            "སྒྲོལམ",
            "ကျော်",
            "ဖြိုး",
            "ខ្មែរ",
            "ނަޝީދު",
            "مُحَمَّد",
            "Ọbásanjọ́",
            "Nguye\u{302}\u{303}n",
            "a\u{300}\u{302}\u{323}\u{331}",
        ] {
            assert!(UserName::new(good).is_ok(), "{good}");
        }
        for bad in [
            "\u{301}",
            "\u{301}a",
            "a_\u{301}",
            "1\u{301}",
            "٣\u{651}",
            "i\u{307}",
            "a\u{300}\u{300}",
            "\u{e1}\u{301}",
            "ก\u{e47}\u{e47}",
            "ก\u{e48}\u{e49}\u{e34}\u{e4a}",
            "a\u{300}\u{302}\u{303}",
            "\u{1ebf}\u{300}",
            "ကျွော်",
            "a\u{93f}",
            "ann\u{17c7}",
            "न\u{301}",
            "a\u{336}",
            "a\u{488}",
            "a\u{20dd}",
            "a\u{34f}",
            "a\u{fe0f}",
            "葛\u{e0100}",
            "ក\u{17b4}",
            "द\u{903}",
        ] {
            assert_eq!(UserName::new(bad), Err(NameError::Invalid), "{bad:?}");
        }
    }

    /// NAME-4
    ///
    /// > NAME-4: In these skeletons the marks in a row stand in the order of their code points, as
    /// > their order is not always seen, and U+1039 and U+17D2, which themselves are not seen, are
    /// > left out.
    #[test]
    fn marks_do_not_make_another_name_of_what_looks_alike() {
        for (a, b) in [
            ("ท\u{e35}\u{e48}", "ท\u{e48}\u{e35}"),
            ("น\u{e49}\u{e33}", "น\u{e4d}\u{e49}\u{e32}"),
            ("စ\u{102d}\u{102f}", "စ\u{102f}\u{102d}"),
            ("ខ\u{17d2}មែរ", "ខមែរ\u{17d2}"),
            ("\u{906}", "\u{905}\u{93e}"),
            ("\u{958}", "क\u{93c}"),
            ("O\u{323}\u{301}", "o\u{301}\u{323}"),
            ("m\u{327}", "m\u{326}"),
            ("م\u{64e}\u{651}", "م\u{651}\u{64e}"),
        ] {
            assert!(same(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("ഷൈല", "ഷെല"),
            ("ਗੁਰੂ", "ਗੁਰੁ"),
            ("ކަމާ", "ކަމަ"),
            ("सीमा", "सिमा"),
            ("Ọláyẹ́mí", "Ọlayẹmi"),
        ] {
            assert!(!same(a, b), "{a} {b}");
        }
    }

    /// NAME-4
    ///
    /// > NAME-4: Two names are *the same* when their case-folded skeletons (UTS #39, section 4) are
    /// > equal, or when those of their lower-case forms are. `dani`, `Dani` and `dаni` with a
    /// > Cyrillic `а` are the same; so are `Neil` and `NeiI` with a capital `I` at its end.
    #[test]
    fn names_are_the_same_in_any_case_and_in_any_lookalike() {
        assert!(same("dani", "Dani"));
        assert!(same("dani", "DANI"));
        assert!(same("dani", "d\u{430}ni"));
        assert!(same("Neil", "NeiI"));
        assert!(same("Neil", "NEIL"));
        assert!(same("straße", "STRASSE"));
        assert!(same("modern", "rnodern"));
        assert!(same("ann", "\u{a4ee}nn"));
        assert!(!same("dani", "drew"));
        assert!(!same("Neil", "Nell"));
    }

    /// NAME-5
    ///
    /// > NAME-5: A name that is the same as one that the rule `reserved` derives is
    /// > `name-reserved`:
    #[test]
    fn reserved_words_are_reserved_in_every_lookalike() {
        for word in UserName::RESERVED {
            assert_eq!(UserName::new(word), Err(NameError::Reserved), "{word}");
        }
        for word in [
            "server",
            "0nline",
            "ONLINE",
            "S\u{415}RV\u{415}R",
            "erroR",
            "CLOSE",
        ] {
            assert_eq!(UserName::new(word), Err(NameError::Reserved), "{word}");
        }
        assert!(UserName::new("SERVER1x").is_ok());
    }
}
