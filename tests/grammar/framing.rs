//! The line terminators are never part of a line (spec section 2).

use parlour_spec::{Automaton, Kind, Oracle};

/// LINE-1: neither LF nor CR can be in a line, so no line is cut in two, runs into the next, or
/// loses its last octet.
#[test]
fn no_line_of_the_grammar_holds_what_ends_a_line() {
    let oracle = Oracle::parlour();
    let is_command = |label| matches!(oracle.kinds[label as usize], Kind::Command(_));
    for (language, rule) in [
        (oracle.events.language(|label| label > 0), "event"),
        (oracle.commands.language(is_command), "command"),
    ] {
        let automaton = Automaton::of(&[&language], |bits| bits as u32);
        let nowhere = automaton.run(0, b"\n");
        let stays = |octet| automaton.run(nowhere, &[octet]) == nowhere;
        assert!(
            (0..=255).all(stays) && automaton.label_of(nowhere) == 0,
            "{rule}"
        );
        for mut word in automaton.access_words() {
            for end in [b"\n", b"\r"] {
                word.extend(end);
                assert_eq!(automaton.run(0, &word), nowhere, "{rule}: {word:?}");
                word.pop();
            }
        }
    }
}

/// LINE-5: an empty line is no event, so a client may pass over it.
#[test]
fn no_event_is_empty() {
    assert_eq!(Oracle::parlour().events.label(b""), 0);
}
