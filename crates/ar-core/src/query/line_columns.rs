//! Journal lines as flat arrays, in the order of the log.
//!
//! Every [`LineRow`] that goes in comes out the same, so that a store in memory keeps no second
//! copy of its lines.

use super::Day;
use super::columns::{ColumnsError, place_of};
use super::dictionary::Dictionary;
use crate::journal::{JournalLine, Role};
use crate::record::Position;
use crate::rows::LineRow;
use crate::values::*;

/// Journal lines of a whole book, or of some accounts of it.
#[derive(Clone, Debug, Default)]
pub struct LineColumns {
    codes: Dictionary<GlCode>,
    accounts: Dictionary<AccountId>,
    currencies: Vec<Currency>,
    /// Where each line's event stands in the log.
    position: Vec<Position>,
    /// Its place in the posting.
    n: Vec<u16>,
    date: Vec<Day>,
    role: Vec<Role>,
    currency: Vec<u8>,
    code: Vec<u32>,
    account: Vec<u32>,
    minor: Vec<i64>,
    /// Present when the line carries a base amount; shorter than the others, as in
    /// [`super::Movements`].
    base: Vec<Option<Amount>>,
    /// Partner and dimensions, by line, where it has any.
    extra: Vec<(u32, Option<GlCode>, Attributes)>,
}

/// One line as the folds read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineView<'a> {
    /// Where its event stands in the log.
    pub position: Position,
    /// Accounting date.
    pub date: Day,
    /// Role.
    pub role: Role,
    /// Currency.
    pub currency: Currency,
    /// Ledger account.
    pub code: &'a GlCode,
    /// The customer's account, on control lines.
    pub account: Option<&'a AccountId>,
    /// Signed minor units; debit positive.
    pub minor: i64,
    /// In base currency.
    pub base: Option<Amount>,
}

/// Account number of a line without one.
const NONE: u32 = u32::MAX;

impl LineColumns {
    /// Adds a line.
    ///
    /// # Errors
    /// [`ColumnsError::OutOfOrder`], [`ColumnsError::Full`].
    pub fn push(&mut self, row: &LineRow) -> Result<(), ColumnsError> {
        if let Some(&last) = self.position.last()
            && row.position < last
        {
            return Err(ColumnsError::OutOfOrder { position: row.position, last });
        }
        let at = u32::try_from(self.position.len()).map_err(|_| ColumnsError::Full)?;
        let line = &row.line;
        let code = self.codes.intern(&line.code).ok_or(ColumnsError::Full)?;
        let account = match &line.account {
            Some(account) => self.accounts.intern(account).ok_or(ColumnsError::Full)?,
            None => NONE,
        };
        let currency = place_of(&mut self.currencies, &row.currency)?;
        if line.base.is_some() {
            self.base.resize(self.position.len(), None);
            self.base.push(line.base);
        }
        if line.partner.is_some() || !line.dimensions.is_empty() {
            self.extra.push((at, line.partner.clone(), line.dimensions.clone()));
        }
        self.position.push(row.position);
        self.n.push(row.n);
        self.date.push(row.date.into());
        self.role.push(line.role);
        self.currency.push(currency);
        self.code.push(code);
        self.account.push(account);
        self.minor.push(line.amount.minor());
        Ok(())
    }

    /// Number of lines.
    #[must_use]
    pub fn len(&self) -> usize {
        self.position.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.position.is_empty()
    }

    /// How many lines are known up to a position: a prefix.
    #[must_use]
    pub fn known(&self, known: Position) -> usize {
        self.position.partition_point(|position| *position <= known)
    }

    /// The lines known up to a position, in the order of the log.
    pub fn iter(&self, known: Position) -> impl Iterator<Item = LineView<'_>> {
        (0..self.known(known)).filter_map(|at| self.view(at))
    }

    fn view(&self, at: usize) -> Option<LineView<'_>> {
        Some(LineView {
            position: *self.position.get(at)?,
            date: *self.date.get(at)?,
            role: *self.role.get(at)?,
            currency: *self.currencies.get(usize::from(*self.currency.get(at)?))?,
            code: self.codes.get(*self.code.get(at)?)?,
            account: self.accounts.get(*self.account.get(at)?),
            minor: *self.minor.get(at)?,
            base: self.base.get(at).copied().flatten(),
        })
    }

    /// A line as it went in, counted from 0.
    #[must_use]
    pub fn row(&self, at: usize) -> Option<LineRow> {
        let view = self.view(at)?;
        let number = u32::try_from(at).ok()?;
        let extra = self.extra.binary_search_by_key(&number, |(at, ..)| *at).ok();
        let (partner, dimensions) = match extra.and_then(|found| self.extra.get(found)) {
            Some((_, partner, dimensions)) => (partner.clone(), dimensions.clone()),
            None => (None, Attributes::default()),
        };
        Some(LineRow {
            position: view.position,
            n: *self.n.get(at)?,
            date: view.date.date(),
            currency: view.currency,
            line: JournalLine {
                role: view.role,
                code: view.code.clone(),
                amount: Amount::from_minor(view.minor, view.currency.exponent()),
                base: view.base,
                account: view.account.cloned(),
                partner,
                dimensions,
            },
        })
    }

    /// Bytes taken, without what long ids and dimensions point to.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let each = size_of::<(Position, i64)>()
            .saturating_add(size_of::<(u32, u32, u16, Day)>())
            .saturating_add(size_of::<(Role, u8)>());
        let rows = self.position.capacity().saturating_mul(each);
        let base = self.base.capacity().saturating_mul(size_of::<Option<Amount>>());
        let ids = self.codes.bytes().saturating_add(self.accounts.bytes());
        let extra = self.extra.capacity().saturating_mul(size_of::<(u32, Option<GlCode>, Attributes)>());
        rows.saturating_add(base).saturating_add(ids).saturating_add(extra)
    }
}
