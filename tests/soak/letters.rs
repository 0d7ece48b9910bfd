//! The private lines, called letters here: who sends each to whom, and what becomes of it.

use std::collections::HashMap;

use super::record::Record;

/// Every private line that was sent, by addressee. Each text contains its number among those to
/// that addressee.
#[derive(Default)]
pub(crate) struct Letters(HashMap<String, Post>);

/// What was said to one member.
#[derive(Default)]
struct Post {
    letters: Vec<Letter>,
    /// The member has read everything it was told, to the end.
    is_complete: bool,
}

struct Letter {
    from: String,
    /// How many broadcasts its sender had said before.
    texts: usize,
    is_told: bool,
    answer: Option<Answer>,
}

/// What a sender learns about a private line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// No answer came before the answer to the next command.
    Taken,
    NoSuchUser,
}

impl Letters {
    /// Records a private line of a member that has said this many broadcasts before. Returns its
    /// number.
    pub(crate) fn say(&mut self, from: &str, to: &str, texts: usize) -> usize {
        let post = self.0.entry(to.to_owned()).or_default();
        post.letters.push(Letter {
            from: from.to_owned(),
            texts,
            is_told: false,
            answer: None,
        });
        post.letters.len() - 1
    }

    /// Member `name` reads `line` after it has read `at` octets of the record.
    pub(crate) fn tell(&mut self, name: &str, line: &str, record: &Record, at: usize) {
        let number = line
            .rsplit_once(" letter ")
            .map(|(_, number)| number.parse::<usize>());
        let Some(Ok(number)) = number else {
            panic!("{name} was told {line}");
        };
        let post = self.0.entry(name.to_owned()).or_default();
        let Some(letter) = post.letters.get(number) else {
            panic!("{name} was told what nobody said to it: {line}");
        };
        let from = &letter.from;
        assert_eq!(line, format!("{from}: MESG {name} letter {number}"));
        assert!(record.is_there(from, at), "of one who is not there: {line}");
        assert!(!letter.is_told, "twice: {line}");
        assert!(letter.answer != Some(Answer::NoSuchUser), "refused: {line}");
        let texts = record.texts_before(from, at);
        assert_eq!(texts, letter.texts, "texts before {line}");
        let mut later = post.letters[number + 1..].iter();
        let is_overtaken = later.any(|later| later.is_told && later.from == *from);
        assert!(!is_overtaken, "after a later one: {line}");
        post.letters[number].is_told = true;
    }

    /// The sender of a private line reads its answer after it has read `at` octets of the record.
    pub(crate) fn answer(
        &mut self,
        (to, number): (&str, usize),
        answer: Answer,
        record: &Record,
        at: usize,
    ) {
        let post = self.0.get_mut(to).expect("it was said");
        let letter = &mut post.letters[number];
        let from = &letter.from;
        let texts = record.texts_before(from, at);
        assert_eq!(texts, letter.texts, "texts before {from} is answered");
        if answer == Answer::NoSuchUser {
            assert!(!letter.is_told, "told and refused: {from} to {to}");
            assert!(
                !record.is_there(to, at),
                "{to} is there, and refused to {from}"
            );
        }
        letter.answer = Some(answer);
        post.check(to);
    }

    /// Member `name` has read everything it was told, to the end.
    pub(crate) fn complete(&mut self, name: &str) {
        if let Some(post) = self.0.get_mut(name) {
            post.is_complete = true;
            post.check(name);
        }
    }

    /// How many were delivered, and how many refused.
    pub(crate) fn count(&self) -> (usize, usize) {
        let letters = || self.0.values().flat_map(|post| &post.letters);
        let is_refused = |letter: &&Letter| letter.answer == Some(Answer::NoSuchUser);
        (
            letters().filter(|letter| letter.is_told).count(),
            letters().filter(is_refused).count(),
        )
    }
}

impl Post {
    /// Every line that the room accepted for a member that read everything was delivered to it.
    fn check(&self, to: &str) {
        for letter in self.letters.iter().filter(|_| self.is_complete) {
            let is_lost = letter.answer == Some(Answer::Taken) && !letter.is_told;
            assert!(!is_lost, "{to} was not told what {} said", letter.from);
        }
    }
}
