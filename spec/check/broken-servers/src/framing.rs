//! Octets into lines (LINE-1, LINE-2, LINE-8).

/// The state of a connection's unfinished line.
pub(crate) struct Framing {
    pub(crate) tail: Vec<u8>,
    /// The unfinished line is too long and is skipped up to its end.
    pub(crate) is_skipping: bool,
    /// An LF has arrived, or only LF ends a line here (LINE-8, LINE-9).
    pub(crate) is_delimited: bool,
}

/// What is cut off the input.
pub(crate) enum Cut {
    Line(Vec<u8>),
    TooLong,
}

impl Framing {
    pub(crate) fn new(serves_undelimited: bool) -> Self {
        Self {
            tail: Vec::new(),
            is_skipping: false,
            is_delimited: !serves_undelimited,
        }
    }

    pub(crate) fn cut(&mut self, octets: &[u8], max_line: usize) -> Vec<Cut> {
        let mut cuts = Vec::new();
        for &octet in octets {
            if octet == b'\n' {
                self.is_delimited = true;
                cuts.extend(self.end());
            } else if !self.is_skipping {
                self.tail.push(octet);
                if self.tail.len() == max_line {
                    self.tail.clear();
                    self.is_skipping = true;
                    cuts.push(Cut::TooLong);
                }
            }
        }
        cuts
    }

    /// Whether silence would end a line.
    pub(crate) fn awaits_quiet(&self) -> bool {
        !self.is_delimited && (self.is_skipping || !self.tail.is_empty())
    }

    /// Ends the unfinished line as an LF would, if none has ever arrived; otherwise drops it.
    pub(crate) fn cut_unfinished(&mut self) -> Option<Cut> {
        let line = self.end();
        line.filter(|_| !self.is_delimited)
    }

    fn end(&mut self) -> Option<Cut> {
        let mut line = std::mem::take(&mut self.tail);
        line.pop_if(|octet| *octet == b'\r');
        let is_skipped = std::mem::take(&mut self.is_skipping);
        (!is_skipped).then_some(Cut::Line(line))
    }
}
