//! Documents in the model: totals, instalments, numbers, credit memos, voids.

use std::collections::BTreeMap;

use super::{Document, Hold, Item, Kind, LinkKind, Model, Outcome, Refusal, Why, converted, no, share};
use crate::act::{Act, Area, Invoice, Line, Number, Part, Terms};
use crate::world::{DEFAULT_DAYS, codes_of, money};
use ar_core::values::*;

/// One instalment: due date, amount, discounts.
pub(super) type Instalment = (Date, i64, Vec<(u8, Date, bool)>);

impl Model {
    pub(super) fn document_act(&mut self, act: &Act) -> Result<Outcome, Refusal> {
        match act {
            Act::Invoice(invoice) => self.issue(Kind::Invoice, invoice),
            Act::DebitMemo(memo) => self.issue(Kind::DebitMemo, memo),
            Act::CreditAlone(memo) => self.issue(Kind::CreditMemo, memo),
            Act::CreditInvoice { .. } => self.credit_invoice(act),
            Act::Void { document, date } => self.void(document, *date),
            Act::Deliver { document, date } => {
                let known = self.correctable(document)?;
                let mut why = Why::default();
                why.when(known.ended, "document.state");
                why.when(*date < known.document_date, "date.before_start");
                why.stop()?;
                if known.delivered {
                    return Ok(Outcome::default());
                }
                let place = self.documents.iter_mut().find(|known| known.id == *document);
                place.expect("it was just found").delivered = true;
                Ok(Outcome::default())
            }
            other => unreachable!("{other:?} is no document act"),
        }
    }

    /// A document that is not a payment.
    fn correctable(&self, id: &DocumentId) -> Result<&Document, Refusal> {
        match self.document(id) {
            None => no("document.unknown"),
            Some(known)
                if !matches!(
                    known.kind,
                    Kind::Invoice | Kind::DebitMemo | Kind::CreditMemo | Kind::FinanceCharge
                ) =>
            {
                no("document.kind")
            }
            Some(known) => Ok(known),
        }
    }

    fn issue(&mut self, kind: Kind, plain: &Invoice) -> Result<Outcome, Refusal> {
        let cycle = matches!(&plain.number, Number::Given(id) if Some(id) == plain.invoice.as_ref());
        if cycle {
            return no("reference.cycle");
        }
        if plain.lines.is_empty() {
            return no("document.empty");
        }
        let mut why = Why::default();
        let account = why.take(self.live_account(&plain.account)).cloned();
        let area = if kind == Kind::CreditMemo { Area::Credits } else { Area::Billing };
        let date = why.take(self.posting_day(area, plain.date, plain.accounting));
        let wants_po = account.as_ref().is_some_and(|account| account.profile.po_required);
        why.when(kind == Kind::Invoice && wants_po && !plain.po_number, "document.po_required");
        if let Some(invoice) = &plain.invoice {
            why.take(self.memo_fits(invoice, &plain.account, Some(plain.currency), plain.date));
        }
        let rate = why.take(self.carrying_rate(plain.currency, plain.rate, plain.date));
        let priced = why.take(priced(&plain.lines));
        let priced_at = priced.as_ref().map_or(0, |(_, _, total)| *total);
        let total = self.in_coins(priced_at);
        why.when(total > AMOUNT_MINOR_MAX, "amount.out_of_range");
        if let (Some(original), Some((lines, taxes, _))) =
            (plain.invoice.as_ref().and_then(|id| self.document(id)), &priced)
        {
            why.when(!self.may_take_back(original, lines, taxes), "credit.exceeds_invoice");
        }
        why.when(kind == Kind::CreditMemo && priced.is_some() && total == 0, "amount.not_positive");
        why.take(converted(money(total, plain.currency), rate.flatten()));
        let order = why.take(self.billed(plain, total)).flatten();
        let instalments = why.take(match kind {
            Kind::CreditMemo => Ok(vec![(plain.date, total, Vec::new())]),
            _ => instalments(plain.terms.as_ref(), plain.date, priced_at)
                .map(|parts| self.in_parts(parts, total)),
        });
        let mut held = false;
        if kind != Kind::CreditMemo && !(plain.vouched && kind == Kind::Invoice) {
            let on_hold = account.as_ref().is_some_and(|account| account.hold != Hold::No);
            let blocks = self.world.block_invoices && kind == Kind::Invoice;
            why.when(on_hold && blocks, "account.on_hold");
            let rise = if plain.counts.0 { total } else { 0 };
            let request = money(rise - order.as_ref().map_or(0, |(_, billed)| *billed), plain.currency);
            if account.is_some()
                && request.is_positive()
                && let Some(date) = date
                && let Err(refusal) = self.credit_passes(&plain.account, date, request)
            {
                if blocks {
                    why.0.extend(refusal);
                }
                held = !on_hold;
            }
        }
        let id = why.take(self.take_number(&plain.number, plain.date));
        why.stop()?;
        let (Some(date), Some(rate), Some((lines, taxes, _)), Some(instalments), Some(id)) =
            (date, rate, priced, instalments, id)
        else {
            unreachable!("nothing offends");
        };
        if let Some((order, billed)) = &order {
            let place = self.orders.iter_mut().find(|known| known.id == *order);
            let known = place.expect("it was just found");
            known.open = money(known.open.minor() - billed, known.open.currency());
        }
        if held {
            self.change(&plain.account, |a| a.hold = Hold::Credit(date));
        }
        self.push_items(&id, kind, plain, date, rate, instalments);
        self.documents.push(Document {
            id: id.clone(),
            kind,
            account: plain.account.clone(),
            currency: plain.currency,
            document_date: plain.date,
            date,
            lines,
            taxes,
            coins: total - priced_at,
            off: (0, 0),
            voided: None,
            invoice: plain.invoice.clone(),
            order,
            rate,
            ended: false,
            delivered: false,
        });
        Ok(Outcome { document: Some(id), held, ..Outcome::default() })
    }

    fn push_items(
        &mut self,
        id: &DocumentId,
        kind: Kind,
        plain: &Invoice,
        date: Date,
        rate: Option<Rate>,
        instalments: Vec<Instalment>,
    ) {
        for (n, (due, minor, tiers)) in instalments.into_iter().enumerate() {
            self.items.push(Item {
                id: ItemId::new(id.clone(), n as u16 + 1),
                kind,
                debit: kind != Kind::CreditMemo,
                account: plain.account.clone(),
                currency: plain.currency,
                date,
                document_date: plain.date,
                value: plain.date,
                due,
                aged: due,
                original: minor,
                tiers,
                terms: plain.terms.as_ref().and_then(|terms| terms.name),
                rate,
                control: "receivable",
                revalued_on: None,
                revalued: false,
                counts: if kind == Kind::CreditMemo { (true, true) } else { plain.counts },
                order: plain.order.clone(),
            });
        }
    }

    /// The invoice that a memo refers to: an invoice of the same account and currency, not voided.
    fn memo_fits(
        &self,
        invoice: &DocumentId,
        account: &AccountId,
        currency: Option<Currency>,
        date: Date,
    ) -> Result<&Document, Refusal> {
        let Some(known) = self.document(invoice) else { return no("document.unknown") };
        let mut why = Why::default();
        why.when(known.kind != Kind::Invoice, "document.kind");
        if known.kind != Kind::Invoice {
            why.take(self.carrying_rate(known.currency, None, date));
        }
        why.when(known.account != *account, "document.account_mismatch");
        why.when(currency.is_some_and(|currency| known.currency != currency), "currency.mismatch");
        why.when(known.ended, "document.state");
        why.stop()?;
        Ok(known)
    }

    /// How much of an order an invoice bills.
    fn billed(&self, plain: &Invoice, total: i64) -> Result<Option<(OrderId, i64)>, Refusal> {
        let Some(order) = &plain.order else { return Ok(None) };
        let Some(known) = self.orders.iter().find(|known| known.id == *order) else {
            return no("order.unknown");
        };
        if known.account != plain.account {
            return no("order.account_mismatch");
        }
        if known.open.currency() != plain.currency {
            return no("currency.mismatch");
        }
        Ok(Some((order.clone(), known.open.minor().min(total))))
    }

    /// Takes the next number of a series, or a given one.
    pub(super) fn take_number(&mut self, number: &Number, date: Date) -> Result<DocumentId, Refusal> {
        let id = match number {
            Number::Given(id) => id.clone(),
            Number::Series(series) => {
                if !["INV", "CM", "DM", "FC"].contains(&series.as_str()) {
                    return no("series.unknown");
                }
                let key = (series.clone(), date.year());
                let (last, last_date) = self.series.get(&key).copied().unwrap_or((0, date));
                if date < last_date {
                    return no("series.chronology");
                }
                self.series.insert(key, (last + 1, date));
                crate::world::id(&format!("{series}-{}-{:05}", date.year(), last + 1))
            }
        };
        self.number_free(&id)?;
        Ok(id)
    }

    /// What memos that refer to an invoice have already credited of it: by line, by tax.
    fn credited_of(&self, invoice: &DocumentId) -> (BTreeMap<usize, i64>, BTreeMap<u8, (i64, i64)>) {
        let mut by_line: BTreeMap<usize, i64> = BTreeMap::new();
        let mut by_tax: BTreeMap<u8, (i64, i64)> = BTreeMap::new();
        let memos = self.documents.iter().filter(|d| d.invoice.as_ref() == Some(invoice) && !d.ended);
        for memo in memos {
            let sign = if memo.kind == Kind::CreditMemo { 1 } else { -1 };
            for (net, tax, of_line) in &memo.lines {
                if let Some(line) = of_line {
                    *by_line.entry(*line).or_default() += sign * net;
                }
                codes_of(*tax).iter().for_each(|code| by_tax.entry(*code).or_default().0 += sign * net);
            }
            for (tax, minor) in &memo.taxes {
                by_tax.entry(*tax).or_default().1 += sign * minor;
            }
        }
        (by_line, by_tax)
    }

    /// Whether what a debit memo takes back of a tax is left of it on its invoice.
    fn may_take_back(
        &self,
        original: &Document,
        lines: &[(i64, u8, Option<usize>)],
        taxes: &BTreeMap<u8, i64>,
    ) -> bool {
        let (_, by_tax) = self.credited_of(&original.id);
        let net_in = |lines: &[(i64, u8, Option<usize>)], percent: u8| -> i64 {
            lines.iter().filter(|(_, p, _)| codes_of(*p).contains(&percent)).map(|(net, ..)| net).sum()
        };
        taxes.iter().filter(|(percent, _)| **percent != 0).all(|(percent, tax)| {
            let net = net_in(lines, *percent);
            let (net_before, tax_before) = by_tax.get(percent).copied().unwrap_or((0, 0));
            let net_left = net_in(&original.lines, *percent) - net_before;
            let relieved = self.relieved_with_memos(&original.id, *percent);
            let tax_left = original.taxes.get(percent).copied().unwrap_or(0) - tax_before - relieved;
            -net <= net_left.max(0) && -tax <= tax_left.max(0)
        })
    }

    /// Whether a memo takes back tax that a write-off took back.
    fn takes_relieved(&self, original: &Document, taxes: &BTreeMap<u8, i64>) -> bool {
        let (_, by_tax) = self.credited_of(&original.id);
        taxes.iter().any(|(percent, tax)| {
            let relieved = self.relieved_with_memos(&original.id, *percent);
            let before = by_tax.get(percent).map_or(0, |(_, tax)| *tax);
            let left = original.taxes.get(percent).copied().unwrap_or(0) - before - relieved;
            relieved != 0 && tax.abs() > left.abs()
        })
    }

    /// Whether the memos of an invoice stay within it when a debit memo of it is gone.
    fn fits_without(&self, memo: &Document) -> bool {
        let Some(invoice) = memo.invoice.as_ref().filter(|_| memo.kind == Kind::DebitMemo) else {
            return true;
        };
        let mut rest = self.clone();
        rest.documents.retain(|known| known.id != memo.id);
        let Some(original) = rest.document(invoice) else { return true };
        let (_, by_tax) = rest.credited_of(invoice);
        let within = |(percent, tax): (&u8, &i64)| {
            let bears = |p: &u8| codes_of(*p).contains(percent);
            let net: i64 = original.lines.iter().filter(|(_, p, _)| bears(p)).map(|(n, ..)| n).sum();
            let (net_before, tax_before) = by_tax.get(percent).copied().unwrap_or((0, 0));
            let taken = tax_before + rest.relieved_with_memos(invoice, *percent);
            net_before <= net.max(0) && taken <= (*tax).max(0)
        };
        rest.left_of(original) >= 0 && original.taxes.iter().filter(|(p, _)| **p != 0).all(within)
    }

    /// What memos have left of an invoice in total.
    pub(super) fn left_of(&self, invoice: &Document) -> i64 {
        let total = |d: &Document| {
            d.lines.iter().map(|(net, ..)| net).sum::<i64>() + d.taxes.values().sum::<i64>() + d.coins
        };
        let memos = self.documents.iter().filter(|d| d.invoice.as_ref() == Some(&invoice.id) && !d.ended);
        let signed = |d: &Document| if d.kind == Kind::CreditMemo { -total(d) } else { total(d) };
        total(invoice) + memos.map(signed).sum::<i64>()
    }

    fn credit_invoice(&mut self, act: &Act) -> Result<Outcome, Refusal> {
        let Act::CreditInvoice { account, number, date, accounting, invoice, part, apply } = act else {
            unreachable!("a credit memo");
        };
        let mut why = Why::default();
        why.take(self.live_account(account));
        let day = why.take(self.posting_day(Area::Credits, *date, *accounting));
        let original = why.take(self.memo_fits(invoice, account, None, *date)).cloned();
        if let Some(original) = &original {
            why.when(*date < original.document_date, "date.before_start");
        }
        let content = original.as_ref().and_then(|original| why.take(self.credited_part(original, part)));
        let credited = content.as_ref().map_or(0, |(lines, taxes)| {
            lines.iter().map(|(net, ..)| net).sum::<i64>() + taxes.values().sum::<i64>()
        });
        let coins = original.as_ref().map_or(0, |known| self.coins_with(known, credited));
        let total = credited + coins;
        // Nothing, or less, is left to credit, or less than is asked for.
        let exceeds = |known: &Document| total <= 0 || total > self.left_of(known);
        let exceeds = content.is_some() && original.as_ref().is_some_and(exceeds);
        why.when(exceeds, "credit.exceeds_invoice");
        if let (Some(original), Some((_, taxes))) = (&original, &content) {
            why.when(self.takes_relieved(original, taxes), "credit.tax_relieved");
        }
        if *apply && let Some(day) = day {
            let items = self.items.iter().filter(|item| item.debit && item.id.document() == invoice);
            for item in items.filter(|item| self.open_in_the_end(item) > 0) {
                why.take(self.moved_day(&[Area::Settlement], day.max(item.date)));
            }
        }
        let id = why.take(self.take_number(number, *date));
        why.stop()?;
        let (Some(day), Some(original), Some((lines, taxes)), Some(id)) = (day, original, content, id) else {
            unreachable!("nothing offends");
        };
        let off = self.takes_off(&original, &taxes, total);
        let item = ItemId::new(id.clone(), 1);
        self.items.push(Item {
            id: item.clone(),
            kind: Kind::CreditMemo,
            debit: false,
            account: account.clone(),
            currency: original.currency,
            date: day,
            document_date: *date,
            value: *date,
            due: *date,
            aged: *date,
            original: total,
            tiers: Vec::new(),
            terms: None,
            rate: original.rate,
            control: "receivable",
            revalued_on: None,
            revalued: false,
            counts: (true, true),
            order: None,
        });
        self.documents.push(Document {
            id: id.clone(),
            kind: Kind::CreditMemo,
            account: account.clone(),
            currency: original.currency,
            document_date: *date,
            date: day,
            lines,
            taxes,
            coins,
            off,
            voided: None,
            invoice: Some(invoice.clone()),
            order: None,
            rate: original.rate,
            ended: false,
            delivered: false,
        });
        if *apply {
            self.apply_to_document(&item, invoice, day);
            self.take_discount_back(&item, invoice, day);
        }
        Ok(Outcome { document: Some(id), ..Outcome::default() })
    }

    /// A memo settles what is open of its invoice, earliest due first, as far as it goes.
    fn apply_to_document(&mut self, memo: &ItemId, invoice: &DocumentId, day: Date) {
        let mut items: Vec<Item> =
            self.items.iter().filter(|item| item.debit && item.id.document() == invoice).cloned().collect();
        items.sort_by(|a, b| (a.due, &a.id).cmp(&(b.due, &b.id)));
        for item in items {
            let credit = self.item(memo).expect("it was just made").clone();
            let day = item.revalued_on.map_or(day, |on| day.max(on)).max(item.date);
            let day = self.moved_day(&[Area::Settlement], day).unwrap_or(day);
            let takes = self.room(&credit, day).min(self.room(&item, day));
            if takes > 0 {
                let paid = self.falls_due(&credit, &item, takes);
                let link = self.push_link(LinkKind::Allocation, day);
                link.credit = Some((memo.clone(), takes));
                link.debit = Some((item.id.clone(), takes));
                (link.memo, link.paid) = (true, paid);
            }
        }
    }

    /// Lines and taxes that a memo credits, bounded by what is left of them.
    #[allow(clippy::type_complexity, reason = "the two parts of a document's content")]
    fn credited_part(
        &self,
        original: &Document,
        part: &Part,
    ) -> Result<(Vec<(i64, u8, Option<usize>)>, BTreeMap<u8, i64>), Refusal> {
        let (by_line, by_tax) = self.credited_of(&original.id);
        let left_of = |n: usize| {
            let (net, tax, _) = original.lines[n];
            (net - by_line.get(&(n + 1)).copied().unwrap_or(0), tax)
        };
        let mut lines = Vec::new();
        let whole = matches!(part, Part::Whole);
        match part {
            Part::Whole => {
                for n in 0..original.lines.len() {
                    let (left, tax) = left_of(n);
                    if left != 0 {
                        lines.push((left, tax, Some(n + 1)));
                    }
                }
            }
            Part::Line(line, asked) => {
                if *line == 0 || *line > original.lines.len() {
                    return no("credit.line_unknown");
                }
                let (left, tax) = left_of(line - 1);
                let net = asked.map_or(left, Money::minor);
                if net <= 0 || net > left || left == 0 {
                    return no("credit.exceeds_invoice");
                }
                lines.push((net, tax, Some(*line)));
            }
        }
        let mut taxes = BTreeMap::new();
        for (percent, tax) in original.taxes.iter().filter(|(percent, _)| **percent != 0) {
            let bears = |p: &u8| codes_of(*p).contains(percent);
            let net: i64 = lines.iter().filter(|(_, p, _)| bears(p)).map(|(net, ..)| net).sum();
            let (net_before, tax_before) = by_tax.get(percent).copied().unwrap_or((0, 0));
            let net_of: i64 = original.lines.iter().filter(|(_, p, _)| bears(p)).map(|(n, ..)| n).sum();
            let left = tax - tax_before;
            let exhausted = net == net_of - net_before;
            if lines.iter().any(|(_, p, _)| bears(p)) {
                // A line may be worth more than its group when others of it take something back.
                if net.abs() > (net_of - net_before).abs() {
                    return no("credit.exceeds_invoice");
                }
                let share = if exhausted { left } else { portion(*tax, net, net_of) };
                let due = if share.abs() > left.abs() { left } else { share };
                taxes.insert(*percent, due);
            } else if whole && exhausted && left != 0 {
                // A cent that rounding put where no net is left.
                taxes.insert(*percent, left);
            }
        }
        if lines.is_empty() && taxes.is_empty() {
            return no("credit.exceeds_invoice");
        }
        Ok((lines, taxes))
    }

    fn void(&mut self, id: &DocumentId, date: Date) -> Result<Outcome, Refusal> {
        let mut why = Why::default();
        let area = match self.document(id).map(|known| known.kind) {
            Some(Kind::CreditMemo) => Area::Credits,
            _ => Area::Billing,
        };
        let day = why.take(self.open_day(area, date));
        // The day is looked at before it is known what is voided.
        why.when(self.is_shut(date), "period.closed");
        why.take(self.correctable(id));
        if let Some(known) = &self.document(id).cloned() {
            why.when(known.ended || known.delivered, "document.state");
            why.when(date < known.date, "date.before_start");
            why.take(self.open_day(area, known.date));
        }
        let items: Vec<Item> = self.items.iter().filter(|item| item.id.document() == id).cloned().collect();
        let touched = |item: &Item| {
            let id = item.id.clone();
            self.links.iter().filter(move |link| link.taken_from(&id) != 0)
        };
        let settled = |item: &Item| touched(item).any(|link| link.undone.is_none());
        // What was undone later was settled on the day: that would be taken twice.
        let reopened = |item: &Item| touched(item).any(|link| link.undone.is_some_and(|day| day > date));
        why.when(items.iter().any(|item| item.revalued), "document.state");
        let later = |item: &Item| item.revalued_on.is_some_and(|on| date < on);
        why.when(items.iter().any(later), "revaluation.later");
        why.when(items.iter().any(reopened), "allocation.backdated");
        let used = self.document(id).is_some_and(|known| !self.fits_without(known) || self.relied_on(known));
        let corrected = self.documents.iter().any(|d| d.invoice.as_ref() == Some(id) && !d.ended);
        why.when(items.iter().any(settled) || corrected || used, "document.state");
        if self.document(id).is_some() {
            why.take(self.give_back(id));
        }
        why.stop()?;
        let Some(day) = day else { unreachable!("nothing offends") };
        for item in items.iter().filter(|item| item.original != 0) {
            let link = self.push_link(LinkKind::Void, day);
            let side = Some((item.id.clone(), item.original));
            if item.debit { link.debit = side } else { link.credit = side }
        }
        let place = self.documents.iter_mut().find(|known| known.id == *id).expect("it was just found");
        (place.ended, place.voided) = (true, Some(day));
        // What it billed is ordered or supplied all the same.
        if let Some((order, billed)) = place.order.clone() {
            let known = self.orders.iter_mut().find(|known| known.id == order).expect("it was billed");
            known.open = money(known.open.minor() + billed, known.open.currency());
        }
        Ok(Outcome::default())
    }
}

/// `minor × part / whole`, half away from zero.
pub(super) fn portion(minor: i64, part: i64, whole: i64) -> i64 {
    let (product, whole) = (i128::from(minor) * i128::from(part), i128::from(whole));
    let sign = if (product < 0) == (whole < 0) { 1 } else { -1 };
    let (product, whole) = (product.abs(), whole.abs());
    (sign * ((2 * product + whole) / (2 * whole))) as i64
}

/// Lines, taxes by percent and the total. Tax is rounded once per percent.
#[allow(clippy::type_complexity, reason = "the parts of a document's content")]
fn priced(plain: &[Line]) -> Result<(Vec<(i64, u8, Option<usize>)>, BTreeMap<u8, i64>, i64), Refusal> {
    let lines: Vec<_> = plain.iter().map(|line| (line.amount.minor(), line.tax, None)).collect();
    let mut nets: BTreeMap<u8, i64> = BTreeMap::new();
    for (net, tax, _) in &lines {
        // What bears no tax is counted under none.
        let codes = if *tax == 0 { &[0] } else { codes_of(*tax) };
        codes.iter().for_each(|code| *nets.entry(*code).or_default() += net);
    }
    let taxes: BTreeMap<u8, i64> =
        nets.iter().filter(|(tax, _)| **tax != 0).map(|(tax, net)| (*tax, share(*net, *tax))).collect();
    let total = lines.iter().map(|(net, ..)| net).sum::<i64>() + taxes.values().sum::<i64>();
    let mut why = Why::default();
    why.when(total < 0, "document.negative_total");
    let too_much = |minor: i64| minor.abs() > AMOUNT_MINOR_MAX;
    why.when(too_much(total) || nets.values().any(|net| too_much(*net)), "amount.out_of_range");
    // The journal has one line for goods and one for freight.
    let of = |freight: bool| plain.iter().filter(move |line| line.freight == freight);
    let written = [true, false].map(|freight| of(freight).map(|line| line.amount.minor()).sum::<i64>());
    why.when(written.into_iter().any(too_much), "amount.out_of_range");
    why.stop()?;
    Ok((lines, taxes, total))
}

/// The instalments of a total: every due date from the document date, the last part takes the rest.
fn instalments(terms: Option<&Terms>, date: Date, total: i64) -> Result<Vec<Instalment>, Refusal> {
    let Some(terms) = terms else {
        return Ok(vec![(after(date, DEFAULT_DAYS)?, total, Vec::new())]);
    };
    let mut tiers = Vec::new();
    for (percent, days, grace) in &terms.discounts {
        tiers.push((*percent, after(date, days + grace)?, terms.shared));
    }
    let mut left = total;
    let mut parts = Vec::new();
    // A share that rounds up takes no more than is left; a part of nothing is left out.
    for (percent, days) in &terms.before {
        let minor = share(total, *percent).min(left);
        left -= minor;
        parts.push((after(date, *days)?, minor, tiers.clone()));
    }
    parts.push((after(date, terms.days)?, left, tiers));
    let last = parts.pop();
    parts.retain(|(_, minor, _)| *minor != 0);
    parts.extend(last.filter(|(_, minor, _)| *minor != 0 || parts.is_empty()));
    Ok(parts)
}

fn after(date: Date, days: u16) -> Result<Date, Refusal> {
    date.add_days(i32::from(days)).or_else(|_| no("date.out_of_range"))
}
