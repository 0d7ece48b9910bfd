//! The loop that owns the terminal and the connection: it passes inputs to the [`Model`], and
//! carries out the resulting effects.
//!
//! It handles keys first and draws the screen at most sixty times a second, so that typing stays
//! responsive even when the room floods it.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use futures_util::{FutureExt, StreamExt};
use rustix::process::{Signal, getpid, kill_current_process_group, kill_process};
use tokio::io::AsyncReadExt;
use tokio::select;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{sleep, sleep_until};

use super::model::ringer::Bell;
use super::model::{Effect, Input, Model};
use super::moment::{Clock, Moment};
use super::terminal::colours::colours;
use super::terminal::history_file::{HistoryFile, HistoryWriter};
use super::terminal::keyboard::Keyboard;
use super::terminal::paste_detection::PasteDetection;
use super::terminal::screen::{Screen, with_patience};
use crate::client::{Address, Exit, NamePolicy, Reconnecting, Safe};
use crate::protocol::UserName;

/// The shortest time between two frames.
const FRAME_INTERVAL: Duration = Duration::from_millis(16);

/// The most updates that are handled before the next keys.
const MAX_UPDATES: usize = 256;

/// The most octets from the terminal that are read at once.
const MAX_READ: usize = 16 << 10;

/// Options of the full screen.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Join under this name at once; ask for another if it is refused.
    pub name: Option<UserName>,
    /// When to ring.
    pub bell: Bell,
    /// Whether to use colours, as far as the terminal has them.
    pub colour: bool,
}

/// Runs the full screen until the person leaves or the connection ends for good.
pub async fn run(address: Address, options: Options) -> Exit {
    let (exit, words) = match talk(address, options).await {
        Ok(end) => end,
        // The terminal was closed, and the error came before SIGHUP.
        Err(_) if !io::stdout().is_terminal() => (Exit::Terminated, None),
        Err(e) => {
            let words = format!("the terminal is of no use: {e}");
            (Exit::Failed, Some(words))
        }
    };
    if let Some(words) = words {
        // Standard error may be closed.
        with_patience(move || drop(writeln!(io::stderr(), "parlour: {}", Safe(&words))));
    }
    exit
}

async fn talk(address: Address, options: Options) -> io::Result<(Exit, Option<String>)> {
    let started = Instant::now();
    let file = HistoryFile::of_user();
    let place = address.to_string();
    let mut model = Model::new(&place, options.name.clone(), options.bell, file.read());
    let history = HistoryWriter::new(file);
    let mut effects = Vec::new();
    let mut hangups = signal(SignalKind::hangup())?;
    let mut terminations = signal(SignalKind::terminate())?;
    let mut quits = signal(SignalKind::quit())?;
    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut stops = signal(SignalKind::from_raw(Signal::TSTP.as_raw()))?;
    let mut returns = signal(SignalKind::from_raw(Signal::CONT.as_raw()))?;
    let mut resizes = signal(SignalKind::window_change())?;
    let mut screen = Screen::open()?;
    let mut terminal = tokio::io::stdin();
    let mut octets = vec![0; MAX_READ];
    let mut keyboard = Keyboard::default();
    let mut silence_at = None;
    let mut pastes = PasteDetection::default();
    let mut room = Reconnecting::new(address, options.name.map(NamePolicy::Exact));
    let mut inputs = Vec::new();
    inputs.push(resize(&screen)?);
    let mut last_frame = None::<Instant>;
    let mut needs_redraw = true;
    let colours = if options.colour { colours() } else { 0 };
    let mut asks_background = colours >= 256;

    loop {
        for input in inputs.drain(..) {
            needs_redraw = true;
            model.update(input, moment(started), &mut effects);
            let mut unsent = Vec::new();
            for effect in effects.drain(..) {
                match effect {
                    Effect::Send(command, tag) => {
                        if room.send(command, tag).is_err() {
                            unsent.extend(tag);
                        }
                    }
                    Effect::RetryNow => room.retry_now(),
                    Effect::Bell => screen.ring(),
                    Effect::Keep(line) => history.keep(line),
                    Effect::Suspend => kill_current_process_group(Signal::TSTP)?,
                    Effect::Redraw => screen.reopen()?,
                    Effect::Leave(exit, words) => return Ok((exit, words)),
                }
            }
            for tag in unsent {
                model.update(Input::Unsent(tag), moment(started), &mut effects);
            }
        }
        let wait = last_frame.map_or(Duration::ZERO, |last_frame| {
            FRAME_INTERVAL.saturating_sub(last_frame.elapsed())
        });
        if needs_redraw && wait.is_zero() && !screen.is_writing() {
            // Not before there is a connection: a program that has ended can't read the answer.
            if asks_background && model.is_connected() {
                screen.ask_background();
                asks_background = false;
            }
            screen.draw(&model, moment(started), colours >= 16)?;
            last_frame = Some(Instant::now());
            needs_redraw = false;
            pastes.is_undrawn = false;
        }
        let change = if screen.is_writing() {
            None
        } else if needs_redraw {
            Some(wait)
        } else {
            model.changes_in()
        };
        select! {
            biased;
            _ = hangups.recv() => return Ok((Exit::Terminated, None)),
            _ = terminations.recv() => return Ok((Exit::Terminated, None)),
            _ = quits.recv() => return Ok((Exit::Terminated, None)),
            _ = interrupts.recv() => return Ok((Exit::Interrupted, None)),
            _ = stops.recv() => {
                screen.close();
                // Nothing handles this signal, so it stops the program as TSTP would have.
                kill_process(getpid(), Signal::TTIN)?;
                screen.reopen()?;
            }
            _ = returns.recv() => {
                screen.reopen()?;
                inputs.push(resize(&screen)?);
            }
            _ = resizes.recv() => inputs.push(resize(&screen)?),
            len = terminal.read(&mut octets) => {
                let len = len?;
                if len == 0 {
                    return Ok((Exit::Terminated, None));
                }
                inputs.extend(pastes.read(keyboard.read(&octets[..len])));
                silence_at = keyboard.patience().map(|patience| Instant::now() + patience);
                if pastes.is_undrawn {
                    // Wait for a frame's time before drawing, so that the rest of it can come.
                    last_frame = Some(Instant::now());
                }
            }
            () = sleep_until(silence_at.unwrap_or(started).into()), if silence_at.is_some() => {
                inputs.extend(pastes.read(keyboard.finish()));
                silence_at = None;
            }
            written = screen.written(), if screen.is_writing() => written?,
            () = sleep(change.unwrap_or_default()), if change.is_some() => needs_redraw = true,
            update = room.next() => {
                inputs.extend(update.map(Box::new).map(Input::Room));
                while inputs.len() < MAX_UPDATES
                    && let Some(Some(update)) = room.next().now_or_never()
                {
                    inputs.push(Input::Room(Box::new(update)));
                }
            }
        }
    }
}

fn resize(screen: &Screen) -> io::Result<Input> {
    let (columns, rows) = screen.size()?;
    Ok(Input::Resize(columns, rows))
}

fn moment(started: Instant) -> Moment {
    let now = jiff::Zoned::now();
    let part = |part: i8| u8::try_from(part).unwrap_or_default();
    let (hour, minute) = (part(now.hour()), part(now.minute()));
    Moment {
        since: started.elapsed(),
        clock: Clock {
            date: now.date(),
            hour,
            minute,
        },
    }
}
