//! The demo's dice: splitmix64, so that one seed gives one book on every machine.

/// A generator of numbers that look random. Never used for anything but the demo.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i32, high: i32) -> i32 {
        let span = u64::from(high.abs_diff(low)) + 1;
        low.saturating_add(i32::try_from(self.next() % span).unwrap_or(0))
    }

    /// Whether something happens that happens so many times in a hundred.
    pub(super) fn percent(&mut self, chance: i32) -> bool {
        self.between(1, 100) <= chance
    }

    /// One of several.
    pub(super) fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let last = i32::try_from(all.len()).unwrap_or(0).saturating_sub(1);
        usize::try_from(self.between(0, last.max(0))).ok().and_then(|n| all.get(n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dice_are_those_of_the_published_algorithm() {
        let mut dice = Dice::new(1_234_567);
        assert_eq!(dice.next(), 6_457_827_717_110_365_317);
        assert_eq!(dice.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn numbers_stay_in_their_span() {
        let mut dice = Dice::new(0);
        for _ in 0..1_000 {
            assert!((-3..=2).contains(&dice.between(-3, 2)));
        }
        assert!(!dice.percent(0) && dice.percent(100));
    }
}
