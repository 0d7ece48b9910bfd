//! Formats an event for the line mode: the words as they came, escaped, with colour if wanted.
//!
//! Colour adds no information: private lines stand out, and the server's own lines are dimmed.

use std::fmt;

use anstyle::{AnsiColor, Style};

use crate::client::Safe;
use crate::protocol::{Event, ServerLine};

/// Formats a line from the server for a terminal.
pub(super) fn render(line: &ServerLine, colour: bool) -> impl fmt::Display {
    let (style, text) = match line {
        Ok(event) => (style(event), event.to_string()),
        Err(unknown) => (Style::new(), unknown.to_string()),
    };
    let style = if colour { style } else { Style::new() };
    format!("{style}{}{style:#}", Safe(&text))
}

fn style(event: &Event) -> Style {
    match event {
        Event::Broadcast { .. } => Style::new(),
        Event::Private { .. } => AnsiColor::Magenta.on_default().bold(),
        Event::Full | Event::Error { .. } => AnsiColor::Red.on_default(),
        Event::Greeting
        | Event::Joined(_)
        | Event::Left(_)
        | Event::Online(_)
        | Event::Pong(_)
        | Event::Help(_)
        | Event::ShuttingDown
        | Event::Close => Style::new().dimmed(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{UnknownLine, parse_event};

    fn shown(line: &str, colour: bool) -> String {
        let unknown = || UnknownLine::NotAnEvent(line.to_owned());
        render(&parse_event(line.as_bytes()).ok_or_else(unknown), colour).to_string()
    }

    #[test]
    fn without_colour_the_words_are_all_there_is() {
        for line in [
            "ann: MESG bob hi",
            "ERROR usage: LIST",
            "close",
            "bob: BCST a\tb",
        ] {
            assert_eq!(shown(line, false), line);
        }
    }

    #[test]
    fn colour_is_put_around_the_words() {
        assert_eq!(shown("ann: BCST hi", true), "ann: BCST hi");
        assert_eq!(
            shown("ann: MESG bob hi", true),
            "\u{1b}[1m\u{1b}[35mann: MESG bob hi\u{1b}[0m"
        );
        assert_eq!(shown("close", true), "\u{1b}[2mclose\u{1b}[0m");
    }

    /// GRAM-6, SEC-2
    #[test]
    fn unknown_lines_are_escaped() {
        assert_eq!(shown("ann: BCST \u{1b}[2J", true), r"ann: BCST \u{1b}[2J");
    }
}
