//! The program's lists equal the document's, in the same order, and each parser quotes its rule.

use parlour::protocol::{ErrorCode, UserName, Verb};
use parlour_spec::{Document, Oracle};

const SOURCE: &str = include_str!("../../src/protocol/grammar.rs");

/// Section 9, LINE-6, ERR-3
///
/// > ERR-3: A server of this version sends the codes of the table and no others.
#[test]
fn the_error_codes_are_those_of_section_9() {
    let document = Document::parlour();
    let rows = document.table("code").rows.iter();
    let codes: Vec<ErrorCode> = rows.filter_map(|row| ErrorCode::new(&row[0])).collect();
    assert_eq!(codes, ErrorCode::ALL);
}

/// GRAM-1, HELP-1
///
/// > HELP-1: HELP is answered with a `help-line` for each command, in the order of section 3.2,
/// > that begins with the verb.
#[test]
fn the_verbs_are_those_of_the_grammar() {
    let grammar = &Oracle::parlour().grammar;
    let rules = grammar.alternatives("command");
    assert_eq!(rules, Verb::ALL.map(|verb| verb.as_str().to_lowercase()));
    for (rule, verb) in rules.into_iter().zip(Verb::ALL) {
        let written = format!("\"{verb}\"");
        assert_eq!(
            grammar.leading(rule).to_string(),
            written,
            "a verb counts in any case"
        );
        assert!(verb.help().starts_with(verb.usage()));
        assert!(verb.usage().starts_with(verb.as_str()));
    }
}

/// NAME-5
#[test]
fn the_reserved_names_are_those_of_the_grammar() {
    assert_eq!(
        Oracle::parlour().grammar.literals("reserved"),
        UserName::RESERVED
    );
}

/// NAME-1
#[test]
fn the_longest_name_has_as_many_characters_as_the_clause_and_the_rule_say() {
    let max = UserName::MAX_CHARS;
    let rule = Oracle::parlour().grammar.rule("username").to_string();
    assert_eq!(rule, format!("1*{max}name-char"));
    let document = Document::parlour();
    let clause = &document.clause("NAME-1").text;
    assert!(
        clause.starts_with(&format!("A name has 1 to {max} characters,")),
        "{clause}"
    );
}

/// NAME-7
#[test]
fn a_letter_has_as_many_marks_as_the_clause_says() {
    let document = Document::parlour();
    let clause = &document.clause("NAME-7").text;
    let (marks, stack) = (UserName::MAX_MARKS, UserName::MAX_STACK);
    for most in [
        format!(" at most {marks} marks in NFD,"),
        format!(" at most {stack} of one"),
    ] {
        assert!(clause.contains(&most), "{clause}");
    }
}

/// The rules that define character sets; `text.rs` and `name.rs` implement them.
const OF_CHARACTERS: [&str; 7] = [
    "char",
    "visible",
    "text-start",
    "beyond",
    "tail",
    "name-char",
    "reserved",
];

/// Section 3: one function for each rule, with its name, in its order, and with the document's rule
/// in its doc comment.
#[test]
fn every_parser_wears_its_rule() {
    let abnf = Document::parlour().abnf();
    let rules: Vec<(String, String)> = rules(&abnf)
        .into_iter()
        .filter(|(name, _)| !OF_CHARACTERS.contains(&name.as_str()))
        .collect();
    let worn = worn();
    for (rule, worn) in rules.iter().zip(&worn) {
        assert_eq!(worn, rule);
    }
    assert_eq!(worn.len(), rules.len());
}

/// Name and definition of each rule, with single spaces.
fn rules(abnf: &str) -> Vec<(String, String)> {
    let mut rules: Vec<(String, String)> = Vec::new();
    for line in abnf.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match (line.starts_with(' '), rules.last_mut(), &words[..]) {
            (true, Some((_, definition)), words) => *definition += &format!(" {}", words.join(" ")),
            (false, _, [name, "=", words @ ..]) => {
                rules.push(((*name).to_owned(), words.join(" ")))
            }
            _ => panic!("no rule: {line}"),
        }
    }
    rules
}

/// Name and documented rule of each function of the source whose doc comment begins with a rule.
fn worn() -> Vec<(String, String)> {
    let mut worn = Vec::new();
    let mut docs = String::new();
    for line in SOURCE.lines() {
        if let Some(doc) = line.strip_prefix("///") {
            docs += doc;
        } else {
            if let Some(rest) = line.strip_prefix("fn ")
                && let Some((name, definition)) = documented(&docs)
            {
                let function = rest.split(['(', '<']).next().unwrap_or_default();
                assert_eq!(
                    function,
                    name.replace('-', "_"),
                    "the function is named like its rule"
                );
                worn.push((name, definition));
            }
            docs.clear();
        }
    }
    worn
}

/// `name = definition`, if the doc comment begins with that between backticks.
fn documented(docs: &str) -> Option<(String, String)> {
    let (code, _) = docs.trim_start().strip_prefix('`')?.split_once('`')?;
    let (name, definition) = code.split_once(" = ")?;
    let words: Vec<&str> = definition.split_whitespace().collect();
    Some((name.trim().to_owned(), words.join(" ")))
}
