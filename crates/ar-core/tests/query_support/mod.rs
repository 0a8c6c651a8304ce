//! A book of hand-built events for tests of queries: the rows are those of the fold that stores
//! share; a question about some accounts is answered from rows loaded anew, as SQLite does.

#![allow(dead_code, unreachable_pub, clippy::too_many_arguments, reason = "shared by test files")]

mod ends;
pub mod random;
mod view;

use std::collections::BTreeMap;

use ar_core::account::{Account, AccountChange, AccountChanged, CreditLimit, Profile};
use ar_core::allocation::{
    AppliedLink, ClosedItem, CreditAllocated, ItemWrittenOff, SettlementUndone, UndoneLink,
};
use ar_core::book::{BookConfig, Counts};
use ar_core::credit::{OrderReported, OrderStage};
use ar_core::document::{Content, DocumentIssued, DocumentKind, NewItem, OrderBilled, Side, TaxMode};
use ar_core::event::Event;
use ar_core::journal::{Control, JournalLine, Role};
use ar_core::payment::{Method, PaymentReceived, SUSPENSE};
use ar_core::query::{Columns, LineColumns, View};
use ar_core::record::{PayloadDigest, RECORD_VERSION, Record};
use ar_core::rows::*;
use ar_core::*;

pub fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

pub fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

pub fn account(id: &str) -> AccountId {
    AccountId::parse(id).unwrap()
}

pub fn item(id: &str) -> ItemId {
    ItemId::parse(id).unwrap()
}

fn document(id: &str) -> DocumentId {
    DocumentId::parse(id).unwrap()
}

/// An amount of minor units of a currency.
pub fn of(minor: i64, currency: Currency) -> Amount {
    Money::new(minor, currency).unwrap().amount()
}

fn control(role: Role) -> Control {
    let code = match role {
        Role::Receivable => "1200",
        Role::Unidentified => "2310",
        _ => "2300",
    };
    Control { role, code: GlCode::parse(code).unwrap() }
}

fn line(role: Role, code: &str, minor: i64, currency: Currency, of_account: Option<&str>) -> JournalLine {
    JournalLine {
        role,
        code: GlCode::parse(code).unwrap(),
        amount: of(minor, currency),
        base: None,
        account: of_account.map(account),
        partner: None,
        dimensions: Attributes::default(),
    }
}

/// What leaves a debit item beyond the credit.
#[derive(Clone, Copy, Default)]
pub struct Extra {
    pub discount: i64,
    pub tolerance: i64,
    pub withholding: i64,
}

/// A book in memory.
#[derive(Clone)]
pub struct Book {
    pub config: BookConfig,
    pub records: Vec<(Position, Record)>,
    pub items: BTreeMap<ItemId, ItemRow>,
    pub links: BTreeMap<LinkId, LinkRow>,
    pub documents: BTreeMap<DocumentId, DocumentRow>,
    pub accounts: BTreeMap<AccountId, Vec<(Position, Account)>>,
    pub orders: BTreeMap<OrderId, OrderRow>,
    pub notes: Vec<NoteRow>,
    pub columns: Columns,
    pub lines: LineColumns,
    /// The key of the next command, when several events belong to one.
    pub command: Option<CommandId>,
}

impl Default for Book {
    fn default() -> Self {
        Self {
            config: BookConfig::standard(usd()),
            records: Vec::new(),
            items: BTreeMap::new(),
            links: BTreeMap::new(),
            documents: BTreeMap::new(),
            accounts: BTreeMap::new(),
            orders: BTreeMap::new(),
            notes: Vec::new(),
            columns: Columns::of_book(),
            lines: LineColumns::default(),
            command: None,
        }
    }
}

impl Book {
    /// Puts an event on record and its changes into the rows.
    pub fn push(&mut self, event: Event) -> Position {
        let position = self.head() + 1;
        let mut out = Vec::new();
        changes(position, &event, &mut out);
        for change in out {
            self.change(position, change);
        }
        let command = CommandId::parse(&format!("c-{position}")).unwrap();
        let record = Record {
            v: RECORD_VERSION,
            book: BookId::parse("main").unwrap(),
            command: self.command.clone().unwrap_or(command),
            digest: serde_json::from_str::<PayloadDigest>("\"000102030405060708090a0b0c0d0e0f\"").unwrap(),
            part: (1, 1),
            actor: ActorId::parse("anna").unwrap(),
            at: serde_json::from_str("\"2026-01-01T00:00:00Z\"").unwrap(),
            event,
            warnings: Vec::new(),
        };
        self.records.push((position, record));
        position
    }

    fn change(&mut self, position: Position, change: Change) {
        match change {
            Change::Account(row) => {
                self.accounts.entry(row.id.clone()).or_default().push((position, *row));
            }
            Change::Document(row) => {
                self.documents.insert(row.document.clone(), *row);
            }
            Change::DocumentEnded { document, date } => {
                self.documents.get_mut(&document).unwrap().ended = Some(date);
            }
            Change::DocumentParts { document, parts, account } => {
                let row = self.documents.get_mut(&document).unwrap();
                row.parts = parts;
                row.account = account.unwrap_or(row.account.clone());
            }
            Change::Note(row) => self.notes.push(*row),
            Change::Item(row) => {
                self.columns.push_item(&row).unwrap();
                self.items.insert(row.item.clone(), *row);
            }
            Change::Link(row) => {
                self.columns.push_link(&row).unwrap();
                self.links.insert(row.link.clone(), *row);
            }
            Change::LinkUndone { link, date, position } => {
                let row = self.links.get_mut(&link).unwrap();
                self.columns.push_undo(row, date, position).unwrap();
                row.undone = Some((date, position));
            }
            Change::Order(row) => {
                self.orders.insert(row.order.clone(), row);
            }
            Change::OrderBilled { order, open } => self.orders.get_mut(&order).unwrap().open = open,
            Change::Line(row) => self.lines.push(&row).unwrap(),
            _ => {}
        }
    }

    /// Opens or changes an account.
    pub fn open(&mut self, id: &str, on: &str, change: impl FnOnce(&mut Account)) -> Position {
        let known = self.accounts.get(&account(id)).and_then(|all| all.last()).map(|(_, row)| row.clone());
        let what = if known.is_some() { AccountChange::Amended } else { AccountChange::Opened };
        let mut row = known.unwrap_or(Account {
            id: account(id),
            version: 0,
            opened: day(on),
            profile: Profile::default(),
            party: None,
            limit: CreditLimit::None,
            hold: None,
            closed: None,
            is_parent: false,
        });
        row.version += 1;
        change(&mut row);
        self.push(Event::AccountChanged(Box::new(AccountChanged {
            change: what,
            date: Some(day(on)),
            account: row,
            reason: None,
            regrouped: Vec::new(),
        })))
    }

    /// Issues a document of one or more items of (due date, minor units).
    pub fn issue(
        &mut self,
        kind: DocumentKind,
        id: &str,
        of_account: &str,
        date: &str,
        currency: Currency,
        items: &[(&str, i64)],
    ) -> Position {
        let event = issued(kind, id, of_account, date, currency, items);
        self.push(Event::DocumentIssued(Box::new(event)))
    }

    /// Issues an invoice in USD with one due date.
    pub fn invoice(&mut self, id: &str, of_account: &str, date: &str, due: &str, minor: i64) -> Position {
        self.issue(DocumentKind::Invoice, id, of_account, date, usd(), &[(due, minor)])
    }

    /// Receives a payment in USD.
    pub fn payment(&mut self, id: &str, of_account: &str, date: &str, minor: i64) -> Position {
        let role = if of_account == SUSPENSE { Role::Unidentified } else { Role::Unapplied };
        let control = control(role);
        self.push(Event::PaymentReceived(Box::new(PaymentReceived {
            payment: document(id),
            account: account(of_account),
            group: None,
            method: Method::Wire,
            currency: usd(),
            rate: None,
            amount: of(minor, usd()),
            base: None,
            document_date: day(date),
            date: day(date),
            value_date: day(date),
            bank: None,
            reference: Some(Text::parse("wire 7").unwrap()),
            order: None,
            attributes: Attributes::default(),
            explanation: None,
            posting: vec![
                line(Role::Cash, "1000", minor, usd(), None),
                line(role, control.code.as_str(), -minor, usd(), Some(of_account)),
            ],
            control,
        })))
    }

    /// Applies a credit to a debit.
    pub fn allocate(&mut self, credit: &str, debit: &str, date: &str, minor: i64, extra: Extra) -> LinkId {
        let (from, to) = (self.items[&item(credit)].clone(), self.items[&item(debit)].clone());
        let link = LinkId::parse(&format!("l-{}", self.head() + 1)).unwrap();
        let settled = minor + extra.discount + extra.tolerance + extra.withholding;
        let part = |minor: i64| (minor != 0).then(|| of(minor, from.currency));
        let across = from.account != to.account;
        let mut posting = vec![
            line(
                from.control.role,
                from.control.code.as_str(),
                minor,
                from.currency,
                Some(from.account.as_str()),
            ),
            line(Role::Receivable, "1200", -settled, from.currency, Some(to.account.as_str())),
        ];
        for (role, code, minor) in [
            (Role::Discount, "4800", extra.discount),
            (Role::SmallDifference, "6810", extra.tolerance),
            (Role::Withholding, "1250", extra.withholding),
        ] {
            if minor != 0 {
                posting.push(line(role, code, minor, from.currency, None));
            }
        }
        self.push(Event::CreditAllocated(Box::new(CreditAllocated {
            credit: from.item.clone(),
            account: from.account.clone(),
            group: None,
            memo: from.kind == DocumentKind::CreditMemo,
            currency: from.currency,
            date: day(date),
            links: vec![AppliedLink {
                link: link.clone(),
                debit: to.item.clone(),
                account: across.then(|| to.account.clone()),
                group: None,
                amount: of(minor, from.currency),
                credit_base: None,
                debit_base: None,
                discount: part(extra.discount),
                tolerance: part(extra.tolerance),
                withholding: part(extra.withholding),
                withheld: None,
                unearned: None,
                of_payment: None,
                credit_revalued: None,
                debit_revalued: None,
                uncounted: false,
                taxes: None,
            }],
            explanation: Explanation::rule("explicit").input("amount", of(minor, from.currency)),
            posting,
        })));
        link
    }

    /// Undoes a settlement.
    pub fn undo(&mut self, link: &LinkId, date: &str) -> Position {
        let row = self.links[link].clone();
        let side = |side: &LinkSide| ClosedItem {
            item: side.item.clone(),
            account: side.account.clone(),
            group: None,
            amount: of(side.amount, row.currency),
            base: None,
            link: None,
            revalued: None,
            uncounted: false,
        };
        let made = self.records.iter().find(|(position, _)| *position == row.position).unwrap();
        let (_, _, lines) = made.1.event.posting().unwrap();
        let back = |line: &JournalLine| JournalLine {
            amount: of(-line.amount.minor(), row.currency),
            ..line.clone()
        };
        let posting = lines.iter().map(back).collect();
        self.push(Event::SettlementUndone(Box::new(SettlementUndone {
            currency: row.currency,
            date: day(date),
            asked_date: None,
            links: vec![UndoneLink {
                link: link.clone(),
                credit: row.credit.as_ref().map(side),
                debit: row.debit.as_ref().map(side),
                discount: (row.discount != 0).then(|| of(row.discount, row.currency)),
                withholding: None,
                released: None,
                charges: Vec::new(),
                memo: row.memo,
                taxes: None,
                claim: None,
                written_off: None,
            }],
            reason: Text::parse("wrong invoice").unwrap(),
            posting,
        })))
    }

    /// Gives up part of a debit.
    pub fn write_off(&mut self, debit: &str, date: &str, minor: i64) -> Position {
        let row = self.items[&item(debit)].clone();
        let link = LinkId::parse(&format!("l-{}", self.head() + 1)).unwrap();
        self.push(Event::ItemWrittenOff(Box::new(ItemWrittenOff {
            link,
            side: row.side,
            closed: ClosedItem {
                item: row.item.clone(),
                account: row.account.clone(),
                group: None,
                amount: of(minor, row.currency),
                base: None,
                link: None,
                revalued: None,
                uncounted: false,
            },
            control: row.control.clone(),
            currency: row.currency,
            date: day(date),
            reason: ReasonCode::parse("small").unwrap(),
            taxes: None,
            explanation: None,
            posting: vec![
                line(Role::BadDebt, "6800", minor, row.currency, None),
                line(Role::Receivable, "1200", -minor, row.currency, Some(row.account.as_str())),
            ],
        })))
    }

    /// Reports an order.
    pub fn order(&mut self, id: &str, of_account: &str, date: &str, minor: i64) -> Position {
        let order = OrderId::parse(id).unwrap();
        let before = self.orders.get(&order).map_or(0, |row| row.open);
        self.push(Event::OrderReported(Box::new(OrderReported {
            order,
            account: account(of_account),
            group: None,
            date: day(date),
            currency: usd(),
            before: of(before, usd()),
            amount: of(minor, usd()),
            stage: OrderStage::Ordered,
            credit_override: None,
            explanation: None,
        })))
    }

    /// Issues an invoice that bills an order.
    pub fn bill(&mut self, order: &str, id: &str, of_account: &str, date: &str, minor: i64) -> Position {
        let order = OrderId::parse(order).unwrap();
        let left = self.orders[&order].open - minor;
        let mut event = issued(DocumentKind::Invoice, id, of_account, date, usd(), &[(date, minor)]);
        event.order = Some(OrderBilled { order, amount: of(minor, usd()), left: of(left, usd()) });
        self.push(Event::DocumentIssued(Box::new(event)))
    }

    /// What a log of the first events alone gives.
    pub fn upto(&self, position: Position) -> Self {
        let mut book = Self { config: self.config.clone(), ..Self::default() };
        for (at, record) in &self.records {
            if *at <= position {
                book.command = Some(record.command.clone());
                book.push(record.event.clone());
            }
        }
        book
    }
}

/// The event of a document with a balanced posting.
pub fn issued(
    kind: DocumentKind,
    id: &str,
    of_account: &str,
    date: &str,
    currency: Currency,
    items: &[(&str, i64)],
) -> DocumentIssued {
    let total: i64 = items.iter().map(|(_, minor)| minor).sum();
    let signed = if kind.side() == Side::Debit { total } else { -total };
    DocumentIssued {
        document: document(id),
        kind,
        account: account(of_account),
        group: None,
        currency,
        rate: None,
        document_date: day(date),
        date: day(date),
        series: None,
        content: Content {
            tax_mode: TaxMode::Exclusive,
            tax_rounding: Default::default(),
            lines: Vec::new(),
            taxes: Vec::new(),
            net: of(total, currency),
            total: of(total, currency),
            tax_residual: Default::default(),
            tax_reduced: None,
            discount: None,
            coins: None,
        },
        items: items.iter().map(|(due, minor)| new_item(day(due), *minor, currency)).collect(),
        control: control(Role::Receivable),
        invoice: None,
        reason: None,
        po_number: None,
        order: None,
        due_reason: None,
        credit_override: None,
        attributes: Attributes::default(),
        explanation: None,
        posting: vec![
            line(Role::Receivable, "1200", signed, currency, Some(of_account)),
            line(Role::Revenue, "4000", -signed, currency, None),
        ],
        set_off: None,
    }
}

pub fn new_item(due: Date, minor: i64, currency: Currency) -> NewItem {
    NewItem {
        due,
        amount: of(minor, currency),
        base: None,
        discounts: Vec::new(),
        terms: None,
        aged_from: None,
        dunning_level: 0,
        counts: Counts::FULL,
        order: None,
    }
}
