//! Names: what one may be, and when two of them are the same (spec section 4).
//!
//! What counts as a letter, a digit, a case or a likeness is read off the Unicode project's tables, never decided here.

use std::fmt;
use std::sync::{Arc, LazyLock};

use caseless::default_case_fold_str;
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_security::skeleton;

/// The name of a member, as its owner wrote it, in NFC (NAME-1, NAME-2, NAME-6).
///
/// A value of this type is neither malformed nor reserved. Two values are equal when they are written alike; whether they
/// may sit in one room is for [`Likeness`] to say. Cloning is cheap.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserName(Arc<str>);

impl UserName {
    /// The most characters a name has, counted in NFC (NAME-1).
    pub const MAX_CHARS: usize = 32;

    /// The words with which other events begin; no name is the same as one of them (NAME-5), so that every event has one reading (GRAM-5).
    pub const RESERVED: [&'static str; 8] = [
        "close", "Enter", "ERROR", "HELP", "Online", "PONG", "SERVER", "Sorry",
    ];

    /// Brings `written` into NFC and checks it.
    ///
    /// # Errors
    /// [`NameError::Invalid`] by NAME-3, [`NameError::Reserved`] by NAME-5.
    pub fn new(written: &str) -> Result<Self, NameError> {
        let name: String = written.nfc().take(Self::MAX_CHARS + 1).collect();
        let len = name.chars().count();
        if len == 0 || len > Self::MAX_CHARS || !name.chars().all(is_name_char) {
            return Err(NameError::Invalid);
        }
        let likeness = Likeness::of(&name);
        if RESERVED.iter().any(|word| word.is_same(&likeness)) {
            return Err(NameError::Reserved);
        }
        Ok(Self(name.into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the name looks like, for comparison with others (NAME-4).
    pub fn likeness(&self) -> Likeness {
        Likeness::of(&self.0)
    }
}

/// What [`UserName::RESERVED`] looks like.
static RESERVED: LazyLock<Vec<Likeness>> =
    LazyLock::new(|| UserName::RESERVED.into_iter().map(Likeness::of).collect());

/// `name-char`, with the letters and digits of NAME-2 for `beyond`: none that is not seen, or looks like what parts the words of an event.
fn is_name_char(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    }
    use GeneralCategory::{
        DecimalNumber, LowercaseLetter, ModifierLetter, OtherLetter, TitlecaseLetter,
        UppercaseLetter,
    };
    let is_listed = matches!(
        c.general_category(),
        UppercaseLetter
            | LowercaseLetter
            | TitlecaseLetter
            | ModifierLetter
            | OtherLetter
            | DecimalNumber
    );
    let mut utf8 = [0; 4];
    let mut seen = skeleton(c.encode_utf8(&mut utf8)).peekable();
    is_listed && seen.peek().is_some() && !seen.any(|c| matches!(c, ' ' | ',' | ':'))
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

/// A case-folded confusable skeleton (UTS #39, section 4). Not for display.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Skeleton(Box<str>);

/// The two skeletons by which names are compared (NAME-4).
///
/// One alone is not enough: `NeiI` looks like `Neil` only as it is written, `NEIL` only in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Likeness {
    /// The skeleton of the name as it is written.
    pub written: Skeleton,
    /// The skeleton of the name in lower case, by which a MESG finds its addressee (ADDR-1).
    pub lowered: Skeleton,
}

impl Likeness {
    fn of(name: &str) -> Self {
        let folded_skeleton = |name: &str| {
            let skeleton: String = skeleton(name).collect();
            Skeleton(default_case_fold_str(&skeleton).into())
        };
        Self {
            written: folded_skeleton(name),
            lowered: folded_skeleton(&default_case_fold_str(name)),
        }
    }

    /// Whether the two names are the same in the sense of NAME-4.
    pub fn is_same(&self, other: &Self) -> bool {
        self.written == other.written || self.lowered == other.lowered
    }
}

/// Why a word is not a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
pub enum NameError {
    /// It breaks NAME-1 or NAME-2.
    #[error(r#"a name has 1 to 32 letters, digits, "_", "-" or ".""#)]
    Invalid,
    /// It is the same as a word with which another event begins (NAME-5).
    #[error("that name is reserved, choose another")]
    Reserved,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        let likeness = |name| UserName::new(name).expect(name).likeness();
        likeness(a).is_same(&likeness(b))
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
    #[test]
    fn letters_digits_and_three_marks() {
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
            "a\u{300}\u{300}",
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

    /// NAME-4
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
    #[test]
    fn reserved_words_are_reserved_in_every_likeness() {
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
