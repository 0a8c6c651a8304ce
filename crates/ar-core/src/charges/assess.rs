//! Assessing charges: each late debt up to a day, once for each day, later news by a recorded
//! correction (INV-46).

use super::*;
use crate::account::DebtorKind;
use crate::decide::{Context, Decision, Halt, Warning};
use crate::document::{ChargeDocument, DocumentKind, issue_charge};
use crate::event::Event;
use crate::facts::Chargeable;
use crate::rejection::Rejection;
use crate::rows::{ChargeableItem, DocumentRow, ItemRow, Settled};

/// Decides `assess_charges`.
pub(crate) fn decide_assess(context: &Context<'_>, command: &AssessCharges) -> Result<Decision, Halt> {
    let account = context.live_account(&command.account)?;
    let policy = context.book.charge_policies.get(&command.policy);
    let policy = policy.ok_or_else(|| Rejection::ChargePolicyUnknown { policy: command.policy.clone() })?;
    if policy.debtors == Debtors::Commercial && account.profile.debtor == DebtorKind::Consumer {
        let (account, policy) = (command.account.clone(), command.policy.clone());
        return Err(Rejection::ChargeConsumer { account, policy }.into());
    }
    let currency =
        command.currency.or(policy.currency).or(account.profile.currency).unwrap_or(context.book.base);
    if let Some(expected) = policy.currency.filter(|own| *own != currency) {
        return Err(Rejection::CurrencyMismatch { expected, given: currency }.into());
    }
    if command.date < command.through {
        let (what, date) = ("the document date", command.date);
        return Err(Rejection::DateOrder { what, date, not_before: command.through }.into());
    }
    let limit = command.items_max.map_or(CHARGED_ITEMS_MAX, usize::from);
    let found = context.facts.chargeable(&wanted(command, policy, currency, limit))?;
    let Some(found) = found else {
        let account = command.account.clone();
        return Err(Rejection::ChargeTooManySettlements { account }.into());
    };
    if found.is_empty() {
        let (account, through) = (command.account.clone(), command.through);
        return Err(Rejection::ChargeNothing { account, through }.into());
    }
    let more = found.len() >= limit;
    let assess = Assess { context, policy, through: command.through };
    let lines = found.iter().map(|debt| assess.line(debt)).collect::<Result<Vec<_>, Halt>>()?;
    let mut decision = documents(context, command, policy, currency, lines)?;
    if more {
        let message =
            format!("{limit} debts were covered and there may be more; assess again under a new id");
        decision.warnings.push(Warning { code: "charge.more".into(), message });
    }
    Ok(decision)
}

/// Which debts are looked at. Those in their days of grace are not: their days stay to be charged.
fn wanted(command: &AssessCharges, policy: &ChargePolicy, currency: Currency, limit: usize) -> Chargeable {
    let grace = i32::from(policy.grace.days);
    let due_before = command.through.add_days(grace.saturating_neg()).unwrap_or(Date::MIN);
    Chargeable {
        account: command.account.clone(),
        currency,
        due_before,
        through: command.through,
        charges: policy.on_charges,
        limit,
    }
}

struct Assess<'a> {
    context: &'a Context<'a>,
    policy: &'a ChargePolicy,
    through: Date,
}

/// Interest of a debt: the days charged for the first time, earlier days anew, both together.
struct Worked {
    segments: Vec<Segment>,
    correction: Option<Correction>,
    sum: Exact,
    /// Whether nothing at all was late, as it is known now.
    never_late: bool,
}

impl Assess<'_> {
    fn line(&self, found: &ChargeableItem) -> Result<ChargeLine, Halt> {
        let item = &found.item;
        let exponent = item.currency.exponent();
        let amount = |minor| Amount::from_minor(minor, exponent);
        let now = self.debt(item, &found.settled, None);
        let before = item.charged.as_ref();
        let worked = self.work(item, found, &now)?;
        let (charged, fees) = before.map_or((0, 0), |mark| (mark.interest.minor(), mark.fees.minor()));
        let (interest, bound) = self.bounded(item, &worked, &now, charged)?;
        let fee = match before {
            // The debt that it came from was late, and bore the sum.
            None if self.was_late(item)? => 0,
            None => fixed_sum(&now, self.policy)?.map_or(0, Money::minor),
            Some(_) if worked.never_late => fees.saturating_neg(),
            Some(_) => 0,
        };
        let through = before.map_or(self.through, |mark| mark.through.max(self.through));
        let after = ChargeMark {
            through,
            interest: amount(charged.saturating_add(interest)),
            fees: amount(fees.saturating_add(fee)),
            known: 0,
        };
        Ok(ChargeLine {
            item: item.item.clone(),
            before: before.cloned(),
            after,
            interest: amount(interest),
            fee: amount(fee),
            exact: compact_str::format_compact!("{}", worked.sum),
            segments: worked.segments,
            correction: worked.correction,
            bound,
        })
    }

    fn work(&self, item: &ItemRow, found: &ChargeableItem, now: &Debt) -> Result<Worked, Halt> {
        let accrue = |debt: &Debt, after, through| {
            accrue(debt, self.policy, &self.context.book.rate_tables, after, through)
        };
        let Some(mark) = &item.charged else {
            let segments = accrue(now, None, self.through)?;
            let sum = exact(&segments)?;
            return Ok(Worked { segments, correction: None, sum, never_late: false });
        };
        let segments = if self.through > mark.through {
            accrue(now, Some(mark.through), self.through)?
        } else {
            Vec::new()
        };
        let sum = exact(&segments)?;
        let then = self.debt(item, &found.settled, Some(mark.known));
        // A charge on what is open at an assessment is of that day, and no later news changes it.
        let recomputed = !matches!(self.policy.interest, Interest::Balance { .. });
        if then.moves == now.moves || !recomputed {
            return Ok(Worked { segments, correction: None, sum, never_late: false });
        }
        let (was, is) = (accrue(&then, None, mark.through)?, accrue(now, None, mark.through)?);
        if was == is {
            return Ok(Worked { segments, correction: None, sum, never_late: false });
        }
        let out = || Rejection::AmountOutOfRange { what: "the interest" };
        let owed = exact(&is)?;
        let sum = owed.minus(exact(&was)?).and_then(|difference| sum.plus(difference)).ok_or_else(out)?;
        let never_late = is.is_empty() && segments.is_empty();
        Ok(Worked { segments, correction: Some(Correction { was, now: is }), sum, never_late })
    }

    /// The line's interest: rounded once, then held to the policy's bounds.
    fn bounded(
        &self,
        item: &ItemRow,
        worked: &Worked,
        now: &Debt,
        charged: i64,
    ) -> Result<(i64, Option<Bound>), Halt> {
        let out = || Halt::from(Rejection::AmountOutOfRange { what: "the interest" });
        let rounding = self.context.book.policies.rounding;
        let minor =
            |amount: Option<Amount>| amount.and_then(|a| a.in_currency(item.currency).ok()).map(Money::minor);
        if worked.never_late {
            return Ok((charged.saturating_neg(), None));
        }
        let mut interest = worked.sum.round(rounding).ok_or_else(out)?;
        let mut bound = None;
        if let Some(least) = minor(self.policy.minimum)
            && interest > 0
            && interest < least
        {
            (interest, bound) = (least, Some(Bound::Minimum));
        }
        if let Some(most) = minor(self.policy.cap) {
            // Over all assessments together, so that a correction of a capped debt credits only what
            // the cap no longer covers.
            let through = item.charged.as_ref().map_or(self.through, |mark| mark.through.max(self.through));
            let all = exact(&accrue(now, self.policy, &self.context.book.rate_tables, None, through)?)?;
            let all = all.round(rounding).ok_or_else(out)?;
            if all > most || charged.saturating_add(interest) > most {
                (interest, bound) = (most.saturating_sub(charged), Some(Bound::Cap));
            } else if charged >= most && interest < 0 {
                (interest, bound) = (all.saturating_sub(charged), Some(Bound::Cap));
            }
        }
        if interest < charged.saturating_neg() {
            (interest, bound) = (charged.saturating_neg(), Some(Bound::Charged));
        }
        Money::new(interest, item.currency).map_err(|_| out())?;
        Ok((interest, bound))
    }

    /// Whether a debt that another one became was late before.
    fn was_late(&self, item: &ItemRow) -> Result<bool, Halt> {
        let due = item.aged_from.unwrap_or(item.due);
        let late =
            due.add_days(i32::from(self.policy.grace.days)).map_err(|e| Rejection::value("date", &e))?;
        Ok(became(item) && late < item.date)
    }

    /// A debt as it is known, or as it was known at a position.
    fn debt(&self, item: &ItemRow, settled: &[Settled], known: Option<Position>) -> Debt {
        let seen = |position: Position| known.is_none_or(|known| position <= known);
        let mut moves = Vec::new();
        for settled in settled.iter().filter(|settled| seen(settled.position)) {
            let day = match self.policy.balance_by {
                BalanceBy::ValueDate => settled.value_date.min(settled.date),
                BalanceBy::AccountingDate => settled.date,
            };
            moves.push((day, settled.minor.saturating_neg()));
            if let Some((undone, _)) = settled.undone.filter(|(_, position)| seen(*position)) {
                moves.push((undone, settled.minor));
            }
        }
        // Until that day its amount was open on the debt that it came from, and bore interest there.
        if became(item) && item.date > item.due {
            moves.push((item.due, item.original.saturating_neg()));
            moves.push((item.date, item.original));
        }
        Debt { original: Money::clamped(item.original, item.currency), due: item.due, moves }
    }
}

/// Whether a debt is one that another became: by a transfer, a chargeback or a plan.
fn became(item: &ItemRow) -> bool {
    matches!(item.kind, DocumentKind::Transfer | DocumentKind::Chargeback | DocumentKind::Plan)
}

/// The assessment with its documents: what is charged, and what is credited.
fn documents(
    context: &Context<'_>,
    command: &AssessCharges,
    policy: &ChargePolicy,
    currency: Currency,
    lines: Vec<ChargeLine>,
) -> Result<Decision, Halt> {
    let taken = |line: &&ChargeLine| line.interest.minor() < 0 || line.fee.minor() < 0;
    let (credits, charges): (Vec<&ChargeLine>, Vec<&ChargeLine>) = lines.iter().partition(taken);
    let sum = |lines: &[&ChargeLine]| {
        let one = |line: &&ChargeLine| {
            i128::from(line.interest.minor()).saturating_add(i128::from(line.fee.minor()))
        };
        lines.iter().map(one).fold(0_i128, i128::saturating_add)
    };
    let (charged, credited) = (sum(&charges), sum(&credits));
    if let Some(least) = policy.document_minimum.and_then(|a| a.in_currency(currency).ok())
        && charged > 0
        && charged < i128::from(least.minor())
    {
        let total = i64::try_from(charged).unwrap_or(0);
        return Err(Rejection::ChargeBelowMinimum { total: Money::clamped(total, currency), least }.into());
    }
    let issue = |credit: bool, lines: &[&ChargeLine]| {
        issue_charge(context, &ChargeDocument { command, currency, credit, due_days: policy.due_days, lines })
    };
    let mut documents = Vec::new();
    let (mut document, mut credit) = (None, None);
    if charged > 0 {
        let issued = issue(false, &charges)?;
        document = Some(issued.document.clone());
        documents.push(Event::DocumentIssued(Box::new(issued)));
    }
    if credited < 0 {
        let issued = issue(true, &credits)?;
        // Two documents never share a number, also when one series or number was given for both.
        if document.as_ref() == Some(&issued.document) {
            return Err(Rejection::NumberTaken { document: issued.document }.into());
        }
        credit = Some(issued.document.clone());
        documents.push(Event::DocumentIssued(Box::new(issued)));
    }
    let explanation = Explanation::rule("interest")
        .input("policy", &policy.id)
        .input("through", command.through)
        .input("debts", lines.len());
    let assessed = ChargesAssessed {
        account: command.account.clone(),
        policy: policy.id.clone(),
        version: context.book.version,
        currency,
        through: command.through,
        lines,
        document,
        credit,
        explanation,
    };
    let mut events = vec![Event::ChargesAssessed(Box::new(assessed))];
    events.extend(documents);
    Ok(Decision::many(events))
}

/// The assessment that a document came of: the first event of the same command.
pub(super) fn assessment_of(
    context: &Context<'_>,
    document: &DocumentRow,
) -> Result<Option<(Position, ChargesAssessed)>, Halt> {
    let missing = |position: Position| {
        let detail = format!("{} has no record at {position}", document.document);
        Halt::Corrupt { invariant: "INV-15", detail }
    };
    let record = context.facts.record(document.position)?.ok_or_else(|| missing(document.position))?;
    let Some(back) = u64::from(record.part.0).checked_sub(1).filter(|back| *back > 0) else {
        return Ok(None);
    };
    let position = document.position.saturating_sub(back);
    let record = context.facts.record(position)?.ok_or_else(|| missing(position))?;
    Ok(match record.event {
        Event::ChargesAssessed(assessed) => Some((position, *assessed)),
        _ => None,
    })
}

/// What a void gives back to the debts that a document charged: the marks they had before. Only from
/// the latest assessment of each.
///
/// # Errors
/// `document.state` when a later one covers the same debts.
pub(crate) fn given_back(context: &Context<'_>, document: &DocumentRow) -> Result<Vec<MarkMoved>, Halt> {
    let Some((position, assessed)) = assessment_of(context, document)? else { return Ok(Vec::new()) };
    let credit = assessed.credit.as_ref() == Some(&document.document);
    let of_document = |line: &ChargeLine| credit == (line.interest.minor() < 0 || line.fee.minor() < 0);
    let lines: Vec<ChargeLine> = assessed.lines.into_iter().filter(of_document).collect();
    let items = context.items(lines.iter().map(|line| &line.item))?;
    let mut moved = Vec::new();
    for (line, item) in lines.into_iter().zip(items) {
        let after = ChargeMark { known: position, ..line.after };
        if item.charged.as_ref() != Some(&after) {
            let problem = "a later assessment covers the same debts; void that first";
            return Err(Rejection::DocumentState { document: document.document.clone(), problem }.into());
        }
        moved.push(MarkMoved { item: line.item, mark: line.before });
    }
    Ok(moved)
}
