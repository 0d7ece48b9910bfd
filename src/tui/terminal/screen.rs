//! Puts the terminal into full-screen mode, and restores it on every exit: on drop and on panic.
//!
//! It does not capture the mouse. The terminal cuts a line that is too wide and does not wrap it.

use std::io::{self, Write};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Once, mpsc};
use std::thread;
use std::time::Duration;

use crossterm::terminal::{self, disable_raw_mode, enable_raw_mode};
use futures_util::FutureExt;
use futures_util::future::{Fuse, FusedFuture};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::task::{JoinHandle, spawn_blocking};

use super::painter::Painter;
use crate::tui::model::Model;
use crate::tui::moment::Moment;
use crate::tui::view::draw;

/// Enters the alternate screen, turns on bracketed paste and focus reports, and turns off line
/// wrap.
const ENTER: &str = "\x1b[?1049h\x1b[?2004h\x1b[?1004h\x1b[?7l";

/// Saves the terminal's alternate-scroll mode and turns it off, so that the mouse wheel does not
/// send arrow keys, which would walk through the history.
const ALTERNATE_SCROLL_OFF: &str = "\x1b[?1007s\x1b[?1007l";

/// Undoes [`ALTERNATE_SCROLL_OFF`] and [`ENTER`], and what a frame leaves.
const RESTORE: &str = "\x1b[?1007r\x1b[?7h\x1b[?1004l\x1b[?2004l\x1b[m\x1b[r\x1b[?1049l\x1b[?25h";

/// The most columns and rows that are used.
const MAX_SIZE: (u16, u16) = (1000, 500);

/// How long the end of the program waits for a terminal that takes no output.
const PATIENCE: Duration = Duration::from_millis(300);

/// Whether the terminal is in full-screen mode. Frames are written only then.
static IS_OPEN: AtomicBool = AtomicBool::new(false);

/// The terminal on standard output, in full-screen mode. Open one at a time, in a tokio runtime.
///
/// A terminal may take no output for a long time, so a thread of the runtime writes.
#[derive(Debug)]
pub struct Screen {
    painter: Painter,
    /// What the next write begins with.
    output: String,
    writing: Fuse<JoinHandle<io::Result<()>>>,
}

impl Screen {
    /// Puts the terminal into full-screen mode.
    ///
    /// # Errors
    /// There is no terminal.
    pub fn open() -> io::Result<Self> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let before = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                restore();
                before(info);
            }));
        });
        let mut screen = Self {
            painter: Painter::default(),
            output: String::new(),
            writing: Fuse::terminated(),
        };
        screen.reopen()?;
        Ok(screen)
    }

    /// Begins to write a frame. Call it only while nothing [is written](Screen::is_writing).
    ///
    /// # Errors
    /// There is no terminal any more.
    pub fn draw(&mut self, model: &Model, now: Moment, colour: bool) -> io::Result<()> {
        let (columns, rows) = self.size()?;
        let mut frame = Buffer::empty(Rect::new(0, 0, columns, rows));
        let cursor = draw(model, now, colour, &mut frame);
        self.painter.paint(frame, cursor, &mut self.output);
        let output = std::mem::take(&mut self.output);
        self.writing = spawn_blocking(move || write(&output)).fuse();
        Ok(())
    }

    /// Whether the terminal has not taken the last frame yet.
    pub fn is_writing(&self) -> bool {
        !self.writing.is_terminated()
    }

    /// Waits until the terminal has taken the last frame. Cancel safe.
    ///
    /// # Errors
    /// The terminal can't be written to.
    pub async fn written(&mut self) -> io::Result<()> {
        (&mut self.writing).await.map_err(io::Error::other)?
    }

    /// Puts the terminal into full-screen mode again, whatever others have done to it. The next
    /// frame is drawn in full.
    ///
    /// # Errors
    /// There is no terminal any more.
    pub fn reopen(&mut self) -> io::Result<()> {
        disable_raw_mode()?;
        enable_raw_mode()?;
        if !IS_OPEN.swap(true, Ordering::SeqCst) {
            self.output.push_str(ALTERNATE_SCROLL_OFF);
        }
        // The output is bounded, also while the terminal takes none.
        if !self.output.contains(ENTER) {
            self.output.push_str(ENTER);
        }
        self.painter.forget();
        Ok(())
    }

    /// Restores the terminal until [`Screen::reopen`].
    pub fn close(&mut self) {
        restore();
    }

    /// The columns and rows of the terminal.
    ///
    /// # Errors
    /// There is no terminal any more.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let (columns, rows) = terminal::size()?;
        Ok((columns.min(MAX_SIZE.0), rows.min(MAX_SIZE.1)))
    }

    /// Asks for the colour of the background with the next frame.
    pub fn ask_background(&mut self) {
        self.output.push_str("\x1b]11;?\x1b\\");
    }

    /// Rings the bell with the next frame.
    pub fn ring(&mut self) {
        if !self.output.ends_with('\u{7}') {
            self.output.push('\u{7}');
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Writes to the terminal, unless it has been restored.
fn write(output: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if IS_OPEN.load(Ordering::SeqCst) {
        out.write_all(output.as_bytes())?;
        out.flush()?;
    }
    Ok(())
}

/// Undoes [`Screen::open`]. Errors are ignored, as the terminal may be gone.
fn restore() {
    if IS_OPEN.swap(false, Ordering::SeqCst) {
        with_patience(|| {
            let mut out = io::stdout().lock();
            let _ = out.write_all(RESTORE.as_bytes());
            let _ = out.flush();
        });
        let _ = disable_raw_mode();
    }
}

/// Does what writes to the terminal, but does not wait long for it.
pub(in crate::tui) fn with_patience(work: impl FnOnce() + Send + 'static) {
    let (done, is_done) = mpsc::channel::<()>();
    let thread = thread::Builder::new().spawn(move || {
        work();
        drop(done);
    });
    if thread.is_ok() {
        let _ = is_done.recv_timeout(PATIENCE);
    }
}
