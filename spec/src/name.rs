//! What a name is (section 4 of the document): the one property of a line that the grammar cannot
//! express.

use caseless::default_case_fold_str;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_security::mixed_script::AugmentedScriptSet;
use unicode_security::{GeneralSecurityProfile, skeleton};

use crate::{Document, Grammar, Name};

/// The rules of section 4.
#[derive(Clone, Debug)]
pub struct Names {
    max_chars: usize,
    max_marks: usize,
    max_of_a_class: usize,
    reserved: Vec<Name>,
}

impl Names {
    /// Reads them from `document` and its `grammar`.
    ///
    /// # Panics
    /// If NAME-1 does not say "1 to … characters", or NAME-7 does not say "at most … marks" and "at
    /// most … of one".
    pub fn new(document: &Document, grammar: &Grammar) -> Self {
        let number = |clause, before, after| {
            let text = &document.clause(clause).text;
            let number = text.split_once(before).and_then(|(_, rest)| {
                let (number, _) = rest.split_once(after)?;
                number.parse().ok()
            });
            number.unwrap_or_else(|| panic!("{clause} says no number: {text}"))
        };
        let reserved = grammar.literals("reserved");
        Self {
            max_chars: number("NAME-1", "A name has 1 to ", " characters"),
            max_marks: number("NAME-7", " at most ", " marks in NFD"),
            max_of_a_class: number(
                "NAME-7",
                " marks in NFD, each with a skeleton of its own, and at most ",
                " of one",
            ),
            reserved: reserved.into_iter().map(Name::new).collect(),
        }
    }

    /// The name in NFC, or the code of the error that the server sends (NAME-1, NAME-2, NAME-3,
    /// NAME-5, NAME-7).
    pub fn read(&self, written: &str) -> Result<String, &'static str> {
        let name: String = written.nfc().collect();
        let chars = name.chars().count();
        let is_name = chars > 0 && chars <= self.max_chars && name.chars().all(is_name_char);
        if !is_name || !self.marks_are_in_place(&name) {
            Err("name-invalid")
        } else if self.is_reserved(&Name::new(&name)) {
            Err("name-reserved")
        } else {
            Ok(name)
        }
    }

    /// NAME-5
    fn is_reserved(&self, name: &Name) -> bool {
        self.reserved.iter().any(|word| word.is_same(name))
    }

    /// NAME-7
    fn marks_are_in_place(&self, name: &str) -> bool {
        // The letter that a mark would combine with: its scripts, and the letter with its marks so
        // far.
        let mut on: Option<(AugmentedScriptSet, String)> = None;
        for c in name.chars() {
            if !is_mark(c) {
                on = is_letter(c).then(|| (c.into(), c.to_string()));
                continue;
            }
            let Some((scripts, letter)) = &mut on else {
                return false;
            };
            scripts.intersect_with(c.into());
            letter.push(c);
            let is_allowed = c.identifier_allowed() && c != '\u{307}';
            if !is_allowed || scripts.is_empty() || !self.are_few_and_differ(letter) {
                return false;
            }
        }
        true
    }

    fn are_few_and_differ(&self, letter: &str) -> bool {
        let decomposed: Vec<char> = letter.nfd().filter(|&c| is_mark(c)).collect();
        let skeleton_of = |mark: char| skeleton(&mark.to_string()).collect::<String>();
        decomposed.len() <= self.max_marks
            && decomposed.iter().enumerate().all(|(i, &mark)| {
                let before = || decomposed[..i].iter().copied();
                let class = canonical_combining_class(mark);
                let of_class = |&other: &char| canonical_combining_class(other) == class;
                before().all(|other| skeleton_of(other) != skeleton_of(mark))
                    && (class == 0 || before().filter(of_class).count() < self.max_of_a_class)
            })
    }
}

/// NAME-2
fn is_name_char(c: char) -> bool {
    match c {
        '_' | '-' | '.' => true,
        c if c.is_ascii() => c.is_ascii_alphanumeric(),
        c => {
            let digit = unicode_properties::GeneralCategory::DecimalNumber;
            let seen: String = skeleton(&c.to_string()).collect();
            (is_letter(c) || c.general_category() == digit || is_mark(c))
                && !seen.is_empty()
                && !seen.contains([' ', ',', ':'])
        }
    }
}

fn is_letter(c: char) -> bool {
    c.general_category_group() == GeneralCategoryGroup::Letter
}

fn is_mark(c: char) -> bool {
    c.general_category_group() == GeneralCategoryGroup::Mark
}

/// The case-folded skeleton of a name (NAME-4; UTS #39).
pub(crate) fn folded_skeleton(name: &str) -> String {
    let skeleton: String = skeleton(name).collect();
    let mut folded: Vec<char> = Vec::new();
    for c in default_case_fold_str(&skeleton).chars() {
        if matches!(c, '\u{1039}' | '\u{17d2}') {
            continue;
        }
        // Sorts each run of marks by code point.
        let greater = folded.iter().rev();
        let greater = greater.take_while(|&&other| is_mark(c) && is_mark(other) && other > c);
        folded.insert(folded.len() - greater.count(), c);
    }
    folded.into_iter().collect()
}

/// The case-folded skeleton of a name's lower-case form (NAME-4).
pub(crate) fn lower_case_skeleton(name: &str) -> String {
    folded_skeleton(&default_case_fold_str(name))
}
