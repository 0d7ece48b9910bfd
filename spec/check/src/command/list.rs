//! `--list`: for a server every clause, with its cases or why it can't be checked from outside; for
//! a client every case.

use std::io::{self, Write};

use parlour_check::client::{ClientCase, all};
use parlour_check::coverage::{Coverage, coverage};

/// Lists every clause.
pub(crate) fn server(out: &mut impl Write) -> io::Result<()> {
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

/// Lists every case, with its stage, its clauses and why it matters.
pub(crate) fn client(out: &mut impl Write) -> io::Result<()> {
    for ClientCase { case, head, .. } in all() {
        let (number, id, clauses) = (case.stage.number(), &case.id, case.clauses.join(", "));
        writeln!(out, "{number} {id} ({clauses})\n      {}", head.why)?;
    }
    Ok(())
}
