//! The journal of a settlement link, both ways: what an allocation posts, its undo negates line by
//! line on the same accounts (INV-13, INV-28).

use crate::decide::Halt;
use crate::document::Side;
use crate::fx::post_unrealised;
use crate::journal::{Control, JournalLine, Posting, Role};
use crate::rejection::Rejection;
use crate::values::*;

/// The figures of one link, in minor units.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) cash: i64,
    pub(crate) credit_base: Option<i64>,
    pub(crate) debit_base: Option<i64>,
    /// The unrealised differences that leave both sides.
    pub(crate) credit_revalued: i64,
    pub(crate) debit_revalued: i64,
    pub(crate) discount: i64,
    pub(crate) tolerance: i64,
    pub(crate) withholding: i64,
}

/// One side's control account and customer.
pub(crate) struct ControlOf<'a> {
    pub(crate) control: &'a Control,
    pub(crate) account: &'a AccountId,
}

impl Figures {
    /// What leaves the debit item.
    pub(crate) fn settled(&self) -> i64 {
        self.cash
            .saturating_add(self.discount)
            .saturating_add(self.tolerance)
            .saturating_add(self.withholding)
    }

    /// A deduction in base currency at the rate of the payment: its share of the cash's base
    /// amount, or of the debit's where no cash moved.
    fn deduction_base(&self, minor: i64) -> Option<i64> {
        let (base, of) =
            if self.cash == 0 { (self.debit_base?, self.settled()) } else { (self.credit_base?, self.cash) };
        let product = i128::from(base).checked_mul(i128::from(minor))?;
        i64::try_from(div_round(product, i128::from(of), Rounding::HalfAwayFromZero)?).ok()
    }

    /// Tax withheld in base currency: its share of what the debit was carried at. The claim on the tax
    /// office takes the debit's place; no gain or loss arises from withholding.
    fn withheld_base(&self) -> Option<i64> {
        let product = i128::from(self.debit_base?).checked_mul(i128::from(self.withholding))?;
        let share = div_round(product, i128::from(self.settled()), Rounding::HalfAwayFromZero)?;
        i64::try_from(share).ok()
    }

    /// Adds the link's lines. `sign` is 1 when it is made and -1 when it is undone; `code` gives
    /// the ledger account of a role.
    pub(crate) fn post(
        &self,
        posting: &mut Posting<'_>,
        sign: i64,
        credit: &ControlOf<'_>,
        debit: &ControlOf<'_>,
        code: impl Fn(Role) -> Result<GlCode, Rejection>,
    ) -> Result<(), Halt> {
        let signed = |minor: i64| minor.saturating_mul(sign);
        let mut exchange = self.debit_base.unwrap_or(0);
        let credited = self.credit_base.map(|base| signed(base.saturating_add(self.credit_revalued)));
        posting.control(credit.control, credit.account, signed(self.cash), credited);
        exchange = exchange.saturating_sub(self.credit_base.unwrap_or(0));
        let deductions = [
            (Role::Discount, self.discount, self.deduction_base(self.discount)),
            (Role::SmallDifference, self.tolerance, self.deduction_base(self.tolerance)),
            (Role::Withholding, self.withholding, self.withheld_base()),
        ];
        for (role, minor, base) in deductions.into_iter().filter(|(_, minor, _)| *minor != 0) {
            let base = self.debit_base.and(base);
            exchange = exchange.saturating_sub(base.unwrap_or(0));
            posting.code(role, &code(role)?, signed(minor), base.map(signed));
        }
        let settled = signed(self.settled()).saturating_neg();
        posting.control(
            debit.control,
            debit.account,
            settled,
            self.debit_base.map(|b| signed(b.saturating_add(self.debit_revalued)).saturating_neg()),
        );
        post_unrealised(posting, Side::Credit, self.credit_revalued, sign, &code)?;
        post_unrealised(posting, Side::Debit, self.debit_revalued, sign, &code)?;
        if exchange != 0 {
            let role = if exchange < 0 { Role::FxGain } else { Role::FxLoss };
            posting.code(role, &code(role)?, 0, Some(signed(exchange)));
        }
        Ok(())
    }
}

/// The account that a role was posted to in an event, for its undo.
pub(crate) fn code_in(lines: &[JournalLine], role: Role) -> Option<GlCode> {
    lines.iter().find(|line| line.role == role).map(|line| line.code.clone())
}
