//! A dictionary of ids: every value once, found by its content, named by a number of four bytes.
//!
//! The index holds numbers only and compares with the values themselves: eight bytes per value at
//! the most, where a map would keep a second copy of every id.

use std::hash::{DefaultHasher, Hash, Hasher};

const EMPTY: u32 = u32::MAX;

/// Values in the order they came, each once.
#[derive(Clone, Debug)]
pub struct Dictionary<T> {
    values: Vec<T>,
    /// Open addressing over a power of two, at most three quarters full.
    slots: Vec<u32>,
}

impl<T> Default for Dictionary<T> {
    fn default() -> Self {
        Self { values: Vec::new(), slots: Vec::new() }
    }
}

impl<T: Hash + Eq> Dictionary<T> {
    /// The values in order of their numbers.
    #[must_use]
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The value of a number.
    #[must_use]
    pub fn get(&self, number: u32) -> Option<&T> {
        self.values.get(usize::try_from(number).ok()?)
    }

    /// The number of a value.
    #[must_use]
    pub fn find<Q>(&self, value: &Q) -> Option<u32>
    where
        T: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.probe(value).filter(|number| *number != EMPTY)
    }

    /// Adds a value that is not there yet and gives its number; `None` when there is no number
    /// left (4,294,967,295 values) or the value is there.
    pub fn add(&mut self, value: T) -> Option<u32> {
        let number = u32::try_from(self.values.len()).ok().filter(|n| *n != EMPTY)?;
        if self.find(&value).is_some() {
            return None;
        }
        self.grow();
        place(&mut self.slots, hash(&value), number);
        self.values.push(value);
        Some(number)
    }

    /// The number of a value, which is added when it is not there yet.
    pub fn intern(&mut self, value: &T) -> Option<u32>
    where
        T: Clone,
    {
        match self.find(value) {
            Some(number) => Some(number),
            None => self.add(value.clone()),
        }
    }

    /// Bytes taken, without what the values themselves point to.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let values = self.values.capacity().saturating_mul(size_of::<T>());
        values.saturating_add(self.slots.capacity().saturating_mul(4))
    }

    fn probe<Q>(&self, value: &Q) -> Option<u32>
    where
        T: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let start = start(hash(value), self.slots.len())?;
        let (before, after) = self.slots.split_at_checked(start)?;
        after
            .iter()
            .chain(before)
            .copied()
            .find(|number| *number == EMPTY || self.get(*number).is_some_and(|found| found.borrow() == value))
    }

    fn grow(&mut self) {
        let full = self.values.len().saturating_add(1).saturating_mul(4);
        if full <= self.slots.len().saturating_mul(3) {
            return;
        }
        let mut slots = vec![EMPTY; self.slots.len().saturating_mul(2).max(16)];
        for (number, value) in (0_u32..).zip(&self.values) {
            place(&mut slots, hash(value), number);
        }
        self.slots = slots;
    }
}

/// Two ids with one hash are told apart by comparing them, so that the hash decides speed only.
fn hash<Q: Hash + ?Sized>(value: &Q) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn start(hash: u64, slots: usize) -> Option<usize> {
    let slots = u64::try_from(slots).ok()?;
    usize::try_from(hash.checked_rem(slots)?).ok()
}

fn place(slots: &mut [u32], hash: u64, number: u32) {
    let Some(start) = start(hash, slots.len()) else { return };
    let Some((before, after)) = slots.split_at_mut_checked(start) else { return };
    if let Some(free) = after.iter_mut().chain(before).find(|slot| **slot == EMPTY) {
        *free = number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dictionary_finds_what_was_added_and_nothing_else() {
        let mut all: Dictionary<u64> = Dictionary::default();
        for value in 0..5_000 {
            assert_eq!(all.add(value * 7), u32::try_from(value).ok());
        }
        assert_eq!(all.add(7), None, "a value is there once");
        for value in 0..5_000 {
            assert_eq!(all.find(&(value * 7)), u32::try_from(value).ok());
            assert_eq!(all.find(&(value * 7 + 1)), None);
        }
        assert!(all.bytes() < 5_000 * (8 + 4 * 4));
    }
}
