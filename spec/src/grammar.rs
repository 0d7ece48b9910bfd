//! The document's ABNF rules (RFC 5234, RFC 7405), with those it takes from RFC 5234 and RFC 3629.

use std::collections::{BTreeMap, BTreeSet};

use abnf::types::{Kind, Node, Rule};

/// RFC 5234, appendix B.1: the core rules that can occur in a line.
const CORE: &str = "ALPHA = %x41-5A / %x61-7A\n\
                    DIGIT = %x30-39\n\
                    HTAB = %x09\n\
                    SP = %x20\n";

/// RFC 3629, section 4.
const UTF_8: &str = "UTF8-octets = *UTF8-char\n\
                     UTF8-char   = UTF8-1 / UTF8-2 / UTF8-3 / UTF8-4\n\
                     UTF8-1      = %x00-7F\n\
                     UTF8-2      = %xC2-DF UTF8-tail\n\
                     UTF8-3      = %xE0 %xA0-BF UTF8-tail / %xE1-EC 2( UTF8-tail ) /\n \
                                   %xED %x80-9F UTF8-tail / %xEE-EF 2( UTF8-tail )\n\
                     UTF8-4      = %xF0 %x90-BF 2( UTF8-tail ) / %xF1-F3 3( UTF8-tail ) /\n \
                                   %xF4 %x80-8F 2( UTF8-tail )\n\
                     UTF8-tail   = %x80-BF\n";

/// A grammar: the document's rules in its order, and the core rules they may use.
#[derive(Clone, Debug)]
pub struct Grammar {
    order: Vec<String>,
    rules: BTreeMap<String, Node>,
}

impl Grammar {
    /// Reads the rules in `abnf`.
    ///
    /// # Panics
    /// If it is not ABNF, defines a rule twice, or uses an undefined rule.
    pub fn new(abnf: &str) -> Self {
        let own = rules(abnf);
        let order = own.iter().map(|rule| rule.name().to_owned()).collect();
        let mut grammar = Self {
            order,
            rules: BTreeMap::new(),
        };
        for rule in own.into_iter().chain(rules(CORE)).chain(rules(UTF_8)) {
            let name = rule.name();
            assert_eq!(rule.kind(), Kind::Basic, "{name} is defined in parts");
            let twice = grammar.rules.insert(name.to_owned(), rule.node().clone());
            assert!(twice.is_none(), "{name} is defined twice");
        }
        for (rule, node) in &grammar.rules {
            for used in names_in(node) {
                let defined = grammar.rules.contains_key(&used);
                assert!(defined, "{rule} uses {used}, which nobody defines");
            }
        }
        grammar
    }

    /// The document's own rules, in its order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.order.iter().map(String::as_str)
    }

    /// The document's own rules that no rule in `roots` uses, directly or indirectly.
    pub fn unused(&self, roots: &[&str]) -> Vec<&str> {
        let mut used = BTreeSet::new();
        let mut todo: Vec<String> = roots.iter().map(|&root| root.to_owned()).collect();
        while let Some(name) = todo.pop() {
            if used.insert(name.clone()) {
                todo.extend(names_in(self.rule(&name)));
            }
        }
        self.names().filter(|&name| !used.contains(name)).collect()
    }

    /// The definition of a rule.
    ///
    /// # Panics
    /// If there is no such rule.
    pub fn rule(&self, name: &str) -> &Node {
        let rule = self.rules.get(name);
        rule.unwrap_or_else(|| panic!("there is no rule {name}"))
    }

    /// The rule names that a rule is a choice between.
    ///
    /// # Panics
    /// If the rule is not such a choice.
    pub fn alternatives(&self, name: &str) -> Vec<&str> {
        let mut rules = Vec::new();
        for node in choices(self.rule(name)) {
            let Node::Rulename(rule) = node else {
                panic!("{node} in {name} is no name of a rule");
            };
            rules.push(rule.as_str());
        }
        rules
    }

    /// The strings that a rule is a choice between.
    ///
    /// # Panics
    /// If the rule is not such a choice.
    pub fn literals(&self, name: &str) -> Vec<&str> {
        let mut literals = Vec::new();
        for node in choices(self.rule(name)) {
            let Node::String(string) = node else {
                panic!("{node} in {name} is no string");
            };
            literals.push(string.value());
        }
        literals
    }

    /// The string that every line the rule derives begins with.
    ///
    /// # Panics
    /// If the rule does not begin with a string.
    pub fn leading(&self, name: &str) -> &Node {
        let mut first = self.rule(name);
        if let Node::Concatenation(nodes) = first {
            first = &nodes[0];
        }
        assert!(
            matches!(first, Node::String(_)),
            "{name} begins with {first}"
        );
        first
    }
}

fn rules(abnf: &str) -> Vec<Rule> {
    let crlf = abnf.lines().flat_map(|line| [line, "\r\n"]);
    abnf::rulelist(&crlf.collect::<String>()).unwrap_or_else(|error| panic!("no ABNF: {error}"))
}

fn choices(node: &Node) -> &[Node] {
    if let Node::Alternatives(nodes) = node {
        nodes
    } else {
        std::slice::from_ref(node)
    }
}

fn names_in(node: &Node) -> Vec<String> {
    match node {
        Node::Alternatives(nodes) | Node::Concatenation(nodes) => {
            nodes.iter().flat_map(names_in).collect()
        }
        Node::Repetition { node, .. } | Node::Group(node) | Node::Optional(node) => names_in(node),
        Node::Rulename(name) => vec![name.clone()],
        Node::String(_) | Node::TerminalValues(_) => Vec::new(),
        Node::Prose(prose) => panic!("<{prose}> is for people alone"),
    }
}
