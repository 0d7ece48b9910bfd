//! Runs the model through an order, and compares every line that it sends with what was read.

use super::Handled;
use super::step::Trigger;
use crate::{Audience, Conn, End, Input, ReferenceModel, ReferenceRoom, Trace};

/// The inputs in this order, each with its row of the state table.
///
/// # Panics
/// If the order does not explain the trace, in which case the search is wrong.
pub(super) fn replay<'m>(
    model: &'m ReferenceModel,
    trace: &Trace,
    order: &[(Trigger, usize)],
) -> Vec<Handled<'m>> {
    let count = trace.connections.len();
    let mut room = ReferenceRoom::new();
    let (mut handled, mut read) = (vec![0; count], vec![0; count]);
    let mut witness = Vec::new();
    for &(trigger, by) in order {
        let connection = &trace.connections[by];
        let input = match (trigger, handled[by]) {
            (Trigger::NextInput, 0) => Input::Connect,
            (Trigger::NextInput, n) => {
                let (input, after) = &connection.sent[n - 1];
                assert!(
                    *after <= read[by],
                    "{} has not read so far",
                    connection.name
                );
                input.clone()
            }
            (Trigger::JoinTimeout, _) => Input::JoinTimeout,
            (Trigger::Lost, _) => Input::Lost,
            (Trigger::Shutdown, _) => Input::Shutdown,
        };
        handled[by] += usize::from(trigger == Trigger::NextInput);
        let of = match trigger {
            Trigger::Shutdown => room.sessions().collect(),
            Trigger::NextInput | Trigger::JoinTimeout | Trigger::Lost => vec![by as Conn],
        };
        for id in of {
            let row = model.row(&room, id, &input);
            for delivery in model.step(&mut room, id, &input) {
                let mut tell = |id: Conn| {
                    let connection = &trace.connections[id as usize];
                    let at = &mut read[id as usize];
                    match connection.read.get(*at) {
                        Some(line) => {
                            let is_it = delivery.line.matches(&line.line);
                            assert!(is_it, "{} reads {line:?}", connection.name);
                            *at += 1;
                        }
                        None => assert_ne!(connection.end, End::Closed, "{}", connection.name),
                    }
                };
                match delivery.to {
                    Audience::One(id) => tell(id),
                    Audience::MembersBut(but) => {
                        room.members().filter(|&id| id != but).for_each(tell);
                    }
                }
            }
            let (connection, input) = (id as usize, input.clone());
            witness.push(Handled {
                connection,
                input,
                row,
            });
        }
    }
    for (c, connection) in trace.connections.iter().enumerate() {
        let is_closed = handled[c] > 0 && !room.has_session(c as Conn);
        assert_eq!(read[c], connection.read.len(), "{}", connection.name);
        assert!(
            connection.end != End::Closed || is_closed,
            "{}",
            connection.name
        );
    }
    witness
}
