//! What a posting is about, as soft closes tell it apart.

/// What a posting is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// Invoices and debit memos.
    Billing,
    /// Credit memos.
    Credits,
    /// Payments, refunds, moves of credit.
    Cash,
    /// Allocations and their undoing.
    Settlement,
    /// What is given up, and the rest.
    Adjustment,
    /// Balances brought forward.
    Opening,
}

impl Area {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Billing, Self::Credits, Self::Cash, Self::Settlement, Self::Adjustment, Self::Opening];
}
