//! A book in maps for tests of decisions: it knows nothing until it is asked twice, so that every
//! decision is proven to work through asking.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use ar_core::account::Account;
use ar_core::book::{BookConfig, OpenBook};
use ar_core::facts::*;
use ar_core::record::{Position, Record};
use ar_core::rows::*;
use ar_core::withholding::{CertificateRow, WithholdingRow};
use ar_core::*;

pub fn id<T: std::str::FromStr<Err = ValueError>>(text: &str) -> T {
    text.parse().unwrap()
}

pub fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

pub fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

pub fn money(text: &str, code: &str) -> Money {
    amount(text).in_currency(currency(code)).unwrap()
}

pub fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

pub fn text(text: &str) -> Text {
    Text::parse(text).unwrap()
}

#[derive(Default)]
pub struct Fake {
    pub config: Option<BookConfig>,
    pub accounts: BTreeMap<AccountId, Account>,
    pub totals: BTreeMap<(Owner, Currency), TotalsRow>,
    pub documents: BTreeMap<DocumentId, DocumentRow>,
    pub items: BTreeMap<ItemId, ItemRow>,
    pub rates: BTreeMap<(Currency, Date), RateRow>,
    pub orders: BTreeMap<OrderId, OrderRow>,
    pub lines: Vec<LineRow>,
    pub events: Vec<Event>,
    pub vault: Vec<ar_core::account::VaultEntry>,
    known: RefCell<BTreeSet<Need>>,
    pub rounds: Cell<usize>,
    commands: usize,
}

impl Fake {
    /// A book opened in EUR with settings.
    pub fn open(settings: Vec<book::Setting>) -> Self {
        let mut fake = Self::default();
        fake.run(Command::OpenBook(OpenBook { base: currency("EUR"), settings })).unwrap();
        fake
    }

    /// The events of a command that is accepted, folded into the rows; or the refusal, with nothing
    /// changed.
    pub fn run(&mut self, command: Command) -> Result<Vec<Event>, Rejection> {
        self.commands += 1;
        let envelope = Envelope {
            book: id("B"),
            id: id(&format!("k{}", self.commands)),
            actor: id("tester"),
            at: Timestamp::parse("2024-01-01T00:00:00Z").unwrap(),
            command,
        };
        self.known.borrow_mut().clear();
        self.rounds.set(0);
        let decision = loop {
            self.rounds.set(self.rounds.get() + 1);
            assert!(self.rounds.get() < 50, "the decision never stops asking");
            match decide(self, &envelope) {
                Ok(decision) => break decision,
                Err(Halt::Missing(missing)) => {
                    assert!(!missing.needs.is_empty());
                    self.known.borrow_mut().extend(missing.needs);
                }
                Err(Halt::Refused(refusal)) => return Err(*refusal),
                Err(other) => panic!("{other:?}"),
            }
        };
        let mut all = Vec::new();
        for event in &decision.events {
            self.events.push(event.clone());
            changes(self.events.len() as Position, event, &mut all);
        }
        for change in all {
            self.fold(change);
        }
        self.vault.extend(decision.vault);
        Ok(decision.events)
    }

    /// The code of a refusal, after which nothing has changed.
    pub fn refused(&mut self, command: Command) -> &'static str {
        let before = (self.events.len(), self.accounts.clone(), self.totals.clone(), self.config.clone());
        let refusal = self.run(command).expect_err("the command was accepted");
        let after = (self.events.len(), self.accounts.clone(), self.totals.clone(), self.config.clone());
        assert!(before == after, "a refused command changed the book (INV-69)");
        refusal.code()
    }

    fn fold(&mut self, change: Change) {
        match change {
            Change::Book { base, settings } => {
                let mut config = BookConfig::standard(base);
                settings.iter().for_each(|setting| config.set(setting));
                self.config = Some(config);
            }
            Change::Setting { setting, version } => {
                let config = self.config.as_mut().unwrap();
                config.set(&setting);
                config.version = version;
            }
            Change::Period(delta) => self.config.as_mut().unwrap().set_period(&delta),
            Change::Rate(rate) => {
                let ar_core::book::RecordRate { currency, date, rate, source } = rate;
                self.rates.insert((currency, date), RateRow { currency, date, rate, source });
            }
            Change::Account(account) => {
                self.accounts.insert(account.id.clone(), *account);
            }
            Change::Totals(delta) => {
                let key = (delta.owner.clone(), delta.currency);
                let row = self.totals.entry(key).or_insert(TotalsRow::empty(delta.owner, delta.currency));
                row.debit += delta.debit;
                row.uncounted += delta.uncounted;
                row.credit += delta.credit;
                row.orders += delta.orders;
                row.latest_credit = row.latest_credit.max(delta.credit_date);
            }
            Change::Document(row) => {
                self.documents.insert(row.document.clone(), *row);
            }
            Change::Item(row) => {
                self.items.insert(row.item.clone(), *row);
            }
            Change::Order(row) => {
                self.orders.insert(row.order.clone(), row);
            }
            Change::Line(row) => self.lines.push(*row),
            other => panic!("these tests do not fold {other:?}"),
        }
    }

    fn have(&self, need: Need) -> Result<(), Missing> {
        if self.known.borrow().contains(&need) { Ok(()) } else { Err(need.into()) }
    }
}

impl Facts for Fake {
    fn book(&self) -> Asked<Option<&BookConfig>> {
        self.have(Need::Book)?;
        Ok(self.config.as_ref())
    }
    fn key(&self, id: &CommandId) -> Asked<Option<KeyRow>> {
        self.have(Need::Key(id.clone()))?;
        Ok(None)
    }
    fn account(&self, id: &AccountId) -> Asked<Option<&Account>> {
        self.have(Need::Account(id.clone()))?;
        Ok(self.accounts.get(id))
    }
    fn totals(&self, owner: &Owner) -> Asked<Vec<TotalsRow>> {
        self.have(Need::Totals(owner.clone()))?;
        Ok(self.totals.values().filter(|row| row.owner == *owner).cloned().collect())
    }
    fn document(&self, id: &DocumentId) -> Asked<Option<&DocumentRow>> {
        self.have(Need::Document(id.clone()))?;
        Ok(self.documents.get(id))
    }
    fn record(&self, _: Position) -> Asked<Option<Record>> {
        Ok(None)
    }
    fn item(&self, id: &ItemId) -> Asked<Option<&ItemRow>> {
        self.have(Need::Item(id.clone()))?;
        Ok(self.items.get(id))
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
        Ok(None)
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
    fn any_open_item(&self, account: &AccountId) -> Asked<Option<ItemId>> {
        self.have(Need::AnyOpenItem(account.clone()))?;
        Ok(self
            .items
            .values()
            .find(|item| item.account == *account && item.open != 0)
            .map(|item| item.item.clone()))
    }
    fn live_member(&self, parent: &AccountId) -> Asked<Option<AccountId>> {
        self.have(Need::LiveMember(parent.clone()))?;
        let named =
            |account: &&Account| account.profile.parent.as_ref() == Some(parent) && account.closed.is_none();
        Ok(self.accounts.values().find(named).map(|account| account.id.clone()))
    }
    fn credited(&self, _: &DocumentId) -> Asked<Vec<CreditedRow>> {
        Ok(Vec::new())
    }
    fn rate(&self, currency: Currency, on: Date) -> Asked<Option<RateRow>> {
        self.have(Need::Rate(currency, on))?;
        Ok(self.rates.range((currency, Date::MIN)..=(currency, on)).next_back().map(|(_, row)| row.clone()))
    }
    fn order(&self, id: &OrderId) -> Asked<Option<OrderRow>> {
        self.have(Need::Order(id.clone()))?;
        Ok(self.orders.get(id).cloned())
    }
    fn refund(&self, _: &RefundId) -> Asked<Option<RefundRow>> {
        Ok(None)
    }
    fn open_receipt(&self, which: &OpenReceipt) -> Asked<Option<ItemId>> {
        let counts = |item: &&ItemRow| {
            item.open > 0
                && which.roles().contains(&item.control.role)
                && which.from <= item.date
                && item.date <= which.to
        };
        Ok(self.items.values().filter(counts).map(|item| item.item.clone()).next())
    }

    fn proposal(&self, id: &CommandId) -> Asked<Option<ProposalRow>> {
        self.have(Need::Proposal(id.clone()))?;
        Ok(None)
    }
    fn written_off(&self, which: &WrittenOff) -> Asked<i64> {
        self.have(Need::WrittenOff(which.clone()))?;
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
