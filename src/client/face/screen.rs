//! The terminal while the face is on it, given back on every way out: when it is dropped, and when anything panics.
//!
//! The mouse is left to the terminal. A line that is wider there than here is cut, not wrapped, and each character beyond ASCII is
//! followed by a move of the cursor to where the next one belongs: no character can shift another.

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
use ratatui::Terminal;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use super::draw::draw;
use super::moment::Moment;
use super::state::Face;

/// The wheel scrolls nothing here, and does not walk through the history either (what it did before is kept and restored).
const WHEEL_OFF: &str = "\u{1b}[?1007s\u{1b}[?1007l";
const WHEEL_BACK: &str = "\u{1b}[?1007r";

/// Whether there is anything to give back.
static OPEN: AtomicBool = AtomicBool::new(false);

/// The whole screen of the terminal on standard output. There is one at a time.
#[derive(Debug)]
pub struct Screen {
    terminal: Terminal<Painter>,
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// There is none, or it can't be written to.
    pub fn open() -> io::Result<Self> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let before = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                give_back();
                before(info);
            }));
        });
        take()?;
        let backend = CrosstermBackend::new(BufWriter::with_capacity(64 << 10, stdout()));
        // From here on an error gives it back.
        let terminal =
            Terminal::new(Painter(backend, Position::ORIGIN)).inspect_err(|_| give_back())?;
        Ok(Self { terminal })
    }

    /// Draws a frame.
    ///
    /// # Errors
    /// The terminal can't be written to.
    pub fn draw(&mut self, face: &Face, now: Moment, colour: bool) -> io::Result<()> {
        self.terminal.draw(|frame| {
            if let Some(cursor) = draw(face, now, colour, frame.buffer_mut()) {
                frame.set_cursor_position(cursor);
            }
        })?;
        Ok(())
    }

    /// Takes the terminal again, whatever has been done to it, and forgets what was on it.
    ///
    /// # Errors
    /// The terminal can't be written to.
    pub fn reopen(&mut self) -> io::Result<()> {
        take()?;
        self.terminal.clear()
    }

    /// Gives the terminal back until [`Screen::reopen`].
    pub fn close(&mut self) {
        give_back();
    }

    /// Its columns and rows.
    ///
    /// # Errors
    /// There is no terminal any more.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        self.terminal.size().map(|size| (size.width, size.height))
    }

    /// Rings.
    ///
    /// # Errors
    /// The terminal can't be written to.
    pub fn ring(&mut self) -> io::Result<()> {
        execute!(stdout(), Print('\u{7}'))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn take() -> io::Result<()> {
    OPEN.store(true, Ordering::SeqCst);
    let taken = enable_raw_mode().and_then(|()| {
        execute!(
            stdout(),
            EnterAlternateScreen,
            EnableBracketedPaste,
            EnableFocusChange,
            DisableLineWrap,
            Print(WHEEL_OFF),
        )
    });
    taken.inspect_err(|_| give_back())
}

/// Undoes all of [`take`] that can be undone: there may be no terminal any more.
fn give_back() {
    if !OPEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = stdout();
    let _ = queue!(
        out,
        Print(WHEEL_BACK),
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

/// Draws as crossterm does, but never trusts the terminal with the width of a character.
#[derive(Debug)]
struct Painter(CrosstermBackend<BufWriter<Stdout>>, Position);

impl Backend for Painter {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        while content.peek().is_some() {
            let mut certain = true;
            let run = std::iter::from_fn(|| {
                let next = if certain { content.next() } else { None };
                certain = next.is_some_and(|(_, _, cell)| cell.symbol().is_ascii());
                next
            });
            self.0.draw(run)?;
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.0.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.0.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        // The terminal is not asked: its answer would come among the keys.
        Ok(self.1)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.1 = position.into();
        self.0.set_cursor_position(self.1)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.0.clear()
    }

    fn clear_region(&mut self, which: ClearType) -> io::Result<()> {
        self.0.clear_region(which)
    }

    fn size(&self) -> io::Result<Size> {
        self.0.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.0.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.0)
    }
}
