//! `parlour-check trace`: checks recorded traces against the specification.
//!
//! The format of a record is that of [`parlour_spec::Trace`].

use std::path::PathBuf;
use std::process::ExitCode;

use parlour_check::limits::Limits;
use parlour_check::octets::Quoted;
use parlour_spec::{Document, Oracle, ReferenceModel, Trace, linearizability};

use super::failed;

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// How many people the room seated
    #[arg(long, value_name = "MEMBERS")]
    capacity: Option<usize>,

    /// How many connections the server held at once
    #[arg(long, value_name = "CONNECTIONS")]
    max_connections: Option<usize>,

    /// The records
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Checks all records: exit code 0 if every line of every record is explained, 1 if not, 3 if a
/// record can't be read.
pub(crate) fn run(args: Args) -> ExitCode {
    match check_all(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(wrong) => failed(3, &wrong),
    }
}

fn check_all(args: &Args) -> Result<bool, String> {
    let document = Document::parlour();
    let limits = Limits::of(&document);
    let capacity = args.capacity.unwrap_or_else(|| limits.size("capacity"));
    let max_connections = args
        .max_connections
        .unwrap_or_else(|| limits.size("max-connections"));
    let model = ReferenceModel::of(&document, capacity, max_connections);
    let mut good = true;
    for path in &args.files {
        let file = path.display();
        let record = std::fs::read_to_string(path).map_err(|why| format!("{file}: {why}"))?;
        let trace =
            Trace::read(&record, Oracle::parlour()).map_err(|wrong| format!("{file}: {wrong}"))?;
        let analysis = linearizability::check(&model, &trace);
        let (lines, steps) = (analysis.lines, analysis.steps);
        let unexplained = analysis.verdict.err();
        let explained = unexplained.as_ref().map_or(lines, |why| why.explained);
        println!("{file}: explained {explained} of {lines} lines in {steps} steps");
        good &= unexplained.is_none();
        let Some(unexplained) = unexplained else {
            continue;
        };
        if unexplained.gave_up {
            println!("  the search was given up, there may be an order that it has not tried");
        }
        for next in &unexplained.next {
            let connection = Quoted(next.connection.as_bytes());
            match &next.line {
                Some(line) => println!(
                    "  {connection} read next, and nothing explains it: {}",
                    Quoted(line.as_bytes())
                ),
                None => println!("  {connection} read nothing more"),
            }
        }
    }
    Ok(good)
}
