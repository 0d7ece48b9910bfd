//! What the room said from first to last, as the observer was told it.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::ops::Range;
use std::time::Duration;

pub(crate) struct Record {
    observer: BufReader<TcpStream>,
    octets: Vec<u8>,
    looks: usize,
    stays: HashMap<String, Stay>,
    present: usize,
}

/// One member's stay in the room. Names are not used twice.
#[derive(Default)]
struct Stay {
    /// The positions in the record at which it joined and left.
    joined: usize,
    left: Option<usize>,
    /// The position of each of its texts.
    texts: Vec<usize>,
}

impl Record {
    pub(crate) fn observe(observer: TcpStream) -> Self {
        observer
            .set_read_timeout(Some(Duration::from_secs(60)))
            .expect("an option");
        let mut observer = BufReader::new(observer);
        observer
            .get_mut()
            .write_all(b"JOIN observer\n")
            .expect("a write");
        let mut line = String::new();
        for _greeting_and_joined in 0..2 {
            observer.read_line(&mut line).expect("a line");
        }
        assert!(
            line.ends_with("\nSERVER: observer joined the chat!\n"),
            "{line}"
        );
        Self {
            observer,
            octets: Vec::new(),
            looks: 0,
            stays: HashMap::new(),
            present: 0,
        }
    }

    /// Records what the room has said so far.
    pub(crate) fn catch_up(&mut self) {
        self.looks += 1;
        let look = format!("look {}", self.looks);
        self.observer
            .get_mut()
            .write_all(format!("BCST {look}\n").as_bytes())
            .expect("a write");
        let mut line = String::new();
        while line != format!("observer: BCST {look}\n") {
            line.clear();
            self.observer.read_line(&mut line).expect("a line");
            assert!(line.ends_with('\n'), "the observer is cut off");
            self.check(line.trim_end());
            self.octets.extend_from_slice(line.as_bytes());
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.octets.len()
    }

    /// The number of members, not counting the observer.
    pub(crate) fn present(&self) -> usize {
        self.present
    }

    pub(crate) fn octets(&self, range: Range<usize>) -> &[u8] {
        &self.octets[range]
    }

    /// This member's part of the record, from its join until it left or until now; and whether it
    /// has left.
    pub(crate) fn of(&self, name: &str) -> Option<(Range<usize>, bool)> {
        let stay = self.stays.get(name)?;
        let end = stay.left.unwrap_or(self.octets.len());
        Some((stay.joined..end, stay.left.is_some()))
    }

    /// Whether this member is in the room after this many octets of the record.
    pub(crate) fn is_there(&self, name: &str, at: usize) -> bool {
        let is_there = |stay: &Stay| stay.joined < at && stay.left.is_none_or(|left| at <= left);
        self.stays.get(name).is_some_and(is_there)
    }

    /// How many texts of this member are in the first `at` octets.
    pub(crate) fn texts_before(&self, name: &str, at: usize) -> usize {
        let before = |stay: &Stay| stay.texts.partition_point(|&text| text < at);
        self.stays.get(name).map_or(0, before)
    }

    /// How many texts of this member the record contains.
    pub(crate) fn texts_of(&self, name: &str) -> usize {
        self.stays.get(name).map_or(0, |stay| stay.texts.len())
    }

    /// A member that talks or leaves is present, a member that joins is not, and each member's
    /// texts are numbered without gaps.
    fn check(&mut self, line: &str) {
        let at = self.octets.len();
        if let Some(name) = line.strip_prefix("SERVER: ") {
            let name = name.strip_suffix(" joined the chat!").expect(line);
            let stay = Stay {
                joined: at,
                ..Stay::default()
            };
            assert!(
                self.stays.insert(name.to_owned(), stay).is_none(),
                "twice: {line}"
            );
            self.present += 1;
        } else if let Some(name) = line.strip_suffix(" has left the chat") {
            let stay = self.stays.get_mut(name).expect(line);
            assert!(stay.left.replace(at).is_none(), "twice: {line}");
            self.present -= 1;
        } else if let Some((name, text)) = line.split_once(": BCST ")
            && name != "observer"
        {
            let stay = self.stays.get_mut(name).expect(line);
            assert!(stay.left.is_none(), "after its leaving: {line}");
            assert_eq!(text, format!("text {}", stay.texts.len()), "of {name}");
            stay.texts.push(at);
        } else {
            assert!(line.starts_with("observer: BCST look "), "{line}");
        }
    }
}
