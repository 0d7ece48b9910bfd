//! `close` without an LF, in a write of its own, on a connection that has never sent an LF.

use parlour_spec::script::Profiles;

use crate::failure::{Failure, Violation};
use crate::outcome::{Expected, Fault, Stage};
use crate::server::cases::{Coded, GREETING};
use crate::server::connection::ReadError;
use crate::server::fixture::Fixture;

pub(super) static CASE: Coded = Coded {
    id: "close_stands_alone_where_no_lf_has_come",
    clauses: "LINE-9, CONN-4, CONN-5",
    stage: Stage::Framing,
    profiles: Profiles::Full,
    needs: "quiet-ms any",
    why: "A client that compares what one recv returns with `close` never ends if something is \
          glued to it.",
    hint: "On a connection that never sent an LF, wait for the quiet time after the last write, \
           and then send `close` without LF.",
    about: "A client connects, sends nothing, and ends its side at once. It reads the greeting, \
            then `close` alone, without an LF, in a read of its own, and the end of the stream. \
            Where both come in one read it is tried again, since a reader may be late itself: ten \
            times.",
    relies_on: &[],
    run: |fixture| Box::pin(play(fixture)),
};

async fn play(fixture: &mut Fixture) -> Result<(), Failure> {
    fixture.set_hint(CASE.hint);
    let mut last = Ok(());
    for n in 1..=10 {
        let who = format!("v{n}");
        fixture.half_close(&who).await?;
        let within = fixture.time_limit();
        let connection = fixture.connection(&who).await?;
        let mut reads = Vec::new();
        let why = loop {
            match connection.read(within).await {
                Ok(_) => reads.push(connection.unread.split().to_vec()),
                Err(why) => break why,
            }
        };
        let all = reads.concat();
        let expected = format!("{GREETING}\nclose");
        if all != expected.as_bytes() || why != ReadError::Closed {
            let fault = if all == expected.as_bytes() {
                why.fault()
            } else {
                Fault::WrongAnswer
            };
            return Err(
                Violation::differing(fault, Expected::End(expected.into_bytes()), &all).into(),
            );
        }
        if reads.last().is_some_and(|read| read == b"close") {
            return Ok(());
        }
        let violation = Violation::differing(
            Fault::WrongAnswer,
            Expected::End(b"close".to_vec()),
            reads.last().map_or(b"", Vec::as_slice),
        );
        last = Err(violation.into());
    }
    last
}
