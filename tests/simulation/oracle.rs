//! Checks a run: explains what each peer read on its own, and its private lines by what others sent
//! to it.

use std::collections::{BTreeMap, BTreeSet};

use parlour::protocol::{ErrorCode, Event, parse_event};

use super::driver::Run;
use super::order::{Order, present};
use super::peer::{Asked, Peer};
use super::walk::{Account, Cell, Walk, may_be_lost};

/// Checks a run; returns the cells of the table that each connection met, in order.
pub(crate) fn judge(run: &Run) -> Result<Vec<Vec<Cell>>, String> {
    let mut told = Vec::new();
    for (number, peer) in run.peers.iter().enumerate() {
        let events = lines(run, peer).map_err(|why| format!("#{number} {}: {why}", peer.name))?;
        told.push(events);
    }
    let order = Order::of(&told[0], run)?;
    let mut paths = Vec::new();
    let mut accounts = Vec::new();
    for (number, peer) in run.peers.iter().enumerate() {
        let mut walk = Walk::new(run, &order, peer);
        let ended = walk.explain(&told[number]);
        ended.map_err(|why| format!("#{number} {}: {why}", peer.name))?;
        walk.note_what_shows_no_answer();
        paths.push(std::mem::take(&mut walk.path));
        accounts.push(walk.account);
    }
    private_lines_went_where_they_should(run, &order, &accounts)?;
    let number_of = |event: &Event| told[0].iter().filter(|told| *told == event).count();
    if number_of(&Event::Close) != 1 || number_of(&Event::ShuttingDown) != 1 {
        return Err("eve, who reads everything, was not told of the end".to_owned());
    }
    Ok(paths)
}

/// Splits what a peer read into events, all of them whole (CONN-4, LINE-1, LINE-9).
fn lines(run: &Run, peer: &Peer) -> Result<Vec<Event>, String> {
    let mut rest = &peer.read[..];
    let mut events = Vec::new();
    while let Some(at) = rest.iter().position(|&octet| octet == b'\n') {
        let line = &rest[..at];
        let event =
            parse_event(line).ok_or_else(|| format!("no event: {}", line.escape_ascii()))?;
        events.push(event);
        rest = &rest[at + 1..];
    }
    let closed = events.last() == Some(&Event::Close);
    let may_lack_lf = !run.config.quiet.is_zero();
    match rest {
        [] if closed && may_lack_lf && !peer.has_sent_lf => {
            Err("close has an LF where none has come".to_owned())
        }
        [] => Ok(events),
        b"close" if may_lack_lf && !has_shown_an_lf(peer, &events) && peer.at_end => {
            events.push(Event::Close);
            Ok(events)
        }
        _ if may_be_lost(run, peer) => Ok(events),
        rest => Err(format!("an unfinished line: {}", rest.escape_ascii())),
    }
}

/// Whether the server has shown that it has seen an LF: it answers a line that is too long before
/// that.
fn has_shown_an_lf(peer: &Peer, events: &[Event]) -> bool {
    let is_answer = |event: &&Event| **event != Event::ShuttingDown;
    let mut showing = events.iter().skip(1).filter(is_answer);
    let is_too_long = |event: &Event| {
        let too_long = ErrorCode::LineTooLong;
        matches!(event, Event::Error { code, .. } if *code == too_long)
    };
    let first = showing.next();
    peer.has_sent_lf && (first.is_some_and(|first| !is_too_long(first)) || showing.next().is_some())
}

/// MESG-2, ORDER-4: each private line is delivered at most once, to its addressee alone, while its
/// sender's MESG was handled, in the order of the sending; and it is delivered if its addressee
/// read everything.
fn private_lines_went_where_they_should(
    run: &Run,
    order: &Order,
    accounts: &[Account],
) -> Result<(), String> {
    let peers = &run.peers;
    let mut told = BTreeSet::new();
    for (peer, account) in peers.iter().zip(accounts) {
        let mut last: BTreeMap<&str, usize> = BTreeMap::new();
        for (text, from, at) in &account.private {
            let wrong = |why: &str| Err(format!("{from} to {}: {text} — {why}", peer.name));
            let Some(sender) = peers.iter().position(|peer| peer.name == *from) else {
                return wrong("from nobody");
            };
            let asked = peers[sender].asked.iter().position(|asked| {
                matches!(asked, Asked::Mesg(to, sent)
                        if sent == text && to.eq_ignore_ascii_case(&peer.name))
            });
            let Some(asked) = asked else {
                return wrong("MESG-2, it was never sent to it");
            };
            if !told.insert(text) {
                return wrong("told twice");
            }
            if last.insert(from, asked).is_some_and(|last| last >= asked) {
                return wrong("ORDER-4, out of the sender's order");
            }
            if !order.rosters[*at].contains(from) {
                return wrong("its sender is not here");
            }
            let window = accounts[sender].sent.get(text);
            if let Some((first, last)) = window
                && !(first..=last).contains(&at)
            {
                return wrong(&format!(
                    "ORDER-4, told at {at}, handled in {first}..={last}"
                ));
            }
        }
    }
    for (peer, account) in peers.iter().zip(accounts) {
        if order.joining(&peer.name).is_none() {
            continue;
        }
        let lost_on_the_way = |text: &str, (first, last): (usize, usize)| {
            let sent = |asked: &Asked| matches!(asked, Asked::Mesg(_, sent) if sent == text);
            let asked = peer.asked.iter().find(|asked| sent(asked));
            let Some(Asked::Mesg(to, _)) = asked else {
                return false;
            };
            (first..=last).any(|at| {
                let Some(found) = present(&order.rosters[at], to) else {
                    return false;
                };
                let found = peers.iter().position(|peer| peer.name == found);
                found.is_some_and(|found| {
                    !accounts[found].is_whole || peers[found].name == peer.name
                })
            })
        };
        let untold: Vec<_> = account
            .sent
            .iter()
            .filter(|(text, window)| !told.contains(text) && !lost_on_the_way(text, **window))
            .collect();
        if account.is_whole && untold.len() > account.unclear {
            return Err(format!("{}: MESG-1, told to nobody: {untold:?}", peer.name));
        }
    }
    Ok(())
}
