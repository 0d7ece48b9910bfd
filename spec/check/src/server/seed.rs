//! What the original class project must do: it knows no LF. A command is what one `send` carries, and texts follow each other with
//! or without one.
//!
//! An expected text is looked for at the beginning of what came. The text of an error is anything at all, up to the next text that is awaited.

use parlour_spec::Oracle;

use super::peer::NoMore;
use super::scene::Scene;
use crate::octets::common;
use crate::outcome::{Expected, Fault};
use crate::trouble::{Trouble, Wrong};

/// Waits for a text.
pub(super) async fn expect(scene: &mut Scene, who: &str, expected: &[u8]) -> Result<(), Trouble> {
    if expected == b"close" {
        return Ok(()); // it is optional, and `end` passes over it
    }
    let is_error = Oracle::parlour()
        .event(expected)
        .is_some_and(|event| &*event.rule == "error");
    let within = scene.patience();
    let peer = scene.awaited(who).await?;
    let (fault, at) = loop {
        let blank = peer
            .unread
            .iter()
            .take_while(|octet| octet.is_ascii_whitespace())
            .count();
        let _blank = peer.unread.split_to(blank);
        let got = &peer.unread;
        let found = if peer.skips {
            got.windows(expected.len())
                .position(|window| window == expected)
                .filter(|&at| at > 0)
        } else {
            got.starts_with(expected).then_some(0)
        };
        let alike = common(expected, got);
        match found {
            _ if is_error && !got.is_empty() => {
                peer.skips = true;
                return Ok(());
            }
            Some(at) => {
                let _read = peer.unread.split_to(at + expected.len());
                peer.skips = false;
                return Ok(());
            }
            None if !is_error && !peer.skips && alike < got.len() => {
                break (Fault::WrongAnswer, alike);
            }
            None => {}
        }
        match peer.read(within).await {
            Ok(_) => {}
            // To be shown the door is an answer too.
            Err(NoMore::Ended | NoMore::Reset) if is_error => return Ok(()),
            Err(why) => break (why.fault(), alike),
        }
    };
    if is_error {
        return Err(Wrong::new(fault, "an error, in any words", &peer.unread).into());
    }
    let expected = Expected::Octets(expected.to_vec());
    let mut wrong = Wrong::differing(fault, expected, &peer.unread);
    wrong.differs_at = Some(at);
    Err(wrong.into())
}

/// Waits for the end of the stream; before it comes nothing, or `close`.
pub(super) async fn end(scene: &mut Scene, who: &str) -> Result<(), Trouble> {
    let within = scene.patience();
    let peer = scene.awaited(who).await?;
    let why = loop {
        match peer.read(within).await {
            Ok(_) => {}
            Err(why) => break why,
        }
    };
    let rest = peer.unread.trim_ascii();
    let is_fine = rest.is_empty() || rest == b"close" || peer.skips;
    if matches!(why, NoMore::Ended | NoMore::Reset) && is_fine {
        return Ok(());
    }
    let fault = if is_fine {
        Fault::Hang
    } else {
        Fault::WrongAnswer
    };
    let mut wrong = Wrong::new(fault, "the end of the stream", rest);
    wrong.differs_at = (!is_fine).then_some(0);
    Err(wrong.into())
}

/// Sees that of what came everything was expected.
pub(super) fn nothing_left(scene: &mut Scene, who: &str) -> Result<(), Trouble> {
    let Some(peer) = scene.peers.get(who) else {
        return Ok(());
    };
    scene.awaited = Some(who.to_owned());
    let left = peer.unread.trim_ascii();
    if peer.skips || left.is_empty() {
        return Ok(());
    }
    let mut wrong = Wrong::new(Fault::WrongAnswer, "nothing more", left);
    wrong.differs_at = Some(0);
    Err(wrong.into())
}
