//! The lines that peers say: every command and every kind of malformed line, each text once.

use parlour::protocol::ErrorCode;
use parlour_spec::Random;

use super::driver::BASES;
use super::peer::{Asked, Peer, any_case};

/// A line that `peer` may say now, and its command. No two lines that the others can tell apart
/// have the same `number`.
pub(crate) fn line(
    random: &mut Random,
    peer: &Peer,
    number: u64,
    max_line: usize,
    may_quit: bool,
) -> (Vec<u8>, Option<Asked>) {
    let asks_to_join = |asked: &Asked| matches!(asked, Asked::Join(_));
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
            (format!("JOIN {name}"), Asked::Join(name))
        }
        8..=29 => (format!("{} {text}", verb("bcst")), Asked::Bcst(text)),
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
            (format!("MESG  {to} {text}"), Asked::Mesg(to, text))
        }
        55..=62 => (verb("list"), Asked::List),
        63..=65 if may_quit => (verb("quit"), Asked::Quit),
        63..=69 => (verb("help"), Asked::Help),
        70..=79 => {
            let word = format!("w{}", number);
            (format!("{} {word}", verb("ping")), Asked::Ping(word))
        }
        80..=83 => return (vec![b' '; random.within(0..=3) as usize], None),
        84..=86 => {
            let line = vec![b'x'; max_line + random.within(0..=300) as usize];
            return (line, Some(Asked::Malformed(ErrorCode::LineTooLong)));
        }
        87..=88 => {
            let line = [b"BCST \xff", text.as_bytes()].concat();
            return (line, Some(Asked::Malformed(ErrorCode::NotUtf8)));
        }
        89..=90 => (
            "BCST \u{7}".to_owned(),
            Asked::Malformed(ErrorCode::ControlCharacter),
        ),
        91..=92 => (
            format!("SAY {text}"),
            Asked::Malformed(ErrorCode::UnknownCommand),
        ),
        93..=94 => (verb("mesg"), Asked::Malformed(ErrorCode::Usage)),
        95..=97 => (
            "JOIN a/b".to_owned(),
            Asked::Malformed(ErrorCode::NameInvalid),
        ),
        _ => (
            format!("JOIN {}", verb("server")),
            Asked::Malformed(ErrorCode::NameReserved),
        ),
    };
    (line.into_bytes(), Some(asked))
}
