//! Reproducible randomness: everything follows from a seed.

/// A xorshift generator.
pub(crate) struct Random(u64);

impl Random {
    /// Uses the seed in PARLOUR_SOAK_SEED, or a new one; prints it in either case.
    pub(crate) fn from_environment() -> Self {
        let new = || {
            std::time::UNIX_EPOCH
                .elapsed()
                .map_or(1, |now| now.as_nanos() as u64)
        };
        let given = std::env::var("PARLOUR_SOAK_SEED");
        let seed = given.map_or_else(|_| new(), |seed| seed.parse().expect("a number"));
        eprintln!("PARLOUR_SOAK_SEED={seed}");
        Self(seed | 1)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % bound
    }
}
