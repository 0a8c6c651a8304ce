//! Journal lines by the neutral names of accounts. A name stands for one or more roles: a case
//! knows one receivable account, the library keeps what is unapplied apart from it.

use std::collections::BTreeMap;

use ar_core::journal::Role;
use ar_core::{AccountId, Amount, Currency, Event, GlCode};
use serde_json::{Value, json};

use super::settlements::events_of;
use super::{Ask, Found};
use crate::cases::fields::{Fields, Read, unsupported};
use crate::cases::provision;
use crate::cases::values::{minor, text};

/// The roles of an account name.
fn roles(account: &str) -> Read<&'static [Role]> {
    Ok(match account {
        "receivable" | "control" => &[Role::Receivable, Role::Unapplied, Role::OnAccount, Role::Unidentified],
        "cash" | "bank" => &[Role::Cash],
        "revenue" | "sales" => &[Role::Revenue, Role::Freight],
        "tax" | "percent_tax" => &[Role::Tax],
        "deferred_tax" | "tax_transition" | "unrealized_tax" => &[Role::DeferredTax],
        "withholding" | "withholding_tax" => &[Role::Withholding],
        "discount" | "discount_allowed" => &[Role::Discount],
        "netting" | "netting_bridge" | "netting_clearing" => &[Role::Netting],
        "write_off" => &[Role::BadDebt, Role::SmallDifference],
        "fx_gain" => &[Role::FxGain],
        "fx_loss" => &[Role::FxLoss],
        "fx_gain_loss" | "exchange" => &[Role::FxGain, Role::FxLoss],
        "fx_rounding" | "rounding" => &[Role::Rounding],
        "bank_fees" => &[Role::BankFee],
        other => return unsupported(format!("journal.account={other}")),
    })
}

/// One line of the library, debit positive.
struct Line {
    role: Role,
    currency: Currency,
    minor: i64,
    base: i64,
    code: GlCode,
    /// Whose balance a control account moves by it.
    customer: Option<AccountId>,
}

fn lines<'e>(
    events: impl Iterator<Item = &'e Event>,
    base: Currency,
    ask: &Ask<'_, '_, '_>,
) -> Read<Vec<Line>> {
    let mut all = Vec::new();
    for (date, currency, lines) in events.filter_map(Event::posting) {
        for line in lines.iter().filter(|_| date <= ask.at) {
            let own = (currency == base).then_some(line.amount);
            let Some(in_base) = line.base.or(own) else {
                return unsupported("a journal without base amounts");
            };
            let (minor, base, code) = (line.amount.minor(), in_base.minor(), line.code.clone());
            let customer = line.account.clone().filter(|_| line.role.is_control());
            all.push(Line { role: line.role, currency, minor, base, code, customer });
        }
    }
    Ok(all)
}

/// A line as a case tells it.
struct Told {
    account: String,
    net: i64,
    /// The size alone is told, whatever the side.
    unsigned: Option<i64>,
    against: Option<String>,
    foreign: Option<String>,
}

fn told(value: &Value, currency: Currency) -> Read<Vec<Told>> {
    let Some(list) = value.as_array() else { return unsupported("journal in this form") };
    let mut all = Vec::with_capacity(list.len());
    for value in list {
        let mut fields = Fields::of("journal", value)?;
        let account = fields.need("account")?;
        let mut side = |key: &str| -> Read<i64> { fields.text(key)?.map_or(Ok(0), |t| minor(&t, currency)) };
        let net = side("debit")?.saturating_sub(side("credit")?);
        let unsigned = fields.text("amount")?.map(|t| minor(&t, currency)).transpose()?;
        let (against, foreign) = (fields.text("against")?, fields.text("foreign")?);
        fields.finish()?;
        all.push(Told { account, net, unsigned, against, foreign });
    }
    Ok(all)
}

/// The whole entry: no other account moves.
pub(super) fn whole(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    entry(ask, true)
}

/// Some lines of an entry.
pub(super) fn part(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    entry(ask, false)
}

fn entry(ask: &mut Ask<'_, '_, '_>, whole: bool) -> Read<Found> {
    if let [run] = ask.refs.as_slice()
        && ask.play.provision.is_run(run)
    {
        return provision::journal(ask.play, run, ask.at, ask.value, whole).map(Found::Compared);
    }
    let base = ask.play.tags.base();
    let currency = match ask.fields.has("currency") {
        true => ask.play.currency(&mut ask.fields)?,
        false => base,
    };
    let told = told(ask.value, currency)?;
    let events = events_of(ask.play, ask.reference()?);
    let lines = lines(events.iter().copied(), base, ask)?;
    if currency != base && lines.iter().any(|line| line.currency != currency) {
        return unsupported("journal in another currency than the entry's");
    }
    let value = |line: &Line| if currency == base { line.base } else { line.minor };
    let mut actual = nets(&lines, value);
    let mut equal = true;
    let mut accounts: BTreeMap<&str, i64> = BTreeMap::new();
    for line in &told {
        let net = accounts.entry(&line.account).or_default();
        *net = net.saturating_add(line.net);
        if let Some(document) = &line.against {
            equal &= against(&events, document, currency == base) == line.net;
        }
        if let Some(foreign) = &line.foreign {
            equal &= foreign_net(&lines, roles(&line.account)?, base, foreign)?;
        }
    }
    let mut shown = Vec::new();
    for (account, net) in accounts {
        let found = sum(roles(account)?.iter().filter_map(|role| actual.remove(role)));
        let mut sizes = told.iter().filter(|line| line.account == account).filter_map(|line| line.unsigned);
        equal &= match sizes.next() {
            Some(size) => found.abs() == size.saturating_add(sum(sizes)),
            None => found == net,
        };
        shown.push(side_of(account, found, currency));
    }
    actual.retain(|_, net| *net != 0);
    equal &= !whole || actual.is_empty();
    shown.extend(actual.iter().map(|(role, net)| side_of(role.name(), *net, currency)));
    Ok(Found::Compared(if equal { Ok(()) } else { Err(Value::Array(shown)) }))
}

fn side_of(account: &str, net: i64, currency: Currency) -> Value {
    let side = if net < 0 { "credit" } else { "debit" };
    json!({"account": account, side: text(net.saturating_abs(), currency)})
}

fn sum(amounts: impl Iterator<Item = i64>) -> i64 {
    amounts.fold(0, i64::saturating_add)
}

fn nets(lines: &[Line], value: impl Fn(&Line) -> i64) -> BTreeMap<Role, i64> {
    let mut nets: BTreeMap<Role, i64> = BTreeMap::new();
    for line in lines {
        let net = nets.entry(line.role).or_default();
        *net = net.saturating_add(value(line));
    }
    nets
}

/// What events moved on the items of a document, debit positive.
fn against(events: &[&Event], document: &str, in_base: bool) -> i64 {
    let pick = |amount: i64, base: Option<Amount>| match base {
        Some(base) if in_base => base.minor(),
        _ => amount,
    };
    let moved = |event: &&Event| match event {
        Event::CreditAllocated(e) => {
            let mine = e.links.iter().filter(|link| link.debit.document().as_str() == document);
            sum(mine.map(|link| pick(link.settled_minor(), link.debit_base)))
        }
        Event::ItemWrittenOff(e) if e.closed.item.document().as_str() == document => {
            pick(e.closed.amount.minor(), e.closed.base)
        }
        // What of a payment for an order was not applied at once.
        Event::PaymentReceived(e) if e.order.as_ref().is_some_and(|order| order.as_str() == document) => {
            let at_once = |event: &&Event| match event {
                Event::CreditAllocated(a) if *a.credit.document() == e.payment => {
                    sum(a.links.iter().map(|link| pick(link.amount.minor(), link.credit_base)))
                }
                _ => 0,
            };
            pick(e.amount.minor(), e.base).saturating_sub(sum(events.iter().map(at_once)))
        }
        _ => 0,
    };
    sum(events.iter().map(moved)).saturating_neg()
}

fn foreign_net(lines: &[Line], roles: &[Role], base: Currency, told: &str) -> Read<bool> {
    let mine = || lines.iter().filter(|line| roles.contains(&line.role) && line.currency != base);
    match mine().next() {
        Some(first) => Ok(sum(mine().map(|line| line.minor)) == minor(told, first.currency)?),
        None => Ok(false),
    }
}

/// The net of each account of an entry, debit positive, as a table of all that move.
pub(super) fn net(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let Some(table) = ask.value.as_object() else { return unsupported("journal_net in this form") };
    let base = ask.play.tags.base();
    let events = events_of(ask.play, ask.reference()?);
    let mut actual = nets(&lines(events.into_iter(), base, ask)?, |line| line.base);
    let mut found = BTreeMap::new();
    for account in table.keys() {
        let net = sum(roles(account)?.iter().filter_map(|role| actual.remove(role)));
        found.insert(account.clone(), text(net, base));
    }
    found.extend(actual.iter().map(|(role, net)| (role.to_string(), text(*net, base))));
    Ok(Found::Table(found))
}

/// Debits and credits of each account over the whole book. A step moves an account once: what it moves
/// between the control accounts of one customer, which a case knows as one, cancels.
pub(super) fn totals(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let Some(table) = ask.value.as_object() else { return unsupported("journal_totals in this form") };
    if ask.reference()? != "ALL" {
        return unsupported("journal_totals of one document");
    }
    let base = ask.play.tags.base();
    let steps: Vec<Vec<Line>> =
        ask.play.events.iter().map(|events| lines(events.iter(), base, ask)).collect::<Read<_>>()?;
    let mut found = serde_json::Map::new();
    for account in table.keys() {
        let roles = roles(account)?;
        let mut moved = Vec::new();
        for step in &steps {
            let mut nets: BTreeMap<Option<&AccountId>, i64> = BTreeMap::new();
            for line in step.iter().filter(|line| roles.contains(&line.role)) {
                let net = nets.entry(line.customer.as_ref()).or_default();
                *net = net.saturating_add(line.base);
            }
            moved.extend(nets.into_values());
        }
        let side = |keep: fn(&i64) -> bool| sum(moved.iter().copied().filter(keep));
        let (debit, credit) = (side(|net| *net > 0), side(|net| *net < 0));
        let shown = json!({"debit": text(debit, base), "credit": text(credit.saturating_neg(), base)});
        found.insert(account.clone(), shown);
    }
    Ok(Found::As(Value::Object(found)))
}

fn balance(ask: &Ask<'_, '_, '_>, account: &str) -> Read<Found> {
    let base = ask.play.tags.base();
    let lines = lines(ask.play.events.iter().flatten(), base, ask)?;
    let roles = roles(account)?;
    let net = sum(lines.iter().filter(|line| roles.contains(&line.role)).map(|line| line.base));
    Ok(Found::As(json!(text(net, base))))
}

/// The balance of the control accounts together.
pub(super) fn control_account(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    match ask.reference()? {
        "AR" => balance(ask, "receivable"),
        name => {
            let Some(code) = ask.play.ledgers.get(name).cloned() else {
                return unsupported(format!("control_account of {name}"));
            };
            let base = ask.play.tags.base();
            let lines = lines(ask.play.events.iter().flatten(), base, ask)?;
            let net = sum(lines.iter().filter(|line| line.code.as_str() == code).map(|line| line.base));
            Ok(Found::As(json!(text(net, base))))
        }
    }
}

/// The balance of bank and cash.
pub(super) fn cash_total(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    balance(ask, "cash")
}

/// What the entries of a step debit together, in base currency.
pub(super) fn journal_total(ask: &mut Ask<'_, '_, '_>) -> Read<Found> {
    let base = ask.play.tags.base();
    let (mut total, mut control) = (0_i64, BTreeMap::<Option<&AccountId>, i64>::new());
    for event in super::settlements::events_of(ask.play, ask.reference()?) {
        let Some((_, currency, lines)) = event.posting() else { continue };
        for line in lines {
            let amount = if currency == base { Some(line.amount) } else { line.base };
            let minor = amount.map_or(0, ar_core::Amount::minor);
            if line.role.is_control() {
                let net = control.entry(line.account.as_ref()).or_default();
                *net = net.saturating_add(minor);
            } else {
                total = total.saturating_add(minor.max(0));
            }
        }
    }
    let total = total.saturating_add(sum(control.into_values().filter(|net| *net > 0)));
    Ok(Found::As(json!(text(total, base))))
}

/// The balance of the control accounts in one currency, `AR-USD`: in it, or in base currency.
pub(super) fn control_in(ask: &mut Ask<'_, '_, '_>, in_base: bool) -> Read<Found> {
    let reference = ask.reference()?;
    let Some(of) = ask.play.tags.control_account(reference) else {
        return unsupported(format!("control account {reference}"));
    };
    let base = ask.play.tags.base();
    let mut total = 0_i64;
    for event in ask.play.events.iter().flatten() {
        let Some((date, currency, lines)) = event.posting() else { continue };
        if date > ask.at || currency != of {
            continue;
        }
        for line in lines.iter().filter(|line| line.role.is_control()) {
            let amount = if in_base && currency != base { line.base } else { Some(line.amount) };
            total = total.saturating_add(amount.map_or(0, ar_core::Amount::minor));
        }
    }
    Ok(Found::As(json!(text(total, if in_base { base } else { of }))))
}
