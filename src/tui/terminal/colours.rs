//! How many colours the terminal has.

use std::env;

use termini::{NumberCapability, TermInfo};

/// The number of colours, by terminfo or, where a terminal has more than that says, by `COLORTERM`.
pub(in crate::tui) fn colours() -> i32 {
    let has_all = || {
        let says = env::var("COLORTERM").unwrap_or_default();
        let term = env::var("TERM").unwrap_or_default();
        matches!(&*says, "truecolor" | "24bit") || term.ends_with("-256color")
    };
    match TermInfo::from_env() {
        Ok(known) => match known.number_cap(NumberCapability::MaxColors) {
            Some(some @ 1..) => some.max(if has_all() { 256 } else { 0 }),
            Some(_) | None => 0,
        },
        Err(_) => {
            if has_all() {
                256
            } else {
                0
            }
        }
    }
}
