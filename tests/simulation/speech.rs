//! The lines that peers say: every command and every kind of malformed line, each text once.

use parlour_spec::{Input, Random};

use super::driver::BASES;
use super::peer::{Peer, any_case};

/// A line that `peer` may say now, and its command. No two lines that the others can tell apart
/// have the same `number`.
pub(crate) fn line(
    random: &mut Random,
    peer: &Peer,
    number: u64,
    max_line: usize,
    may_quit: bool,
) -> (Vec<u8>, Option<Input>) {
    let asks_to_join = |(asked, _): &(Input, usize)| matches!(asked, Input::Join(_));
    let command = |command: String| Input::of(Ok(&command));
    let malformed = |code| Input::of(Err(code));
    let has_tried = peer.asked.iter().any(asks_to_join);
    let choice = match random.within(0..=99) {
        choice if !has_tried && choice < 50 => 0,
        choice => choice,
    };
    let mut text = format!("t{}", number);
    if random.one_in(4) {
        let most = random.within(0..=max_line as u64 - 60) as usize;
        while text.len() + 2 <= most {
            text.push(*random.one(&['a', ' ', 'é', ':']));
        }
    }
    let mut verb = |word: &str| any_case(word, random);
    let (line, asked) = match choice {
        0..=7 => {
            // Only a member, which joins no more, sends a name other than its own.
            let own = peer.name.clone();
            let name = match peer.has_joined() {
                true => (*random.one(&["hanka", "free", "betta"])).to_owned(),
                false => own,
            };
            (format!("JOIN {name}"), command(format!("JOIN {name}")))
        }
        8..=29 => (
            format!("{} {text}", verb("bcst")),
            command(format!("BCST {text}")),
        ),
        30..=54 => {
            let to = match random.within(0..=9) {
                0 => "nobody".to_owned(),
                1 => "eve".to_owned(),
                2 | 3 => peer.name.clone(),
                _ => {
                    let base = *random.one(&BASES);
                    any_case(base, random)
                }
            };
            (
                format!("MESG  {to} {text}"),
                command(format!("MESG {to} {text}")),
            )
        }
        55..=62 => (verb("list"), Input::List),
        63..=65 if may_quit => (verb("quit"), Input::Quit),
        63..=69 => (verb("help"), Input::Help),
        70..=79 => {
            let word = format!("w{}", number);
            (
                format!("{} {word}", verb("ping")),
                command(format!("PING {word}")),
            )
        }
        80..=83 => return (vec![b' '; random.within(0..=3) as usize], None),
        84..=86 => {
            let line = vec![b'x'; max_line + random.within(0..=300) as usize];
            return (line, Some(malformed("line-too-long")));
        }
        87..=88 => {
            let line = [b"BCST \xff", text.as_bytes()].concat();
            return (line, Some(malformed("not-utf8")));
        }
        89..=90 => ("BCST \u{7}".to_owned(), malformed("control-character")),
        91..=92 => (format!("SAY {text}"), malformed("unknown-command")),
        93..=94 => (verb("mesg"), malformed("usage")),
        95..=97 => ("JOIN a/b".to_owned(), malformed("name-invalid")),
        _ => (
            format!("JOIN {}", verb("server")),
            malformed("name-reserved"),
        ),
    };
    (line.into_bytes(), Some(asked))
}
