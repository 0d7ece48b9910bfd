//! The templates of the events, taken from the grammar of spec section 3.3.
//!
//! The grammar's own checks hold what those rules derive; here a rule is a template to fill in.

use std::collections::BTreeMap;

use abnf::types::Node;

use crate::grammar::Grammar;

/// The events' templates, by the names of their rules.
#[derive(Clone, Debug)]
pub struct Templates {
    templates: BTreeMap<String, Vec<Piece>>,
    verbs: Vec<String>,
}

/// The values for the slots of a template.
#[derive(Clone, Copy, Debug, Default)]
pub struct Values<'a> {
    /// For each `username`, in order; a list of names takes all that are left.
    pub names: &'a [&'a str],
    /// For `text` or `word`.
    pub text: &'a str,
    /// For `code`.
    pub code: &'a str,
}

/// A line that the specification expects a connection to receive.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ExpectedLine {
    /// Exactly this line.
    Exact(String),
    /// A line with this prefix; the rest is free text for people.
    Prefix(String),
}

impl ExpectedLine {
    /// Whether `line` is such a line.
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
    /// All remaining names, each after this string.
    Names(String),
}

#[derive(Clone, Copy, Debug)]
enum Slot {
    Name,
    Text,
    Code,
}

impl Templates {
    /// Reads the rules of the events in `grammar`.
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

    /// The event that this rule derives from these values.
    ///
    /// Every event is fixed to the letter, except for the text of an `error` and of a `help-line`
    /// (section 9).
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

/// Cuts a rule's definition into the pieces of a template.
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
