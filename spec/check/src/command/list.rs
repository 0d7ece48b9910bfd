//! `--list`: every clause of the document, with how it is checked or why it can't be from outside.

use std::io::{self, Write};

use parlour_check::coverage::{Coverage, coverage};

/// Lists them.
pub(crate) fn list(out: &mut impl Write) -> io::Result<()> {
    for (clause, how) in coverage() {
        let how = match how {
            Coverage::Cases(cases) => cases
                .iter()
                .map(|case| case.id.as_str())
                .collect::<Vec<_>>()
                .join(", "),
            Coverage::NotFromOutside(why) => format!("not from outside: {why}"),
        };
        writeln!(out, "{clause:8} {how}")?;
    }
    Ok(())
}
