//! JUnit XML: a suite for each stage. `failure` has the details of a failure, `system-out` those of
//! a warning.

use std::io;
use std::time::Duration;

use quick_xml::events::{BytesDecl, BytesText, Event};
use quick_xml::writer::Writer;

use crate::outcome::{Outcome, Run, Stage, Verdict};
use crate::report::quoted::plain;
use crate::report::tally::Tally;
use crate::report::{detail, labels};

type Xml = Writer<Vec<u8>>;

/// Renders `run` as XML.
pub(super) fn junit(run: &Run) -> String {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    write(&mut xml, run).expect("a vector takes all");
    String::from_utf8(xml.into_inner()).expect("what is written is UTF-8") + "\n"
}

fn write(xml: &mut Xml, run: &Run) -> io::Result<()> {
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let counts = counts(&run.outcomes.iter().collect::<Vec<_>>());
    let suites = xml
        .create_element("testsuites")
        .with_attribute(("name", "parlour-check"));
    let counts = counts.iter().filter(|(name, _)| *name != "skipped");
    let suites = suites.with_attributes(counts.map(|(name, value)| (*name, value.as_str())));
    suites.write_inner_content(|xml| {
        let mut stages = run.stages();
        stages.try_for_each(|(stage, outcomes)| suite(xml, run, stage, &outcomes))
    })?;
    Ok(())
}

fn suite(xml: &mut Xml, run: &Run, stage: Stage, outcomes: &[&Outcome]) -> io::Result<()> {
    let name = format!("{} {}", stage.number(), labels::title(stage));
    let counts = counts(outcomes);
    let suite = xml
        .create_element("testsuite")
        .with_attribute(("name", name.as_str()));
    let suite = suite.with_attributes(counts.iter().map(|(name, value)| (*name, value.as_str())));
    suite.write_inner_content(|xml| {
        let properties = [
            ("target", plain(&run.target)),
            ("profile", labels::profile(run.profile).to_owned()),
            ("seed", run.seed.to_string()),
            ("complete", run.complete.to_string()),
        ];
        xml.create_element("properties")
            .write_inner_content(|xml| {
                for (name, value) in &properties {
                    let property = xml.create_element("property");
                    property
                        .with_attributes([("name", *name), ("value", value.as_str())])
                        .write_empty()?;
                }
                Ok(())
            })?;
        outcomes.iter().try_for_each(|outcome| case(xml, outcome))
    })?;
    Ok(())
}

fn case(xml: &mut Xml, outcome: &Outcome) -> io::Result<()> {
    let (name, class) = (
        plain(&outcome.case.id),
        format!("parlour-check.{}", outcome.case.stage.name()),
    );
    let time = seconds(outcome.took);
    let case = xml.create_element("testcase");
    let case = case.with_attributes([
        ("name", name.as_str()),
        ("classname", class.as_str()),
        ("time", time.as_str()),
    ]);
    match &outcome.verdict {
        Verdict::Pass => case.write_empty()?,
        Verdict::Skip(reason) => case
            .write_inner_content(|xml| told(xml, "skipped", &[("message", &plain(reason))], ""))?,
        Verdict::Error(reason) => case.write_inner_content(|xml| {
            told(
                xml,
                "error",
                &[("type", "error"), ("message", &plain(reason))],
                "",
            )
        })?,
        Verdict::Fail(finding) => case.write_inner_content(|xml| {
            let about = [
                ("type", finding.clause.as_str()),
                ("message", &labels::headline(finding)),
            ];
            told(xml, "failure", &about, &detail::text(finding))
        })?,
        Verdict::Warn(finding) => case.write_inner_content(|xml| {
            told(
                xml,
                "system-out",
                &[],
                &format!("warning\n{}", detail::text(finding)),
            )
        })?,
    };
    Ok(())
}

fn told(xml: &mut Xml, element: &str, about: &[(&str, &str)], text: &str) -> io::Result<()> {
    let element = xml
        .create_element(element)
        .with_attributes(about.iter().copied());
    match text {
        "" => element.write_empty()?,
        text => element.write_text_content(BytesText::new(text))?,
    };
    Ok(())
}

fn counts(outcomes: &[&Outcome]) -> [(&'static str, String); 5] {
    let tally = Tally::of(outcomes.iter().copied());
    [
        ("tests", tally.total().to_string()),
        ("failures", tally.fail.to_string()),
        ("errors", tally.error.to_string()),
        ("skipped", tally.skip.to_string()),
        (
            "time",
            seconds(outcomes.iter().map(|outcome| outcome.took).sum()),
        ),
    ]
}

/// Seconds with three decimals: some schemas allow no more.
fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}
