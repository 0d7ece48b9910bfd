//! Puts the terminal into full-screen mode, and restores it on every exit: on drop and on panic.
//!
//! It does not capture the mouse. The terminal cuts a line that is too wide and does not wrap it.

use std::io::{self, BufWriter, Stdout, Write, stdout};
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange,
};
use crossterm::style::{Print, ResetColor};
use crossterm::terminal::{
    DisableLineWrap, EnableLineWrap, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::painter::Painter;
use crate::tui::model::Model;
use crate::tui::moment::Moment;
use crate::tui::view::draw;

/// Saves the terminal's alternate-scroll mode and turns it off, so that the mouse wheel does not
/// send arrow keys, which would walk through the history.
const ALTERNATE_SCROLL_OFF: &str = "\u{1b}[?1007s\u{1b}[?1007l";
const ALTERNATE_SCROLL_RESTORE: &str = "\u{1b}[?1007r";

/// Whether the terminal is in full-screen mode.
static IS_OPEN: AtomicBool = AtomicBool::new(false);

/// The terminal on standard output, in full-screen mode. Open one at a time.
#[derive(Debug)]
pub struct Screen {
    painter: Painter<BufWriter<Stdout>>,
}

impl Screen {
    /// Puts the terminal into full-screen mode.
    ///
    /// # Errors
    /// There is no terminal, or it can't be written to.
    pub fn open() -> io::Result<Self> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let before = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                restore();
                before(info);
            }));
        });
        enter()?;
        let painter = Painter::new(BufWriter::with_capacity(64 << 10, stdout()));
        Ok(Self { painter })
    }

    /// Draws a frame.
    ///
    /// # Errors
    /// The terminal can't be written to.
    pub fn draw(&mut self, model: &Model, now: Moment, colour: bool) -> io::Result<()> {
        let (columns, rows) = self.size()?;
        let mut frame = Buffer::empty(Rect::new(0, 0, columns, rows));
        let cursor = draw(model, now, colour, &mut frame);
        self.painter.paint(frame, cursor)
    }

    /// Puts the terminal into full-screen mode again, so that the next frame is drawn in full.
    ///
    /// # Errors
    /// The terminal can't be written to.
    pub fn reopen(&mut self) -> io::Result<()> {
        self.painter.forget();
        enter()
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
        self.painter.size().map(|size| (size.width, size.height))
    }

    /// Rings the bell.
    ///
    /// # Errors
    /// The terminal can't be written to.
    pub fn ring(&mut self) -> io::Result<()> {
        execute!(stdout(), Print('\u{7}'))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

fn enter() -> io::Result<()> {
    IS_OPEN.store(true, Ordering::SeqCst);
    let taken = enable_raw_mode().and_then(|()| {
        execute!(
            stdout(),
            EnterAlternateScreen,
            EnableBracketedPaste,
            EnableFocusChange,
            DisableLineWrap,
            Print(ALTERNATE_SCROLL_OFF),
        )
    });
    taken.inspect_err(|_| restore())
}

/// Undoes [`enter`]. Errors are ignored, as the terminal may be gone.
fn restore() {
    if !IS_OPEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = stdout();
    let _ = queue!(
        out,
        Print(ALTERNATE_SCROLL_RESTORE),
        EnableLineWrap,
        DisableFocusChange,
        DisableBracketedPaste,
        ResetColor,
        LeaveAlternateScreen,
        Show
    );
    let _ = out.flush();
    let _ = disable_raw_mode();
}
