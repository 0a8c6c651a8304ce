//! The tree over the log's leaves: one hash that stands for a whole prefix (INV-60, RFC 6962
//! section 2.1).
//!
//! A store keeps only the frontier, the roots of the perfect subtrees from left to right: at most
//! 64 hashes, from which the head of the tree follows and to which a leaf is added in constant
//! time on average.

use sha2::{Digest, Sha256};

use crate::record::Leaf;

/// The right edge of a growing tree.
///
/// ```
/// use ar_core::record::{hex, leaf};
/// use ar_core::tree::Frontier;
/// let mut tree = Frontier::new();
/// // The first test vectors of RFC 6962 implementations: no leaf, then one empty leaf.
/// assert_eq!(hex(&tree.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
/// tree.push(leaf(b""));
/// assert_eq!(hex(&tree.root()), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Roots of perfect subtrees, largest first: one for every bit of `size` that is set.
    roots: Vec<Leaf>,
}

impl Frontier {
    /// A tree without leaves.
    #[must_use]
    pub const fn new() -> Self {
        Self { size: 0, roots: Vec::new() }
    }

    /// Leaves in the tree: the position of the last record.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds the next leaf.
    pub fn push(&mut self, leaf: Leaf) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.roots.pop() {
                hash = node(&left, &hash);
            }
        }
        self.roots.push(hash);
        self.size = self.size.saturating_add(1);
    }

    /// The hash of the whole tree: what a published head says.
    #[must_use]
    pub fn root(&self) -> Leaf {
        let mut right = self.roots.iter().rev();
        match right.next() {
            None => Sha256::digest([]).into(),
            Some(last) => right.fold(*last, |hash, left| node(left, &hash)),
        }
    }

    /// The frontier as bytes: the subtree hashes, one after the other.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.roots.concat()
    }

    /// The frontier of a tree of `size` leaves from its bytes; `None` when they do not fit.
    #[must_use]
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Option<Self> {
        let roots: Vec<Leaf> = bytes.chunks(32).map(Leaf::try_from).collect::<Result<_, _>>().ok()?;
        (u32::try_from(roots.len()).ok()? == size.count_ones()).then_some(Self { size, roots })
    }
}

/// The hash of an inner node: SHA-256 over a one byte and both children.
#[must_use]
pub fn node(left: &Leaf, right: &Leaf) -> Leaf {
    let mut hasher = Sha256::new();
    hasher.update([1_u8]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::record::{hex, leaf};

    /// The leaves and heads that implementations of RFC 6962 share as test vectors.
    const INPUTS: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    const HEADS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    /// The definition, as the RFC writes it.
    fn reference(leaves: &[Leaf]) -> Leaf {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => *one,
            _ => {
                let k = leaves.len().next_power_of_two() / 2;
                node(&reference(&leaves[..k]), &reference(&leaves[k..]))
            }
        }
    }

    #[test]
    fn inv_60_the_head_follows_the_published_vectors() {
        let mut tree = Frontier::new();
        for (input, head) in INPUTS.iter().zip(HEADS) {
            tree.push(leaf(input));
            assert_eq!(hex(&tree.root()), head);
        }
    }

    #[test]
    fn inv_60_the_frontier_gives_the_defined_root_at_every_size_and_survives_its_bytes() {
        let mut tree = Frontier::new();
        let mut leaves = Vec::new();
        for n in 0..200_u64 {
            assert_eq!(tree.root(), reference(&leaves), "{n} leaves");
            assert_eq!(Frontier::from_bytes(n, &tree.to_bytes()), Some(tree.clone()));
            assert_eq!(
                Frontier::from_bytes(n + 1, &tree.to_bytes()).is_some(),
                n.count_ones() == (n + 1).count_ones()
            );
            let next = leaf(&n.to_le_bytes());
            tree.push(next);
            leaves.push(next);
        }
    }

    #[test]
    fn inv_60_a_tree_without_a_node_prefix_is_told_apart() {
        // Broken on purpose: inner nodes hashed like leaves, so that a leaf can pose as a subtree.
        let broken = |left: &Leaf, right: &Leaf| leaf(&[*left, *right].concat());
        let (a, b) = (leaf(b""), leaf(b"\x00"));
        assert_ne!(hex(&broken(&a, &b)), HEADS[1]);
    }
}
