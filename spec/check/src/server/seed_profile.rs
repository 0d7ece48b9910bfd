//! The profile `seed`: what the original class project must do. It knows no LF: a command is what
//! one `send` carries, and texts follow each other with or without an LF.
//!
//! An expected text is looked for at the beginning of what has arrived. The text of an error is
//! arbitrary, up to the next expected text.

use parlour_spec::Oracle;

use super::connection::ReadError;
use super::fixture::Fixture;
use crate::failure::{Failure, Violation};
use crate::octets::common;
use crate::outcome::{Expected, Fault};

/// Waits for a text.
pub(super) async fn expect(
    fixture: &mut Fixture,
    who: &str,
    expected: &[u8],
) -> Result<(), Failure> {
    if expected == b"close" {
        return Ok(()); // it is optional, and `end` passes over it
    }
    let is_error = Oracle::parlour()
        .event(expected)
        .is_some_and(|event| &*event.rule == "error");
    let within = fixture.time_limit();
    let connection = fixture.awaited_connection(who).await?;
    let (fault, at) = loop {
        let blank = connection
            .unread
            .iter()
            .take_while(|octet| octet.is_ascii_whitespace())
            .count();
        let _blank = connection.unread.split_to(blank);
        let got = &connection.unread;
        let found = if connection.skips_error_text {
            got.windows(expected.len())
                .position(|window| window == expected)
                .filter(|&at| at > 0)
        } else {
            got.starts_with(expected).then_some(0)
        };
        let alike = common(expected, got);
        match found {
            _ if is_error && !got.is_empty() => {
                connection.skips_error_text = true;
                return Ok(());
            }
            Some(at) => {
                let _read = connection.unread.split_to(at + expected.len());
                connection.skips_error_text = false;
                return Ok(());
            }
            None if !is_error && !connection.skips_error_text && alike < got.len() => {
                break (Fault::WrongAnswer, alike);
            }
            None => {}
        }
        match connection.read(within).await {
            Ok(_) => {}
            // To be shown the door is an answer too.
            Err(ReadError::Closed | ReadError::Reset) if is_error => return Ok(()),
            Err(why) => break (why.fault(), alike),
        }
    };
    if is_error {
        return Err(Violation::new(fault, "an error, in any words", &connection.unread).into());
    }
    let expected = Expected::Octets(expected.to_vec());
    let mut violation = Violation::differing(fault, expected, &connection.unread);
    violation.differs_at = Some(at);
    Err(violation.into())
}

/// Waits for the end of the stream; nothing or `close` may precede it.
pub(super) async fn end(fixture: &mut Fixture, who: &str) -> Result<(), Failure> {
    let within = fixture.time_limit();
    let connection = fixture.awaited_connection(who).await?;
    let why = loop {
        match connection.read(within).await {
            Ok(_) => {}
            Err(why) => break why,
        }
    };
    let rest = connection.unread.trim_ascii();
    let is_fine = rest.is_empty() || rest == b"close" || connection.skips_error_text;
    if matches!(why, ReadError::Closed | ReadError::Reset) && is_fine {
        return Ok(());
    }
    let fault = if is_fine {
        Fault::Hang
    } else {
        Fault::WrongAnswer
    };
    let mut violation = Violation::new(fault, "the end of the stream", rest);
    violation.differs_at = (!is_fine).then_some(0);
    Err(violation.into())
}

/// Checks that everything that arrived was expected.
pub(super) fn nothing_left(fixture: &mut Fixture, who: &str) -> Result<(), Failure> {
    let Some(connection) = fixture.connections.get(who) else {
        return Ok(());
    };
    fixture.awaiting = Some(who.to_owned());
    let left = connection.unread.trim_ascii();
    if connection.skips_error_text || left.is_empty() {
        return Ok(());
    }
    let mut violation = Violation::new(Fault::WrongAnswer, "nothing more", left);
    violation.differs_at = Some(0);
    Err(violation.into())
}
