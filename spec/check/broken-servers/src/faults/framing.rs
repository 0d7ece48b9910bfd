//! Wrong framing of lines (section 2).

use std::collections::BTreeMap;

use crate::behaviour::Behaviour;
use crate::framing::{Cut, Framing};
use crate::limits::Limits;
use crate::room::{Effect, Id, Input, Room, Tell};

/// Each read ends with a line, finished or not.
pub(crate) struct SplitLineMangled;

impl Behaviour for SplitLineMangled {
    fn cut(&mut self, framing: &mut Framing, octets: &[u8], max_line: usize) -> Vec<Cut> {
        let mut cuts = framing.cut(octets, max_line);
        let tail = std::mem::take(&mut framing.tail);
        cuts.extend((!tail.is_empty()).then_some(Cut::Line(tail)));
        cuts
    }
}

/// Each read is one line; further lines in it are lost.
pub(crate) struct SecondVerbInASegmentLost;

impl Behaviour for SecondVerbInASegmentLost {
    fn cut(&mut self, framing: &mut Framing, octets: &[u8], max_line: usize) -> Vec<Cut> {
        let mut cuts = framing.cut(octets, max_line);
        cuts.truncate(1);
        cuts
    }
}

/// CR is an ordinary character.
pub(crate) struct CrKept;

impl Behaviour for CrKept {
    fn cut(&mut self, framing: &mut Framing, octets: &[u8], max_line: usize) -> Vec<Cut> {
        // One CR is dropped at the end of a line; so double each.
        let octets: Vec<u8> = octets
            .iter()
            .flat_map(|&octet| std::iter::repeat_n(octet, if octet == b'\r' { 2 } else { 1 }))
            .collect();
        framing.cut(&octets, max_line)
    }
}

/// CR LF is recognized only within one read.
#[derive(Default)]
pub(crate) struct CrLfCutApart {
    crs: BTreeMap<Id, bool>,
}

impl Behaviour for CrLfCutApart {
    fn receive(&mut self, from: Id, octets: Vec<u8>) -> Vec<u8> {
        let ended_in_cr = self.crs.insert(from, octets.ends_with(b"\r"));
        if ended_in_cr == Some(true) && octets.starts_with(b"\n") {
            return [b"\r", &octets[..]].concat();
        }
        octets
    }
}

/// Each read is decoded separately.
pub(crate) struct Utf8CutApart;

impl Behaviour for Utf8CutApart {
    fn receive(&mut self, _: Id, octets: Vec<u8>) -> Vec<u8> {
        match std::str::from_utf8(&octets) {
            Err(error) if error.error_len().is_none() => {
                String::from_utf8_lossy(&octets).into_owned().into()
            }
            _ => octets,
        }
    }
}

/// A line that is too long ends its connection.
pub(crate) struct TooLongKills;

impl Behaviour for TooLongKills {
    fn handle(&mut self, room: &mut Room, from: Id, input: Input) -> Vec<Tell> {
        if input == Input::Line(Err("line-too-long")) {
            let effect = Effect::Cut;
            return vec![Tell { to: from, effect }];
        }
        room.handle(from, input)
    }
}

/// The rest of a line that is too long counts as another line.
pub(crate) struct TooLongAnsweredAgain;

impl Behaviour for TooLongAnsweredAgain {
    fn cut(&mut self, framing: &mut Framing, octets: &[u8], max_line: usize) -> Vec<Cut> {
        octets
            .iter()
            .flat_map(|octet| {
                let cuts = framing.cut(&[*octet], max_line);
                framing.is_skipping = false;
                cuts
            })
            .collect()
    }
}

/// A line that is too long is answered only at its end.
pub(crate) struct TooLongAnsweredLate;

impl Behaviour for TooLongAnsweredLate {
    fn cut(&mut self, framing: &mut Framing, octets: &[u8], max_line: usize) -> Vec<Cut> {
        let mut cuts = Vec::new();
        for &octet in octets {
            let was_skipping = framing.is_skipping;
            let cut = framing.cut(&[octet], max_line);
            cuts.extend(cut.into_iter().filter(|cut| matches!(cut, Cut::Line(_))));
            if was_skipping && !framing.is_skipping {
                cuts.push(Cut::TooLong);
            }
        }
        cuts
    }
}

/// The LF does not count towards the length.
pub(crate) struct OneOctetTooLongTaken;

impl Behaviour for OneOctetTooLongTaken {
    fn limits(&mut self, limits: Limits) -> Limits {
        Limits {
            max_line: limits.max_line + 1,
            ..limits
        }
    }
}

/// The longest line is refused.
pub(crate) struct LongestLineRefused;

impl Behaviour for LongestLineRefused {
    fn limits(&mut self, limits: Limits) -> Limits {
        Limits {
            max_line: limits.max_line - 1,
            ..limits
        }
    }
}

/// Only LF ends a line, even where none ever arrives.
pub(crate) struct BareCommandNeverAnswered;

impl Behaviour for BareCommandNeverAnswered {
    fn cut(&mut self, framing: &mut Framing, octets: &[u8], max_line: usize) -> Vec<Cut> {
        let cuts = framing.cut(octets, max_line);
        framing.is_delimited = true;
        cuts
    }
}

/// An unfinished line at the half-close counts as a line, even after an LF.
pub(crate) struct UnfinishedLineTaken;

impl Behaviour for UnfinishedLineTaken {
    fn cut_unfinished(&mut self, framing: &mut Framing) -> Option<Cut> {
        let tail = std::mem::take(&mut framing.tail);
        (!tail.is_empty()).then_some(Cut::Line(tail))
    }
}

/// `close` always has an LF, and may arrive together with what came before.
pub(crate) struct CloseGlued;

impl Behaviour for CloseGlued {
    fn closing_octets(&mut self, _: bool) -> Vec<u8> {
        b"close\n".to_vec()
    }
}
