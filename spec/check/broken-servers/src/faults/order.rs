//! Lines sent in another order, twice, or not at all (section 7), and readers that others wait for
//! (section 8).

use std::io::Write;
use std::thread;
use std::time::Duration;

use crate::behaviour::Behaviour;
use crate::connection::Connection;
use crate::limits::Limits;
use crate::room::Room;

/// Every other member reads simultaneous broadcasts in reverse order.
pub(crate) struct TwoOrders;

impl Behaviour for TwoOrders {
    fn begin_turn(&mut self, _: &Room) {
        wait_for_others();
    }

    fn tell(&mut self, connection: &mut Connection, line: &str) {
        let queue = &connection.queue;
        let last = queue[..queue.len().saturating_sub(1)]
            .iter()
            .rposition(|&octet| octet == b'\n');
        let last = last.map_or(0, |at| at + 1);
        let before = sender(&String::from_utf8_lossy(&queue[last..])).map(str::to_owned);
        let is_other =
            before.is_some() && sender(line).is_some() && sender(line) != before.as_deref();
        if is_other && connection.id.is_multiple_of(2) {
            insert(connection, last, line);
        } else {
            push(connection, line);
        }
    }
}

/// Gives everybody time to speak at once.
fn wait_for_others() {
    thread::sleep(Duration::from_millis(2));
}

/// The sender, if the line is a broadcast.
fn sender(line: &str) -> Option<&str> {
    Some(line.split_once(": BCST ")?.0)
}

/// Refusals overtake all other lines, unless a client is alone.
#[derive(Default)]
pub(crate) struct AnswerOutOfTurn {
    is_alone: bool,
}

impl Behaviour for AnswerOutOfTurn {
    fn begin_turn(&mut self, room: &Room) {
        self.is_alone = room.members.len() + room.visitors.len() < 2;
    }

    fn tell(&mut self, connection: &mut Connection, line: &str) {
        if line.starts_with("ERROR no-such-user") && !self.is_alone {
            insert(connection, 0, line);
        } else {
            push(connection, line);
        }
    }
}

/// A private line overtakes what its addressee was just sent by others.
pub(crate) struct PrivateOvertakes;

impl Behaviour for PrivateOvertakes {
    fn begin_turn(&mut self, _: &Room) {
        wait_for_others();
    }

    fn tell(&mut self, connection: &mut Connection, line: &str) {
        let queue = String::from_utf8_lossy(&connection.queue).into_owned();
        let by = line.split_once(": MESG ").map(|(by, _)| by);
        let is_another = |by: &str| {
            let mut others = queue.lines().filter_map(sender);
            others.any(|other| other != by)
        };
        if by.is_some_and(is_another) {
            insert(connection, 0, line);
        } else {
            push(connection, line);
        }
    }
}

/// Under load, a line is sent twice.
pub(crate) struct DoubledUnderLoad;

impl Behaviour for DoubledUnderLoad {
    fn tell(&mut self, connection: &mut Connection, line: &str) {
        let waited = connection.queue.len();
        push(connection, line);
        if waited < MUCH && connection.queue.len() >= MUCH {
            push(connection, line);
        }
    }
}

/// Under load, a line is dropped.
pub(crate) struct LostUnderLoad;

impl Behaviour for LostUnderLoad {
    fn tell(&mut self, connection: &mut Connection, line: &str) {
        if connection.queue.len() < MUCH {
            push(connection, line);
        }
    }
}

/// Everyone waits until a slow reader has read.
pub(crate) struct SlowReaderBlocks;

impl Behaviour for SlowReaderBlocks {
    fn tell(&mut self, connection: &mut Connection, line: &str) {
        if connection.is_open() {
            // A lost connection is noticed at its next write.
            let _ = connection.socket.set_nonblocking(false);
            let _ = writeln!(connection.socket, "{line}");
            let _ = connection.socket.set_nonblocking(true);
        }
    }
}

/// Everything is kept for a reader that never reads.
pub(crate) struct SlowReaderKept;

impl Behaviour for SlowReaderKept {
    fn limits(&mut self, limits: Limits) -> Limits {
        Limits {
            send_queue: usize::MAX,
            stall_timeout: FOREVER,
            ..limits
        }
    }
}

/// Everyone waits for a reader that lags, even if it reads nothing.
pub(crate) struct DeafReaderWaitedFor;

impl Behaviour for DeafReaderWaitedFor {
    fn limits(&mut self, limits: Limits) -> Limits {
        Limits {
            stall_timeout: FOREVER,
            ..limits
        }
    }

    fn pace(&self, _: &Limits) -> usize {
        0
    }
}

/// A reader that is slower than the talkers is lost.
pub(crate) struct SteadyReaderLost;

impl Behaviour for SteadyReaderLost {
    fn pace(&self, _: &Limits) -> usize {
        usize::MAX
    }
}

/// Each send queue has a bound, but all together have none.
pub(crate) struct MemoryUnlimited;

impl Behaviour for MemoryUnlimited {
    fn limits(&mut self, limits: Limits) -> Limits {
        Limits {
            send_memory: usize::MAX,
            ..limits
        }
    }
}

/// Longer than anybody waits.
const FOREVER: Duration = Duration::from_secs(3600);

/// The queue length, in octets, that counts as load.
const MUCH: usize = 9 << 10;

fn push(connection: &mut Connection, line: &str) {
    connection.push(format!("{line}\n").as_bytes());
}

fn insert(connection: &mut Connection, at: usize, line: &str) {
    if connection.is_open() {
        connection
            .queue
            .splice(at..at, format!("{line}\n").into_bytes());
    }
}
