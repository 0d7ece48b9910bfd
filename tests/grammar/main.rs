//! Decides questions about the grammar of spec section 3 by automata, and compares the parser with
//! them.
//!
//! `PARLOUR_DEEP=1 cargo test --release --test grammar` runs every word of the suites instead of a
//! part of them.

mod characters;
mod expected;
mod framing;
mod parser;
mod readings;
mod sentences;
mod written;

/// Whether to run the whole suites.
fn is_deep() -> bool {
    std::env::var_os("PARLOUR_DEEP").is_some()
}
