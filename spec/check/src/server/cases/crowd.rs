//! Everybody speaks at once, and one order of all inputs must explain what each of them reads.
//!
//! What two readers together show is checked first, for its own clause; then the linearizability
//! checker judges the whole record.

use std::collections::HashSet;

use parlour_spec::script::Profiles;
use parlour_spec::{Document, Oracle, ReferenceModel, Trace, linearizability};

use crate::failure::{Failure, Violation};
use crate::octets::Quoted;
use crate::outcome::{Expected, Fault, Stage};
use crate::server::cases::{Coded, GREETING, join_in_turn};
use crate::server::fixture::Fixture;

pub(super) static SPEAKS: Coded = Coded {
    id: "everybody_speaks_at_once",
    clauses: "ORDER-1, ORDER-2, ORDER-3, ORDER-4",
    stage: Stage::Order,
    profiles: Profiles::Full,
    needs: "",
    why: "Two threads that send to everybody at once make two orders: one reader sees the question \
          after its answer.",
    hint: "One lock or one thread for the room: decide the order and queue it for all members in \
           one step.",
    about: "Up to eight members, s1, s2, …, each send sixty lines without waiting: `BCST s1-1` and \
            so on, some MESG, LIST and PING among them. All read the same broadcasts in the same \
            order, each once, and an order of the specification's room explains every line.",
    relies_on: &["joined", "broadcast", "private", "online", "pong"],
    run: |fixture| Box::pin(everybody_speaks(fixture)),
};

pub(super) static COMES_AND_GOES: Coded = Coded {
    id: "people_come_and_go_while_others_speak",
    clauses: "ORDER-2, ORDER-1, ORDER-4, STATE-1, STATE-3, QUIT-2",
    stage: Stage::Load,
    profiles: Profiles::Full,
    needs: "",
    why: "Joining and leaving are where lists are changed while somebody goes through them.",
    hint: "Change the list of members and tell of it in one step, under the lock that broadcasts \
           take too.",
    about: "Twelve clients, g1, g2, …, join, each send forty lines chosen by the seed without \
            waiting (BCST, MESG, LIST, PING, JOIN, nonsense), and then leave by QUIT, by a \
            half-close, or by a reset with lines unread. An order of the specification's room \
            explains every line.",
    relies_on: &[
        "joined",
        "left",
        "broadcast",
        "private",
        "online",
        "pong",
        "full",
        "name-taken",
        "already-joined",
        "not-joined",
        "no-such-user",
        "unknown-command",
        "close",
    ],
    run: |fixture| Box::pin(people_come_and_go(fixture)),
};

const LINES: usize = 60;

async fn everybody_speaks(fixture: &mut Fixture) -> Result<(), Failure> {
    let count = fixture.limits.size("capacity").min(8);
    let members: Vec<String> = (1..=count).map(|n| format!("s{n}")).collect();
    fixture.record = Some(String::new());
    join_in_turn(fixture, &members).await?;
    fixture.set_hint(SPEAKS.hint);
    let mut said = 0;
    for i in 1..=LINES {
        for who in &members {
            let other = fixture.random.one(&members).clone();
            let line = match fixture.random.below(8) {
                0 => format!("MESG {other} {who}-{i}"),
                1 => "LIST".to_owned(),
                2 => format!("PING {i}"),
                _ => format!("BCST {who}-{i}"),
            };
            said += usize::from(line.starts_with("BCST"));
            fixture.send_line(who, &line).await?;
        }
    }
    let mut heard = Vec::new();
    for who in &members {
        heard.push(broadcasts(fixture, who, said).await?);
    }
    for other in &heard[1..] {
        same(&heard[0], other)?;
    }
    // After everyone's first PONG, all inputs have been handled; before each one's second, all
    // lines have been read.
    for word in ["handled", "read"] {
        for who in &members {
            fixture.send_line(who, &format!("PING {word}")).await?;
        }
        for who in &members {
            read_to(fixture, who, &format!("PONG {word}")).await?;
        }
    }
    explained(fixture).map_err(|failure| for_clause(failure, "ORDER-4"))
}

/// Reads `count` broadcasts, skipping other lines.
async fn broadcasts(
    fixture: &mut Fixture,
    who: &str,
    count: usize,
) -> Result<Vec<Vec<u8>>, Failure> {
    let mut heard = Vec::new();
    let mut seen = HashSet::new();
    while heard.len() < count {
        let expected = format!("{} more broadcasts", count - heard.len());
        let line = fixture
            .read_line(who, Expected::Words(expected))
            .await
            .map_err(|failure| for_clause(failure, "ORDER-2"))?;
        if !line.windows(7).any(|window| window == b": BCST ") {
            continue;
        }
        if !seen.insert(line.clone()) {
            let violation = Violation::new(Fault::WrongAnswer, "each broadcast once", &line);
            return Err(for_clause(violation.into(), "ORDER-2"));
        }
        heard.push(line);
    }
    Ok(heard)
}

/// ORDER-1
fn same(one: &[Vec<u8>], other: &[Vec<u8>]) -> Result<(), Failure> {
    let Some((expected, got)) = one.iter().zip(other).find(|(one, other)| one != other) else {
        return Ok(());
    };
    let expected = format!(
        "what another member read at this place: {}",
        Quoted(expected)
    );
    Err(for_clause(
        Violation::new(Fault::WrongAnswer, &expected, got).into(),
        "ORDER-1",
    ))
}

fn for_clause(failure: Failure, clause: &'static str) -> Failure {
    match failure {
        Failure::Violation(mut violation) => {
            violation.clause = Some(clause);
            Failure::Violation(violation)
        }
        Failure::Error(_) | Failure::Skip(_) => failure,
    }
}

async fn people_come_and_go(fixture: &mut Fixture) -> Result<(), Failure> {
    let people: Vec<String> = (1..=12).map(|n| format!("g{n}")).collect();
    fixture.record = Some(String::new());
    for who in &people {
        fixture.expect(who, GREETING).await?;
    }
    fixture.set_hint(COMES_AND_GOES.hint);
    for i in 1..=40 {
        for who in &people {
            let other = fixture.random.one(&people).clone();
            let line = match fixture.random.below(12) {
                _ if i == 1 => format!("JOIN {who}"),
                0 => format!("JOIN {other}"),
                1 => "LIST".to_owned(),
                2 | 3 => format!("MESG {other} {who}-{i}"),
                4 => format!("PING {i}"),
                5 => "anyone?".to_owned(),
                _ => format!("BCST {who}-{i}"),
            };
            fixture.send_line(who, &line).await?;
        }
    }
    for (n, who) in people.iter().enumerate() {
        match n % 4 {
            0 => fixture.send_line(who, "QUIT").await?,
            1 => fixture.half_close(who).await?,
            2 => fixture.reset(who).await?,
            _ => {}
        }
    }
    for (n, who) in people.iter().enumerate() {
        match n % 4 {
            0 | 1 => {
                read_to(fixture, who, "close").await?;
                fixture.expect_end(who, b"").await?;
            }
            2 => {}
            _ => {
                fixture.send_line(who, "PING end").await?;
                read_to(fixture, who, "PONG end").await?;
            }
        }
    }
    explained(fixture)
}

/// Reads up to and including this line.
async fn read_to(fixture: &mut Fixture, who: &str, last: &str) -> Result<(), Failure> {
    while fixture.read_line(who, Expected::line(last)).await? != last.as_bytes() {}
    Ok(())
}

/// Checks that the reference model explains every line that was read.
fn explained(fixture: &mut Fixture) -> Result<(), Failure> {
    let record = fixture.record.take().unwrap_or_default();
    let trace = Trace::read(&record, Oracle::parlour()).map_err(Failure::Error)?;
    let model = ReferenceModel::of(
        &Document::parlour(),
        fixture.limits.size("capacity"),
        fixture.limits.size("max-connections"),
    );
    let analysis = linearizability::check(&model, &trace);
    let Err(unexplained) = analysis.verdict else {
        return Ok(());
    };
    if unexplained.gave_up {
        let why = "the search for an order that explains every line was given up";
        return Err(Failure::Error(why.to_owned()));
    }
    let next = unexplained.next.into_iter();
    let next = next.filter_map(|next| Some(format!("{} read: {}", next.connection, next.line?)));
    let next: Vec<String> = next.collect();
    let expected = format!(
        "an order of all commands that explains every line; {} of {} can be, and after them one of \
         these",
        unexplained.explained, analysis.lines
    );
    Err(Violation::new(Fault::WrongAnswer, &expected, next.join("\n").as_bytes()).into())
}
