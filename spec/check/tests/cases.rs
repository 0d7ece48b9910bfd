//! The cases themselves: they cover all clauses, they can be read, and they agree with the
//! document.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use parlour_check::case::{Play, ServerCase};
use parlour_check::coverage::{Coverage, coverage};
use parlour_check::limits::Limits;
use parlour_check::outcome::{Profile, Stage};
use parlour_check::run::Selectable;
use parlour_spec::script::{Action, Script};
use parlour_spec::{Document, Oracle};

#[test]
fn every_clause_is_held_by_a_case_or_has_a_reason() {
    for (clause, how) in coverage() {
        match how {
            Coverage::Cases(cases) => assert!(!cases.is_empty(), "{clause} is held by no case"),
            Coverage::NotFromOutside(why) => {
                assert!(!why.is_empty());
                let held = ServerCase::all()
                    .iter()
                    .any(|entry| entry.is_named(&clause));
                assert!(!held, "{clause} is held by a case all the same");
            }
        }
    }
}

#[test]
fn what_a_case_names_is_there() {
    let document = Document::parlour();
    let limits = Limits::of(&document);
    let mut ids = BTreeSet::new();
    for ServerCase { case, head, .. } in ServerCase::all() {
        assert!(ids.insert(&case.id), "{} is there twice", case.id);
        for clause in &case.clauses {
            let there = document.clauses.iter().any(|other| other.id == *clause);
            assert!(there, "{}: there is no clause {clause}", case.id);
        }
        for need in &head.needs {
            let there = limits.iter().any(|(limit, _)| limit == need.limit);
            assert!(there, "{}: there is no limit {}", case.id, need.limit);
        }
    }
}

#[test]
fn every_stage_has_cases_and_the_first_four_are_asked_of_the_seed_too() {
    for stage in Stage::ALL {
        let has = |profile| {
            ServerCase::all()
                .iter()
                .any(|entry| entry.case.stage == stage && entry.is_in(profile))
        };
        assert!(has(Profile::Full), "{stage:?}");
        assert_eq!(has(Profile::Seed), stage <= Stage::ListAndQuit, "{stage:?}");
    }
}

#[test]
fn every_file_of_the_folder_is_a_case() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors");
    let mut count = 0;
    for stage in Stage::ALL {
        let Ok(files) = fs::read_dir(folder.join(stage.name())) else {
            continue;
        };
        for file in files {
            let path = file.expect("an entry").path();
            let id = path
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            let is_case = |entry: &ServerCase| entry.case.id == id && entry.case.stage == stage;
            assert!(
                ServerCase::all().iter().any(is_case),
                "{} is no case",
                path.display()
            );
            count += 1;
        }
    }
    assert!(count > 60, "only {count} vectors");
}

/// Every expected line is an event, so that no server has to send what the grammar does not derive.
#[test]
fn what_is_awaited_is_an_event() {
    for ServerCase { case, play, .. } in ServerCase::all() {
        let Play::Script(Script { steps, .. }) = play else {
            continue;
        };
        for step in steps {
            if let Action::ExpectLine(line) = &step.action {
                assert!(
                    Oracle::parlour().event(line).is_some(),
                    "{}: {}",
                    case.id,
                    step.source
                );
            }
        }
    }
}

/// The README of the vectors names each case that is code, with the reason.
#[test]
fn the_cases_that_are_code_are_those_that_the_readme_names() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/README.md");
    let readme = fs::read_to_string(readme).expect("it is there");
    let (_, table) = readme
        .split_once("| case | why it is code |")
        .expect("the table");
    let rows = table.lines().filter_map(|row| row.split('|').nth(1));
    let named: BTreeSet<&str> = rows
        .flat_map(|names| names.split('`').skip(1).step_by(2))
        .collect();
    let is_code = |entry: &&ServerCase| matches!(entry.play, Play::Coded(_));
    let code = ServerCase::all().iter().filter(is_code);
    let code: BTreeSet<&str> = code.map(|entry| entry.case.id.as_str()).collect();
    assert_eq!(named, code);
}
