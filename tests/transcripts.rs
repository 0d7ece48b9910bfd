//! Conversations, played twice: on the bare room, which produces the snapshots, and over real
//! sockets.
//!
//! To add one that holds for any server, add a vector to `spec/vectors`; one that only Parlour's
//! own tests can play goes to `tests/transcripts`. Its name is a sentence, and its head cites the
//! clauses that it tests. `spec/vectors/README.md` documents the format of both.
//! `INSTA_UPDATE=force cargo test --test transcripts` accepts what the room then tells.

mod stage;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::thread;

use parlour_spec::Document;
use parlour_spec::script::{Head, Script};
use stage::{on_room, on_sockets};

/// The clauses that no conversation can show: about the transport, clients, what is absent, and
/// peers that do not read.
const NOT_ON_STAGE: [&str; 15] = [
    "CONN-7", "LINE-10", "GRAM-6", "FAIR-1", "FAIR-2", "FAIR-3", "SLOW-1", "SLOW-2", "SLOW-3",
    "SLOW-5", "SLOW-6", "MEM-1", "ERR-3", "SEC-1", "SEC-5",
];

/// The clauses at the head of each script.
#[test]
fn the_room_tells_what_the_snapshots_say() {
    let play = |path: &Path| {
        let (head, script) = read(path);
        let transcript = on_room::play(&head.needs, &script);
        insta::with_settings!({
            omit_expression => true,
            prepend_module_to_snapshot => false,
        }, {
            insta::assert_snapshot!("conversation", transcript);
        });
    };
    insta::glob!("transcripts/*.txt", play);
    insta::glob!(
        "../spec/vectors",
        "{broadcast,errors,framing,join,list-and-quit,load,order,private}/*.txt",
        play
    );
}

/// The same scripts, all at once, each on its own server and in a thread that has the script's
/// name.
#[test]
fn sockets_read_what_the_room_foretells() {
    thread::scope(|scope| {
        for (name, (head, script)) in scripts() {
            if head.room_only.is_some() {
                continue;
            }
            let play = move || on_sockets::play(&head.needs, &on_room::play(&head.needs, &script));
            let thread = thread::Builder::new().name(name);
            let started = thread.spawn_scoped(scope, play);
            started.expect("a thread is to be had");
        }
    });
}

/// Spec section 11, and the conversation in the README.
#[test]
fn the_conversations_of_the_documents_take_place() {
    let readme = fs::read_to_string("README.md").expect("it is there");
    for document in [Document::source(), readme] {
        let conversations = document.split("\n```conversation\n").skip(1);
        let conversations = conversations.filter_map(|rest| Some(rest.split_once("```")?.0));
        let conversations: Vec<_> = conversations.collect();
        assert!(!conversations.is_empty());
        for conversation in conversations {
            let script = Script::read(conversation).expect(conversation);
            on_sockets::play(&[], &on_room::play(&[], &script));
        }
    }
}

#[test]
fn every_clause_is_held_by_a_script_that_names_it() {
    let spec = Document::parlour();
    let clauses: BTreeSet<_> = spec.clauses.into_iter().map(|clause| clause.id).collect();
    let mut held = BTreeSet::from(NOT_ON_STAGE.map(ToOwned::to_owned));
    for (name, (head, _)) in scripts() {
        for clause in head.clauses {
            let is_new = !NOT_ON_STAGE.contains(&clause.as_str());
            assert!(is_new, "{name} holds {clause} all the same");
            held.insert(clause);
        }
    }
    let either: Vec<_> = clauses.symmetric_difference(&held).collect();
    assert!(
        either.is_empty(),
        "not held, or not in the spec: {either:?}"
    );
}

#[test]
fn every_snapshot_has_its_script() {
    let scripts = scripts().into_iter();
    let expected: BTreeSet<_> = scripts
        .map(|(name, _)| format!("conversation@{name}.snap"))
        .collect();
    let ours = names("tests/snapshots").into_iter();
    let ours = ours.filter(|name| name.starts_with("conversation@") && name.ends_with(".snap"));
    assert_eq!(BTreeSet::from_iter(ours), expected);
}

/// The scripts for a server, each with its name in the snapshots.
fn scripts() -> Vec<(String, (Head, Script))> {
    let own = names("tests/transcripts").into_iter();
    let own = own.map(|name| (name.clone(), Path::new("tests/transcripts").join(name)));
    let vectors = Path::new("spec/vectors");
    let stages = names("spec/vectors").into_iter();
    let stages = stages.filter(|stage| stage != "client" && vectors.join(stage).is_dir());
    let of_stage = |stage: String| {
        let folder = vectors.join(&stage);
        let names = names(&folder).into_iter();
        names.map(move |name| (format!("{stage}__{name}"), folder.join(name)))
    };
    let all = own.chain(stages.flat_map(of_stage));
    all.map(|(name, path)| (name, read(&path))).collect()
}

fn read(path: &Path) -> (Head, Script) {
    let source = fs::read_to_string(path).expect("a script can be read");
    let read = Head::split(&source).and_then(|(head, text)| Ok((head, Script::read(text)?)));
    read.unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// The names of the files in a folder.
fn names(folder: impl AsRef<Path>) -> BTreeSet<String> {
    let files = fs::read_dir(folder).expect("the folder is there");
    let files = files.map(|file| file.expect("a folder can be read").file_name());
    files
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}
