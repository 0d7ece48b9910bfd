//! From the clauses of the specification to the code and the tests, and back: every cited clause
//! exists, and every clause is cited by its code and quoted, word for word, by the checks that hold
//! it, unless it says itself that it is for reading alone. So no clause changes without its check.
//!
//! A citation is a clause's id in a comment. A quote is `> JOIN-2: A name belongs …` in the doc
//! comment of a check or at the top of a script: any part of the clause, whose parts may be quoted
//! by several checks. `cargo test --test traceability -- --nocapture` prints the matrix.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use parlour_spec::{Clause, Document};

/// How a clause says that only reading can check it.
const BY_READING: &str = "*(By reading:";

/// What the files say about the clauses.
#[derive(Debug, Default)]
struct Citations {
    /// Clause → files of the program.
    code: BTreeMap<String, BTreeSet<String>>,
    /// Clause → tests, scripts, fuzz targets.
    checks: BTreeMap<String, BTreeSet<String>>,
    /// The quotes in checks.
    quotes: Vec<Quote>,
}

/// A part of a clause, on one line, and the file that quotes it.
#[derive(Debug)]
struct Quote {
    id: String,
    text: String,
    file: String,
}

#[test]
fn what_is_cited_exists() {
    let document = Document::parlour();
    let exists = |id: &str| document.clauses.iter().any(|clause| clause.id == id);
    let citations = Citations::read(&document);
    for (id, files) in citations.code.iter().chain(&citations.checks) {
        assert!(exists(id), "{id} is no clause, but cited in {files:?}");
    }
}

#[test]
fn every_clause_has_its_code_and_its_check() {
    let document = Document::parlour();
    let citations = Citations::read(&document);
    let mut missing = Vec::new();
    for clause in &document.clauses {
        let of = |files: &BTreeMap<String, BTreeSet<String>>| {
            let files = files.get(&clause.id).into_iter().flatten();
            files.map(String::as_str).collect::<Vec<_>>().join(" ")
        };
        let (code, checks) = (of(&citations.code), of(&citations.checks));
        println!("{:10} {code} → {checks}", clause.id);
        if code.is_empty() && !clause.text.contains(BY_READING) {
            missing.push(format!("{} has no code", clause.id));
        }
        let unquoted = unquoted(clause, &citations.quotes);
        match (unquoted.trim(), clause.text.contains(BY_READING)) {
            ("", false) => {}
            (all, true) if all == clause.text => {}
            (_, true) => missing.push(format!("{} is checked, not read", clause.id)),
            (part, false) => missing.push(format!("{}: nobody quotes: {part}", clause.id)),
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_quote_is_a_part_of_its_clause() {
    let document = Document::parlour();
    let citations = Citations::read(&document);
    let is_part = |quote: &&Quote| {
        let mut clauses = document.clauses.iter();
        let clause = clauses.find(|clause| clause.id == quote.id);
        clause.is_some_and(|clause| clause.text.contains(&quote.text))
    };
    let wrong = citations.quotes.iter().filter(|quote| !is_part(quote));
    let wrong: Vec<String> = wrong
        .map(|Quote { id, text, file }| format!("{file}: {id} does not say: {text}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn few_clauses_are_for_reading_alone() {
    let document = Document::parlour();
    let by_reading = document
        .clauses
        .iter()
        .filter(|clause| clause.text.contains(BY_READING));
    assert!((1..=4).contains(&by_reading.count()));
}

/// The clause without the parts that are quoted.
fn unquoted(clause: &Clause, quotes: &[Quote]) -> String {
    let mut text = clause.text.clone().into_bytes();
    for quote in quotes.iter().filter(|quote| quote.id == clause.id) {
        if let Some(at) = clause.text.find(&quote.text) {
            text[at..at + quote.text.len()].fill(b' ');
        }
    }
    String::from_utf8(text).expect("whole parts are blank")
}

impl Citations {
    fn read(document: &Document) -> Self {
        let families: BTreeSet<&str> = document
            .clauses
            .iter()
            .filter_map(|clause| Some(clause.id.split_once('-')?.0))
            .collect();
        let mut citations = Self::default();
        for path in ["src", "spec", "tests", "fuzz/fuzz_targets"]
            .into_iter()
            .flat_map(files)
        {
            let is_code = path.starts_with("src") && !path.ends_with("tests.rs");
            let text = fs::read_to_string(&path).expect("a source is text");
            // The unit tests are at the end of a file.
            let (code, tests) = match text.split_once("\n#[cfg(test)]\nmod tests") {
                Some((code, tests)) if is_code => (code, tests),
                _ if is_code => (text.as_str(), ""),
                _ => ("", text.as_str()),
            };
            let name = path.display().to_string();
            for (part, cited) in [(code, &mut citations.code), (tests, &mut citations.checks)] {
                for id in part
                    .lines()
                    .filter_map(comment)
                    .flat_map(|line| cited_in(line, &families))
                {
                    cited.entry(id).or_default().insert(name.clone());
                }
            }
            citations.quotes.extend(quotes(tests, &name));
        }
        citations
    }
}

/// The part of a line that can cite clauses: in a script's head or in a comment of a source.
fn comment(line: &str) -> Option<&str> {
    line.strip_prefix("clauses: ")
        .or_else(|| line.split_once("//").map(|(_, comment)| comment))
}

/// The quotes in a check. The lines of one follow each other.
fn quotes(check: &str, file: &str) -> Vec<Quote> {
    let mut quotes: Vec<Quote> = Vec::new();
    let mut is_open = false;
    for line in check.lines() {
        let quoted = (line.strip_prefix("# "))
            .or_else(|| comment(line))
            .map(|comment| comment.trim_start_matches(['/', '!', ' ']))
            .and_then(|comment| comment.strip_prefix("> "));
        let Some(part) = quoted else {
            is_open = false;
            continue;
        };
        let head = part.split_once(": ").filter(|(id, _)| is_id(id));
        match (head, quotes.last_mut()) {
            (Some((id, text)), _) => quotes.push(Quote {
                id: id.to_owned(),
                text: text.to_owned(),
                file: file.to_owned(),
            }),
            (None, Some(quote)) if is_open => quote.text += &format!(" {part}"),
            (None, _) => continue,
        }
        is_open = true;
    }
    quotes
}

/// `JOIN-2`
fn is_id(word: &str) -> bool {
    let (family, number) = word.split_once('-').unwrap_or_default();
    !family.is_empty()
        && family.bytes().all(|octet| octet.is_ascii_uppercase())
        && number.parse::<u32>().is_ok()
}

/// The ids in `line`; a range, `A-1 to A-3`, stands for all ids in it.
fn cited_in(line: &str, families: &BTreeSet<&str>) -> Vec<String> {
    let mut ids: Vec<(String, u32)> = Vec::new();
    let mut is_range = false;
    let mut all = Vec::new();
    for word in line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')) {
        let id = word
            .split_once('-')
            .filter(|(family, _)| families.contains(family));
        let Some((family, number)) =
            id.and_then(|(family, number)| Some((family, number.parse().ok()?)))
        else {
            is_range = word == "to";
            continue;
        };
        let first = match ids.last() {
            Some((last, from)) if is_range && last == family => from + 1,
            _ => number,
        };
        all.extend((first..=number).map(|number| format!("{family}-{number}")));
        ids.push((family.to_owned(), number));
        is_range = false;
    }
    all
}

/// All sources and transcripts below a folder of the repository.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(folder).to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("an entry").path();
            match path.extension().and_then(|extension| extension.to_str()) {
                _ if path.is_dir() => folders.push(path),
                Some("rs" | "txt") => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

#[test]
fn ids_are_found_in_comments_alone_and_ranges_are_whole() {
    let families = BTreeSet::from(["A", "BC"]);
    let found = |line| comment(line).map(|comment| cited_in(comment, &families));
    let ids = |ids: &[&str]| Some(ids.iter().map(|&id| id.to_owned()).collect::<Vec<_>>());
    assert_eq!(found("let x = \"A-1\";"), None);
    assert_eq!(
        found("    /// A-1 to A-3, BC-2"),
        ids(&["A-1", "A-2", "A-3", "BC-2"])
    );
    assert_eq!(found("clauses: BC-9, UTF-8"), ids(&["BC-9"]));
}

#[test]
fn a_quote_goes_on_to_the_end_of_its_lines() {
    let source = "/// x\n/// > A-1: B\n/// > is: c.\n/// d\n// > e\n# > B-2: f";
    let found = quotes(source, "");
    let found: Vec<_> = found
        .iter()
        .map(|quote| (quote.id.as_str(), quote.text.as_str()))
        .collect();
    assert_eq!(found, [("A-1", "B is: c."), ("B-2", "f")]);
}
