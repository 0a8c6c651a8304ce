//! Withheld tax in the model: what of a settlement is a claim on the tax office, and which certificate
//! proves it, by looking at every settlement and every certificate.

use std::collections::BTreeSet;

use super::{Item, Kind, LinkKind, Model, Outcome, Refusal, Why, no};
use crate::act::{Act, Area, Target, Withheld};
use crate::world::WITHHELD;
use ar_core::values::*;

/// A certificate of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Whose.
    pub account: AccountId,
    /// Its number.
    pub id: CertificateId,
    /// From when on it counts.
    pub date: Date,
    /// Which settlements it proves, by place.
    pub links: Vec<usize>,
    /// When it was taken back.
    pub withdrawn: Option<Date>,
}

impl Model {
    pub(super) fn withholding_act(&mut self, act: &Act) -> Result<Outcome, Refusal> {
        match act {
            Act::Certify { account, certificate, date, links, reopen } => {
                self.certify((account, certificate), *date, links, *reopen)?;
            }
            Act::WithdrawCertificate { account, certificate, date } => {
                self.withdraw(account, certificate, *date)?;
            }
            Act::ReturnWithheld { link, amount, date } => self.return_withheld(link, *amount, *date)?,
            other => unreachable!("{other:?} is no act of withholding"),
        }
        Ok(Outcome::default())
    }

    /// What is withheld of an item that gets so much cash.
    pub(super) fn withheld_of(&self, credit: &Item, item: &Item, target: &Target) -> Result<i64, Refusal> {
        let Some(withheld) = target.withheld else { return Ok(0) };
        let mut why = Why::default();
        why.when(!self.is_cash(credit), "withholding.not_possible");
        let (open, rest) = (self.open_in_the_end(item), self.open_in_the_end(credit));
        let minor = match withheld {
            Withheld::Amount(amount) => {
                if let Err(unfit) = amount.amount().in_currency(item.currency) {
                    why.when(true, unfit.code());
                }
                amount.minor()
            }
            Withheld::Code(code) => {
                let earned = if target.discount { self.discount_now(credit, item).min(open) } else { 0 };
                let needed = if earned < open { open - earned } else { open };
                let cash = target.amount.map_or(rest, Money::minor);
                why.take(self.by_code(item, code, needed, cash)).unwrap_or(0)
            }
        };
        let cash = target.amount.map_or(0, Money::minor);
        why.when(cash > rest, "allocation.exceeds_payment");
        why.when(minor >= open || cash + minor > open, "withholding.exceeds_item");
        why.stop()?;
        Ok(minor)
    }

    /// A percent of what is settled, or of its net; of cash that does not settle it, what was left after
    /// withholding.
    fn by_code(&self, item: &Item, code: u8, needed: i64, cash: i64) -> Result<i64, Refusal> {
        let Some((percent, of_net)) = WITHHELD.get(usize::from(code)) else {
            return no("withholding.unknown");
        };
        let (net, total) = match of_net {
            false => (1, 1),
            true => self.net_share(item)?,
        };
        let (off, all) = (i128::from(*percent) * i128::from(net), 100 * i128::from(total));
        let half_up = |minor: i64, below: i128| (2 * i128::from(minor) * off + below) / (2 * below);
        let full = half_up(needed, all) as i64;
        Ok(if cash + full >= needed { full } else { half_up(cash, all - off) as i64 })
    }

    fn net_share(&self, item: &Item) -> Result<(i64, i64), Refusal> {
        let known = self.document(item.id.document());
        let Some(document) = known else { return no("withholding.not_possible") };
        let net: i64 = document.lines.iter().map(|(net, ..)| net).sum();
        let total = net + document.taxes.values().sum::<i64>() + document.coins;
        match document.kind {
            Kind::FinanceCharge => Ok((1, 1)),
            Kind::Invoice | Kind::DebitMemo if net > 0 && total > 0 => Ok((net.min(total), total)),
            _ => no("withholding.not_possible"),
        }
    }

    /// The certificate that proves what a settlement withheld.
    #[must_use]
    pub fn proof_of(&self, place: usize) -> Option<&Certificate> {
        self.certificates.iter().rev().find(|c| c.withdrawn.is_none() && c.links.contains(&place))
    }

    /// A settlement with withheld tax, by its id.
    fn withheld_in(&self, id: &LinkId) -> Result<usize, Refusal> {
        let Some(place) = self.links.iter().position(|link| link.id.as_ref() == Some(id)) else {
            return no("link.unknown");
        };
        let mut why = Why::default();
        let link = &self.links[place];
        why.when(link.withheld == 0, "withholding.none");
        why.when(link.undone.is_some(), "reversal.already_reversed");
        why.when(self.proof_of(place).is_some(), "withholding.certified");
        why.stop().map(|()| place)
    }

    fn return_withheld(&mut self, id: &LinkId, amount: Option<Money>, date: Date) -> Result<(), Refusal> {
        let mut why = Why::default();
        why.when(amount.is_some_and(|amount| !amount.is_positive()), "amount.not_positive");
        let mut trial = self.clone();
        if let Some(place) = why.take(self.withheld_in(id)) {
            let link = &self.links[place];
            why.when(date < link.date, "date.before_start");
            let back = amount.map_or(link.withheld, Money::minor);
            why.when(back > link.withheld, "withholding.exceeds_pending");
            trial.keep_withheld(place, link.withheld - back, date, &mut why);
        }
        why.stop()?;
        *self = trial;
        Ok(())
    }

    /// The settlement ends, and one with so much less withheld takes its place on the same day.
    fn keep_withheld(&mut self, place: usize, keeps: i64, date: Date, why: &mut Why) -> usize {
        let before = self.links[place].clone();
        let on = date.max(before.date);
        let day = why.take(self.moved_day(&[Area::Settlement], on)).unwrap_or(on);
        for account in self.accounts_of(&before) {
            why.take(self.may_open_again(&account));
        }
        let sides = [before.credit.as_ref(), before.debit.as_ref()].map(|side| {
            let (id, _) = side.expect("an allocation has both sides");
            self.item(id).expect("items stay").clone()
        });
        for item in &sides {
            why.when(item.revalued_on.is_some_and(|on| day < on), "revaluation.later");
        }
        self.links[place].undone = Some(day);
        let [credit, item] = &sides;
        // Nothing is absorbed while something is open: a shortfall comes back, and so does an excess.
        let absorbed = before.tolerance.max(0);
        let kept = before.tolerance.min(0);
        let settled =
            before.debit.as_ref().map_or(0, |(_, minor)| *minor) - before.withheld + keeps - absorbed;
        let paid_with = before.credit.clone().map(|(id, minor)| (id, minor + kept));
        let paid = self.falls_due(credit, item, settled);
        let link = self.push_link(LinkKind::Allocation, day);
        (link.credit, link.debit) = (paid_with, Some((item.id.clone(), settled)));
        (link.discount, link.tolerance, link.memo) = (before.discount, 0, before.memo);
        (link.paid, link.withheld) = (paid, keeps);
        self.links.len() - 1
    }

    fn certify(
        &mut self,
        (account, certificate): (&AccountId, &CertificateId),
        date: Date,
        links: &[(LinkId, Option<Money>)],
        reopen: bool,
    ) -> Result<(), Refusal> {
        let mut why = Why::default();
        why.when(links.is_empty(), "document.empty");
        let distinct: BTreeSet<&LinkId> = links.iter().map(|(link, _)| link).collect();
        why.when(distinct.len() < links.len(), "certificate.repeated");
        why.when(links.iter().any(|(_, a)| a.is_some_and(|a| !a.is_positive())), "amount.not_positive");
        why.take(self.open_day(Area::Settlement, date));
        why.when(self.account(account).is_none(), "account.unknown");
        let same = |c: &&Certificate| c.account == *account && c.id == *certificate && c.withdrawn.is_none();
        why.when(self.certificates.iter().any(|c| same(&c)), "certificate.taken");
        let mut trial = self.clone();
        let mut proven = Vec::new();
        for (id, amount) in links {
            let fits = why.take(self.withheld_in(id));
            let Some(place) = self.links.iter().position(|link| link.id.as_ref() == Some(id)) else {
                continue;
            };
            let link = &self.links[place];
            let payer = link.credit.as_ref().and_then(|(id, _)| self.item(id)).map(|item| &item.account);
            why.when(payer != Some(account), "certificate.account_mismatch");
            if fits.is_none() {
                continue;
            }
            let earlier = self.certificates.iter().rev().find(|c| c.links.contains(&place));
            let since = earlier.and_then(|c| c.withdrawn).map_or(link.date, |day| day.max(link.date));
            why.when(date < since, "date.before_start");
            let minor = amount.map_or(link.withheld, Money::minor);
            why.when(minor > link.withheld, "withholding.exceeds_pending");
            why.when(minor < link.withheld && !reopen, "certificate.short");
            let place = match minor < link.withheld {
                true => trial.keep_withheld(place, minor, date, &mut why),
                false => place,
            };
            proven.push(place);
        }
        why.stop()?;
        let (account, id) = (account.clone(), certificate.clone());
        trial.certificates.push(Certificate { account, id, date, links: proven, withdrawn: None });
        *self = trial;
        Ok(())
    }

    fn withdraw(&mut self, account: &AccountId, id: &CertificateId, date: Date) -> Result<(), Refusal> {
        let mut why = Why::default();
        why.take(self.open_day(Area::Settlement, date));
        let live = |c: &Certificate| c.account == *account && c.id == *id && c.withdrawn.is_none();
        let place = self.certificates.iter().position(live);
        why.when(place.is_none(), "certificate.unknown");
        why.when(place.is_some_and(|n| date < self.certificates[n].date), "date.before_start");
        why.stop()?;
        if let Some(place) = place {
            self.certificates[place].withdrawn = Some(date);
        }
        Ok(())
    }
}
