//! Facts of a store in which nothing was ever written.

use ar_core::account::Account;
use ar_core::book::BookConfig;
use ar_core::facts::{
    Asked, Chargeable, Exact, Facts, Later, OpenItems, OpenReceipt, SmallItems, WrittenOff,
};
use ar_core::record::{Position, Record};
use ar_core::rows::*;
use ar_core::withholding::{CertificateRow, WithholdingRow};
use ar_core::*;

pub(crate) struct Nothing;

impl Facts for Nothing {
    fn book(&self) -> Asked<Option<&BookConfig>> {
        Ok(None)
    }
    fn key(&self, _: &CommandId) -> Asked<Option<KeyRow>> {
        Ok(None)
    }
    fn account(&self, _: &AccountId) -> Asked<Option<&Account>> {
        Ok(None)
    }
    fn totals(&self, _: &Owner) -> Asked<Vec<TotalsRow>> {
        Ok(Vec::new())
    }
    fn document(&self, _: &DocumentId) -> Asked<Option<&DocumentRow>> {
        Ok(None)
    }
    fn record(&self, _: Position) -> Asked<Option<Record>> {
        Ok(None)
    }
    fn item(&self, _: &ItemId) -> Asked<Option<&ItemRow>> {
        Ok(None)
    }
    fn link(&self, _: &LinkId) -> Asked<Option<&LinkRow>> {
        Ok(None)
    }
    fn allowance(&self, currency: Currency, _: Date) -> Asked<Option<AllowanceRow>> {
        Ok(Some(AllowanceRow::empty(currency)))
    }
    fn small_items(&self, _: &SmallItems) -> Asked<Vec<ItemRow>> {
        Ok(Vec::new())
    }
    fn recoveries(&self, _: &LinkId) -> Asked<Vec<LinkRow>> {
        Ok(Vec::new())
    }
    fn live_links(&self, _: &ItemId) -> Asked<Vec<LinkRow>> {
        Ok(Vec::new())
    }
    fn movements(&self, _: &ItemId, _: Date) -> Asked<Option<Vec<Movement>>> {
        Ok(Some(Vec::new()))
    }
    fn series(&self, _: &SeriesId, _: i32) -> Asked<Option<SeriesRow>> {
        Ok(None)
    }
    fn open_items(&self, _: &OpenItems) -> Asked<Vec<ItemRow>> {
        Ok(Vec::new())
    }
    fn exact(&self, _: &Exact) -> Asked<Vec<ItemRow>> {
        Ok(Vec::new())
    }
    fn any_open_item(&self, _: &AccountId) -> Asked<Option<ItemId>> {
        Ok(None)
    }
    fn live_member(&self, _: &AccountId) -> Asked<Option<AccountId>> {
        Ok(None)
    }
    fn credited(&self, _: &DocumentId) -> Asked<Vec<CreditedRow>> {
        Ok(Vec::new())
    }
    fn rate(&self, _: Currency, _: Date) -> Asked<Option<RateRow>> {
        Ok(None)
    }
    fn order(&self, _: &OrderId) -> Asked<Option<OrderRow>> {
        Ok(None)
    }
    fn refund(&self, _: &RefundId) -> Asked<Option<RefundRow>> {
        Ok(None)
    }
    fn open_receipt(&self, _: &OpenReceipt) -> Asked<Option<ItemId>> {
        Ok(None)
    }
    fn proposal(&self, _: &CommandId) -> Asked<Option<ProposalRow>> {
        Ok(None)
    }
    fn written_off(&self, _: &WrittenOff) -> Asked<i64> {
        Ok(0)
    }
    fn agreement(&self, _: &ar_core::agreement::AgreementId) -> Asked<Option<AgreementRow>> {
        Ok(None)
    }
    fn chargeable(&self, _: &Chargeable) -> Asked<Option<Vec<ChargeableItem>>> {
        Ok(Some(Vec::new()))
    }
    fn withholding(&self, _: &LinkId) -> Asked<Option<WithholdingRow>> {
        Ok(None)
    }
    fn certificate(&self, _: &AccountId, _: &CertificateId) -> Asked<Option<CertificateRow>> {
        Ok(None)
    }
    fn later_credits(&self, _: &Owner, _: Date) -> Asked<Option<Vec<Later>>> {
        Ok(Some(Vec::new()))
    }
}
