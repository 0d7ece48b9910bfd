//! What the document says of a line: the oracle that parsers are compared with.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use abnf::types::{Node, Repeat, TerminalValues};

use crate::{Automaton, Derivation, Document, Grammar, Names, Nfa};

/// Reads lines of clients and servers by the document alone.
#[derive(Clone, Debug)]
pub struct Oracle {
    /// The document's grammar.
    pub grammar: Grammar,
    /// The document's rules for names.
    pub names: Names,
    /// The automaton of clients' lines; [`Oracle::kinds`] says what its labels mean.
    pub commands: Automaton,
    /// The automaton of servers' lines. The label is the number of the alternative of `event`, from
    /// 1, or 0 if the line is no event.
    pub events: Automaton,
    /// What each label of [`Oracle::commands`] means.
    pub kinds: Vec<Kind>,
    of_command: Vec<Nfa>,
    of_event: Vec<Nfa>,
}

/// What a client's line is, before the name in it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// LINE-5
    Ignored,
    /// The code of the error. If that is `usage`: with the rule whose verb the line begins with.
    Malformed(&'static str, Option<String>),
    /// The rule that derives it.
    Command(String),
}

/// What a client's line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// LINE-5
    Ignored,
    /// As in [`Kind::Malformed`].
    Malformed(&'static str, Option<String>),
    /// The derivation, and the name in it, in NFC, if there is one.
    Command(Derivation, Option<String>),
}

impl Oracle {
    /// The oracle of Parlour's own document.
    pub fn parlour() -> &'static Self {
        static ORACLE: LazyLock<Oracle> = LazyLock::new(|| Oracle::new(&Document::parlour()));
        &ORACLE
    }

    /// The oracle of `document`.
    ///
    /// # Panics
    /// If its grammar lacks a rule of Parlour's, or a line has two readings.
    pub fn new(document: &Document) -> Self {
        let grammar = Grammar::new(&document.abnf());
        let names = Names::new(document, &grammar);
        let as_is = BTreeMap::new();
        let of_command = of_each(&grammar, "command", &as_is);
        let of_event = of_each(&grammar, "event", &unreserved(&grammar));
        let (commands, kinds) = client_lines(document, &grammar, &of_command);
        let events = Automaton::of(&of_event.iter().collect::<Vec<_>>(), |bits| {
            assert!(bits.count_ones() < 2, "a line with two readings");
            64 - bits.leading_zeros()
        });
        Self {
            grammar,
            names,
            commands,
            events,
            kinds,
            of_command,
            of_event,
        }
    }

    /// Reads a client's line, given without its LF.
    pub fn read_line(&self, line: &[u8]) -> Reading {
        let rule = match &self.kinds[self.commands.label(line) as usize] {
            Kind::Ignored => return Reading::Ignored,
            Kind::Malformed(code, rule) => return Reading::Malformed(code, rule.clone()),
            Kind::Command(rule) => rule,
        };
        let alternatives = self.grammar.alternatives("command");
        let at = alternatives
            .iter()
            .position(|alternative| alternative == rule);
        let nfa = &self.of_command[at.expect("the kinds are the alternatives")];
        let derivation = nfa.derive(line).expect("the automata agree");
        // GRAM-4
        let name = matches!(rule.as_str(), "join" | "mesg")
            .then(|| self.names.read(derivation.part(line, "word", 0)));
        match name.transpose() {
            Ok(name) => Reading::Command(derivation, name),
            Err(code) => Reading::Malformed(code, None),
        }
    }

    /// Reads a client's line: `None` if it is ignored, the code of its error, or the command in
    /// canonical form (spec section 3.2).
    pub fn line(&self, line: &[u8]) -> Option<Result<String, &'static str>> {
        let (derivation, name) = match self.read_line(line) {
            Reading::Ignored => return None,
            Reading::Malformed(code, _) => return Some(Err(code)),
            Reading::Command(derivation, name) => (derivation, name),
        };
        let mut written = derivation.rule.to_uppercase();
        let text = derivation.all("text").len();
        let word = derivation.all("word").len();
        for part in name
            .iter()
            .map(String::as_str)
            .chain((name.is_none() && word > 0).then(|| derivation.part(line, "word", 0)))
            .chain((text > 0).then(|| derivation.part(line, "text", 0)))
        {
            written = written + " " + part;
        }
        Some(Ok(written))
    }

    /// How the rule `event` derives a server's line, if it does and each `username` in it is a name
    /// in NFC.
    pub fn event(&self, line: &[u8]) -> Option<Derivation> {
        let label = self.events.label(line) as usize;
        let nfa = &self.of_event[label.checked_sub(1)?];
        let derivation = nfa.derive(line).expect("the automata agree");
        let names = derivation.all("username").len();
        let is_name = |n| {
            let name = derivation.part(line, "username", n);
            self.names.read(name).is_ok_and(|read| read == name)
        };
        (0..names).all(is_name).then_some(derivation)
    }
}

/// GRAM-5: for `username`, the language of what it derives and `reserved` does not.
pub fn unreserved(grammar: &Grammar) -> BTreeMap<String, Nfa> {
    let as_is = BTreeMap::new();
    let username = Nfa::of(grammar, "username", &as_is);
    let reserved = Nfa::of(grammar, "reserved", &as_is);
    let both = Automaton::of(&[&username, &reserved], |bits| u32::from(bits == 0b01));
    BTreeMap::from([("username".to_owned(), both.language(|label| label == 1))])
}

fn of_each(grammar: &Grammar, rule: &str, instead: &BTreeMap<String, Nfa>) -> Vec<Nfa> {
    let alternatives = grammar.alternatives(rule).into_iter();
    alternatives
        .map(|rule| Nfa::of(grammar, rule, instead))
        .collect()
}

/// The automaton of all that a client can send, and what its labels mean (GRAM-3, LINE-3 to
/// LINE-6).
fn client_lines(
    document: &Document,
    grammar: &Grammar,
    of_command: &[Nfa],
) -> (Automaton, Vec<Kind>) {
    let any = |node| Node::repetition(Repeat::unbounded(), node);
    let octet = Node::terminal_values(TerminalValues::range(0, 255));
    let nfa = |node: &Node| Nfa::of_node(grammar, node, &BTreeMap::new());
    let rules = grammar.alternatives("command");
    let begins = |rule: &&str| {
        let rest = Node::concatenation(&[Node::rulename("SP"), any(octet.clone())]);
        let rest = Node::Optional(Box::new(rest));
        nfa(&Node::concatenation(&[grammar.leading(rule).clone(), rest]))
    };
    let [blank, utf8, chars] = [
        any(Node::rulename("SP")),
        Node::rulename("UTF8-octets"),
        any(Node::rulename("char")),
    ]
    .map(|node| nfa(&node));
    let begins: Vec<Nfa> = rules.iter().map(begins).collect();
    let mut languages = vec![&blank, &utf8, &chars];
    languages.extend(of_command);
    languages.extend(&begins);

    // LINE-6: the order of the codes in section 9.
    let codes = document
        .table("code")
        .rows
        .iter()
        .map(|row| row[0].as_str());
    let codes: Vec<&str> = codes.collect();
    let order = |code: &&str| codes.iter().position(|listed| listed == code);
    let count = rules.len();
    let mut kinds = vec![Kind::Ignored];
    kinds.extend(
        ["not-utf8", "control-character", "unknown-command"]
            .map(|code| Kind::Malformed(code, None)),
    );
    let usage = rules
        .iter()
        .map(|&rule| Kind::Malformed("usage", Some(rule.to_owned())));
    kinds.extend(usage);
    kinds.extend(rules.iter().map(|&rule| Kind::Command(rule.to_owned())));
    let commands = Automaton::of(&languages, |bits| {
        let has = |language: usize| bits >> language & 1 == 1;
        let derived = (0..count).filter(|rule| has(3 + rule)).collect::<Vec<_>>();
        let begun = (0..count)
            .filter(|rule| has(3 + count + rule))
            .collect::<Vec<_>>();
        assert!(
            derived.len() < 2 && begun.len() < 2,
            "a line with two readings"
        );
        let causes = [
            ("not-utf8", !has(1), 1),
            ("control-character", !has(2), 2),
            ("unknown-command", begun.is_empty(), 3),
            ("usage", derived.is_empty(), 4 + begun.first().unwrap_or(&0)),
        ];
        let causes = causes.iter().filter(|&&(_, holds, _)| holds);
        let first = causes.min_by_key(|(code, ..)| order(code));
        match (has(0), first, derived.first()) {
            (true, ..) => 0,
            (false, Some(&(.., kind)), _) => kind as u32,
            (false, None, Some(rule)) => (4 + count + rule) as u32,
            (false, None, None) => unreachable!("then the cause is usage"),
        }
    });
    (commands, kinds)
}
