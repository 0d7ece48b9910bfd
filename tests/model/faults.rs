//! Faults planted into copies of the room's step and of the queues behind it, to check that the
//! explorer finds each one.
//!
//! A copy is made by changing the input of the real step, or its output. If a fault went unnoticed,
//! the model would prove nothing about the room.

use parlour::protocol::{Command, ErrorCode, Event, Names};
use parlour::room::{Input, Outbox, Room};
use parlour_spec::Conn;

use crate::queue::Queue;
use crate::room::{Both, handle, state};

/// One fault of a room or its driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    JoinerHearsNothing,
    JoinedToldToJoinerAlone,
    LeaverHearsItLeft,
    LeftUntold,
    NameKeptAfterLoss,
    NameKeptAfterQuit,
    PrivateLeaks,
    PrivateEchoed,
    PrivateMovesSeat,
    BroadcastTwice,
    BroadcastSkipsSender,
    BroadcastToVisitors,
    ListMissesOne,
    ListReversed,
    OneSeatTooMany,
    TakenIsAdmitted,
    RefusalCloses,
    ClosedIsAnswered,
    ClosedComesBack,
    TimeoutClosesMembers,
    HalfCloseIsLoss,
    CloseBeforeShuttingDown,
    StopForgetsVisitors,
    ConnectionUngreeted,
    ResetUnheard,
    SlowLosesOneLine,
    AnswerOvertakes,
    NoPaceGiven,
    NothingWaits,
    AllWaits,
    LagNeverEnds,
    LagOutlivesMember,
    LagForgottenAtJoining,
    VisitorsAreWaitedFor,
    OneNeighbourTooMany,
    OneNeighbourTooManyInside,
    AddressStaysCounted,
}

impl Fault {
    /// Faults that show wherever two members talk.
    pub(crate) const OF_TALK: [Self; 27] = [
        Self::JoinerHearsNothing,
        Self::JoinedToldToJoinerAlone,
        Self::LeaverHearsItLeft,
        Self::LeftUntold,
        Self::NameKeptAfterLoss,
        Self::NameKeptAfterQuit,
        Self::PrivateLeaks,
        Self::PrivateEchoed,
        Self::PrivateMovesSeat,
        Self::BroadcastTwice,
        Self::BroadcastSkipsSender,
        Self::BroadcastToVisitors,
        Self::ListMissesOne,
        Self::ListReversed,
        Self::OneSeatTooMany,
        Self::TakenIsAdmitted,
        Self::RefusalCloses,
        Self::ClosedIsAnswered,
        Self::ClosedComesBack,
        Self::TimeoutClosesMembers,
        Self::HalfCloseIsLoss,
        Self::CloseBeforeShuttingDown,
        Self::StopForgetsVisitors,
        Self::ConnectionUngreeted,
        Self::ResetUnheard,
        Self::SlowLosesOneLine,
        Self::AnswerOvertakes,
    ];

    /// Faults of a driver of the room while a member lags.
    pub(crate) const OF_LAG: [Self; 7] = [
        Self::NoPaceGiven,
        Self::NothingWaits,
        Self::AllWaits,
        Self::LagNeverEnds,
        Self::LagOutlivesMember,
        Self::LagForgottenAtJoining,
        Self::VisitorsAreWaitedFor,
    ];

    /// Faults of a room with several connections from one address.
    pub(crate) const OF_NEIGHBOURS: [Self; 3] = [
        Self::OneNeighbourTooMany,
        Self::OneNeighbourTooManyInside,
        Self::AddressStaysCounted,
    ];

    /// The room's step with this fault in it.
    pub(crate) fn handle(
        self,
        room: &mut Room,
        id: Conn,
        input: Input,
        out: &mut Outbox,
    ) -> Vec<(Conn, Event)> {
        let before = state(room, id);
        let quit = matches!(input, Input::Line(Ok(Command::Quit)));
        let input = match (self, input, before) {
            (Self::NameKeptAfterLoss, Input::Lost, "Member") => return Vec::new(),
            (Self::NameKeptAfterQuit, _, "Member") if quit => return vec![(id, Event::Close)],
            (Self::TimeoutClosesMembers, Input::JoinTimeout, _) => Input::HalfClose,
            (Self::HalfCloseIsLoss, Input::HalfClose, _) => Input::Lost,
            (Self::ClosedIsAnswered, Input::Line(Ok(Command::List)), "Closed") => {
                return vec![(id, Both::not_joined())];
            }
            (Self::ClosedComesBack, Input::Line(line), "Closed") => {
                handle(room, id, Input::Connect(None), out);
                Input::Line(line)
            }
            (_, input, _) => input,
        };
        let mut told = handle(room, id, input, out);
        self.alter(room, id, &mut told, out);
        told
    }

    fn alter(self, room: &mut Room, id: Conn, told: &mut Vec<(Conn, Event)>, out: &mut Outbox) {
        let Some((to, event)) = told.first().cloned() else {
            return;
        };
        match (self, &event) {
            (Self::JoinerHearsNothing, Event::Joined(_)) => told.retain(|(to, _)| *to != id),
            (Self::JoinedToldToJoinerAlone, Event::Joined(_)) => told.retain(|(to, _)| *to == id),
            (Self::LeftUntold, Event::Close) => told.truncate(1),
            (Self::LeaverHearsItLeft, Event::Close) => {
                let left = told.get(1).map(|(_, left)| (id, left.clone()));
                told.extend(left);
            }
            (Self::PrivateLeaks, Event::Private { .. }) => {
                let members = room.roster().sessions().map(|id| id.0 as Conn);
                told.extend(members.filter(|id| *id != to).map(|id| (id, event.clone())));
            }
            (Self::PrivateEchoed, Event::Private { .. }) => told.push((id, event)),
            (Self::PrivateMovesSeat, Event::Private { to: name, .. }) => {
                let join = Input::Line(Ok(Command::Join(name.clone())));
                for input in [Input::Lost, Input::Connect(None), join] {
                    handle(room, to, input, out);
                }
            }
            (Self::BroadcastTwice, Event::Broadcast { .. }) => told.push((to, event)),
            (Self::BroadcastSkipsSender, Event::Broadcast { .. }) => {
                told.retain(|(to, _)| *to != id)
            }
            (Self::BroadcastToVisitors, Event::Broadcast { .. }) => {
                let visitors = (1..=3).filter(|&id| state(room, id) == "Visitor");
                told.extend(visitors.map(|id| (id, event.clone())));
            }
            (Self::ListMissesOne, Event::Online(names)) => {
                let others = names.as_slice().iter().skip(1).cloned().collect();
                told[0].1 = Names::new(others).map_or(event, Event::Online);
            }
            (Self::ListReversed, Event::Online(names)) => {
                let reversed = names.as_slice().iter().rev().cloned().collect();
                told[0].1 = Names::new(reversed).map_or(event, Event::Online);
            }
            (
                Self::TakenIsAdmitted,
                Event::Error {
                    code: ErrorCode::NameTaken,
                    ..
                },
            ) => {
                let name = room.roster().names().next().expect("it is taken").clone();
                told[0].1 = Event::Joined(name);
            }
            (
                Self::RefusalCloses,
                Event::Error {
                    code: ErrorCode::NameTaken,
                    ..
                },
            ) => {
                told.extend(handle(room, id, Input::HalfClose, out));
            }
            (Self::ConnectionUngreeted, Event::Greeting) => told.clear(),
            (_, _) => {}
        }
    }

    /// The shutdown with this fault in it.
    pub(crate) fn shut_down(self, told: &mut Vec<(Conn, Event)>) {
        if self == Self::CloseBeforeShuttingDown {
            told.reverse();
        } else if self == Self::StopForgetsVisitors {
            told.truncate(2);
        }
    }

    /// A send queue with this fault in it, which accepts one line more.
    pub(crate) fn queue(self, down: &mut Queue, line: u8, bound: usize) {
        if self == Self::AnswerOvertakes && down.len() == 1 {
            down.insert(0, line);
        } else if self != Self::SlowLosesOneLine || down.len() < bound {
            down.push(line);
        }
    }
}
