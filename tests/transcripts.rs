//! Conversations, played twice: on the bare room, which produces the snapshots, and over real
//! sockets.
//!
//! To add one, add a text file to `tests/transcripts`; its name is a sentence and its first line
//! cites the clauses that it tests. `tests/stage/script.rs` documents the format.
//! `INSTA_UPDATE=force cargo test --test transcripts` accepts what the room then tells.

mod stage;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use parlour_spec::Document;
use stage::script::Script;
use stage::{conversation, on_room, on_sockets};

/// The documents that contain conversations.
const DOCUMENTS: [&str; 2] = ["spec/protocol.md", "README.md"];

/// The clauses that no conversation can show: about the transport, clients, what is absent, and
/// peers that do not read.
const NOT_ON_STAGE: [&str; 17] = [
    "CONN-1", "CONN-7", "LINE-10", "GRAM-6", "FAIR-1", "FAIR-2", "FAIR-3", "SLOW-1", "SLOW-2",
    "SLOW-3", "SLOW-4", "SLOW-5", "SLOW-6", "MEM-1", "SEC-1", "SEC-3", "SEC-5",
];

/// The clauses at the head of each script.
#[test]
fn the_room_tells_what_the_snapshots_say() {
    insta::glob!("transcripts/*.txt", |path| {
        let source = fs::read_to_string(path).expect("a script can be read");
        let transcript = on_room::play(&Script::read(&source));
        insta::with_settings!({
            description => source,
            omit_expression => true,
            prepend_module_to_snapshot => false,
        }, {
            insta::assert_snapshot!("conversation", transcript);
        });
    });
}

/// The same scripts, all at once, each on its own server and in a thread that has the script's
/// name.
#[test]
fn sockets_read_what_the_room_foretells() {
    thread::scope(|scope| {
        for name in names("tests/transcripts") {
            let script = Script::read(&read(&format!("tests/transcripts/{name}")));
            if script.room_only {
                continue;
            }
            let play = move || on_sockets::play(&script, &on_room::play(&script));
            let thread = thread::Builder::new().name(name);
            thread
                .spawn_scoped(scope, play)
                .expect("a thread is to be had");
        }
    });
}

/// Spec section 11, and the conversation in the README.
#[test]
fn the_conversations_of_the_documents_take_place() {
    for document in DOCUMENTS {
        let document = match document {
            "spec/protocol.md" => Document::source(),
            other => read(other),
        };
        assert!(conversation::in_document(&document).count() > 0);
        for conversation in conversation::in_document(&document) {
            let script = conversation::script(conversation);
            let transcript = on_room::play(&script);
            assert_eq!(conversation::written(&transcript), conversation);
            on_sockets::play(&script, &transcript);
        }
    }
}

#[test]
fn every_clause_is_held_by_a_script_that_names_it() {
    let spec = Document::parlour();
    let clauses: BTreeSet<_> = spec
        .clauses
        .iter()
        .map(|clause| clause.id.as_str())
        .collect();
    let mut held = BTreeSet::from(NOT_ON_STAGE.map(ToOwned::to_owned));
    for script in names("tests/transcripts") {
        let source = read(&format!("tests/transcripts/{script}"));
        let head = source.lines().next().unwrap_or_default();
        let named = head.strip_prefix("# ").unwrap_or_default().split(", ");
        held.extend(named.map(ToOwned::to_owned));
    }
    let held = held.iter().map(String::as_str).collect();
    let either: Vec<_> = clauses.symmetric_difference(&held).collect();
    assert!(
        either.is_empty(),
        "not held, or not in the spec: {either:?}"
    );
}

#[test]
fn every_snapshot_has_its_script() {
    let scripts = names("tests/transcripts").into_iter();
    let expected = scripts.map(|script| format!("conversation@{script}.snap"));
    let snapshots = names("tests/snapshots").into_iter();
    let ours =
        snapshots.filter(|name| name.starts_with("conversation@") && name.ends_with(".snap"));
    assert!(ours.eq(expected));
}

fn read(path: &str) -> String {
    fs::read_to_string(in_the_repository(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The names of the files in a folder.
fn names(folder: &str) -> BTreeSet<String> {
    let files = fs::read_dir(in_the_repository(folder)).expect("the folder is there");
    let files = files.map(|file| file.expect("a folder can be read").file_name());
    files
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

fn in_the_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
