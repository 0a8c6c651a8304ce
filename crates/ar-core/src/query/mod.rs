//! Queries: pure folds over rows, each in force on a date as recorded up to a position (INV-39).
//!
//! A query takes a [`View`] and an [`AsOf`], reads bounded sets of rows, and returns a result that
//! names both. Documents with a later accounting date are out, settlements dated later do not
//! count, a settlement undone later counts until the day of its undo, and what was recorded after
//! the known position does not exist. Totals are by currency, never across currencies.

mod accounts;
mod aging;
mod agreements;
mod allowance;
mod allowance_moves;
mod buckets;
mod checklist;
mod claims;
mod class;
mod columns;
mod components;
mod cut_over;
mod day;
mod dictionary;
mod documents;
mod dormant;
mod exposure;
mod filter;
mod fold;
mod gl;
mod line_columns;
mod log;
mod loss_fold;
mod loss_rates;
mod open_items;
mod pools;
mod proposals;
mod provision_run;
mod reclassify;
mod roll_forward;
mod runs;
mod statement;
mod statement_period;
mod touched;
mod trial_balance;
mod view;
mod withholdings;

pub use accounts::{AccountSummary, AccountsPage, Balance, accounts};
pub use aging::{
    Aging, AgingAccount, AgingBucket, AgingBy, AgingItem, AgingTotals, Basis, aging, aging_by_account,
    aging_by_item, aging_of,
};
pub use agreements::{PlanState, PlanStatus, PromiseState, PromiseStatus, plans, promises};
pub(crate) use allowance::check_rows;
pub use allowance::{AllowanceBy, Allowances, allowance};
pub use allowance_moves::{
    AllowanceFigures, AllowanceMoved, AllowanceRollForward, AllowanceSpan, allowance_roll_forward,
};
pub use buckets::{Buckets, BucketsInvalid, EDGES_MAX};
pub use checklist::{CheckKind, CheckLine, CheckState, Checklist, SignedAt, checklist};
pub use claims::{Claim, ClaimFigures, ClaimRecovery, Claims, ClaimsCurrency, claims};
pub use class::Class;
pub use columns::{Cause, Columns, ColumnsError, Items, Movements, Parts};
pub use components::{Component, ComponentRule, ComponentShare, by_component, by_line};
pub use cut_over::{CutOverProof, CutOverProofs, ProofTotal, cut_over_proofs};
pub use day::Day;
pub use dictionary::Dictionary;
pub use documents::{DocumentFilter, DocumentSummary, DocumentsPage, documents};
pub use dormant::{Dormant, DormantCredit, DormantCurrency, dormant};
pub use exposure::{Exposure, ExposureAccount, ExposureParts, exposure};
pub use filter::AccountFilter;
pub use fold::open_on;
pub use gl::{
    GlAccount, GlBalance, GlFinding, GlLine, GlReconciliation, gl_balances, gl_lines, reconcile_balances,
    reconcile_journal,
};
pub use line_columns::{LineColumns, LineView};
pub use log::{
    HistoryEntry, HistoryPage, JournalPage, PostingEntry, event_date, explanation, history, journal,
};
pub use loss_rates::{LossRate, LossRates, LossRatesBy, LossRatesCurrency, loss_rates};
pub use open_items::{
    ItemFilter, ItemOrder, OpenItem, OpenItemsPage, Settlement, Status, open_items, status,
};
pub use pools::{PooledAllowance, PooledAllowances, PooledBy, PooledCurrency, allowance_by_pools};
pub use proposals::{ProposalLine, ProposalStatus, ProposalsAsked, ProposalsPage, proposals};
pub use provision_run::{provided_as_known, provision_run};
pub use reclassify::{ReclassKind, ReclassLine, Reclassification, reclassification};
pub use roll_forward::{RollForward, RollForwardAccount, RollForwardCurrency, Schedule, roll_forward};
pub use runs::applicable_credits;
pub use statement::{
    BalanceForwardCurrency, BalanceForwardStatement, OpenItemCurrency, OpenItemStatement, StatementItem,
    StatementMovement, StatementSource, balance_forward_statement, open_item_statement,
};
pub use statement_period::StatementBasis;
pub use touched::{Touched, touched};
pub use trial_balance::{
    TieLine, TieOut, TrialBalance, TrialLine, TrialTotal, closing_figures, tie_out, trial_balance,
};
pub use view::{AsOf, PAGE_MAX, QueryError, Scope, View};
pub use withholdings::{WithholdingLine, WithholdingState, WithholdingTotal, Withholdings, withholdings};
