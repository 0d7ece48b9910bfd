//! How `parlour listen` handles each update.

use tokio::io::AsyncWrite;

use super::Form;
use crate::client::printer::Printer;
use crate::client::session::Answer;
use crate::client::{Address, Disconnect, Update};
use crate::protocol::{Event, ServerLine, UserName};

/// A program that follows a room.
pub(super) struct Listener<O, N> {
    pub(super) output: Printer<O>,
    pub(super) notices: Printer<N>,
    pub(super) form: Form,
    pub(super) retry: bool,
    pub(super) address: Address,
    /// Our name, once the room has admitted us on this connection.
    pub(super) member: Option<UserName>,
    pub(super) was_member: bool,
}

impl<O, N> Listener<O, N>
where
    O: AsyncWrite + Unpin,
    N: AsyncWrite + Unpin,
{
    /// Prints what the update says.
    ///
    /// # Errors
    /// Why the listener has to end, if it does.
    pub(super) fn update(&mut self, update: Update) -> Result<(), Disconnect> {
        let wait = update.wait(&self.address);
        match update {
            Update::Connected => {}
            Update::Line(line, answers) => {
                for answer in answers {
                    match answer {
                        Answer::Admitted(name) => {
                            if self.was_member {
                                let notice = format_args!("back in the room as {name}");
                                self.notices.notice(notice);
                            }
                            self.member = Some(name);
                            self.was_member = true;
                        }
                        Answer::NotAdmitted(name, why) => {
                            return Err(Disconnect::NotAdmitted { name, why });
                        }
                        Answer::Taken(_) | Answer::Refused { .. } => {}
                    }
                }
                self.show(&line);
            }
            Update::NameHeld(..) => {}
            Update::Disconnected(why, _) if self.retry => {
                if self.member.take().is_some()
                    && let Some(record) = self.form.loss(&why)
                {
                    self.output.line(record);
                }
            }
            Update::Disconnected(why, _) | Update::Ended(why) => return Err(why),
        }
        wait.inspect(|wait| self.notices.notice(wait));
        Ok(())
    }

    fn show(&mut self, line: &ServerLine) {
        // These lines answer only the listener's own connection and commands.
        if let Some(me) = &self.member
            && !matches!(line, Ok(Event::Greeting | Event::Pong(_)))
            && let Some(shown) = self.form.line(line, me)
        {
            self.output.line(shown);
        }
    }
}
