//! What ends a line is never part of one (spec section 2).

use parlour_spec::Automaton;
use parlour_spec::Oracle;

/// LINE-1: neither LF nor CR can be in a line, so no line is cut in two, runs into the next, or loses its last octet.
#[test]
fn no_line_of_the_grammar_holds_what_ends_a_line() {
    let oracle = Oracle::parlour();
    let commands = oracle.commands.clone();
    let is_command = |label| matches!(oracle.kinds[label as usize], parlour_spec::Kind::Command(_));
    for (languages, derived) in [
        (&oracle.events.language(|label| label > 0), "event"),
        (&commands.language(is_command), "command"),
    ] {
        let automaton = Automaton::of(&[languages], |bits| bits as u32);
        let words = automaton.access_words();
        for end in [b"\n", b"\r"] {
            for word in &words {
                let cut = [word, &end[..]].concat();
                let state = automaton.run(0, &cut);
                let dead = (0..=255).all(|octet| automaton.run(state, &[octet]) == state);
                assert!(dead && automaton.label_of(state) == 0, "{derived}: {cut:?}");
            }
        }
    }
}

/// LINE-5: an empty line is no event, so a client may pass over it.
#[test]
fn no_event_is_empty() {
    assert_eq!(Oracle::parlour().events.label(b""), 0);
}
