//! Conversations, played twice: on the bare room, which makes the snapshots, and over real sockets.
//!
//! To add one is to add a text file to `tests/transcripts`, whose name is the sentence and whose first line the clauses it
//! holds; `tests/stage/script.rs` says how one is written. `INSTA_UPDATE=always cargo test --test transcripts` accepts what the
//! room then tells.

mod stage;

use std::fs;

use stage::script::Script;
use stage::{on_room, on_sockets};

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

/// The same, and CONN-1.
#[test]
fn sockets_read_what_the_room_foretells() {
    insta::glob!("transcripts/*.txt", |path| {
        let script = Script::read(&fs::read_to_string(path).expect("a script can be read"));
        if !script.room_only {
            on_sockets::play(&script, &on_room::play(&script));
        }
    });
}
