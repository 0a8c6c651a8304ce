//! A book of hand-built events for tests of queries: the rows are those of the fold that stores
//! share; a question about some accounts is answered from rows loaded anew, as SQLite does.

#![allow(dead_code, unreachable_pub, clippy::too_many_arguments, reason = "shared by test files")]

pub mod random;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use ar_core::account::{Account, AccountChange, AccountChanged, CreditLimit, Profile, VaultEntry};
use ar_core::allocation::{
    AppliedLink, ClosedItem, CreditAllocated, ItemWrittenOff, SettlementUndone, UndoneLink,
};
use ar_core::book::BookConfig;
use ar_core::credit::{OrderReported, OrderStage};
use ar_core::document::{
    Content, DocumentIssued, DocumentKind, DocumentVoided, NewItem, OrderBilled, Side, TaxMode,
};
use ar_core::event::Event;
use ar_core::journal::{Control, JournalLine, Role};
use ar_core::payment::{
    CreditMoved, Method, OwedAgain, PaymentReceived, PaymentReversed, RefundEnded, RefundRequested,
    RefundState, ReversalCause, SUSPENSE,
};
use ar_core::query::{Columns, LineColumns, Scope, Touched, View, touched};
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
            }],
            absorbed: None,
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
                memo: row.memo,
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
            },
            control: row.control.clone(),
            currency: row.currency,
            date: day(date),
            reason: ReasonCode::parse("small").unwrap(),
            posting: vec![
                line(Role::BadDebt, "6800", minor, row.currency, None),
                line(Role::Receivable, "1200", -minor, row.currency, Some(row.account.as_str())),
            ],
        })))
    }

    fn closed(&mut self, of_item: &str, minor: i64) -> ClosedItem {
        let row = self.items[&item(of_item)].clone();
        ClosedItem {
            item: row.item.clone(),
            account: row.account.clone(),
            group: None,
            amount: of(minor, row.currency),
            base: None,
            link: LinkId::parse(&format!("l-{}", self.head() + 1)).ok(),
        }
    }

    /// Voids a document of one item.
    pub fn void(&mut self, id: &str, date: &str) -> Position {
        let row = self.items[&item(id)].clone();
        let closed = self.closed(id, row.original);
        let sign = if row.side == Side::Debit { -1 } else { 1 };
        self.push(Event::DocumentVoided(Box::new(DocumentVoided {
            document: document(id),
            date: day(date),
            currency: row.currency,
            reason: ReasonCode::parse("typo").unwrap(),
            side: row.side,
            closed: vec![closed],
            released: None,
            posting: vec![
                line(Role::Receivable, "1200", sign * row.original, row.currency, Some(row.account.as_str())),
                line(Role::Revenue, "4000", -sign * row.original, row.currency, None),
            ],
        })))
    }

    /// Takes back a payment of which `minor` is unapplied; `owed` was refunded before.
    pub fn reverse(&mut self, payment: &str, date: &str, minor: i64, owed: i64) -> Position {
        let row = self.items[&item(payment)].clone();
        let closed = if minor > 0 { vec![self.closed(payment, minor)] } else { Vec::new() };
        let again = OwedAgain {
            item: ItemId::new(row.item.document().clone(), 2),
            account: row.account.clone(),
            group: None,
            new: new_item(day(date), owed, row.currency),
            control: control(Role::Receivable),
        };
        let name = row.account.as_str();
        self.push(Event::PaymentReversed(Box::new(PaymentReversed {
            payment: document(payment),
            date: day(date),
            asked_date: None,
            currency: row.currency,
            cause: ReversalCause::Returned,
            reason: Text::parse("no funds").unwrap(),
            closed,
            owed: if owed > 0 { vec![again] } else { Vec::new() },
            fee: None,
            posting: vec![
                line(Role::Unapplied, "2300", minor, row.currency, Some(name)),
                line(Role::Receivable, "1200", owed, row.currency, Some(name)),
                line(Role::Cash, "1000", -minor - owed, row.currency, None),
            ],
        })))
    }

    /// Asks for a refund of a payment.
    pub fn refund(&mut self, id: &str, payment: &str, date: &str, minor: i64) -> Position {
        let row = self.items[&item(payment)].clone();
        let from = self.closed(payment, minor);
        self.push(Event::RefundRequested(Box::new(RefundRequested {
            refund: RefundId::parse(id).unwrap(),
            link: from.link.clone().unwrap(),
            from,
            currency: row.currency,
            date: day(date),
            reason: ReasonCode::parse("asked").unwrap(),
            clearing: GlCode::parse("2390").unwrap(),
            posting: vec![
                line(Role::Unapplied, "2300", minor, row.currency, Some(row.account.as_str())),
                line(Role::RefundClearing, "2390", -minor, row.currency, None),
            ],
        })))
    }

    /// Voids a refund that was asked for at a position.
    pub fn void_refund(&mut self, asked: Position, date: &str) -> Position {
        let record = self.records.iter().find(|(position, _)| *position == asked).unwrap();
        let Event::RefundRequested(asked) = record.1.event.clone() else { panic!("no refund") };
        let name = asked.from.account.to_string();
        let minor = asked.from.amount.minor();
        self.push(Event::RefundEnded(Box::new(RefundEnded {
            refund: asked.refund,
            state: RefundState::Voided,
            currency: asked.currency,
            date: day(date),
            bank: None,
            reason: None,
            restored: Some((asked.link, asked.from)),
            posting: vec![
                line(Role::Unapplied, "2300", -minor, asked.currency, Some(&name)),
                line(Role::RefundClearing, "2390", minor, asked.currency, None),
            ],
        })))
    }

    /// Assigns unidentified cash to its payer.
    pub fn identify(&mut self, payment: &str, to: &str, date: &str) -> Position {
        let row = self.items[&item(payment)].clone();
        let link = LinkId::parse(&format!("l-{}", self.head() + 1)).unwrap();
        self.push(Event::PaymentIdentified(Box::new(CreditMoved {
            link,
            from: ClosedItem {
                item: row.item.clone(),
                account: row.account.clone(),
                group: None,
                amount: of(row.original, row.currency),
                base: None,
                link: None,
            },
            to: ItemId::new(row.item.document().clone(), 2),
            account: account(to),
            group: None,
            currency: row.currency,
            kind: DocumentKind::Payment,
            document_date: row.document_date,
            value_date: row.value_date,
            date: day(date),
            item: new_item(row.document_date, row.original, row.currency),
            control: control(Role::Unapplied),
            reason: None,
            posting: vec![
                line(Role::Unidentified, "2310", row.original, row.currency, Some(SUSPENSE)),
                line(Role::Unapplied, "2300", -row.original, row.currency, Some(to)),
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
    }
}

pub fn new_item(due: Date, minor: i64, currency: Currency) -> NewItem {
    NewItem { due, amount: of(minor, currency), base: None, discounts: Vec::new(), dunning_level: 0 }
}

impl View for Book {
    type Error = Infallible;

    fn head(&self) -> Position {
        self.records.last().map_or(0, |(position, _)| *position)
    }

    fn config(&self) -> Result<Option<Cow<'_, BookConfig>>, Infallible> {
        Ok(Some(Cow::Borrowed(&self.config)))
    }

    fn columns(&self, scope: &Scope) -> Result<Cow<'_, Columns>, Infallible> {
        if *scope == Scope::All {
            return Ok(Cow::Borrowed(&self.columns));
        }
        let items: Vec<_> = self.items.values().filter(|row| scope.contains(&row.account)).cloned().collect();
        let touches = |row: &&LinkRow| {
            let sides = [&row.credit, &row.debit];
            sides.into_iter().flatten().any(|side| scope.contains(&side.account))
        };
        let links: Vec<_> = self.links.values().filter(touches).cloned().collect();
        Ok(Cow::Owned(Columns::from_rows(&items, &links, true).unwrap()))
    }

    fn lines(&self, _: &Scope) -> Result<Cow<'_, LineColumns>, Infallible> {
        Ok(Cow::Borrowed(&self.lines))
    }

    fn accounts(
        &self,
        known: Position,
        after: Option<&AccountId>,
        limit: usize,
    ) -> Result<Vec<Account>, Infallible> {
        let later = self.accounts.iter().filter(|(id, _)| after.is_none_or(|after| *id > after));
        let as_known = later.filter_map(|(_, all)| all.iter().rev().find(|(at, _)| *at <= known));
        Ok(as_known.map(|(_, row)| row.clone()).take(limit).collect())
    }

    fn accounts_by_id(&self, known: Position, ids: &BTreeSet<AccountId>) -> Result<Vec<Account>, Infallible> {
        let all = self.accounts(known, None, usize::MAX)?;
        Ok(all.into_iter().filter(|row| ids.contains(&row.id)).collect())
    }

    fn members(&self, known: Position, group: &AccountId) -> Result<Vec<AccountId>, Infallible> {
        let all = self.accounts(known, None, usize::MAX)?;
        Ok(all.into_iter().filter(|r| r.profile.parent.as_ref() == Some(group)).map(|r| r.id).collect())
    }

    fn documents(
        &self,
        scope: &Scope,
        after: Option<&DocumentId>,
        limit: usize,
    ) -> Result<Vec<DocumentRow>, Infallible> {
        let later = self.documents.values().filter(|row| after.is_none_or(|after| row.document > *after));
        Ok(later.filter(|row| scope.contains(&row.account)).take(limit).cloned().collect())
    }

    fn documents_by_id(&self, ids: &BTreeSet<DocumentId>) -> Result<Vec<DocumentRow>, Infallible> {
        Ok(ids.iter().filter_map(|id| self.documents.get(id)).cloned().collect())
    }

    fn items_by_id(&self, ids: &BTreeSet<ItemId>) -> Result<Vec<ItemRow>, Infallible> {
        Ok(ids.iter().filter_map(|id| self.items.get(id)).cloned().collect())
    }

    fn links(&self, of: &ItemId) -> Result<Vec<LinkRow>, Infallible> {
        let touches = |row: &&LinkRow| [&row.credit, &row.debit].into_iter().flatten().any(|s| s.item == *of);
        Ok(self.links.values().filter(touches).cloned().collect())
    }

    fn notes(&self, documents: &BTreeSet<DocumentId>) -> Result<Vec<NoteRow>, Infallible> {
        Ok(self.notes.iter().filter(|note| documents.contains(&note.document)).cloned().collect())
    }

    fn orders(&self, scope: &Scope) -> Result<Vec<OrderRow>, Infallible> {
        Ok(self.orders.values().filter(|row| scope.contains(&row.account)).cloned().collect())
    }

    fn parties(&self, _: &BTreeSet<SubjectId>) -> Result<Vec<VaultEntry>, Infallible> {
        Ok(Vec::new())
    }

    fn records(&self, after: Position, limit: usize) -> Result<Vec<(Position, Record)>, Infallible> {
        Ok(self.records.iter().filter(|(at, _)| *at > after).take(limit).cloned().collect())
    }

    fn records_of(
        &self,
        account: &AccountId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<(Position, Record)>, Infallible> {
        let about = |event: &Event| {
            touched(event).into_iter().any(|what| match what {
                Touched::Account(id) => id == account,
                Touched::Document(id) => self.documents.get(id).is_some_and(|row| row.account == *account),
                Touched::Refund(_) => false,
            })
        };
        let later = self.records.iter().filter(|(at, _)| *at > after);
        Ok(later.filter(|(_, record)| about(&record.event)).take(limit).cloned().collect())
    }
}
