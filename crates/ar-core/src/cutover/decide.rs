//! Deciding a cut-over: all or nothing, and only what the control totals prove.

use std::collections::{BTreeMap, BTreeSet};

use super::prove::Found;
use super::*;
use crate::account::Account;
use crate::book::{ChartContext, Counts};
use crate::decide::{Context, Decision, Halt};
use crate::event::Event;
use crate::facts::{Missing, Need};
use crate::fx::{base_of, rate_for};
use crate::journal::{Posting, Role};
use crate::period::Area;
use crate::rejection::Rejection;
use crate::terms::{INSTALMENTS_MAX, TIERS_MAX};

pub(crate) fn decide_bring_forward(context: &Context<'_>, c: &BringForward) -> Result<Decision, Halt> {
    let found = Found::of(c)?;
    context.check_open(Area::Opening, c.date)?;
    gather(context, c)?;
    let mut batches: BTreeMap<(Currency, bool), Vec<Loading<'_>>> = BTreeMap::new();
    for document in &c.documents {
        let loading = load(context, c.date, document)?;
        let converted = loading.document.rate.is_some();
        batches.entry((document.currency, converted)).or_default().push(loading);
    }
    let totals = found.prove(&c.control)?;
    let mut events = Vec::new();
    for ((currency, _), batch) in batches {
        for chunk in batch.chunks(DOCUMENTS_PER_EVENT) {
            events.push(loaded(context, c.date, currency, chunk)?);
        }
    }
    events.push(Event::CutOverProven(Box::new(CutOverProven {
        date: c.date,
        edges: c.edges.clone(),
        totals,
        documents: u32::try_from(c.documents.len()).unwrap_or(u32::MAX),
        items: c
            .documents
            .iter()
            .fold(0_u32, |sum, d| sum.saturating_add(u32::try_from(d.items.len()).unwrap_or(u32::MAX))),
    })));
    Ok(Decision::many(events))
}

/// What can be seen in the file alone; part of the shape of the command.
pub(crate) fn check_cut_over(c: &BringForward) -> Result<(), Rejection> {
    if c.documents.is_empty() {
        return Err(Rejection::DocumentEmpty { document: "the cut-over" });
    }
    let too_many = |what, given, max| Rejection::TooManyEntries { what, given, max };
    if c.documents.len() > DOCUMENTS_MAX {
        return Err(too_many("documents", c.documents.len(), DOCUMENTS_MAX));
    }
    if c.control.len() > CONTROL_TOTALS_MAX {
        return Err(too_many("control totals", c.control.len(), CONTROL_TOTALS_MAX));
    }
    let mut numbers = BTreeSet::new();
    for document in &c.documents {
        if document.items.is_empty() {
            return Err(Rejection::DocumentEmpty { document: "an opening document" });
        }
        if document.items.len() > INSTALMENTS_MAX {
            return Err(too_many("items of one document", document.items.len(), INSTALMENTS_MAX));
        }
        for item in &document.items {
            if item.open.minor() <= 0 {
                return Err(Rejection::AmountNotPositive { what: "an opening item", given: item.open });
            }
            if item.discounts.len() > TIERS_MAX {
                return Err(too_many("discounts of one item", item.discounts.len(), TIERS_MAX));
            }
        }
        if document.document_date > c.date {
            return Err(Rejection::DateOrder {
                what: "the cut-over date",
                date: c.date,
                not_before: document.document_date,
            });
        }
        if !document.currency.active_on(c.date) {
            return Err(Rejection::CurrencyInactive { currency: document.currency, on: c.date });
        }
        if !numbers.insert(&document.document) {
            return Err(Rejection::NumberTaken { document: document.document.clone() });
        }
    }
    Ok(())
}

/// Asks for every account and every number at once, so that a cut-over of thousands of documents
/// needs one round trip and not thousands.
fn gather(context: &Context<'_>, c: &BringForward) -> Result<(), Halt> {
    let mut needs: BTreeSet<Need> = BTreeSet::new();
    for document in &c.documents {
        let answers = [
            context.facts.account(&document.account).err(),
            context.facts.document(&document.document).err(),
        ];
        for missing in answers.into_iter().flatten() {
            needs.extend(missing.needs);
        }
    }
    if needs.is_empty() {
        return Ok(());
    }
    Err(Halt::Missing(Missing { needs: needs.into_iter().collect() }))
}

/// A document on its way into an event, with its account for the posting.
struct Loading<'a> {
    account: &'a Account,
    document: LoadedDocument,
}

fn load<'a>(context: &Context<'a>, date: Date, opening: &OpeningDocument) -> Result<Loading<'a>, Halt> {
    let account = context.live_account(&opening.account)?;
    context.free_number(&opening.document)?;
    let kind = match opening.side {
        Side::Debit => DocumentKind::OpeningDebit,
        Side::Credit => DocumentKind::OpeningCredit,
    };
    // A rate of the old books is the one of the document's day; a rate of ours is today's.
    let rate_date = if opening.rate.is_some() { opening.document_date } else { date };
    let rate = rate_for(context, opening.currency, opening.rate, rate_date)?;
    let mut items = Vec::with_capacity(opening.items.len());
    for item in &opening.items {
        let money = money_of(&opening.document, item.open, opening.currency)?;
        let mut discounts = item.discounts.clone();
        discounts.sort_by_key(|tier| (tier.until, std::cmp::Reverse(tier.percent)));
        items.push(NewItem {
            due: item.due,
            amount: money.amount(),
            base: base_of(context, money, rate)?.map(Money::amount),
            discounts,
            terms: None,
            aged_from: None,
            dunning_level: item.dunning_level,
            counts: Counts::FULL,
            order: None,
        });
    }
    let chart =
        ChartContext { class: Some(account.profile.class), document: Some(kind), ..Default::default() };
    let role = Role::Receivable;
    let control = Control { role, code: context.book.chart.code(role, &chart)? };
    let document = LoadedDocument {
        document: opening.document.clone(),
        kind,
        account: account.id.clone(),
        group: account.profile.parent.clone(),
        rate,
        document_date: opening.document_date,
        items,
        control,
        po_number: opening.po_number.clone(),
        attributes: opening.attributes.clone(),
    };
    Ok(Loading { account, document })
}

/// An amount of the file in its currency, refused under the number of its document.
pub(super) fn money_of(
    document: &DocumentId,
    amount: Amount,
    currency: Currency,
) -> Result<Money, Rejection> {
    amount.in_currency(currency).map_err(|e| Rejection::value(document.as_str(), &e))
}

/// One event: documents of one currency, against the opening role. Intercompany partners stand on
/// their lines, so every partner has lines of its own.
fn loaded(
    context: &Context<'_>,
    date: Date,
    currency: Currency,
    chunk: &[Loading<'_>],
) -> Result<Event, Halt> {
    let mut postings: BTreeMap<Option<&GlCode>, Posting<'_>> = BTreeMap::new();
    for Loading { account, document } in chunk {
        let posting = postings
            .entry(account.profile.partner.as_ref())
            .or_insert_with(|| Posting::new(context.book, currency, Some(account)));
        let class = Some(account.profile.class);
        let chart = ChartContext { class, document: Some(document.kind), ..Default::default() };
        for item in &document.items {
            let signed = |amount: Amount| match document.kind.side() {
                Side::Debit => amount.minor(),
                Side::Credit => amount.minor().saturating_neg(),
            };
            let (minor, base) = (signed(item.amount), item.base.map(signed));
            posting.control(&document.control, &account.id, minor, base);
            posting.role(Role::Opening, &chart, minor.saturating_neg(), base.map(i64::saturating_neg))?;
        }
    }
    let mut lines = Vec::new();
    for posting in postings.into_values() {
        lines.extend(posting.lines()?);
    }
    let documents = chunk.iter().map(|loading| loading.document.clone()).collect();
    Ok(Event::OpeningLoaded(Box::new(OpeningLoaded { currency, date, documents, posting: lines })))
}
