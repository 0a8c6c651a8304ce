//! Converting credit: part of a credit item becomes a new credit item in another currency (INV-03,
//! INV-09, INV-31).
//!
//! The currency that is settled in is decided once and converted into once: either the amount needed
//! in the other currency is fixed and its cost rounded, or the amount at hand is fixed and what it
//! gives is. Both stand on record with the rates, their days and their sources.

use super::*;
use crate::allocation::{
    Application, Target, apply_credit, check_live_links, check_pair, check_room, plan_target, settlement_date,
};
use crate::book::{ChartContext, Counts};
use crate::decide::{Context, Decision, Halt};
use crate::document::DocumentKind;
use crate::event::Event;
use crate::journal::{Posting, Role};
use crate::payment::check_movable;
use crate::period::Area;
use crate::rejection::Rejection;
use crate::rows::ItemRow;

/// A conversion that is wanted, with both amounts settled.
struct Wanted<'a> {
    credit: &'a ItemRow,
    conversion: &'a DocumentId,
    from: Money,
    to: Money,
    rates: Rates,
    /// Whether both amounts were given.
    agreed: bool,
    date: Date,
    settles: bool,
}

/// The recorded rates of both currencies; none for the base currency, or where none is needed.
#[derive(Default)]
struct Rates {
    from: Option<UsedRate>,
    to: Option<UsedRate>,
}

impl Rates {
    fn recorded(context: &Context<'_>, from: Currency, to: Currency, on: Date) -> Result<Self, Halt> {
        Ok(Self { from: closing_rate(context, from, on)?, to: closing_rate(context, to, on)? })
    }

    /// What values a conversion whose amounts are given: the other currency's rate, unless one side is
    /// in base currency and values it by itself.
    fn agreed(context: &Context<'_>, from: Currency, to: Currency, on: Date) -> Result<Self, Halt> {
        let own = [from, to].contains(&context.book.base);
        Ok(Self { from: None, to: if own { None } else { closing_rate(context, to, on)? } })
    }

    /// What an amount in the one currency comes to in the other, rounded once.
    fn exchanged(&self, context: &Context<'_>, money: Money, target: Currency) -> Result<Money, Halt> {
        self.worth(context, money, target)
            .ok_or_else(|| Rejection::AmountOutOfRange { what: "the amount in the other currency" }.into())
    }

    /// The same, or nothing beyond the range of an amount.
    fn worth(&self, context: &Context<'_>, money: Money, target: Currency) -> Option<Money> {
        let rate = |used: &Option<UsedRate>| used.as_ref().map(|used| used.rate);
        exchanged(money, target, rate(&self.from), rate(&self.to), context.book.policies.rounding)
    }

    fn turned(&self) -> Self {
        Self { from: self.to.clone(), to: self.from.clone() }
    }
}

/// The recorded rate of a day or shortly before; none for the base currency.
///
/// # Errors
/// `rate.missing`.
pub(super) fn closing_rate(
    context: &Context<'_>,
    currency: Currency,
    on: Date,
) -> Result<Option<UsedRate>, Halt> {
    if currency == context.book.base {
        return Ok(None);
    }
    let row = rates::recorded_row(context, currency, on)?;
    let row = row.ok_or(Rejection::RateMissing { currency, on })?;
    Ok(Some(UsedRate { currency, rate: row.rate, date: row.date, source: row.source }))
}

/// An amount in another currency by the base rates of both, `money × from / to`, rounded once. A named
/// rounding point. The base currency has no rate; two currencies without one are none to convert
/// between.
///
/// ```
/// use ar_core::{Currency, Money, Rate, Rounding, fx::exchanged};
/// let (usd, gbp) = (Currency::parse("USD")?, Currency::parse("GBP")?);
/// let (per_usd, per_gbp) = (Rate::parse("0.90")?, Rate::parse("1.20")?);
/// let gives = exchanged(Money::new(200_00, usd)?, gbp, Some(per_usd), Some(per_gbp), Rounding::HalfAwayFromZero);
/// assert_eq!(gives, Some(Money::new(150_00, gbp)?));
/// # Ok::<(), ar_core::ValueError>(())
/// ```
#[must_use]
pub fn exchanged(
    money: Money,
    target: Currency,
    from: Option<Rate>,
    to: Option<Rate>,
    rounding: Rounding,
) -> Option<Money> {
    let (from, to) = match (from, to) {
        (Some(from), None) => return money.converted(from, target, rounding),
        (None, Some(to)) => return money.converted_back(to, target, rounding),
        (None, None) => return None,
        (Some(from), Some(to)) => (from.decimal(), to.decimal()),
    };
    let up = u32::from(to.scale()).checked_add(u32::from(target.exponent()))?;
    let down = u32::from(from.scale()).checked_add(u32::from(money.currency().exponent()))?;
    let both = up.min(down);
    let power = |of: u32| 10_i128.checked_pow(of.checked_sub(both)?);
    let numerator =
        i128::from(money.minor()).checked_mul(i128::from(from.mantissa()))?.checked_mul(power(up)?)?;
    let denominator = i128::from(to.mantissa()).checked_mul(power(down)?)?;
    Money::new(i64::try_from(div_round(numerator, denominator, rounding)?).ok()?, target).ok()
}

/// Decides `convert_credit`.
pub(crate) fn decide_convert(context: &Context<'_>, command: &ConvertCredit) -> Result<Decision, Halt> {
    context.check_open(Area::Settlement, command.date)?;
    context.free_number(&command.conversion)?;
    let credit = context.item(&command.credit)?;
    check_convertible(credit, command.to)?;
    if !command.to.active_on(command.date) {
        return Err(Rejection::CurrencyInactive { currency: command.to, on: command.date }.into());
    }
    let from = match command.amount {
        None => credit.open_money(),
        Some(amount) => amount.in_currency(credit.currency).map_err(|e| Rejection::value("amount", &e))?,
    };
    let (to, rates) = match command.gives {
        Some(gives) => {
            let to = gives.in_currency(command.to).map_err(|e| Rejection::value("gives", &e))?;
            (to, Rates::agreed(context, credit.currency, command.to, command.date)?)
        }
        None => {
            let rates = Rates::recorded(context, credit.currency, command.to, command.date)?;
            (rates.exchanged(context, from, command.to)?, rates)
        }
    };
    let wanted = Wanted {
        credit,
        conversion: &command.conversion,
        from,
        to,
        rates,
        agreed: command.gives.is_some(),
        date: command.date,
        settles: false,
    };
    Ok(Decision::many(converted(context, &wanted)?.0))
}

/// A credit that can become one in another currency. What was converted is not converted again: forth
/// and back would leave a minor unit behind.
fn check_convertible(credit: &ItemRow, to: Currency) -> Result<(), Rejection> {
    check_movable(credit)?;
    if credit.currency == to {
        return Err(Rejection::ConversionSame { currency: to });
    }
    if credit.kind == DocumentKind::Conversion {
        let problem = "it was converted already; undo that conversion";
        return Err(Rejection::ItemSide { item: credit.item.clone(), problem });
    }
    Ok(())
}

/// Settles a target in another currency: converts what is needed of the credit and applies it, as
/// events of one command. The credit is left with what remains of it.
pub(crate) fn settle_across(
    context: &Context<'_>,
    credit: &mut ItemRow,
    target: &Target,
    exchange: &Exchange,
    asked: Option<Date>,
) -> Result<Vec<Event>, Halt> {
    let item = context.item(&target.item)?;
    check_convertible(credit, item.currency)?;
    let plain = Target { amount: None, exchange: None, ..target.clone() };
    let probe = ItemRow {
        kind: DocumentKind::Conversion,
        currency: item.currency,
        base_open: item.base_open,
        ..credit.clone()
    };
    check_pair(context, &probe, item)?;
    let date = settlement_date(context, credit, item, asked)?;
    let amount = match target.amount {
        None => None,
        Some(amount) => {
            Some(amount.in_currency(credit.currency).map_err(|e| Rejection::value("amount", &e))?)
        }
    };
    let rest = credit.open_money();
    let (from, to, rates) = match (amount, exchange.gives) {
        (None, Some(_)) => return Err(Rejection::ConversionAmountMissing { item: item.item.clone() }.into()),
        (Some(from), Some(gives)) => {
            let to = gives.in_currency(item.currency).map_err(|e| Rejection::value("gives", &e))?;
            (from, to, Rates::agreed(context, credit.currency, item.currency, date)?)
        }
        (Some(from), None) => {
            let rates = Rates::recorded(context, credit.currency, item.currency, date)?;
            (from, rates.exchanged(context, from, item.currency)?, rates)
        }
        (None, None) => {
            let rates = Rates::recorded(context, credit.currency, item.currency, date)?;
            let needed = plan_target(context, &probe, item, &plain, i64::MAX)?.cash;
            let needed = Money::clamped(needed, item.currency);
            // What costs more than any amount costs more than the credit has.
            let cost = rates.turned().worth(context, needed, credit.currency).map(|cost| cost.minor().max(1));
            match cost.filter(|cost| *cost <= rest.minor()) {
                Some(cost) => (Money::clamped(cost, credit.currency), needed, rates),
                None => {
                    let gives = rates.exchanged(context, rest, item.currency)?;
                    (rest, Money::clamped(gives.minor().min(needed.minor()), item.currency), rates)
                }
            }
        }
    };
    let wanted = Wanted {
        credit,
        conversion: &exchange.conversion,
        from,
        to,
        rates,
        agreed: exchange.gives.is_some(),
        date,
        settles: true,
    };
    let (mut events, left, new) = converted(context, &wanted)?;
    let target = Target { amount: Some(to.amount()), ..plain };
    let planned = vec![plan_target(context, &new, item, &target, new.open)?];
    let explanation = Explanation::rule("explicit").input("conversion", &exchange.conversion);
    *credit = left;
    events.extend(apply_credit(
        context,
        Application { credit: new, planned, date: Some(date), explanation, own: None },
    )?);
    Ok(events)
}

/// The two events of a conversion, the old item as they leave it, and the new one.
fn converted(context: &Context<'_>, wanted: &Wanted<'_>) -> Result<(Vec<Event>, ItemRow, ItemRow), Halt> {
    let Wanted { credit, from, to, date, .. } = wanted;
    let (base, credit_item) = (context.book.base, || credit.item.clone());
    for (what, money) in [("the amount converted", from), ("what the conversion gives", to)] {
        if !money.is_positive() {
            return Err(Rejection::AmountNotPositive { what, given: money.amount() }.into());
        }
    }
    if credit.currency != base && credit.base_open.is_none() {
        return Err(Rejection::RateMissing { currency: credit.currency, on: credit.date }.into());
    }
    let account = context.live_account(&credit.account)?;
    check_live_links(credit, 1)?;
    check_room(context, credit, &[(*date, from.minor())], |available, requested, _| {
        Rejection::AllocationExceedsPayment { credit: credit_item(), available, requested }
    })?;
    let value = value(context, wanted)?;
    let leaves = leaving(context, credit, *date, from.minor())?;
    let control = Control {
        role: credit.control.role,
        code: context.book.chart.code(
            credit.control.role,
            &ChartContext {
                class: Some(account.profile.class),
                document: Some(DocumentKind::Conversion),
                ..ChartContext::default()
            },
        )?,
    };
    let link = context.next_link();
    let id = ItemId::from(wanted.conversion.clone());
    let new_base = (to.currency() != base).then_some(value);
    let closes = CreditConverted {
        link: link.clone(),
        from: ClosedItem {
            item: credit_item(),
            account: credit.account.clone(),
            group: account.profile.parent.clone(),
            amount: from.amount(),
            base: leaves.base_amount(base),
            link: None,
            revalued: leaves.revalued_amount(base),
            uncounted: false,
        },
        currency: from.currency(),
        gives: *to,
        to: id.clone(),
        date: *date,
        rates: wanted.rates.from.iter().chain(&wanted.rates.to).cloned().collect(),
        explanation: explained(wanted, value, base),
        posting: closing_lines(context, wanted, account, value, &leaves)?,
    };
    let issued = ConversionIssued {
        conversion: wanted.conversion.clone(),
        account: credit.account.clone(),
        group: account.profile.parent.clone(),
        currency: to.currency(),
        from: credit_item(),
        link,
        settles: wanted.settles,
        rate: wanted.rates.to.as_ref().filter(|_| !wanted.agreed).map(|used| used.rate),
        document_date: credit.document_date,
        value_date: credit.value_date,
        date: *date,
        item: NewItem {
            due: credit.due,
            amount: to.amount(),
            base: new_base.map(Money::amount),
            discounts: Vec::new(),
            terms: None,
            aged_from: None,
            dunning_level: 0,
            counts: Counts::FULL,
            order: None,
        },
        control,
        posting: opening_lines(context, wanted, account, value)?,
    };
    let left = ItemRow {
        open: credit.open.saturating_sub(from.minor()),
        base_open: credit.base_open.zip(leaves.base).map(|(all, part)| all.saturating_sub(part)),
        revalued: credit.revalued.saturating_sub(leaves.revalued),
        live_links: credit.live_links.saturating_add(1),
        ..(*credit).clone()
    };
    let new = item_of(&issued, *to, new_base);
    let events = vec![Event::CreditConverted(Box::new(closes)), Event::ConversionIssued(Box::new(issued))];
    Ok((events, left, new))
}

/// What a conversion is worth in base currency: the side that is in it, else what the new amount comes
/// to at its recorded rate.
fn value(context: &Context<'_>, wanted: &Wanted<'_>) -> Result<Money, Halt> {
    let base = context.book.base;
    if wanted.to.currency() == base {
        return Ok(wanted.to);
    }
    if wanted.from.currency() == base {
        return Ok(wanted.from);
    }
    let rate = wanted.rates.to.as_ref().map(|used| used.rate);
    base_of(context, wanted.to, rate)?
        .ok_or_else(|| Rejection::RateMissing { currency: wanted.to.currency(), on: wanted.date }.into())
}

/// In the old currency: the credit's control account against the clearing account; what the credit was
/// carried at and what it is worth now differ by the realised gain or loss.
fn closing_lines(
    context: &Context<'_>,
    wanted: &Wanted<'_>,
    account: &crate::account::Account,
    value: Money,
    leaves: &Leaving,
) -> Result<Vec<JournalLine>, Halt> {
    let (credit, minor) = (wanted.credit, wanted.from.minor());
    let chart = chart_of(account);
    let mut posting = Posting::new(context.book, wanted.from.currency(), Some(account));
    posting.control(&credit.control, &credit.account, minor, leaves.carried());
    let worth = leaves.base.map(|_| value.minor());
    posting.role(Role::FxClearing, &chart, minor.saturating_neg(), worth.map(i64::saturating_neg))?;
    post_unrealised(&mut posting, Side::Credit, leaves.revalued, 1, |role| {
        context.book.chart.code(role, &chart)
    })?;
    let realised = worth.zip(leaves.base).map_or(0, |(worth, base)| worth.saturating_sub(base));
    if realised != 0 {
        let role = if realised > 0 { Role::FxLoss } else { Role::FxGain };
        posting.role(role, &chart, 0, Some(realised))?;
    }
    Ok(posting.lines()?)
}

/// In the new currency: the clearing account against the control account of the new item.
fn opening_lines(
    context: &Context<'_>,
    wanted: &Wanted<'_>,
    account: &crate::account::Account,
    value: Money,
) -> Result<Vec<JournalLine>, Halt> {
    let chart = chart_of(account);
    let base = (wanted.to.currency() != context.book.base).then_some(value.minor());
    let minor = wanted.to.minor();
    let role = wanted.credit.control.role;
    let mut posting = Posting::new(context.book, wanted.to.currency(), Some(account));
    posting.role(Role::FxClearing, &chart, minor, base)?;
    let control = Control { role, code: context.book.chart.code(role, &chart)? };
    posting.control(&control, &account.id, minor.saturating_neg(), base.map(i64::saturating_neg));
    Ok(posting.lines()?)
}

fn chart_of(account: &crate::account::Account) -> ChartContext<'static> {
    ChartContext {
        class: Some(account.profile.class),
        document: Some(DocumentKind::Conversion),
        ..ChartContext::default()
    }
}

fn explained(wanted: &Wanted<'_>, value: Money, base: Currency) -> Explanation {
    let rule = if wanted.agreed { "given_amounts" } else { "recorded_rate" };
    let mut why = Explanation::rule(rule).input("from", wanted.from).input("gives", wanted.to);
    for used in wanted.rates.from.iter().chain(&wanted.rates.to) {
        let UsedRate { currency, rate, date, source } = used;
        why = why.input("rate", format_args!("{rate} {base} per {currency} of {date}, {source}"));
    }
    why.input("worth", value)
}

/// The item that a conversion is about to have.
fn item_of(e: &ConversionIssued, money: Money, base: Option<Money>) -> ItemRow {
    ItemRow {
        item: ItemId::from(e.conversion.clone()),
        kind: DocumentKind::Conversion,
        side: Side::Credit,
        account: e.account.clone(),
        currency: e.currency,
        document_date: e.document_date,
        date: e.date,
        value_date: e.value_date,
        due: e.item.due,
        original: money.minor(),
        open: money.minor(),
        base_original: base.map(Money::minor),
        base_open: base.map(Money::minor),
        credited: 0,
        discount_taken: 0,
        discounts: Vec::new(),
        terms: None,
        aged_from: None,
        revalued: 0,
        revalued_on: None,
        control: e.control.clone(),
        reinstated: None,
        live_links: 0,
        dunning_level: 0,
        deferred: false,
        position: 0,
        charged: None,
        late: false,
        counts: Counts::FULL,
        order: None,
    }
}
