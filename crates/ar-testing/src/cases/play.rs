//! A case under way on one book: what its refs stand for, what its steps came to, and what was
//! found different from what the case expects.

use std::collections::{BTreeMap, BTreeSet};

use ar_core::book::Chart;
use ar_core::rows::{ItemRow, LinkRow};
use ar_core::{Currency, Date, Envelope, Event, ItemId};
use ar_store::{Failure, Receipt};
use serde_json::{Value, json};

use super::book::Book;
use super::fields::{Fields, Halt, Read, decimal, unsupported};
use super::policy::Policy;
use super::provision;
use super::refusals::Refusal;
use super::tags::Tags;
use super::taxes::TaxWord;
use super::values::document_id;

/// The day of a step without a date in a case that names none.
const TODAY: (i32, u32, u32) = (2024, 6, 15);
/// The book.
pub const BOOK: &str = "CASE";
/// The only reason code that cases need.
pub const REASON: &str = "case";

/// What a ref stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// An invoice, memo or payment, with its currency.
    Document(Currency),
    /// A reported order, with what a later change of it repeats.
    Order(Value),
    /// Something that was done to other things.
    Deed,
    /// An accounting period, by its name.
    Period(String),
}

/// What a step came to.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It was accepted.
    Done,
    /// It passes only on someone's word.
    Overridden,
    /// It was refused.
    Refused(Refusal),
}

/// What a step takes of a credit.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The documents it goes to; none where a rule finds them.
    pub to: Vec<String>,
    /// How much; none means all that is left.
    pub amount: Option<String>,
}

/// Something that is not as the case says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What was looked at.
    pub what: String,
    /// What the case says.
    pub expected: Value,
    /// What the library says.
    pub actual: Value,
}

/// A case on one book.
pub struct Play<'a> {
    /// The book.
    pub book: &'a dyn Book,
    /// The switches.
    pub policy: Policy,
    /// The currencies.
    pub tags: Tags,
    /// Refs of documents and orders.
    pub things: BTreeMap<String, Thing>,
    /// Customers.
    pub customers: BTreeSet<String>,
    /// What each step came to, with its ref.
    pub outcomes: Vec<(String, Outcome)>,
    /// What happened in each step.
    pub events: Vec<Vec<Event>>,
    /// Commands of documents that were only previewed.
    pub drafts: BTreeMap<String, Vec<Value>>,
    /// What the commands of a draft would come to.
    pub previews: BTreeMap<String, Vec<Event>>,
    /// Refs of steps whose refusal the case expects, with the words for why.
    pub expected_errors: BTreeMap<String, BTreeSet<String>>,
    /// The ref of the step under way.
    pub reference: String,
    /// The currencies of the control accounts that documents name.
    pub control_accounts: BTreeMap<String, Currency>,
    /// Entries by hand, which are memos here.
    pub by_hand: BTreeSet<String>,
    /// Documents that a memo cancelled, with the memo.
    pub cancelled: BTreeMap<String, String>,
    /// Documents whose debits became those of others.
    pub moved: BTreeMap<String, Vec<String>>,
    /// Whether the invoice that is read is one for a deposit.
    pub deposit: bool,
    /// Credits that a later step applies, with what each such step takes.
    pub applied_later: BTreeMap<String, Vec<Applied>>,
    /// What was found different.
    pub mismatches: Vec<Mismatch>,
    /// The day of the latest step.
    pub day: Date,
    /// Rates on record.
    pub rates: BTreeSet<(Currency, Date)>,
    /// Accounting periods with their days.
    pub periods: BTreeMap<String, (Date, Date)>,
    /// First and last days of statements.
    pub statements: BTreeMap<String, (Date, Date)>,
    /// Payables of the other ledger: whose, in which currency, how much is left.
    pub payables: BTreeMap<String, (String, Currency, i64)>,
    /// Receivable accounts beside the usual one, by the case's name.
    pub ledgers: BTreeMap<String, String>,
    /// What is open and allowed for, as the case gives it.
    pub provision: provision::Given,
    /// The day that the next command is entered on, where it is not the day of its step.
    entered: Option<Date>,
    taxes: Vec<(TaxWord, usize, String)>,
    sent: usize,
}

impl<'a> Play<'a> {
    /// A book opened with the settings of a case.
    ///
    /// # Errors
    /// A setting that the library refuses.
    pub fn open(book: &'a dyn Book, policy: Policy, tags: Tags) -> Read<Self> {
        let today = Date::new(TODAY.0, TODAY.1, TODAY.2).map_err(|e| Halt::Broken(e.to_string()))?;
        let day = policy.today.unwrap_or(today);
        let mut play = Self {
            book,
            policy,
            tags,
            things: BTreeMap::new(),
            customers: BTreeSet::new(),
            outcomes: Vec::new(),
            events: Vec::new(),
            drafts: BTreeMap::new(),
            previews: BTreeMap::new(),
            expected_errors: BTreeMap::new(),
            reference: String::new(),
            control_accounts: BTreeMap::new(),
            by_hand: BTreeSet::new(),
            cancelled: BTreeMap::new(),
            moved: BTreeMap::new(),
            deposit: false,
            applied_later: BTreeMap::new(),
            mismatches: Vec::new(),
            day,
            rates: BTreeSet::new(),
            periods: BTreeMap::new(),
            statements: BTreeMap::new(),
            payables: BTreeMap::new(),
            ledgers: BTreeMap::new(),
            provision: provision::Given::default(),
            entered: None,
            taxes: Vec::new(),
            sent: 0,
        };
        let reason = json!({"reason": {"code": REASON, "text": "as the case says"}});
        let mut settings = vec![play.policy.setting(), reason];
        settings.extend(play.policy.charges.iter().cloned());
        play.must(json!({"open_book": {"base": play.tags.base(), "settings": settings}}))?;
        if let Some(last) = play.policy.locked_to {
            play.lock(Some(last))?;
        }
        Ok(play)
    }

    /// The date of a step: its own, else the latest one before it, else today.
    ///
    /// # Errors
    /// A text that is no date.
    pub fn date(&mut self, fields: &mut Fields<'_>) -> Read<Date> {
        let day = fields.date("date")?.unwrap_or(self.day);
        self.entered = self.policy.today;
        self.day = day;
        self.rates_of(day)?;
        Ok(day)
    }

    /// Sets the day that a step is entered on.
    pub fn recorded_on(&mut self, day: Date) {
        self.entered = Some(day);
    }

    /// Takes a customer, whose account is opened when it is first named.
    ///
    /// # Errors
    /// When none is named.
    pub fn customer(&mut self, fields: &mut Fields<'_>) -> Read<String> {
        let customer = fields.need("customer")?;
        self.open_account(&customer)?;
        Ok(customer)
    }

    /// Opens a customer's account, once.
    ///
    /// # Errors
    /// When the library refuses it.
    pub fn open_account(&mut self, customer: &str) -> Read<()> {
        if !self.customers.insert(customer.to_owned()) {
            return Ok(());
        }
        let limit = self.policy.limit.as_deref().map_or(Ok(json!("none")), |limit| self.limit(limit))?;
        self.must(json!({"open_account": {"account": customer, "date": Date::MIN, "limit": limit}}))
    }

    /// A credit limit in base currency; zero is no credit at all.
    ///
    /// # Errors
    /// A text that is no amount.
    pub fn limit(&self, amount: &str) -> Read<Value> {
        if decimal(amount)?.is_zero() {
            return Ok(json!("zero"));
        }
        Ok(json!({"amount": format!("{amount} {}", self.tags.base())}))
    }

    /// The currency of a step.
    ///
    /// # Errors
    /// A tag that is not known.
    pub fn currency(&self, fields: &mut Fields<'_>) -> Read<Currency> {
        match fields.text("currency")? {
            Some(tag) => self.tags.currency(&tag),
            None => Ok(self.tags.base()),
        }
    }

    /// The code of a tax; `nth` tells equal ones on one line apart.
    ///
    /// # Errors
    /// When the library refuses the tax.
    pub fn tax_code(&mut self, tax: &TaxWord, nth: usize) -> Read<String> {
        let known = self.taxes.iter().find(|(word, n, _)| word == tax && *n == nth);
        if let Some((_, _, code)) = known {
            return Ok(code.clone());
        }
        let code = format!("T{:02}", self.taxes.len().saturating_add(1));
        self.must(json!({"configure": {"tax": tax.setting(&code, self.policy.recognition)}}))?;
        self.taxes.push((tax.clone(), nth, code.clone()));
        Ok(code)
    }

    /// The settings of the taxes that documents bear.
    pub fn tax_settings(&self) -> impl Iterator<Item = Value> + '_ {
        self.taxes.iter().map(|(word, _, code)| word.setting(code, self.policy.recognition))
    }

    /// Closes every day up to one, or opens all.
    ///
    /// # Errors
    /// When the library refuses it.
    pub fn lock(&mut self, last: Option<Date>) -> Read<()> {
        let from = last.map_or(Ok(Date::MIN), |last| last.add_days(1));
        let from = from.map_err(|e| Halt::Broken(e.to_string()))?;
        self.must(json!({"configure": {"periods": {"open_from": from, "open_to": Date::MAX}}}))
    }

    /// The reason that sets a claim apart which stands on a receivable account of its own; the chart
    /// maps the account by it.
    ///
    /// # Errors
    /// When the library refuses the setting.
    pub fn ledger(&mut self, name: &str) -> Read<Option<String>> {
        if name == "AR" {
            return Ok(None);
        }
        if !self.ledgers.contains_key(name) {
            let code = format!("12{:02}", self.ledgers.len().saturating_add(1));
            self.ledgers.insert(name.to_owned(), code);
            let text = format!("stands on {name}");
            self.must(json!({"configure": {"reason": {"code": name, "text": text}}}))?;
            let standard =
                serde_json::to_value(Chart::standard()).map_err(|e| Halt::Broken(e.to_string()))?;
            let mut rules = standard["rules"].as_array().cloned().unwrap_or_default();
            let rule = |(name, code)| json!({"role": "receivable", "reason": name, "code": code});
            rules.extend(self.ledgers.iter().map(rule));
            self.must(json!({"configure": {"chart": {"rules": rules}}}))?;
        }
        Ok(Some(name.to_owned()))
    }

    /// Sends a command that no case expects to be refused.
    ///
    /// # Errors
    /// Its refusal.
    pub fn must(&mut self, command: Value) -> Read<()> {
        match self.send(vec![command])? {
            Ok(_) => Ok(()),
            Err(refusal) => {
                Err(Halt::Broken(format!("setting up is refused: {} {}", refusal.code, refusal.message)))
            }
        }
    }

    /// Sends the commands of a step, all or none.
    ///
    /// # Errors
    /// When the store fails; a refusal is an answer.
    pub fn send(&mut self, commands: Vec<Value>) -> Read<Result<Vec<Receipt>, Refusal>> {
        let mut envelopes = Vec::with_capacity(commands.len());
        for command in commands {
            match self.envelope(&command) {
                Ok(envelope) => envelopes.push(envelope),
                Err(failure) => return refused(failure).map(Err),
            }
        }
        match self.book.run(envelopes) {
            Ok(receipts) => Ok(Ok(receipts)),
            Err(failure) => refused(failure).map(Err),
        }
    }

    /// What a command would meet.
    ///
    /// # Errors
    /// When the store fails.
    pub fn preview(&mut self, command: &Value) -> Read<Option<Refusal>> {
        self.foresee(command).map(Result::err)
    }

    /// What a command would come to, or meet.
    ///
    /// # Errors
    /// When the store fails.
    pub fn foresee(&mut self, command: &Value) -> Read<Result<Vec<Event>, Refusal>> {
        let answer = self.envelope(command).and_then(|envelope| self.book.preview(envelope));
        answer.map_or_else(|failure| refused(failure).map(Err), |events| Ok(Ok(events)))
    }

    /// Whether the case expects that a step is refused for one of these reasons.
    #[must_use]
    pub fn expects(&self, reference: &str, words: &[&str]) -> bool {
        let expected = self.expected_errors.get(reference);
        expected.is_some_and(|expected| words.iter().any(|word| expected.contains(*word)))
    }

    fn envelope(&mut self, command: &Value) -> Result<Envelope, Failure> {
        self.sent = self.sent.saturating_add(1);
        let form = json!({"book": BOOK, "id": format!("s{}", self.sent), "actor": "runner",
            "at": format!("{}T12:00:00Z", self.entered.unwrap_or(self.day)), "command": command});
        Ok(ar_core::wire::read_envelope(form.to_string().as_bytes())?)
    }

    /// Does the commands of a step and notes what it came to.
    ///
    /// # Errors
    /// When the store fails.
    pub fn perform(&mut self, reference: &str, commands: Vec<Value>) -> Read<bool> {
        let (outcome, events) = match self.send(commands)? {
            Ok(receipts) => (Outcome::Done, receipts.into_iter().flat_map(|r| r.events).collect()),
            Err(refusal) => (Outcome::Refused(refusal), Vec::new()),
        };
        let done = matches!(outcome, Outcome::Done);
        self.note(reference, outcome, events);
        Ok(done)
    }

    /// Notes what a step came to.
    pub fn note(&mut self, reference: &str, outcome: Outcome, events: Vec<Event>) {
        if let Outcome::Refused(refusal) = &outcome
            && !self.expected_errors.contains_key(reference)
        {
            let n = self.events.len().saturating_add(1);
            self.mismatches.push(Mismatch {
                what: format!("step {n} ({reference})"),
                expected: json!("accepted"),
                actual: json!(format!("refused: {}", refusal.code)),
            });
        }
        self.outcomes.push((reference.to_owned(), outcome));
        self.events.push(events);
    }

    /// The currency of a document.
    ///
    /// # Errors
    /// For a ref that is none.
    pub fn document(&self, reference: &str) -> Read<Currency> {
        match self.things.get(reference) {
            Some(Thing::Document(currency)) => Ok(*currency),
            Some(Thing::Order(_)) => unsupported("an order where a document is wanted"),
            _ => unsupported(format!("{reference} where a document is wanted")),
        }
    }

    /// The items of a document in order. What became another document's is looked at there.
    ///
    /// # Errors
    /// The store's.
    pub fn items(&self, reference: &str) -> Read<Vec<ItemRow>> {
        let mut items = self.book.items(&document_id(reference)?)?;
        let later = self.moved.get(reference).into_iter().flatten();
        let later: Vec<Vec<ItemRow>> = later.map(|document| self.items(document)).collect::<Read<_>>()?;
        if later.iter().any(|items| !items.is_empty()) {
            items.retain(|item| item.open != 0);
            items.extend(later.into_iter().flatten());
        }
        Ok(items)
    }

    /// The items of a document as they stood on a day: what became another document's by then is
    /// looked at there.
    ///
    /// # Errors
    /// The store's.
    pub fn items_on(&self, reference: &str, day: Date) -> Read<Vec<ItemRow>> {
        let own = self.book.items(&document_id(reference)?)?;
        let mut later = Vec::new();
        for document in self.moved.get(reference).into_iter().flatten() {
            later.extend(self.items_on(document, day)?.into_iter().filter(|item| item.date <= day));
        }
        if later.is_empty() {
            return Ok(own);
        }
        let mut items = Vec::with_capacity(own.len());
        for item in own {
            if as_of(&item, &self.links_on(&item.item, day)?).open != 0 {
                items.push(item);
            }
        }
        items.extend(later);
        Ok(items)
    }

    /// Settlements of an item that are in force on a day.
    ///
    /// # Errors
    /// The store's.
    pub fn links_on(&self, item: &ItemId, day: Date) -> Read<Vec<LinkRow>> {
        let mut links = self.book.links(item)?;
        links.retain(|link| link.date <= day && link.undone.is_none_or(|(undone, _)| undone > day));
        Ok(links)
    }

    /// A document and all that came of it.
    #[must_use]
    pub fn family(&self, reference: &str) -> Vec<String> {
        let mut all = vec![reference.to_owned()];
        for later in self.moved.get(reference).into_iter().flatten() {
            all.extend(self.family(later));
        }
        all
    }
}

/// An item with these settlements and no others.
#[must_use]
pub fn as_of(item: &ItemRow, links: &[LinkRow]) -> ItemRow {
    let mut row = ItemRow { open: item.original, credited: 0, discount_taken: 0, ..item.clone() };
    for link in links {
        let sides = [&link.debit, &link.credit].into_iter().flatten();
        for side in sides.filter(|side| side.item == item.item) {
            row.open = row.open.saturating_sub(side.amount);
        }
        if link.debit.as_ref().is_some_and(|side| side.item == item.item) {
            let memo = link.credit.as_ref().filter(|_| link.memo).map_or(0, |side| side.amount);
            row.credited = row.credited.saturating_add(memo);
            row.discount_taken = row.discount_taken.saturating_add(link.discount);
        }
    }
    row
}

fn refused(failure: Failure) -> Read<Refusal> {
    match failure {
        Failure::Refused(rejection) => Ok(Refusal {
            code: rejection.code().to_owned(),
            message: rejection.to_string(),
            rejection: Some(rejection),
        }),
        other => Err(Halt::Broken(other.to_string())),
    }
}
