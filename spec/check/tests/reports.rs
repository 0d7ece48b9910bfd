//! Every report of one run as a snapshot, and the options for reports.

#[path = "reports/everything.rs"]
mod everything;

use clap::ValueEnum;
use parlour_check::report::{Destination, DestinationError, Format, Points, table};

use everything::everything;

#[test]
fn a_table_with_colours() {
    let coloured = table(&everything());
    assert!(coloured.contains("\x1b["));
    insta::assert_snapshot!(anstream::adapter::strip_str(&coloured));
}

#[test]
fn nothing_but_colours_drives_the_terminal() {
    let plain = anstream::adapter::strip_str(&table(&everything())).to_string();
    assert!(
        plain.chars().all(|char| char == '\n' || !char.is_control()),
        "{plain:?}"
    );
}

#[test]
fn json() {
    insta::assert_snapshot!(Format::Json.render(&everything(), &Points::default()));
}

#[test]
fn junit() {
    insta::assert_snapshot!(Format::Junit.render(&everything(), &Points::default()));
}

#[test]
fn tap() {
    insta::assert_snapshot!(Format::Tap.render(&everything(), &Points::default()));
}

#[test]
fn markdown() {
    insta::assert_snapshot!(Format::Markdown.render(&everything(), &Points::default()));
}

#[test]
fn gradescope() {
    let points = include_str!("../points.example.toml");
    let points = points.parse().expect("the example is one");
    insta::assert_snapshot!(Format::Gradescope.render(&everything(), &points));
}

#[test]
fn nothing_run_and_a_run_interrupted() {
    let mut run = everything();
    run.outcomes.clear();
    run.complete = false;
    let points = Points::default();
    let all = Format::value_variants()
        .iter()
        .map(|format| format!("== {format:?}\n{}", format.render(&run, &points)));
    let all = all.chain([anstream::adapter::strip_str(&table(&run)).to_string()]);
    insta::assert_snapshot!(all.collect::<String>());
}

#[test]
fn the_points_of_a_stage_are_shared_to_the_last_hundredth() {
    let mut run = everything();
    let passed = run.outcomes[0].clone();
    run.outcomes = vec![passed; 7];
    let report = Format::Gradescope.render(&run, &Points::default());
    let report: serde_json::Value = serde_json::from_str(&report).expect("it is JSON");
    assert_eq!(report["score"], 10.0);
    let worth = report["tests"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|test| test["max_score"].as_f64());
    let worth: Vec<f64> = worth.flatten().collect();
    assert_eq!(worth.len(), 7);
    assert!((worth.iter().sum::<f64>() - 10.0).abs() < 1e-9);
    assert!(
        worth.iter().all(|worth| (1.42..=1.44).contains(worth)),
        "{worth:?}"
    );
}

#[test]
fn points_of_no_stage_and_of_no_sense_are_refused() {
    for said in [
        "[joining]\npoints = 1",
        "[join]\npoints = -1",
        "[join]\npoints = nan",
        "[join]\npoint = 1",
        "[join]\npoints = 1\nvisibility = 'all'",
    ] {
        assert!(said.parse::<Points>().is_err(), "{said}");
    }
}

#[test]
fn a_destination_is_a_format_and_a_path() {
    let there: Destination = "junit=a=b.xml".parse().expect("it is one");
    assert_eq!(
        (there.format, there.path.to_str()),
        (Format::Junit, Some("a=b.xml"))
    );
    assert_eq!(there.to_string(), "junit=a=b.xml");
    assert_eq!(
        "json".parse::<Destination>(),
        Err(DestinationError::NoEquals)
    );
    assert_eq!(
        "json=".parse::<Destination>(),
        Err(DestinationError::NoPath)
    );
    let none = "pdf=x"
        .parse::<Destination>()
        .map_err(|why| why.to_string());
    assert_eq!(
        none,
        Err(
            "there is no format \"pdf\": it is one of json, junit, tap, markdown, gradescope"
                .to_owned()
        )
    );
}
