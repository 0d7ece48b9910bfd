//! From the clauses of the specification to the code and the tests, and back: every cited clause
//! exists, and every clause is implemented and tested unless it says itself that it is not.
//!
//! A citation is a clause's id in a comment. `cargo test --test traceability -- --nocapture` prints
//! the matrix.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use parlour_spec::Document;

/// How a clause says that only reading can check it.
const BY_READING: &str = "*(By reading:";

/// The files that cite each clause.
#[derive(Debug, Default)]
struct Citations {
    /// Clause → files of the program.
    code: BTreeMap<String, BTreeSet<String>>,
    /// Clause → tests, transcripts, fuzz targets.
    checks: BTreeMap<String, BTreeSet<String>>,
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
        let code = citations.code.get(&clause.id);
        let checks = citations.checks.get(&clause.id);
        if clause.text.contains(BY_READING) {
            println!("{:10} by reading", clause.id);
            continue;
        }
        let count = |files: Option<&BTreeSet<String>>| files.map_or(0, BTreeSet::len);
        let list = |files: Option<&BTreeSet<String>>| {
            let files = files.into_iter().flatten().map(String::as_str);
            files.collect::<Vec<_>>().join(" ")
        };
        println!("{:10} {} → {}", clause.id, list(code), list(checks));
        if count(checks) == 0 {
            missing.push(format!("{} has no check", clause.id));
        }
        if count(code) == 0 {
            missing.push(format!("{} has no code", clause.id));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
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
            let is_code = path.starts_with("src");
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
        }
        citations
    }
}

/// The part of a line that can cite clauses: in a script's head or in a comment of a source.
fn comment(line: &str) -> Option<&str> {
    line.strip_prefix("clauses: ")
        .or_else(|| line.split_once("//").map(|(_, comment)| comment))
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
