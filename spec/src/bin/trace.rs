//! Judges recorded transcripts by the specification: `trace [--capacity N] [--max-connections N] FILE…`.
//!
//! The form of a record is that of [`parlour_spec::Trace`]. The exit code is 0 if all lines of all records are explained, 1 if not, 2
//! if a record can't be read or none is named.

use std::process::ExitCode;

use parlour_spec::{Document, Oracle, Rules, Trace, Verdict, judge};

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(wrong) => {
            eprintln!("trace: {wrong}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool, String> {
    let document = Document::parlour();
    let default = |limit: &str| {
        let mut rows = document.table("limit").rows.iter();
        let row = rows.find(|row| row[0] == limit).ok_or("no such limit")?;
        row[1].parse().map_err(|_| format!("{limit} is no number"))
    };
    let mut capacity: usize = default("capacity")?;
    let mut max_connections: usize = default("max-connections")?;
    let mut files = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let limit = match arg.as_str() {
            "--capacity" => &mut capacity,
            "--max-connections" => &mut max_connections,
            _ => {
                files.push(arg);
                continue;
            }
        };
        let number = args.next().and_then(|number| number.parse().ok());
        *limit = number.ok_or_else(|| format!("{arg} needs a number"))?;
    }
    if files.is_empty() {
        return Err(
            "no record named; usage: trace [--capacity N] [--max-connections N] FILE…".to_owned(),
        );
    }
    let rules = Rules::of(&document, capacity, max_connections);
    let mut good = true;
    for file in files {
        let record = std::fs::read_to_string(&file).map_err(|error| format!("{file}: {error}"))?;
        let trace =
            Trace::read(&record, Oracle::parlour()).map_err(|wrong| format!("{file}: {wrong}"))?;
        let Verdict {
            lines,
            explained,
            steps,
            gave_up,
            unexplained,
        } = judge(&rules, &trace);
        println!("{file}: explained {explained} of {lines} lines in {steps} steps");
        if gave_up {
            println!("  the search was given up, there may be an order that it has not tried");
        }
        for (connection, line) in unexplained.iter().flatten() {
            match line {
                Some(line) => println!("  {connection} read next, and nothing explains it: {line}"),
                None => println!("  {connection} read nothing more"),
            }
        }
        good &= unexplained.is_none();
    }
    Ok(good)
}
