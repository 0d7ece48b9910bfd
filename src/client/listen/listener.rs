//! What a listener makes of what happens.

use tokio::io::AsyncWrite;

use super::{Ended, Form};
use crate::client::join::answer;
use crate::client::printer::Printer;
use crate::client::{Address, Cause, Ending, Happening, JoinError, Lasting};
use crate::protocol::{Command, ErrorCode, Event, ServerLine, UserName};

/// Somebody who follows a room under the first of some names that is free. `I` has those that were not tried yet.
pub(super) struct Listener<O, N, I> {
    pub(super) output: Printer<O>,
    pub(super) notices: Printer<N>,
    pub(super) form: Form,
    pub(super) retry: bool,
    pub(super) place: Address,
    pub(super) name: UserName,
    pub(super) names: I,
    pub(super) member: bool,
    pub(super) was_member: bool,
}

impl<O, N, I> Listener<O, N, I>
where
    O: AsyncWrite + Unpin,
    N: AsyncWrite + Unpin,
    I: Iterator<Item = UserName>,
{
    /// Shows what there is to show of it.
    ///
    /// # Errors
    /// When that was the end.
    pub(super) fn hear(&mut self, happening: Happening, room: &mut Lasting) -> Result<(), Ended> {
        match happening {
            Happening::Connected => Ok(()),
            Happening::Told(told) if self.member => {
                self.show(&told);
                Ok(())
            }
            Happening::Told(told) => self.join(&told, room),
            Happening::Admitted(name) => {
                if self.was_member {
                    self.notices
                        .notice(format_args!("back in the room as {name}"));
                }
                self.member = true;
                self.was_member = true;
                self.show(&Ok(Event::Joined(name)));
                Ok(())
            }
            Happening::Haunted(name, wait) => {
                let wait = wait.as_secs_f32().ceil();
                self.notices.notice(format_args!(
                    "{name} is held by the lost connection, again in {wait} s"
                ));
                Ok(())
            }
            Happening::Lost(cause, wait) if self.retry => {
                if std::mem::take(&mut self.member)
                    && let Some(line) = self.form.lost(&cause)
                {
                    self.output.line(line);
                }
                let wait = wait.as_secs_f32().ceil();
                let place = &self.place;
                self.notices.notice(format_args!(
                    "no connection to {place}: {cause}, again in {wait} s"
                ));
                Ok(())
            }
            Happening::Lost(Cause::Stopped | Cause::Closed, _) => Err(Ended::Closed),
            Happening::Lost(cause, _) => Err(Ended::Lost(cause)),
            Happening::Ended(Ending::Unreachable(why)) => {
                let place = self.place.clone();
                Err(Ended::Unreachable { place, why })
            }
            Happening::Ended(Ending::Refused | Ending::Left | Ending::Unanswered) => {
                Err(Ended::Closed)
            }
        }
    }

    fn show(&mut self, told: &ServerLine) {
        // What the listener's own connecting and asking brought.
        if !matches!(told, Ok(Event::Greeting | Event::Pong(_))) {
            self.output.line(self.form.told(told));
        }
    }

    /// Tries the next name if this is the answer that the last one is taken.
    fn join(&mut self, told: &ServerLine, room: &mut Lasting) -> Result<(), Ended> {
        let Some(Err(why)) = told
            .as_ref()
            .ok()
            .and_then(|event| answer(event, &self.name))
        else {
            return Ok(());
        };
        let is_taken =
            matches!(&why, JoinError::Refused { code, .. } if *code == ErrorCode::NameTaken);
        match self.names.next().filter(|_| is_taken) {
            Some(name) => {
                self.name = name.clone();
                let _sent = room.send(Command::Join(name));
                Ok(())
            }
            None => {
                let name = self.name.clone();
                Err(Ended::NotAdmitted { name, why })
            }
        }
    }
}
