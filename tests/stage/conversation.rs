//! The conversations of a document: `C name: line` is sent by a client, and `S name: line` is what
//! the server then sends to it, in order.

use super::script::{Action, Script, Step};
use super::transcript::Transcript;

/// The `conversation` blocks of a Markdown document.
pub(crate) fn in_document(document: &str) -> impl Iterator<Item = &str> {
    let blocks = document.split("\n```conversation\n").skip(1);
    blocks.map(|rest| rest.split_once("```").map_or(rest, |(block, _)| block))
}

/// The steps of a conversation. A peer connects where it is first told something.
pub(crate) fn script(conversation: &str) -> Script {
    let mut connected = Vec::new();
    let mut steps = Vec::new();
    for line in conversation.lines() {
        let (side, rest) = line.split_at_checked(2).expect("a side, and what it says");
        let (who, said) = rest.split_once(": ").expect("a name, and what is said");
        match side {
            "C " => steps.push(Step::line(who, said)),
            "S " if !connected.contains(&who) => {
                connected.push(who);
                steps.push(Step::connect(who));
            }
            "S " => {}
            _ => panic!("neither the client's nor the server's: {line}"),
        }
    }
    Script::of(steps)
}

/// Formats a transcript as a conversation.
pub(crate) fn written(transcript: &Transcript) -> String {
    let mut lines = Vec::new();
    for scene in &transcript.scenes {
        if let Action::Send(who, octets) = &scene.step.action {
            let line = String::from_utf8_lossy(octets);
            lines.push(format!("C {who}: {}", line.trim_end_matches('\n')));
        }
        let told = scene.told.iter();
        lines.extend(told.map(|told| format!("S {}: {}", told.who, told.line())));
    }
    lines.join("\n") + "\n"
}
