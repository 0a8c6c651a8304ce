//! Journal exports: the book's postings as a table and in the plain-text formats of hledger and
//! beancount (INV-09, INV-11).
//!
//! Every posting becomes one transaction with all of its lines, so the balance of an account there
//! is its balance here. A line in a foreign currency carries its base amount as a total cost.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ar_core::event::Event;
use ar_core::journal::{JournalLine, Role};
use ar_core::record::Position;
use ar_core::{Amount, Currency, Date, Record};

use crate::cell::Cell;
use crate::table::Table;

/// One posting with what it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Entry {
    /// Where its event stands in the log.
    pub position: Position,
    /// Accounting date.
    pub date: Date,
    /// Currency of the lines.
    pub currency: Currency,
    /// What happened.
    pub event: &'static str,
    /// The documents, items or refunds it is about, the first one first.
    pub about: Vec<String>,
    /// The customer's account.
    pub account: Option<String>,
    /// The lines.
    pub lines: Vec<JournalLine>,
}

/// Most ids that one transaction names; an allocation may have a thousand.
const ABOUT_MAX: usize = 20;

impl Entry {
    /// The posting of a record, if its event has one with lines.
    #[must_use]
    pub fn of(position: Position, record: &Record) -> Option<Self> {
        let (date, currency, lines) = record.event.posting()?;
        if lines.is_empty() {
            return None;
        }
        let (mut about, account) = about(&record.event);
        about.truncate(ABOUT_MAX);
        let event = record.event.name();
        Some(Self { position, date, currency, event, about, account, lines: lines.to_vec() })
    }

    /// The customer of a line, where it is not the entry's.
    fn other_account<'a>(&self, line: &'a JournalLine) -> Option<&'a str> {
        line.account.as_ref().map(|account| account.as_str()).filter(|a| self.account.as_deref() != Some(*a))
    }
}

/// The ids an event is about, and the customer's account.
fn about(event: &Event) -> (Vec<String>, Option<String>) {
    let one = |id: &dyn ToString, account: &dyn ToString| (vec![id.to_string()], Some(account.to_string()));
    match event {
        Event::DocumentIssued(e) => one(&e.document, &e.account),
        Event::OpeningLoaded(e) => {
            (e.documents.iter().map(|loaded| loaded.document.to_string()).collect(), None)
        }
        Event::PaymentReceived(e) => one(&e.payment, &e.account),
        Event::PaymentIdentified(e) | Event::CreditTransferred(e) => one(&e.to, &e.account),
        Event::DebitMoved(e) => one(&e.document, &e.account),
        Event::RefundRequested(e) => one(&e.refund, &e.from.account),
        Event::ItemWrittenOff(e) => one(&e.closed.item, &e.closed.account),
        Event::ChargeWaived(e) => one(&e.closed.item, &e.closed.account),
        Event::DiscountTakenBack(e) => one(&e.from.item, &e.from.account),
        Event::ItemsNetted(e) => {
            (e.items.iter().map(|item| item.closed.item.to_string()).collect(), Some(e.account.to_string()))
        }
        Event::DocumentVoided(e) => {
            (vec![e.document.to_string()], e.closed.first().map(|closed| closed.account.to_string()))
        }
        Event::PaymentReversed(e) => {
            (vec![e.payment.to_string()], e.closed.first().map(|closed| closed.account.to_string()))
        }
        Event::RefundEnded(e) => {
            (vec![e.refund.to_string()], e.restored.as_ref().map(|(_, item)| item.account.to_string()))
        }
        Event::CreditAllocated(e) => {
            let debits = e.links.iter().map(|link| link.debit.to_string());
            (std::iter::once(e.credit.to_string()).chain(debits).collect(), Some(e.account.to_string()))
        }
        Event::SettlementUndone(e) => {
            let sides = e.links.iter().flat_map(|link| [&link.credit, &link.debit]).flatten();
            let account = sides.clone().next().map(|side| side.account.to_string());
            (sides.map(|side| side.item.to_string()).collect(), account)
        }
        Event::CreditConverted(e) => one(&e.from.item, &e.from.account),
        Event::ConversionIssued(e) => one(&e.conversion, &e.account),
        Event::ConversionUndone(e) => one(&e.conversion, &e.closed.account),
        Event::ItemsRevalued(e) => {
            (e.items.iter().map(|item| item.item.to_string()).collect(), Some(e.account.to_string()))
        }
        _ => (Vec::new(), None),
    }
}

/// The journal as a table, one row per line.
#[must_use]
pub fn journal_table(entries: &[Entry]) -> Table {
    let mut table = Table::new(&[
        ("Position", "position"),
        ("Date", "date"),
        ("Event", "event"),
        ("About", "about"),
        ("Customer", "account"),
        ("Code", "code"),
        ("Role", "role"),
        ("Currency", "currency"),
        ("Amount", "amount"),
        ("Base", "base"),
    ]);
    for entry in entries {
        for line in &entry.lines {
            table.row(vec![
                Cell::Number(i64::try_from(entry.position).unwrap_or(i64::MAX)),
                Cell::Date(entry.date),
                Cell::text(entry.event),
                Cell::maybe(entry.about.first()),
                Cell::maybe(line.account.as_ref().map(ToString::to_string).or_else(|| entry.account.clone())),
                Cell::text(&line.code),
                Cell::text(line.role),
                Cell::text(entry.currency),
                Cell::Amount(line.amount),
                line.base.map_or(Cell::Empty, Cell::Amount),
            ]);
        }
    }
    table
}

/// The five kinds of accounts that plain-text accounting knows.
const fn kind(role: Role) -> &'static str {
    match role {
        Role::Receivable | Role::Cash | Role::Withholding | Role::Netting => "Assets",
        Role::Unapplied
        | Role::Unidentified
        | Role::OnAccount
        | Role::Tax
        | Role::DeferredTax
        | Role::RefundClearing
        | Role::Deposit => "Liabilities",
        Role::Revenue | Role::Freight | Role::FxGain => "Income",
        Role::Opening => "Equity",
        _ => "Expenses",
    }
}

/// `on_account` as `OnAccount`.
fn camel(name: &str) -> String {
    let capital = |part: &str| {
        let mut letters = part.chars();
        letters.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    name.split('_').map(capital).collect()
}

/// Names of ledger accounts that both formats accept. A code may hold characters that they do
/// not; two codes that would come to one name are told apart by a number.
struct Names(BTreeMap<(Role, String), String>);

impl Names {
    fn of(entries: &[Entry]) -> Self {
        let used: BTreeSet<(Role, String)> = entries
            .iter()
            .flat_map(|entry| entry.lines.iter().map(|line| (line.role, line.code.to_string())))
            .collect();
        let mut taken = BTreeSet::new();
        let mut names = BTreeMap::new();
        for (role, code) in used {
            let plain: String = code
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '-' })
                .collect();
            let plain = format!("{}:{}:{}", kind(role), camel(role.name()), plain.trim_start_matches('-'));
            let plain = if plain.ends_with(':') { format!("{plain}X") } else { plain };
            let mut name = plain.clone();
            let mut n = 2_u32;
            while !taken.insert(name.clone()) {
                name = format!("{plain}-{n}");
                n = n.saturating_add(1);
            }
            names.insert((role, code), name);
        }
        Self(names)
    }

    fn get(&self, line: &JournalLine) -> &str {
        self.0.get(&(line.role, line.code.to_string())).map_or("Equity:Unnamed", String::as_str)
    }
}

/// What one line says in plain-text accounting: an amount with, in a foreign currency, its total
/// cost in base currency.
fn amounts(line: &JournalLine, currency: Currency, base: Currency) -> Vec<String> {
    let plain = |amount: Amount, currency| format!("{amount} {currency}");
    let Some(value) = line.base else { return vec![plain(line.amount, currency)] };
    let (units, cost) = (line.amount.minor(), value.minor());
    if units == 0 {
        // A realised exchange difference exists in base currency alone.
        return vec![plain(value, base)];
    }
    let text = value.to_string();
    if cost == 0 || (units < 0) == (cost < 0) {
        let cost = text.trim_start_matches('-');
        return vec![format!("{} @@ {cost} {base}", plain(line.amount, currency))];
    }
    // A cost is never negative there: a line whose base amount has the other sign becomes two.
    vec![format!("{} @@ 0 {base}", plain(line.amount, currency)), plain(value, base)]
}

/// The entries in order of date, as plain-text readers expect them.
fn dated(entries: &[Entry]) -> Vec<&Entry> {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by_key(|entry| (entry.date, entry.position));
    sorted
}

fn currencies(entries: &[Entry], base: Currency) -> BTreeSet<Currency> {
    entries.iter().map(|entry| entry.currency).chain([base]).collect()
}

/// `%29` for a character that would end the place it stands in; ids hold printable ASCII only.
fn escaped(text: &str, reserved: &[char]) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '%' || c.is_control() || reserved.contains(&c) {
            let _ = write!(safe, "%{:02X}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// The journal in hledger's format, with accounts and commodities declared, so that
/// `hledger check --strict` accepts it. Documents stand in the code and in the tag `about`.
#[must_use]
pub fn hledger(entries: &[Entry], base: Currency) -> String {
    let names = Names::of(entries);
    let mut text = String::from("; Journal of the receivables book. Debit is positive.\ndecimal-mark .\n\n");
    for currency in currencies(entries, base) {
        let decimals = "0".repeat(usize::from(currency.exponent()));
        let _ = writeln!(text, "commodity 1000.{decimals} {currency}");
    }
    text.push('\n');
    for ((_, code), name) in &names.0 {
        let code = escaped(code, &[',', ':', ';']);
        let _ = writeln!(text, "account {}  ; code:{code}", name.to_ascii_lowercase());
    }
    for entry in dated(entries) {
        let id =
            entry.about.first().map_or(String::new(), |id| format!("({}) ", escaped(id, &['(', ')', ';'])));
        let customer =
            entry.account.as_ref().map_or(String::new(), |a| format!(" | {}", escaped(a, &[';', '|'])));
        let _ = write!(text, "\n{} {id}{}{customer}  ; position:{}", entry.date, entry.event, entry.position);
        for other in entry.about.iter().skip(1) {
            let _ = write!(text, ", about:{}", escaped(other, &[',', ':', ';']));
        }
        text.push('\n');
        for line in &entry.lines {
            for amount in amounts(line, entry.currency, base) {
                let _ = write!(text, "    {:<40}  {amount:>20}", names.get(line).to_ascii_lowercase());
                if let Some(other) = entry.other_account(line) {
                    let _ = write!(text, "  ; account:{}", escaped(other, &[',', ':', ';']));
                }
                text.push('\n');
            }
        }
    }
    text
}

/// The journal in beancount's format: accounts opened, commodities declared, documents as links
/// where their ids allow it and as metadata always.
#[must_use]
pub fn beancount(entries: &[Entry], base: Currency) -> String {
    let names = Names::of(entries);
    let sorted = dated(entries);
    let mut text = String::from("; Journal of the receivables book. Debit is positive.\n");
    let _ = writeln!(text, "option \"title\" \"Receivables\"\noption \"operating_currency\" \"{base}\"\n");
    let Some(first) = sorted.first().map(|entry| entry.date) else { return text };
    for currency in currencies(entries, base) {
        let _ = writeln!(text, "{first} commodity {currency}");
    }
    text.push('\n');
    for ((_, code), name) in &names.0 {
        let _ = writeln!(text, "{first} open {name}\n  code: \"{}\"", quoted(code));
    }
    for entry in sorted {
        let payee = entry.account.as_ref().map_or(String::new(), |a| format!("\"{}\" ", quoted(a)));
        let _ = write!(text, "\n{} * {payee}\"{}\"", entry.date, entry.event);
        for id in entry.about.iter().filter(|id| is_link(id)) {
            let _ = write!(text, " ^{id}");
        }
        let _ = writeln!(text, "\n  position: {}", entry.position);
        if let Some(id) = entry.about.first() {
            let _ = writeln!(text, "  about: \"{}\"", quoted(id));
        }
        for line in &entry.lines {
            for amount in amounts(line, entry.currency, base) {
                let _ = writeln!(text, "  {:<40}  {amount:>20}", names.get(line));
                if let Some(other) = entry.other_account(line) {
                    let _ = writeln!(text, "    account: \"{}\"", quoted(other));
                }
            }
        }
    }
    text
}

/// Text between double quotes.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// Whether an id can be a link: letters, digits, `-`, `_`, `/` and `.`.
fn is_link(id: &str) -> bool {
    !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.'))
}
