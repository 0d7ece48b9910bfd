//! A conversation cut into segments at random: the answers must be those that the reference model
//! gives to the lines.

use std::time::Duration;

use parlour_spec::script::Profiles;
use parlour_spec::{
    Audience, Document, ExpectedLine, Input, Oracle, ReferenceModel, ReferenceRoom,
};
use tokio::time::sleep;

use crate::failure::{Failure, Violation};
use crate::outcome::{Expected, Fault, Stage};
use crate::server::cases::Coded;
use crate::server::fixture::Fixture;

pub(super) static CASE: Coded = Coded {
    id: "cuts_anywhere_make_no_difference",
    clauses: "LINE-7, LINE-1, ORDER-3",
    stage: Stage::Framing,
    profiles: Profiles::Full,
    needs: "",
    why: "TCP cuts where it likes, and a fault that needs one certain cut shows once a week.",
    hint: "Keep what follows the last LF in a buffer for each connection, and handle a line when \
           its LF has come.",
    about: "`JOIN ann`, and then sixty lines chosen by the seed (text of one to four octets a \
            character, CR LF, empty lines, errors), cut into segments of 1 to 12 octets where the \
            seed says. The answers are those to the lines.",
    relies_on: &[],
    run: |fixture| Box::pin(play(fixture)),
};

const LINES: [&str; 12] = [
    "BCST hello",
    "BCST é😀 太郎",
    "BCST \t tab ",
    "PING x",
    "PING 😀",
    "MESG ann to me",
    "MESG zed hi",
    "LIST",
    "",
    "  ",
    "nonsense",
    "JOIN ann",
];

async fn play(fixture: &mut Fixture) -> Result<(), Failure> {
    let model = ReferenceModel::of(&Document::parlour(), 10, 10);
    let mut room = ReferenceRoom::new();
    let mut expected: Vec<ExpectedLine> = Vec::new();
    let mut handle = |input: &Input| {
        let deliveries = model.step(&mut room, 0, input).into_iter();
        let own = deliveries.filter(|delivery| delivery.to == Audience::One(0));
        expected.extend(own.map(|delivery| delivery.line));
    };
    handle(&Input::Connect);
    let mut octets = Vec::new();
    for n in 0..=60 {
        let line = if n == 0 {
            "JOIN ann"
        } else {
            fixture.random.one(&LINES)
        };
        octets.extend(line.as_bytes());
        octets.extend(*fixture.random.one(&[&b"\n"[..], b"\r\n"]));
        match Oracle::parlour().line(line.as_bytes()) {
            Some(Ok(command)) => handle(&Input::of(Ok(&command))),
            Some(Err(code)) => handle(&Input::of(Err(code))),
            None => {}
        }
    }
    // The first line is sent whole, so that an LF has arrived (LINE-8).
    let first = octets
        .iter()
        .position(|&octet| octet == b'\n')
        .map_or(0, |at| at + 1);
    fixture.send("ann", &octets[..first]).await?;
    fixture.set_hint(CASE.hint);
    let mut rest = &octets[first..];
    while !rest.is_empty() {
        let cut = (1 + fixture.random.below(12)).min(rest.len());
        sleep(Duration::from_millis(1)).await;
        fixture.send("ann", &rest[..cut]).await?;
        rest = &rest[cut..];
    }
    for line in expected {
        let expected = match &line {
            ExpectedLine::Exact(text) => Expected::line(text),
            ExpectedLine::Prefix(text) => Expected::Beginning(text.as_bytes().to_vec()),
        };
        let got = fixture.read_line("ann", expected.clone()).await?;
        if !line.matches(&String::from_utf8_lossy(&got)) {
            let got = [got.as_slice(), b"\n"].concat();
            return Err(Violation::differing(Fault::WrongAnswer, expected, &got).into());
        }
    }
    fixture.expect_no_more("ann").await
}
