//! Every line has at most one reading, and every rule is needed.

use std::collections::BTreeMap;

use parlour_spec::{Automaton, Grammar, Nfa, Oracle, unreserved};

/// For each pair of alternatives of `rule` that overlap: a shortest line that both derive, with
/// their names.
fn overlaps(rule: &str, instead: &BTreeMap<String, Nfa>) -> Vec<(String, String, String)> {
    let grammar = &Oracle::parlour().grammar;
    let rules = grammar.alternatives(rule);
    let nfas: Vec<Nfa> = rules
        .iter()
        .map(|rule| Nfa::of(grammar, rule, instead))
        .collect();
    let all = Automaton::of(&nfas.iter().collect::<Vec<_>>(), |bits| bits as u32);
    let mut found = Vec::new();
    for (i, one) in rules.iter().enumerate() {
        for (j, other) in rules.iter().enumerate().skip(i + 1) {
            let both = 1 << i | 1 << j;
            found.extend(all.witness(|label| label & both == both).map(|line| {
                let line = String::from_utf8_lossy(&line).into_owned();
                ((*one).to_owned(), (*other).to_owned(), line)
            }));
        }
    }
    found
}

/// GRAM-5
///
/// > GRAM-5: With that, every event has exactly one reading: no line is derived by two of the
/// > alternatives of `event`,
#[test]
fn no_two_kinds_of_event_share_a_line() {
    assert_eq!(
        overlaps("event", &unreserved(&Oracle::parlour().grammar)),
        []
    );
}

/// GRAM-3
#[test]
fn no_two_kinds_of_command_share_a_line() {
    assert_eq!(overlaps("command", &BTreeMap::new()), []);
}

/// GRAM-5: why the reserved words are reserved.
///
/// > GRAM-5: A `username` never is one that `reserved` derives (NAME-5).
#[test]
fn without_the_reserved_words_some_events_have_two_readings() {
    let found = overlaps("event", &BTreeMap::new());
    let found: Vec<_> = found
        .iter()
        .map(|(one, other, line)| (one.as_str(), other.as_str(), line.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("joined", "broadcast", "SERVER: BCST joined the chat!"),
            ("joined", "private", "SERVER: MESG joined the chat!"),
            ("left", "help-line", "HELP has left the chat"),
        ]
    );
    let grammar = &Oracle::parlour().grammar;
    let [joined, broadcast] =
        ["joined", "broadcast"].map(|rule| Nfa::of(grammar, rule, &BTreeMap::new()));
    for nfa in [joined, broadcast] {
        assert!(nfa.derive(b"SERVER: BCST joined the chat!").is_some());
    }
}

/// GRAM-5: no single alternative derives a line in two ways either.
///
/// > GRAM-5: nor in two ways by one of them.
#[test]
fn no_line_has_two_derivations() {
    let grammar = &Oracle::parlour().grammar;
    let unreserved = unreserved(grammar);
    for rule in grammar.names() {
        let ambiguity = Nfa::of(grammar, rule, &unreserved).ambiguity();
        assert_eq!(ambiguity, None, "{rule}");
        let ambiguity = Nfa::of(grammar, rule, &BTreeMap::new()).ambiguity();
        assert_eq!(ambiguity.is_some(), rule == "event", "{rule}");
    }
}

#[test]
fn an_ambiguous_rule_is_found_out() {
    for (abnf, line) in [
        ("r = *%s\"x\" *%s\"x\"\n", "x"),
        ("r = %s\"x\" *SP word\nword = 1*(SP / ALPHA)\n", "x  "),
        ("r = [%s\"x\"] [%s\"x\"] %s\"y\"\n", "xy"),
        ("r = a / b\na = 1*3ALPHA\nb = \"long\" / \"Ox\"\n", "OX"),
    ] {
        let found = Nfa::of(&Grammar::new(abnf), "r", &BTreeMap::new()).ambiguity();
        let found = found.map(|line| line.len());
        assert_eq!(found, Some(line.len()), "{abnf}");
    }
    let unambiguous = Grammar::new("r = 1*SP 1*ALPHA [SP *(ALPHA / SP)]\n");
    assert_eq!(
        Nfa::of(&unambiguous, "r", &BTreeMap::new()).ambiguity(),
        None
    );
}

/// The words that would be read as the beginning of another event are reserved, and so are only the
/// further words that the document names (NAME-5).
#[test]
fn every_rule_is_used_and_every_rule_used_is_defined() {
    let grammar = &Oracle::parlour().grammar;
    let unused = grammar.unused(&["command", "event", "reserved"]);
    assert!(unused.is_empty(), "{unused:?}");
    assert_eq!(grammar.unused(&["command", "event"]), ["reserved"]);
}

/// NAME-5: the reserved words are exactly the first words of the events that do not begin with a
/// name.
///
/// > NAME-5: those words begin other events.
#[test]
fn the_first_word_of_every_event_is_reserved() {
    let grammar = &Oracle::parlour().grammar;
    let mut first_words: Vec<String> = grammar
        .alternatives("event")
        .into_iter()
        .filter(|rule| !matches!(*rule, "left" | "broadcast" | "private"))
        .map(|rule| grammar.leading(rule).to_string())
        .map(|leading| {
            let words = leading.trim_start_matches("%s").trim_matches('"');
            words
                .split([' ', ':'])
                .next()
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    first_words.sort();
    first_words.dedup();
    let mut reserved = grammar.literals("reserved");
    reserved.sort_unstable();
    assert_eq!(first_words, reserved);
}
