//! `protocol.md`, read by machines: the oracle of the tests, the fuzz targets and the conformance
//! check.
//!
//! [`Document`] cuts the document into its formal parts: clauses, tables, conversations, ABNF.
//! [`Grammar`] reads the ABNF, [`Nfa`] and [`Automaton`] decide questions about it, and [`Oracle`]
//! reads lines by it. [`script`] reads conversations. [`ReferenceModel`] interprets the state
//! table. [`linearizability`] checks a recorded [`Trace`] against it, and [`explore`] walks a model
//! of the program beside it. This crate does not depend on the program `parlour`, so that the two
//! can disagree. It panics, naming the line, where the document is malformed.

mod automaton;
mod class;
mod derivation;
mod document;
mod explorer;
mod grammar;
mod input;
pub mod linearizability;
mod name;
mod nfa;
mod octets;
mod oracle;
mod random;
mod reference_model;
mod reference_room;
pub mod script;
mod sentence;
mod suite;
mod table;
mod templates;
mod trace;

pub use automaton::{Automaton, Label};
pub use class::Class;
pub use derivation::Derivation;
pub use document::{Block, Clause, Document, State, Table, Transition};
pub use explorer::{Explored, Model, explore};
pub use grammar::Grammar;
pub use input::Input;
pub use name::Names;
pub use nfa::Nfa;
pub use octets::Octets;
pub use oracle::{Kind, Oracle, Reading, unreserved};
pub use random::Random;
pub use reference_model::{Audience, ExpectedDelivery, PerAddress, ReferenceModel};
pub use reference_room::{Conn, Name, ReferenceRoom};
pub use sentence::Sentences;
pub use suite::Suite;
pub use table::{Arrow, CellEvent, Row, StateTable, drawn};
pub use templates::{ExpectedLine, Templates, Values};
pub use trace::{Connection, End, Lines, ReadLine, Trace};
