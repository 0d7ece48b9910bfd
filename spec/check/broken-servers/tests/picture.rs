//! The picture of a student's failing run: an SVG of what `parlour-check` prints of a broken
//! server.
//!
//! `INSTA_UPDATE=always cargo test -p parlour-broken-servers --test picture` redraws it into
//! `spec/check/picture.svg`.

#[path = "../../../../tests/picture/svg.rs"]
mod svg;

use std::time::Duration;

use anstream::adapter::WinconBytes;
use anstyle::{Ansi256Color, Color, Effects, Style};
use parlour_check::outcome::{Run, Verdict};
use parlour_check::report::table;
use parlour_check::run::RunOptions;
use parlour_check::server::{Options, Target, check};

use svg::{Look, Svg, is_kept};

const DRAW: &str = "INSTA_UPDATE=always cargo test -p parlour-broken-servers --test picture";

/// The server that is shown: it loses spaces inside a text.
const SERVER: &str = "broken spaces_in_a_text_squashed {port}";
const ONLY: &str = "MESG-1";
const COLUMNS: u16 = 96;

#[test]
fn the_picture_of_a_failing_run_is_what_the_program_prints() {
    let typed = format!("$ parlour-check server --spawn '{SERVER}' --only {ONLY}\n");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../picture.svg");
    is_kept(&drawn(&(typed + &table(&run()))), path, DRAW);
}

/// The run, with fixed times.
fn run() -> Run {
    let folder = env!("CARGO_BIN_EXE_broken").trim_end_matches("broken");
    let options = Options {
        run: RunOptions {
            only: vec![ONLY.to_owned()],
            timeout: Duration::from_secs(30),
            ..RunOptions::default()
        },
        ..Options::default()
    };
    let spawned = Target::Spawn(format!("exec '{folder}'{SERVER}"));
    let mut run = check(&spawned, &options, |_| {}).expect("the server can be reached");
    run.target = SERVER.to_owned();
    for outcome in &mut run.outcomes {
        outcome.took = Duration::from_micros(4_200);
        if let Verdict::Fail(finding) = &mut outcome.verdict {
            for (exchanged, n) in finding.exchange.iter_mut().zip(1..) {
                exchanged.at = Duration::from_micros(300) * n;
            }
        }
    }
    run
}

/// Draws a terminal on which `printed` was printed.
fn drawn(printed: &str) -> String {
    let mut bytes = WinconBytes::new();
    let mut runs = Vec::new();
    let (mut x, mut y) = (0, 0);
    for (style, text) in bytes.extract_next(printed.as_bytes()) {
        for piece in text.split_inclusive('\n') {
            let mut rest = piece.trim_end_matches('\n').chars().peekable();
            while rest.peek().is_some() {
                if x == COLUMNS {
                    (x, y) = (0, y + 1);
                }
                let text: String = rest.by_ref().take((COLUMNS - x).into()).collect();
                let cells = u16::try_from(text.chars().count()).expect("a row has few cells");
                runs.push(((x, y), cells, text, look(style)));
                x += cells;
            }
            if piece.ends_with('\n') {
                (x, y) = (0, y + 1);
            }
        }
    }
    let title =
        "parlour-check on a terminal: a server has lost a space of a text, and is told which";
    let mut svg = Svg::new(title, (COLUMNS, y));
    for (at, cells, text, look) in runs {
        svg.run(at, cells, &text, look);
    }
    svg.end(None)
}

fn look(style: Style) -> Look {
    let has = |effect| style.get_effects().contains(effect);
    let ink = style.get_fg_color().map(|colour| match colour {
        Color::Ansi(colour) => Ansi256Color::from(colour).0,
        Color::Ansi256(_) | Color::Rgb(_) => unreachable!("a report has the sixteen colours alone"),
    });
    Look {
        ink,
        bold: has(Effects::BOLD),
        italic: has(Effects::ITALIC),
        dim: has(Effects::DIMMED),
        reversed: has(Effects::INVERT),
    }
}
