//! How each event is written, taken from the grammar of spec section 3.3.
//!
//! What those rules derive is the concern of the grammar's own checks; here a rule is a form to fill in.

use std::collections::BTreeMap;

use abnf::types::Node;

use crate::grammar::Grammar;

/// The rules of the grammar that can be filled in, by name.
#[derive(Clone, Debug)]
pub struct Templates {
    templates: BTreeMap<String, Vec<Piece>>,
    verbs: Vec<String>,
}

/// What fills the slots of a phrase.
#[derive(Clone, Copy, Debug, Default)]
pub struct Values<'a> {
    /// For each `username`, in order; a list takes the rest.
    pub names: &'a [&'a str],
    /// For `text` or `word`.
    pub text: &'a str,
    /// For `code`.
    pub code: &'a str,
}

/// A line that a connection is owed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ExpectedLine {
    /// This line.
    Exact(String),
    /// A line that begins like this: the rest is for people, and free.
    Prefix(String),
}

impl ExpectedLine {
    /// Whether this is what `line` is.
    pub fn matches(&self, line: &str) -> bool {
        match self {
            Self::Exact(expected) => line == expected,
            Self::Prefix(expected) => line.len() > expected.len() && line.starts_with(expected),
        }
    }
}

#[derive(Clone, Debug)]
enum Piece {
    Literal(String),
    Slot(Slot),
    /// As many more names as there are, with this before each.
    Names(String),
}

#[derive(Clone, Copy, Debug)]
enum Slot {
    Name,
    Text,
    Code,
}

impl Templates {
    /// Reads the rules of the events.
    pub fn of(grammar: &Grammar) -> Self {
        let verbs = grammar.alternatives("command").into_iter();
        let events = grammar.alternatives("event").into_iter();
        Self {
            templates: events
                .map(|event| (event.to_owned(), form(grammar.rule(event))))
                .collect(),
            verbs: verbs.map(str::to_uppercase).collect(),
        }
    }

    /// The event that this rule derives when its slots are filled like this.
    ///
    /// What the room writes is owed to the letter; the text of an `error` is free (section 9).
    pub fn event(&self, rule: &str, values: Values<'_>) -> ExpectedLine {
        let mut names = values.names.iter();
        let mut line = String::new();
        let form = self.templates.get(rule);
        for piece in form.unwrap_or_else(|| panic!("no event {rule}")) {
            match piece {
                Piece::Literal(literal) => line.push_str(literal),
                Piece::Slot(Slot::Name) => line.push_str(names.next().expect("a name")),
                Piece::Slot(Slot::Text) => line.push_str(values.text),
                Piece::Slot(Slot::Code) => line.push_str(values.code),
                Piece::Names(before) => names.by_ref().for_each(|name| {
                    line.push_str(before);
                    line.push_str(name);
                }),
            }
        }
        match rule {
            "error" | "help-line" => ExpectedLine::Prefix(line),
            _ => ExpectedLine::Exact(line),
        }
    }

    /// The verbs in the order of the rule `command`.
    pub fn verbs(&self) -> &[String] {
        &self.verbs
    }
}

/// Cuts what a rule says into its pieces.
fn form(node: &Node) -> Vec<Piece> {
    match node {
        Node::Concatenation(nodes) => nodes.iter().flat_map(form).collect(),
        Node::String(literal) => vec![Piece::Literal(literal.value().to_owned())],
        Node::Rulename(rule) => vec![match rule.as_str() {
            "SP" => Piece::Literal(" ".to_owned()),
            "username" => Piece::Slot(Slot::Name),
            "text" | "word" => Piece::Slot(Slot::Text),
            "code" => Piece::Slot(Slot::Code),
            other => panic!("an event has no slot for {other}"),
        }],
        Node::Repetition { node, .. } => match &form(node)[..] {
            [Piece::Literal(before), Piece::Slot(Slot::Name)] => vec![Piece::Names(before.clone())],
            _ => panic!("only names are repeated in an event: {node}"),
        },
        Node::Group(node) => form(node),
        Node::Alternatives(_) | Node::Optional(_) | Node::TerminalValues(_) | Node::Prose(_) => {
            panic!("an event has one form: {node}")
        }
    }
}
