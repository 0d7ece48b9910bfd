//! Plays a script on a fixture.

use std::time::Duration;

use parlour_spec::script::{Action, Script, Step};
use tokio::time::sleep;

use super::fixture::Fixture;
use super::seed_profile;
use crate::failure::Failure;
use crate::outcome::Profile;

/// The pause between two segments, so that a server reads the first before the second arrives. The
/// verdict does not depend on it: a server that reads both at once has only met an easier case.
const BETWEEN_SEGMENTS: Duration = Duration::from_millis(5);

/// Plays a script, and proves at the end that nobody receives more than it says.
pub(super) async fn script(script: &Script, fixture: &mut Fixture) -> Result<(), Failure> {
    let is_seed = fixture.profile == Profile::Seed;
    let steps = script.steps.iter();
    for step in steps.filter(|step| is_seed || !step.seed_only) {
        let Step {
            who, action, hint, ..
        } = step;
        fixture.hint.clone_from(hint);
        match action {
            Action::SendLine(line) if is_seed => fixture.send(who, line).await?,
            Action::SendLine(line) => {
                fixture
                    .send(who, &[line.as_slice(), b"\n"].concat())
                    .await?
            }
            Action::SendSegments(segments) => {
                for (n, segment) in segments.iter().enumerate() {
                    if n > 0 {
                        sleep(BETWEEN_SEGMENTS).await;
                    }
                    fixture.send(who, segment).await?;
                }
            }
            Action::ExpectLine(line) if is_seed => seed_profile::expect(fixture, who, line).await?,
            Action::ExpectLine(line) => fixture.expect(who, &String::from_utf8_lossy(line)).await?,
            Action::ExpectEnd(rest) => fixture.expect_end(who, rest).await?,
            Action::HalfClose => fixture.half_close(who).await?,
            Action::Reset => fixture.reset(who).await?,
            Action::ExpectNoMore => fixture.expect_no_more(who).await?,
            Action::Inside(_) => unreachable!("no vector has it: {}", step.source),
        }
    }
    fixture.hint.clone_from(&script.closing);
    for who in fixture.closing() {
        fixture.expect_end(&who, b"").await?; // CONN-4
    }
    for who in fixture.open_connections() {
        if is_seed {
            seed_profile::nothing_left(fixture, &who)?;
        } else {
            fixture.expect_no_more(&who).await?;
        }
    }
    Ok(())
}
