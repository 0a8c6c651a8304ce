//! Facts from what was gathered: at hand, or missing.

use ar_core::account::Account;
use ar_core::agreement::AgreementId;
use ar_core::book::BookConfig;
use ar_core::facts::{Asked, Chargeable, Exact, Later, OpenItems, OpenReceipt, SmallItems, WrittenOff};
use ar_core::rows::*;
use ar_core::values::*;
use ar_core::withholding::{CertificateRow, WithholdingRow};
use ar_core::{Facts, Need, Position, Record};

use super::{Fact, Gathered};

/// The value of an id, or the need for it.
macro_rules! at_hand {
    ($map:expr, $key:expr, $need:expr) => {
        match $map.get($key) {
            Some(found) => found,
            None => return Err($need.into()),
        }
    };
}

impl Gathered {
    fn answer<T>(&self, need: Need, read: impl FnOnce(&Fact) -> Option<T>) -> Asked<T> {
        self.answers.get(&need).and_then(read).ok_or_else(|| need.into())
    }
}

impl Facts for Gathered {
    fn book(&self) -> Asked<Option<&BookConfig>> {
        match &self.config {
            Some(config) => Ok(config.as_deref()),
            None => Err(Need::Book.into()),
        }
    }

    fn key(&self, id: &CommandId) -> Asked<Option<KeyRow>> {
        Ok(*at_hand!(self.keys, id, Need::Key(id.clone())))
    }

    fn account(&self, id: &AccountId) -> Asked<Option<&Account>> {
        Ok(at_hand!(self.accounts, id, Need::Account(id.clone())).as_deref())
    }

    fn totals(&self, owner: &Owner) -> Asked<Vec<TotalsRow>> {
        let figures = at_hand!(self.totals, owner, Need::Totals(owner.clone()));
        Ok(figures.iter().map(|f| f.row(owner)).collect())
    }

    fn document(&self, id: &DocumentId) -> Asked<Option<&DocumentRow>> {
        Ok(at_hand!(self.documents, id, Need::Document(id.clone())).as_deref())
    }

    fn record(&self, position: Position) -> Asked<Option<Record>> {
        Ok(at_hand!(self.records, &position, Need::Record(position)).as_deref().cloned())
    }

    fn item(&self, id: &ItemId) -> Asked<Option<&ItemRow>> {
        Ok(at_hand!(self.items, id, Need::Item(id.clone())).as_deref())
    }

    fn link(&self, id: &LinkId) -> Asked<Option<&LinkRow>> {
        Ok(at_hand!(self.links, id, Need::Link(id.clone())).as_deref())
    }

    fn live_links(&self, item: &ItemId) -> Asked<Vec<LinkRow>> {
        self.answer(Need::LiveLinks(item.clone()), |fact| match fact {
            Fact::Links(links) => Some(links.clone()),
            _ => None,
        })
    }

    fn allowance(&self, currency: Currency, on: Date) -> Asked<Option<AllowanceRow>> {
        self.answer(Need::Allowance(currency, on), |fact| match fact {
            Fact::Allowance(row) => Some(*row),
            _ => None,
        })
    }

    fn small_items(&self, which: &SmallItems) -> Asked<Vec<ItemRow>> {
        self.answer(Need::SmallItems(which.clone()), items)
    }

    fn recoveries(&self, write_off: &LinkId) -> Asked<Vec<LinkRow>> {
        self.answer(Need::Recoveries(write_off.clone()), |fact| match fact {
            Fact::Links(links) => Some(links.clone()),
            _ => None,
        })
    }

    fn movements(&self, item: &ItemId, from: Date) -> Asked<Option<Vec<Movement>>> {
        self.answer(Need::Movements(item.clone(), from), |fact| match fact {
            Fact::Movements(movements) => Some(movements.clone()),
            _ => None,
        })
    }

    fn series(&self, id: &SeriesId, year: i32) -> Asked<Option<SeriesRow>> {
        Ok(at_hand!(self.series, &(id.clone(), year), Need::Series(id.clone(), year)).clone())
    }

    fn open_items(&self, which: &OpenItems) -> Asked<Vec<ItemRow>> {
        self.answer(Need::OpenItems(which.clone()), items)
    }

    fn exact(&self, which: &Exact) -> Asked<Vec<ItemRow>> {
        self.answer(Need::Exact(which.clone()), items)
    }

    fn any_open_item(&self, account: &AccountId) -> Asked<Option<ItemId>> {
        self.answer(Need::AnyOpenItem(account.clone()), |fact| match fact {
            Fact::AnyOpenItem(item) => Some(item.clone()),
            _ => None,
        })
    }

    fn live_member(&self, parent: &AccountId) -> Asked<Option<AccountId>> {
        self.answer(Need::LiveMember(parent.clone()), |fact| match fact {
            Fact::LiveMember(member) => Some(member.clone()),
            _ => None,
        })
    }

    fn credited(&self, invoice: &DocumentId) -> Asked<Vec<CreditedRow>> {
        self.answer(Need::Credited(invoice.clone()), |fact| match fact {
            Fact::Credited(rows) => Some(rows.clone()),
            _ => None,
        })
    }

    fn rate(&self, currency: Currency, on: Date) -> Asked<Option<RateRow>> {
        self.answer(Need::Rate(currency, on), |fact| match fact {
            Fact::Rate(row) => Some(row.clone()),
            _ => None,
        })
    }

    fn order(&self, id: &OrderId) -> Asked<Option<OrderRow>> {
        Ok(at_hand!(self.orders, id, Need::Order(id.clone())).clone())
    }

    fn refund(&self, id: &RefundId) -> Asked<Option<RefundRow>> {
        Ok(at_hand!(self.refunds, id, Need::Refund(id.clone())).clone())
    }

    fn withholding(&self, link: &LinkId) -> Asked<Option<WithholdingRow>> {
        Ok(at_hand!(self.withholdings, link, Need::Withholding(link.clone())).as_deref().cloned())
    }

    fn certificate(&self, account: &AccountId, id: &CertificateId) -> Asked<Option<CertificateRow>> {
        let key = (account.clone(), id.clone());
        let row = at_hand!(self.certificates, &key, Need::Certificate(account.clone(), id.clone()));
        Ok(row.as_deref().cloned())
    }

    fn proposal(&self, id: &CommandId) -> Asked<Option<ProposalRow>> {
        Ok(at_hand!(self.proposals, id, Need::Proposal(id.clone())).clone())
    }

    fn written_off(&self, which: &WrittenOff) -> Asked<i64> {
        self.answer(Need::WrittenOff(which.clone()), |fact| match fact {
            Fact::WrittenOff(minor) => Some(*minor),
            _ => None,
        })
    }

    fn agreement(&self, id: &AgreementId) -> Asked<Option<AgreementRow>> {
        let row = at_hand!(self.agreements, id, Need::Agreement(id.clone()));
        Ok(row.as_deref().cloned())
    }

    fn chargeable(&self, which: &Chargeable) -> Asked<Option<Vec<ChargeableItem>>> {
        self.answer(Need::Chargeable(which.clone()), |fact| match fact {
            Fact::Chargeable(items) => Some(items.clone()),
            _ => None,
        })
    }

    fn later_credits(&self, owner: &Owner, after: Date) -> Asked<Option<Vec<Later>>> {
        self.answer(Need::LaterCredits(owner.clone(), after), |fact| match fact {
            Fact::LaterCredits(sums) => Some(sums.clone()),
            _ => None,
        })
    }

    fn open_receipt(&self, which: &OpenReceipt) -> Asked<Option<ItemId>> {
        self.answer(Need::OpenReceipt(*which), |fact| match fact {
            Fact::OpenReceipt(item) => Some(item.clone()),
            _ => None,
        })
    }
}

fn items(fact: &Fact) -> Option<Vec<ItemRow>> {
    match fact {
        Fact::Items(items) => Some(items.clone()),
        _ => None,
    }
}
