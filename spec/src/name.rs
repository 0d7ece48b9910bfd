//! What a name is, by section 4 of the document: the one thing about a line that its grammar can't say.

use caseless::default_case_fold_str;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_security::skeleton;

use crate::{Document, Grammar};

/// The rules of section 4.
#[derive(Clone, Debug)]
pub struct Names {
    max_chars: usize,
    reserved: Vec<String>,
}

impl Names {
    /// As `document` and its `grammar` have them.
    ///
    /// # Panics
    /// If NAME-1 does not say "1 to … characters".
    pub fn new(document: &Document, grammar: &Grammar) -> Self {
        let text = &document.clause("NAME-1").text;
        let max = text.strip_prefix("A name has 1 to ").and_then(|rest| {
            let (number, _) = rest.split_once(" characters")?;
            number.parse().ok()
        });
        let reserved = grammar.literals("reserved");
        Self {
            max_chars: max.unwrap_or_else(|| panic!("NAME-1 says no number: {text}")),
            reserved: reserved.into_iter().map(str::to_owned).collect(),
        }
    }

    /// The name that `written` is, in NFC, or the code of the error that is told (NAME-1, NAME-2, NAME-3, NAME-5).
    pub fn read(&self, written: &str) -> Result<String, &'static str> {
        let name: String = written.nfc().collect();
        let chars = name.chars().count();
        if chars == 0 || chars > self.max_chars || !name.chars().all(is_name_char) {
            Err("name-invalid")
        } else if self.reserved.iter().any(|word| same(word, &name)) {
            Err("name-reserved")
        } else {
            Ok(name)
        }
    }
}

/// NAME-2
fn is_name_char(c: char) -> bool {
    match c {
        '_' | '-' | '.' => true,
        c if c.is_ascii() => c.is_ascii_alphanumeric(),
        c => {
            let digit = unicode_properties::GeneralCategory::DecimalNumber;
            let letter = c.general_category_group() == GeneralCategoryGroup::Letter;
            let seen: String = skeleton(&c.to_string()).collect();
            (letter || c.general_category() == digit)
                && !seen.is_empty()
                && !seen.contains([' ', ',', ':'])
        }
    }
}

/// NAME-4
fn same(a: &str, b: &str) -> bool {
    let folded = |name: &str| default_case_fold_str(&skeleton(name).collect::<String>());
    let lower = |name: &str| folded(&default_case_fold_str(name));
    folded(a) == folded(b) || lower(a) == lower(b)
}
