//! Why an allowance is not computed: each reason with its code, its facts and what to do.
//!
//! Invariant: a question that cannot be answered exactly is not answered in part.

use crate::values::{ItemId, Money};

/// Why there is no allowance.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AllowanceInvalid {
    /// The matrix contradicts itself.
    #[error("[allowance.matrix] the provision matrix {0}")]
    Matrix(String),
    /// The matrix does not say what is lost of a bucket.
    #[error(
        "[allowance.bucket_without_percent] the provision matrix has no percent for the bucket {bucket}; add it, with 0 if nothing is lost"
    )]
    NoPercent {
        /// The bucket.
        bucket: String,
    },
    /// A row of the matrix that no bucket answers to.
    #[error(
        "[allowance.bucket_unknown] the provision matrix has a percent for {bucket}, which is no bucket of this aging; correct the matrix or the edges"
    )]
    NoBucket {
        /// The bucket.
        bucket: String,
    },
    /// A figure that cannot be: negative, or in two currencies.
    #[error(
        "[allowance.exposure] what is open in {what} is {given}; an exposure is zero or more, in one currency"
    )]
    Exposure {
        /// The bucket or item.
        what: String,
        /// What was given.
        given: Money,
    },
    /// An assessed item that has nothing open as a receivable.
    #[error(
        "[allowance.item_not_open] {item} has nothing open on the day as a receivable of this question; leave it out"
    )]
    NotOpen {
        /// The item.
        item: ItemId,
    },
    /// An item assessed twice.
    #[error("[allowance.item_twice] {item} is assessed twice; give one amount for it")]
    Twice {
        /// The item.
        item: ItemId,
    },
    /// More, or less, is allowed for an item than can be lost of it.
    #[error(
        "[allowance.item_amount] {given} cannot be allowed for {item}, on which {open} is open; give an amount from zero to that"
    )]
    ItemAmount {
        /// The item.
        item: ItemId,
        /// What was given.
        given: Money,
        /// What is open.
        open: Money,
    },
    /// A total that is no amount.
    #[error("[amount.out_of_range] {0} goes beyond 10^15 minor units; ask for fewer accounts")]
    OutOfRange(&'static str),
    /// Pools that leave an account out, or hold one twice.
    #[error("[allowance.pools] the pools {0}")]
    Pools(String),
}

impl AllowanceInvalid {
    /// The stable code, like `allowance.matrix`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Matrix(_) => "allowance.matrix",
            Self::NoPercent { .. } => "allowance.bucket_without_percent",
            Self::NoBucket { .. } => "allowance.bucket_unknown",
            Self::Exposure { .. } => "allowance.exposure",
            Self::NotOpen { .. } => "allowance.item_not_open",
            Self::Twice { .. } => "allowance.item_twice",
            Self::ItemAmount { .. } => "allowance.item_amount",
            Self::OutOfRange(_) => "amount.out_of_range",
            Self::Pools(_) => "allowance.pools",
        }
    }
}
