//! A short queue without heap memory, so that a world of them is copied and compared at once.

/// At most eight small numbers, first in, first out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Queue {
    len: u8,
    /// Zero from `len` on.
    items: [u8; 8],
}

impl Queue {
    pub(crate) fn len(&self) -> usize {
        self.len.into()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn front(&self) -> Option<u8> {
        (self.len > 0).then_some(self.items[0])
    }

    pub(crate) fn push(&mut self, item: u8) {
        self.insert(self.len(), item);
    }

    pub(crate) fn insert(&mut self, at: usize, item: u8) {
        self.items[at..].rotate_right(1);
        self.items[at] = item;
        self.len += 1;
    }

    pub(crate) fn pop(&mut self) -> Option<u8> {
        let front = self.front()?;
        self.items[0] = 0;
        self.items.rotate_left(1);
        self.len -= 1;
        Some(front)
    }
}
