//! The grammar of spec section 3, decided: questions about it are answered by automata, and the parser is compared with them.
//!
//! `PARLOUR_DEEP=1 cargo test --release --test grammar` runs every word of the suites instead of a part of them.

mod characters;
mod expected;
mod framing;
mod parser;
mod readings;
mod sentences;
mod written;

/// Whether to take as long as it takes.
fn is_deep() -> bool {
    std::env::var_os("PARLOUR_DEEP").is_some()
}
