//! The layers of the library import only downwards, as `src/lib.rs` draws them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Each layer, and those that it may import.
const LAYERS: [(&str, &[&str]); 6] = [
    ("protocol", &[]),
    ("room", &["protocol"]),
    ("server", &["protocol", "room"]),
    ("client", &["protocol"]),
    ("tui", &["protocol", "client"]),
    ("cli", &[]),
];

#[test]
fn a_layer_imports_only_what_is_below_it() {
    for (layer, allowed) in LAYERS {
        for (file, text) in sources(layer) {
            for imported in imports(&text) {
                let is_allowed = imported == layer || allowed.contains(&&*imported);
                assert!(is_allowed, "{file}: {layer} imports {imported}");
            }
        }
    }
}

/// Every module at the top of the library is a layer.
#[test]
fn there_are_no_other_layers() {
    let library = fs::read_to_string("src/lib.rs").expect("a library");
    let modules = library
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod "));
    let modules: BTreeSet<_> = modules.filter_map(|name| name.strip_suffix(';')).collect();
    assert_eq!(modules, LAYERS.map(|(layer, _)| layer).into());
}

#[test]
fn an_import_is_seen_wherever_it_stands() {
    let text = "use crate::room::Room;\n    crate::server::run();\n// crate::client\n";
    let expected = ["room", "server"].map(str::to_owned);
    assert_eq!(imports(text), expected.into());
    assert_eq!(
        imports("use crate::{room, client};"),
        ["{room".to_owned()].into()
    );
}

/// What follows each `crate::` that is not in a comment.
fn imports(text: &str) -> BTreeSet<String> {
    let code = text.lines().filter_map(|line| line.split("//").next());
    let paths = code.flat_map(|line| line.split("crate::").skip(1));
    let first = |path: &str| {
        let end = path.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '{')));
        path[..end.unwrap_or(path.len())].to_owned()
    };
    paths.map(first).collect()
}

/// The files of a layer, each with its text.
fn sources(layer: &str) -> Vec<(String, String)> {
    let mut sources = Vec::new();
    read(Path::new(&format!("src/{layer}.rs")), &mut sources);
    read(Path::new(&format!("src/{layer}")), &mut sources);
    assert!(!sources.is_empty(), "{layer} has no files");
    sources
}

fn read(path: &Path, sources: &mut Vec<(String, String)>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder") {
            read(&entry.expect("an entry").path(), sources);
        }
    } else if let Ok(text) = fs::read_to_string(path) {
        sources.push((path.display().to_string(), text));
    }
}
