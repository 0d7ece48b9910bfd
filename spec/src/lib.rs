//! `protocol.md`, read by machines: the oracle of the tests, of the fuzz targets and of the conformance check.
//!
//! [`Document`] cuts the document into what it states formally: clauses, tables, conversations, ABNF. [`Grammar`] reads the
//! ABNF, [`Nfa`] and [`Automaton`] decide questions about it, [`Oracle`] reads lines by it. [`Rules`] interprets the state table, [`explore`] walks what
//! is compared with it. Nothing here knows the program `parlour`, so that the two can disagree. What is ragged or unknown in the document is a panic that says where.

mod atomic;
mod automaton;
mod class;
mod derivation;
mod document;
mod explorer;
mod grammar;
mod happening;
mod name;
mod nfa;
mod octets;
mod oracle;
mod phrases;
mod rules;
mod sentence;
mod suite;
mod table;
mod trace;
mod verdict;

pub use atomic::{AtomicRoom, Conn, Name};
pub use automaton::{Automaton, Label};
pub use class::Class;
pub use derivation::Derivation;
pub use document::{Block, Clause, Document, Said, State, Table, Transition};
pub use explorer::{Explored, Model, explore};
pub use grammar::Grammar;
pub use happening::Happening;
pub use name::Names;
pub use nfa::Nfa;
pub use octets::Octets;
pub use oracle::{Kind, Oracle, Reading, unreserved};
pub use phrases::{Filling, Owed, Phrases};
pub use rules::{Audience, Owing, PerAddress, Rules};
pub use sentence::{Random, Sentences};
pub use suite::Suite;
pub use table::{Arrow, Row, StateTable, Told, drawn};
pub use trace::{Connection, End, Heard, Trace};
pub use verdict::{Verdict, judge};
