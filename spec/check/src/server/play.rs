//! Plays a script.

use std::time::Duration;

use tokio::time::sleep;

use super::scene::Scene;
use super::seed;
use crate::outcome::Profile;
use crate::trouble::Trouble;
use crate::vector::{Deed, Script, Step};

/// Between two segments, so that a server reads the first before the second comes. What is judged does not depend on it: one that
/// reads both at once has only met an easier case.
const BETWEEN_SEGMENTS: Duration = Duration::from_millis(5);

/// Plays a script, and proves at the end that nobody is told any more than it says.
pub(super) async fn script(script: &Script, scene: &mut Scene) -> Result<(), Trouble> {
    let is_seed = scene.profile == Profile::Seed;
    let steps = script.steps.iter();
    for step in steps.filter(|step| is_seed || !step.seed_only) {
        let Step {
            who, deed, hint, ..
        } = step;
        scene.hint.clone_from(hint);
        match deed {
            Deed::Line(line) if is_seed => scene.send(who, line).await?,
            Deed::Line(line) => scene.send(who, &[line.as_slice(), b"\n"].concat()).await?,
            Deed::Segments(segments) => {
                for (n, segment) in segments.iter().enumerate() {
                    if n > 0 {
                        sleep(BETWEEN_SEGMENTS).await;
                    }
                    scene.send(who, segment).await?;
                }
            }
            Deed::Read(line) if is_seed => seed::expect(scene, who, line).await?,
            Deed::Read(line) => scene.expect(who, &String::from_utf8_lossy(line)).await?,
            Deed::End(rest) => scene.end(who, rest).await?,
            Deed::HalfClose => scene.half_close(who).await?,
            Deed::Reset => scene.reset(who).await?,
            Deed::Prove => scene.prove(who).await?,
        }
    }
    scene.hint.clone_from(&script.closing);
    for who in scene.told_close() {
        scene.end(&who, b"").await?; // CONN-4
    }
    for who in scene.open_peers() {
        if is_seed {
            seed::nothing_left(scene, &who)?;
        } else {
            scene.prove(&who).await?;
        }
    }
    Ok(())
}
