//! Colours a line for the line mode.
//!
//! Colour adds no information: private lines stand out, and the server's own lines are dimmed.

use std::fmt;

use anstyle::{AnsiColor, Style};

use crate::protocol::{Event, ServerLine};

/// Gives `shown`, which is escaped already, the colour of the line that it shows.
pub(super) fn coloured(shown: &str, line: &ServerLine, colour: bool) -> impl fmt::Display {
    let style = match line {
        Ok(event) if colour => style(event),
        Ok(_) | Err(_) => Style::new(),
    };
    format!("{style}{shown}{style:#}")
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

    #[test]
    fn colour_is_put_around_the_words() {
        let shown = |line: &str, colour| {
            let unknown = || UnknownLine::NotAnEvent(line.to_owned());
            let event = parse_event(line.as_bytes()).ok_or_else(unknown);
            coloured(line, &event, colour).to_string()
        };
        assert_eq!(shown("ann: BCST hi", true), "ann: BCST hi");
        assert_eq!(
            shown("ann: MESG bob hi", true),
            "\u{1b}[1m\u{1b}[35mann: MESG bob hi\u{1b}[0m"
        );
        assert_eq!(shown("close", true), "\u{1b}[2mclose\u{1b}[0m");
        for line in ["ann: MESG bob hi", "close", "no event"] {
            assert_eq!(shown(line, false), line);
        }
    }
}
