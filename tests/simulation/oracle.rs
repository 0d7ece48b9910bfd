//! Checks a run: one order of the room must explain what every peer read, and what the clock says
//! must agree with it.

use std::cell::RefCell;
use std::sync::LazyLock;

use parlour_spec::{
    Connection, Document, End, Input, Lines, PerAddress, ReferenceModel, Trace, linearizability,
};

use super::driver::Run;
use super::peer::{Ending, LATE, Peer};
use super::table::{Cell, cell};

thread_local! {
    /// The lines of all runs on this thread: most occur in many of them.
    static LINES: RefCell<Lines> = RefCell::default();
}

/// Checks a run; returns the cells of the table that each connection met, in order.
///
/// A connection that was refused is checked here and left out of the trace, so that the order needs
/// not say when the connections before it ended.
pub(crate) fn judge(run: &Run) -> Result<Vec<Vec<Cell>>, String> {
    let mut trace = Trace::default();
    let mut accepted = Vec::new();
    let mut paths = Vec::new();
    for (number, peer) in run.peers.iter().enumerate() {
        let wrong = |why| format!("#{number} {}: {why}", peer.name);
        let lines = lines(run, peer).map_err(wrong)?;
        if lines.first() == Some(&"Sorry the chat is full, please try later") {
            refused(run, peer, &lines).map_err(wrong)?;
            paths.push(vec![("New", "connect, too many")]);
            continue;
        }
        let end = match lines.last() {
            Some(&"close") => End::Closed,
            _ if may_be_lost(run, peer) => End::Lost,
            _ => {
                return Err(wrong(
                    "it ends without close, and is not to blame".to_owned(),
                ));
            }
        };
        // Of a lost connection only talk is handled (CONN-6): it may join after its QUIT.
        let is_handled = |(asked, _): &&(Input, usize)| end != End::Lost || *asked != Input::Quit;
        LINES.with_borrow_mut(|known| {
            trace.connections.push(Connection {
                name: format!("#{number} {}", peer.name),
                sent: peer.asked.iter().filter(is_handled).cloned().collect(),
                read: lines.iter().map(|line| known.read(line)).collect(),
                end,
            });
        });
        accepted.push(peer);
    }
    let model = model(run, &accepted);
    let order = linearizability::check(&model, &trace).verdict;
    let order = order.map_err(|why| why.to_string())?;
    let mut met = vec![Vec::new(); accepted.len()];
    for handled in &order {
        met[handled.connection].push(cell(handled.row));
    }
    if met[0].last() != Some(&("Member", "shutdown")) {
        return Err("eve, who reads everything, was not told of the end".to_owned());
    }
    for (peer, (connection, mut path)) in accepted.iter().zip(trace.connections.iter().zip(met)) {
        let agrees = agrees_with_the_clock(run, peer, connection, &path);
        agrees.map_err(|why| format!("{}: {why}", connection.name))?;
        note_what_no_line_shows(run, peer, connection, &mut path);
        paths.push(path);
    }
    Ok(paths)
}

/// The model of the run's room. The limits of connections do not hold in it.
fn model(run: &Run, peers: &[&Peer]) -> ReferenceModel {
    static MODEL: LazyLock<ReferenceModel> =
        LazyLock::new(|| ReferenceModel::of(&Document::parlour(), 0, usize::MAX));
    let limits = run.config.limits;
    let distant = |(_, peer): &(u32, &&Peer)| !peer.ip.is_loopback();
    let address = |(id, peer): (u32, &&Peer)| match peer.ip {
        std::net::IpAddr::V4(ip) => (id, u32::from(ip).into()),
        std::net::IpAddr::V6(_) => panic!("the addresses are IPv4"),
    };
    let mut model = MODEL.clone();
    model.capacity = limits.capacity;
    model.per_address = PerAddress {
        of: (0..).zip(peers).filter(distant).map(address).collect(),
        seats: limits.seats_per_address,
        connections: usize::MAX,
    };
    model
}

/// CONN-3
fn refused(run: &Run, peer: &Peer, lines: &[&str]) -> Result<(), String> {
    let limits = run.config.limits;
    if peer.open_with_it <= limits.max_connections
        && peer.of_its_address <= limits.connections_per_address
    {
        return Err("refused, and there were not too many".to_owned());
    }
    match lines[1..] {
        ["close"] => Ok(()),
        [] if may_be_lost(run, peer) => Ok(()),
        _ => Err(format!("CONN-3: {lines:?}")),
    }
}

/// JOIN-5, FAIR-2, SLOW-5
fn agrees_with_the_clock(
    run: &Run,
    peer: &Peer,
    connection: &Connection,
    path: &[Cell],
) -> Result<(), String> {
    let join_timeout = run.config.join_timeout;
    let is_limited = !join_timeout.is_zero();
    let is_told_of_the_end = || connection.read.iter().any(|line| line.is("shutting-down"));
    let time = peer.heard - peer.connected;
    match path.last() {
        Some(("Visitor", "join timeout")) if !is_limited || time < join_timeout => {
            return Err(format!("JOIN-5, it is closed after {time:?}"));
        }
        Some((state, "shutdown")) if is_told_of_the_end() => {
            let visited = run.shut_down - peer.connected;
            let is_late = is_limited && visited > join_timeout + LATE;
            if *state == "Visitor" && is_late && !may_be_lost(run, peer) {
                return Err(format!("JOIN-5, it did not join for {visited:?}"));
            }
            // Beside its own inputs: the connect, and the shutdown. A private line need not show,
            // as its addressee may have been lost, or have left before its sender was answered.
            let unexplained = peer.asked.iter().skip(path.len().saturating_sub(2));
            let mut shown = unexplained.filter(|(asked, _)| !matches!(asked, Input::Mesg(..)));
            if run.is_heard_out && shown.next().is_some() {
                return Err("FAIR-2, SLOW-5, there was time for all it asked".to_owned());
            }
        }
        _ => {}
    }
    Ok(())
}

/// Three rows show in no line: a member's join timeout, a visitor that is lost, and any input to a
/// closed session.
fn note_what_no_line_shows(run: &Run, peer: &Peer, connection: &Connection, path: &mut Vec<Cell>) {
    let join_timeout = run.config.join_timeout;
    let Some(last) = path.pop() else { return };
    if last.0 == "Member"
        && !join_timeout.is_zero()
        && peer.heard - peer.connected > join_timeout + LATE
    {
        path.push(("Member", "join timeout"));
    }
    let handled = path.len();
    path.push(last);
    if last.0 != "Member" && last.1 != "JOIN, name free" && connection.end == End::Lost {
        path.push(("Visitor", "lost"));
    }
    if last.1 == "QUIT" && handled < connection.sent.len() {
        path.push(("Closed", "any"));
    }
}

/// Splits what a peer read into lines, all of them whole (CONN-4, LINE-1, LINE-9).
fn lines<'p>(run: &Run, peer: &'p Peer) -> Result<Vec<&'p str>, String> {
    let end = peer.read.iter().rposition(|&octet| octet == b'\n');
    let (whole, rest) = peer.read.split_at(end.map_or(0, |lf| lf + 1));
    let whole = str::from_utf8(whole).map_err(|why| why.to_string())?;
    let mut lines: Vec<&str> = whole.split_terminator('\n').collect();
    let closed = lines.last() == Some(&"close");
    let may_lack_lf = !run.config.quiet.is_zero();
    match rest {
        b"" if closed && may_lack_lf && !peer.has_sent_lf => {
            Err("close has an LF where none has come".to_owned())
        }
        b"" => Ok(lines),
        b"close" if may_lack_lf && !has_shown_an_lf(peer, &lines) && peer.at_end => {
            lines.push("close");
            Ok(lines)
        }
        _ if may_be_lost(run, peer) => Ok(lines),
        rest => Err(format!("an unfinished line: {}", rest.escape_ascii())),
    }
}

/// Whether the server has shown that it has seen an LF: it answers a line that is too long before
/// that.
fn has_shown_an_lf(peer: &Peer, lines: &[&str]) -> bool {
    let is_answer = |line: &&&str| **line != "SERVER: shutting down";
    let mut showing = lines.iter().skip(1).filter(is_answer);
    let is_too_long = |line: &str| line.starts_with("ERROR line-too-long: ");
    let first = showing.next();
    peer.has_sent_lf && (first.is_some_and(|first| !is_too_long(first)) || showing.next().is_some())
}

/// Whether there is a reason why the connection may be lost (CONN-6).
fn may_be_lost(run: &Run, peer: &Peer) -> bool {
    let overflows = run.config.send_queue < 1 << 20 && peer.name != "eve";
    peer.has_stalled || overflows || matches!(peer.ending, Ending::Dropped | Ending::Reset)
}
