//! From steps to deeds: small numbers find their meaning in what exists.

mod bad_debt;
mod withholding;

use ar_core::values::*;

use crate::act::{
    Act, Area, Deed, How, Invoice, Limit, Line, Number, Part, Payment, Profile, Rule, Rules, Target, Terms,
    Withheld,
};
use crate::model::{Item, Kind, Model};
use crate::steps::{DocPick, HowPick, Size, Step, TermsPick, Worth};
use crate::wire::instant;
use crate::world::{base, currency, day, id, money};
use withholding::withholding;

/// Gives keys, numbers and times to the steps of one story.
#[derive(Clone, Debug, Default)]
pub struct Resolver {
    deeds: Vec<Deed>,
}

impl Resolver {
    /// The deed of a step, as things stand. `None` when there is nothing it could mean.
    pub fn resolve(&mut self, step: &Step, model: &Model) -> Option<Deed> {
        let n = self.deeds.len();
        if let Step::Repeat { earlier } = step {
            return pick(&self.deeds, *earlier).cloned();
        }
        if let Step::Mutate { earlier } = step {
            let mut deed = pick(&self.deeds, *earlier)?.clone();
            deed.act = Act::Hold { account: id("NOBODY"), date: day(0) };
            return Some(deed);
        }
        let act = self.act(step, model, n)?;
        let (clerk, back) = (n % 3, if n % 7 == 6 { 86_400 } else { 0 });
        // The clock steps back now and then: it is a claim, the log's position alone is order.
        // And far ahead, so that a document is entered after its date.
        let ahead = if n % 5 == 3 { 9 * 86_400 } else { 0 };
        let at = instant(i64::try_from(n).ok()? * 60 - back + ahead);
        let deed = Deed { key: id(&format!("k{n}")), actor: id(&format!("clerk-{clerk}")), at, act };
        self.deeds.push(deed.clone());
        Some(deed)
    }

    fn act(&self, step: &Step, model: &Model, n: usize) -> Option<Act> {
        let account = |place: u8| account(model, place);
        Some(match step.clone() {
            Step::OpenAccount { parent, limit: most, same_id } => Act::OpenAccount {
                account: if same_id { account(0) } else { id(&format!("C-{}", model.accounts.len())) },
                date: day(0),
                profile: Profile { parent: parent.map(account), po_required: false },
                limit: limit(most),
            },
            Step::Amend { account: place, stale, parent, po_required } => Act::Amend {
                account: account(place),
                version: version(model, place, stale),
                profile: Profile { parent: parent.map(account), po_required },
            },
            Step::SetLimit { account: place, stale, limit: most } => Act::SetLimit {
                account: account(place),
                version: version(model, place, stale),
                limit: limit(most),
            },
            Step::Hold { account: place, day: on } => {
                Act::Hold { account: account(place), date: day(on.into()) }
            }
            Step::Release { account: place, day: on } => {
                Act::Release { account: account(place), date: day(on.into()) }
            }
            Step::Close { account: place } => Act::Close { account: account(place), date: day(1) },
            Step::Reopen { account: place } => Act::Reopen { account: account(place), date: day(1) },
            Step::Order { order, account: place, day: on, worth, currency: c, delivered, vouched } => {
                Act::Order {
                    order: id(&format!("O-{order}")),
                    account: account(place),
                    date: day(on.into()),
                    amount: money(minor(worth), currency(c)),
                    delivered,
                    vouched,
                }
            }
            Step::Rate { currency: c, day: on, rate: pick } => {
                Act::Rate { currency: currency(c), date: day(on.into()), rate: rate(c, pick) }
            }
            Step::Periods { from, to } => {
                Act::Periods { from: day(from.into()), to: to.map_or(Date::MAX, |to| day(to.into())) }
            }
            Step::DefinePeriod { .. }
            | Step::ClosePeriod { .. }
            | Step::ReopenPeriod { .. }
            | Step::SignOff { .. }
            | Step::Prove { .. } => calendar(step),
            Step::Invoice(_) | Step::DebitMemo { .. } | Step::CreditAlone(_) | Step::CreditInvoice { .. } => {
                document(step, model, n)?
            }
            Step::Approve { proposal, unseen } => {
                let known = proposal_at(model, proposal)?;
                let shown = known.digest.clone().filter(|_| !unseen);
                let digest = shown.unwrap_or_else(|| "0".repeat(64));
                Act::Approve { proposal: known.id.clone(), digest }
            }
            Step::Reject { proposal } => Act::Reject { proposal: proposal_at(model, proposal)?.id.clone() },
            Step::Withdraw { proposal } => {
                Act::Withdraw { proposal: proposal_at(model, proposal)?.id.clone() }
            }
            Step::Void { document, day: on } => {
                Act::Void { document: pick(&model.documents, document)?.id.clone(), date: day(on.into()) }
            }
            Step::Deliver { document, day: on } => {
                Act::Deliver { document: pick(&model.documents, document)?.id.clone(), date: day(on.into()) }
            }
            Step::Agree(step) => crate::agreeing::resolve(&step, model, n)?,
            other => cash(&other, model, n)?,
        })
    }
}

/// The `n`th period: two weeks from the beginning of the story on.
fn calendar(step: &Step) -> Act {
    let period = |n: u8| id(&format!("2026-{n}"));
    match *step {
        Step::DefinePeriod { period: n, shift, backwards } => {
            let start = i32::from(n) * 14 + i32::from(shift);
            let end = if backwards { start - 1 } else { start + 13 };
            Act::DefinePeriod { period: period(n), start: day(start), end: day(end) }
        }
        Step::ClosePeriod { period: n, soft } => {
            let bit = |mask: u8, n: usize| mask & (1 << n) != 0;
            let soft = soft.map(|(areas, admit)| {
                let areas = Area::ALL.into_iter().enumerate().filter(|(n, _)| bit(areas, *n));
                let admit = (0..3).filter(|n| bit(admit, *n)).map(|n| id(&format!("clerk-{n}")));
                (areas.map(|(_, area)| area).collect(), admit.collect())
            });
            Act::ClosePeriod { period: period(n), soft }
        }
        Step::ReopenPeriod { period: n } => Act::ReopenPeriod { period: period(n) },
        Step::SignOff { period: n, line, answer } => Act::SignOff { period: period(n), line, answer },
        Step::Prove { period: n, early } => {
            Act::Prove { period: period(n), known: if early { 1 } else { 1_000_000 } }
        }
        _ => unreachable!("no step of the calendar"),
    }
}

pub(crate) fn pick<T>(list: &[T], place: u8) -> Option<&T> {
    // The newest things are nearest, so that short stories are about what just happened.
    let n = list.len();
    (n > 0).then(|| &list[n - 1 - usize::from(place) % n])
}

/// A proposal: mostly one that waits.
fn proposal_at(model: &Model, place: u8) -> Option<&crate::model::Proposal> {
    let waiting: Vec<_> = model.proposals.iter().filter(|known| known.state == "open").collect();
    let known = pick(&waiting, place).filter(|_| place < 5);
    known.copied().or_else(|| pick(&model.proposals, place))
}

fn account(model: &Model, place: u8) -> AccountId {
    let n = model.accounts.len();
    if n == 0 { id("C-0") } else { model.accounts[usize::from(place) % n].id.clone() }
}

fn version(model: &Model, place: u8, stale: bool) -> u32 {
    let current = model.account(&account(model, place)).map_or(1, |known| known.version);
    if stale { current.wrapping_sub(1) } else { current }
}

fn limit(hundreds: Option<u16>) -> Limit {
    match hundreds {
        None => Limit::None,
        Some(0) => Limit::Zero,
        Some(units) => Limit::Amount(money(i64::from(units) * 10, base())),
    }
}

fn minor(worth: Worth) -> i64 {
    match worth {
        Worth::Plain(hundreds) => i64::from(hundreds) * 100,
        Worth::Odd(minor) => i64::from(minor),
        Worth::Most => AMOUNT_MINOR_MAX,
        Worth::Zero => 0,
        Worth::Less(minor) => -i64::from(minor),
    }
}

fn rate(currency: u8, pick: u8) -> Rate {
    let texts = match currency % 3 {
        1 => ["0.9", "0.9137", "0.95", "0.8765"],
        _ => ["0.0061", "0.00625", "0.0059", "0.0063"],
    };
    Rate::parse(texts[usize::from(pick % 4)]).unwrap_or(Rate::ONE)
}

/// A rate given with a document; none in the base currency.
fn given_rate(c: u8, pick: Option<u8>) -> Option<Rate> {
    if c.is_multiple_of(3) { None } else { pick.map(|pick| rate(c, pick)) }
}

fn terms(pick: TermsPick) -> Option<Terms> {
    let shared = matches!(pick, TermsPick::SharedDiscounts);
    let (days, before, discounts) = match pick {
        TermsPick::Default => return None,
        TermsPick::Net(days) => (u16::from(days), vec![], vec![]),
        TermsPick::Discounts | TermsPick::SharedDiscounts => (30, vec![], vec![(2, 10, 3), (1, 20, 0)]),
        TermsPick::TwoParts => (60, vec![(30, 10)], vec![]),
        TermsPick::ThreeParts => (30, vec![(50, 10), (50, 20)], vec![]),
        TermsPick::PartsWithDiscount => (45, vec![(40, 15)], vec![(3, 8, 0)]),
    };
    // Terms with a name are plain ones, of three names.
    let name = match pick {
        TermsPick::Net(days) if days >= 15 => Some(days / 20),
        _ => None,
    };
    Some(Terms { days, before, discounts, shared, name })
}

fn invoice(plain: &DocPick, model: &Model, series: &str, n: usize) -> Invoice {
    let order = plain.order.and_then(|place| pick(&model.orders, place));
    // Most of them go to the order's own customer in its currency.
    let own = order.filter(|_| plain.order < Some(6));
    let money_of = own.map_or(currency(plain.currency), |own| own.open.currency());
    let of_currency = (0..3).find(|n| currency(*n) == money_of).unwrap_or(plain.currency);
    let number = if plain.same_number
        && let Some(taken) = pick(&model.documents, 0)
    {
        Number::Given(taken.id.clone())
    } else if plain.series {
        Number::Series(id(series))
    } else {
        Number::Given(id(&format!("D-{n}")))
    };
    let line = |(worth, tax, freight): &(Worth, u8, bool)| Line {
        amount: money(minor(*worth), money_of),
        tax: *tax,
        freight: *freight,
    };
    Invoice {
        account: own.map_or_else(|| account(model, plain.account), |own| own.account.clone()),
        number,
        currency: money_of,
        rate: given_rate(of_currency, plain.rate),
        date: day(plain.day.into()),
        accounting: plain.accounting.map(|on| day(on.into())),
        terms: terms(plain.terms),
        lines: plain.lines.iter().map(line).collect(),
        po_number: plain.po_number,
        order: order.map(|order| order.id.clone()),
        invoice: None,
        counts: plain.counts,
        vouched: plain.vouched,
    }
}

fn document(step: &Step, model: &Model, n: usize) -> Option<Act> {
    Some(match step {
        Step::Invoice(plain) => Act::Invoice(invoice(plain, model, "INV", n)),
        Step::DebitMemo { doc, of } => {
            let of = of.and_then(|place| pick(&model.documents, place)).map(|known| known.id.clone());
            Act::DebitMemo(Invoice { order: None, invoice: of, ..invoice(doc, model, "DM", n) })
        }
        Step::CreditAlone(plain) => {
            Act::CreditAlone(Invoice { order: None, terms: None, ..invoice(plain, model, "CM", n) })
        }
        Step::CreditInvoice { invoice, wrong_account, series, day: on, line, apply } => {
            let invoices: Vec<_> = model.documents.iter().filter(|d| d.kind != Kind::Payment).collect();
            let known = *pick(&invoices, *invoice)?;
            let part = match line {
                None => Part::Whole,
                Some((place, size)) => {
                    let n = usize::from(*place) % (known.lines.len() + 1);
                    let whole = known.lines.get(n).map_or(0, |(net, ..)| *net);
                    if whole < 0 {
                        return None;
                    }
                    Part::Line(n + 1, sized(*size, whole, whole, known.currency))
                }
            };
            let mine = known.account.clone();
            Act::CreditInvoice {
                account: if *wrong_account { account(model, 0) } else { mine },
                number: if *series { Number::Series(id("CM")) } else { Number::Given(id(&format!("D-{n}"))) },
                date: day((*on).into()),
                accounting: None,
                invoice: known.id.clone(),
                part,
                apply: *apply,
            }
        }
        _ => return None,
    })
}

/// An amount relative to what is open (`open`, or `net` of a discount).
pub(crate) fn sized(size: Size, open: i64, net: i64, currency: Currency) -> Option<Money> {
    let minor = match size {
        Size::Rest => return None,
        Size::Whole => open,
        Size::Discounted => net,
        Size::Half => open / 2,
        Size::One => 1,
        Size::AlmostAll => open - 1,
        Size::TooMuch => open + 1,
        Size::Zero => 0,
        Size::Negative => -open.abs() - 1,
    };
    Some(money(minor, currency))
}

fn net_of(model: &Model, item: &Item) -> (i64, i64) {
    let open = model.open_in_the_end(item);
    let percent = item.tiers.first().map_or(0, |(percent, ..)| i64::from(*percent));
    (open, open - (item.original * percent + 50) / 100)
}

fn how(plain: &HowPick, model: &Model, account: &AccountId) -> How {
    match plain {
        HowPick::To(list) => {
            // Mostly items of the account itself; every fourth place looks at all of them.
            let debits: Vec<&Item> = model.items.iter().filter(|item| item.debit).collect();
            let mine: Vec<&Item> = debits.iter().copied().filter(|item| item.account == *account).collect();
            let any: Vec<&Item> = model.items.iter().collect();
            let target = |(place, size, no_discount): &(u8, Size, bool)| {
                let list = match place % 8 {
                    7 => &any,
                    3 => &debits,
                    _ => &mine,
                };
                let item = *pick(list, *place).or_else(|| pick(&debits, *place))?;
                let (open, net) = net_of(model, item);
                // Every third place withholds tax, an eighth or so by amount or by code.
                let tax = match (place / 10, place % 5) {
                    (1 | 4, 0) => Some(Withheld::Code(0)),
                    (1 | 4, 1) => Some(Withheld::Code(1 + place % 2)),
                    (1 | 4, _) => Some(Withheld::Amount(money(open / 8, item.currency))),
                    _ => None,
                };
                let less = if tax.is_some() { open / 8 } else { 0 };
                let amount = sized(*size, open - less, net - less, item.currency);
                // Every sixth place asks for a discount to be granted, in all sizes.
                let grant = match place / 10 {
                    5 => Some(sized(*size, open / 50, open / 100, item.currency)),
                    _ => None,
                };
                Some(Target { item: item.id.clone(), amount, discount: !no_discount, grant, withheld: tax })
            };
            How::Explicit(list.iter().filter_map(target).collect())
        }
        HowPick::Rules(first, second, attended, named) => {
            let rule = |n: u8| match n {
                0 => Rule::References,
                1 => Rule::ExactItem,
                2 => Rule::ExactTotal,
                6 => Rule::PastDueTotal,
                7 => Rule::PastDueByTerms,
                8 => Rule::Combination { most: 2 + (first + second) % 3 },
                9 => Rule::ChargesFirst,
                3 => Rule::Oldest { partial: true },
                4 => Rule::Oldest { partial: false },
                _ => Rule::ProRata,
            };
            let mut rules = vec![rule(*first)];
            if second != first {
                rules.push(rule(*second));
            }
            let invoices: Vec<_> =
                model.documents.iter().filter(|d| d.kind != Kind::Payment && d.account == *account).collect();
            let references = named.and_then(|place| pick(&invoices, place)).map(|known| known.id.clone());
            How::Rules(Rules { references: references.into_iter().collect(), rules, attended: *attended })
        }
    }
}

fn credits(model: &Model) -> Vec<&Item> {
    model.items.iter().filter(|item| !item.debit).collect()
}

fn cash(step: &Step, model: &Model, n: usize) -> Option<Act> {
    let on = |n: u8| day(n.into());
    Some(match step.clone() {
        Step::Pay { .. } => pay(step, model, n)?,
        Step::Identify { payment, account: place, day, how: plan } => {
            let account = account(model, place);
            let how = plan.as_ref().map(|plan| how(plan, model, &account));
            let payments: Vec<_> = model.documents.iter().filter(|d| d.kind == Kind::Payment).collect();
            // Those that wait come first: others are already known.
            let waiting: Vec<_> =
                payments.iter().copied().filter(|d| d.account.as_str().starts_with('~')).collect();
            let payment = pick(&waiting, payment).or_else(|| pick(&payments, payment))?.id.clone();
            Act::Identify { payment, account, date: on(day), how }
        }
        Step::Reverse { payment, day, returned, fee } => {
            let payments: Vec<_> = model.documents.iter().filter(|d| d.kind == Kind::Payment).collect();
            let known = pick(&payments, payment)?;
            let fee = fee.then(|| money(350, known.currency));
            Act::Reverse { payment: known.id.clone(), date: on(day), returned, fee }
        }
        Step::RequestRefund { credit, size, day } => {
            let all = credits(model);
            let item = *pick(&all, credit)?;
            let open = model.open_in_the_end(item);
            let amount = sized(size, open, open, item.currency).unwrap_or(money(open, item.currency));
            Act::RequestRefund {
                refund: id(&format!("R-{n}")),
                credit: item.id.clone(),
                amount,
                date: on(day),
            }
        }
        Step::PayRefund { refund, day } => {
            Act::PayRefund { refund: pick(&model.refunds, refund)?.id.clone(), date: on(day) }
        }
        Step::VoidRefund { refund, day } => {
            Act::VoidRefund { refund: pick(&model.refunds, refund)?.id.clone(), date: on(day) }
        }
        Step::Transfer { credit, to, size, day } => {
            let all = credits(model);
            let item = *pick(&all, credit)?;
            let open = model.open_in_the_end(item);
            Act::Transfer {
                transfer: id(&format!("T-{n}")),
                credit: item.id.clone(),
                to: account(model, to),
                amount: sized(size, open, open, item.currency),
                date: on(day),
            }
        }
        Step::Convert { credit, to, size, gives, day } => {
            let all = credits(model);
            let item = *pick(&all, credit)?;
            let open = model.open_in_the_end(item);
            let to = currency(to);
            Act::Convert {
                conversion: id(&format!("X-{n}")),
                credit: item.id.clone(),
                to,
                amount: sized(size, open, open, item.currency),
                gives: gives.map(|minor| money(minor.into(), to)),
                date: on(day),
            }
        }
        Step::Across { credit, item, size, gives, day } => {
            let all = credits(model);
            let credit = *pick(&all, credit)?;
            // Those that can be meant come first.
            let fits = |item: &&Item| {
                item.debit && item.account == credit.account && item.currency != credit.currency
            };
            let meant: Vec<&Item> = model.items.iter().filter(fits).collect();
            let item = pick(&meant, item).copied().or_else(|| pick(&model.items, item))?;
            let open = model.open_in_the_end(credit);
            Act::Across {
                credit: credit.id.clone(),
                item: item.id.clone(),
                conversion: id(&format!("X-{n}")),
                amount: sized(size, open, open, credit.currency),
                gives: gives.map(|minor| money(minor.into(), item.currency)),
                date: day.map(on),
            }
        }
        Step::Revalue { account: place, currency: of, day, reversed } => {
            let (account, of) = (account(model, place), currency(of));
            let mine: Vec<&Item> = model
                .items
                .iter()
                .filter(|item| item.account == account && item.currency == of && item.original > 0)
                .collect();
            // A revaluation before a later one depends on what both came to, which the model leaves to
            // the checks.
            let date = mine.iter().filter_map(|item| item.revalued_on).fold(on(day), Date::max);
            let items: Vec<ItemId> =
                mine.iter().filter(|item| item.date <= date).map(|item| item.id.clone()).collect();
            if items.is_empty() {
                return None;
            }
            let reverse_on = reversed.then(|| date.add_days(1).ok()).flatten();
            Act::Revalue { account, currency: of, date, items, reverse_on }
        }
        Step::Allocate { credit, day, how: plan } => {
            let all = credits(model);
            let item = *pick(&all, credit)?;
            let how = how(&plan, model, &item.account);
            Act::Allocate { credit: item.id.clone(), date: day.map(on), how }
        }
        Step::Undo { link, day } => Act::Undo { link: pick(&model.links, link)?.id.clone()?, date: on(day) },
        Step::MoveDebit { item, to, size, day, due, counts } => {
            let debits: Vec<&Item> = model.items.iter().filter(|item| item.debit).collect();
            // Now and then a credit, which does not go.
            let item = if day == 11 { pick(&model.items, item)? } else { pick(&debits, item).copied()? };
            let open = model.open_in_the_end(item);
            Act::MoveDebit {
                document: id(&format!("V-{n}")),
                item: item.id.clone(),
                to: to.map(|to| account(model, to)),
                amount: sized(size, open, open, item.currency),
                date: on(day),
                due: due.map(on),
                counts,
            }
        }
        Step::Plan { .. } => crate::agreeing::plan(step, model, n)?,
        Step::Provide(step) => crate::providing::resolve(&step, model)?,
        Step::Recover { write_off, credit, size, day } => {
            bad_debt::recovery(model, (write_off, credit), (size, day), n)?
        }
        Step::WriteOff { item, size, day, because } => {
            let debits = bad_debt::open_debits(model);
            let item = if day % 4 == 3 { pick(&model.items, item)? } else { *pick(&debits, item)? };
            if day % 5 == 4 {
                return Some(bad_debt::small(model, item, (day, because)));
            }
            let open = model.open_in_the_end(item);
            let amount = sized(size, open, open, item.currency);
            Act::WriteOff { item: item.id.clone(), amount, date: on(day), because }
        }
        Step::Net { .. }
        | Step::PayWithheld { .. }
        | Step::Certify { .. }
        | Step::WithdrawCertificate { .. }
        | Step::ReturnWithheld { .. } => withholding(step, model, n)?,
        Step::Assess { account: place, fees, currency: c, day: on_day, weeks } => {
            let through = day(i32::from(on_day) + 7 * i32::from(weeks));
            // Now and then the document is dated before what it charges.
            let back = if n % 11 == 10 { -1 } else { i32::from(on_day % 3) };
            let date = through.add_days(back).ok()?;
            Act::Assess { account: account(model, place), fees, currency: currency(c), through, date }
        }
        Step::Waive { charge, size, day } => {
            let charges: Vec<&Item> =
                model.items.iter().filter(|item| item.kind == Kind::FinanceCharge).collect();
            let item = *pick(&charges, charge).or(model.items.first().as_ref())?;
            let open = model.open_in_the_end(item);
            let on = on(day).max(if charge % 2 == 0 { item.date } else { on(day) });
            Act::Waive { item: item.id.clone(), amount: sized(size, open, open, item.currency), date: on }
        }
        _ => return None,
    })
}

fn pay(step: &Step, model: &Model, n: usize) -> Option<Act> {
    let Step::Pay {
        account: place,
        like,
        worth,
        currency: c,
        rate: r,
        day: d,
        accounting,
        value,
        on_account,
        order,
        how: plan,
    } = step.clone()
    else {
        return None;
    };
    let mut account = place.map(|place| account(model, place));
    let mut amount = money(minor(worth), currency(c));
    let mut of_currency = c;
    if let Some((place, size)) = like {
        // A payment that looks like what some item asks for, from whoever owes it.
        let debits: Vec<&Item> = model.items.iter().filter(|item| item.debit).collect();
        let item = *pick(&debits, place)?;
        let (open, net) = net_of(model, item);
        amount = sized(size, open, net, item.currency).unwrap_or(money(open, item.currency));
        account = account.map(|_| item.account.clone());
        of_currency = (0..3).find(|n| currency(*n) == item.currency)?;
    }
    let known = order.and_then(|place| pick(&model.orders, place));
    // Half of them are the order's own customer in its currency; now and then it is no order at all.
    if let Some(own) = known.filter(|_| order < Some(6)) {
        account = account.map(|_| own.account.clone());
        if amount.currency() != own.open.currency() {
            amount = money(minor(worth), own.open.currency());
        }
        of_currency = (0..3).find(|n| currency(*n) == amount.currency())?;
    }
    let order = match order {
        Some(11) => Some(id("O-9")),
        _ => known.map(|known| known.id.clone()),
    };
    let nobody = id("~");
    let asked = plan.as_ref().filter(|_| account.is_some());
    let how = asked.map(|plan| how(plan, model, account.as_ref().unwrap_or(&nobody)));
    // Nothing to name: then nothing is asked, mostly.
    let how = how.filter(|how| n % 8 == 7 || *how != How::Explicit(Vec::new()));
    Some(Act::Pay(Payment {
        payment: id(&format!("P-{n}")),
        account,
        amount,
        rate: given_rate(of_currency, r),
        date: day(d.into()),
        accounting: accounting.map(|on| day(on.into())),
        value: value.map(|on| day(on.into())),
        on_account,
        order,
        how,
    }))
}
