//! Stored rows as the rows of the law.

use ar_core::account::VaultEntry;
use ar_core::agreement::AgreementId;
use ar_core::book::Counts;
use ar_core::charges::ChargeMark;
use ar_core::journal::{Control, JournalLine};
use ar_core::kept::Kept;
use ar_core::rows::*;
use ar_core::values::*;
use rusqlite::Row;
use rusqlite::types::FromSql;

use super::codes::{Code, line_of, part_of, position};
use super::error::unreadable;

/// Reads columns one after the other.
pub(crate) struct Cells<'a, 'b> {
    row: &'a Row<'b>,
    next: usize,
}

type Read<T> = rusqlite::Result<T>;

impl<'a, 'b> Cells<'a, 'b> {
    pub(crate) const fn of(row: &'a Row<'b>) -> Self {
        Self { row, next: 0 }
    }

    fn step(&mut self) -> usize {
        let at = self.next;
        self.next = at.saturating_add(1);
        at
    }

    pub(crate) fn get<T: FromSql>(&mut self) -> Read<T> {
        self.row.get(self.step())
    }

    /// Text through a parser.
    pub(crate) fn parse<T>(&mut self, parse: fn(&str) -> Result<T, ValueError>) -> Read<T> {
        let at = self.step();
        let text = self.row.get_ref(at)?.as_str().map_err(|e| unreadable(at, e))?;
        parse(text).map_err(|e| unreadable(at, e))
    }

    pub(crate) fn parse_opt<T>(&mut self, parse: fn(&str) -> Result<T, ValueError>) -> Read<Option<T>> {
        let at = self.step();
        let text = self.row.get_ref(at)?.as_str_or_null().map_err(|e| unreadable(at, e))?;
        text.map(|text| parse(text).map_err(|e| unreadable(at, e))).transpose()
    }

    pub(crate) fn json<T: Kept>(&mut self) -> Read<T> {
        let at = self.step();
        let text = self.row.get_ref(at)?.as_str().map_err(|e| unreadable(at, e))?;
        T::from_text(text).map_err(|e| unreadable(at, e))
    }

    pub(crate) fn json_opt<T: Kept + Default>(&mut self) -> Read<T> {
        let at = self.step();
        match self.row.get_ref(at)?.as_str_or_null().map_err(|e| unreadable(at, e))? {
            None => Ok(T::default()),
            Some(text) => T::from_text(text).map_err(|e| unreadable(at, e)),
        }
    }

    pub(crate) fn date(&mut self) -> Read<Date> {
        let at = self.step();
        Date::from_day_number(self.row.get(at)?).map_err(|e| unreadable(at, e))
    }

    pub(crate) fn date_opt(&mut self) -> Read<Option<Date>> {
        let at = self.step();
        let days: Option<i32> = self.row.get(at)?;
        days.map(|days| Date::from_day_number(days).map_err(|e| unreadable(at, e))).transpose()
    }

    pub(crate) fn code<T: Code>(&mut self) -> Read<T> {
        let at = self.step();
        T::of(self.row.get(at)?).ok_or_else(|| unreadable(at, "a number without a meaning"))
    }

    pub(crate) fn currency(&mut self) -> Read<Currency> {
        self.parse(Currency::parse)
    }

    pub(crate) fn position(&mut self) -> Read<u64> {
        self.get().map(position)
    }

    /// An item from its document's number and its id.
    pub(crate) fn item_reversed(&mut self) -> Read<ItemId> {
        let number = self.parse(DocumentId::parse)?;
        Ok(ItemId::new(number, part_of(self.get()?)))
    }

    /// An item from its id and its document's number.
    fn item(&mut self) -> Read<ItemId> {
        let id: i64 = self.get()?;
        Ok(ItemId::new(self.parse(DocumentId::parse)?, part_of(id)))
    }
}

/// Columns of [`document`].
pub(crate) const DOCUMENT: &str = "d.number, d.kind, a.code, d.currency, d.rate, d.document_date, d.date,
  d.value_date, d.total, d.parts, d.position, d.reference, d.text_reference, d.bank, d.ended,
  d.delivered, d.attributes, d.id FROM document d JOIN account a ON a.id = d.account";

/// A document's row.
pub(crate) fn document(row: &Row<'_>) -> Read<DocumentRow> {
    let mut c = Cells::of(row);
    Ok(DocumentRow {
        document: c.parse(DocumentId::parse)?,
        kind: c.code()?,
        account: c.parse(AccountId::parse)?,
        currency: c.currency()?,
        rate: c.parse_opt(Rate::parse)?,
        document_date: c.date()?,
        date: c.date()?,
        value_date: c.date_opt()?,
        total: c.get()?,
        parts: c.get()?,
        position: c.position()?,
        reference: c.parse_opt(DocumentId::parse)?,
        text_reference: c.parse_opt(Text::parse)?,
        bank: c.parse_opt(BankId::parse)?,
        ended: c.date_opt()?,
        delivered: c.date_opt()?,
        attributes: c.json_opt()?,
    })
}

/// Columns of [`item`].
pub(crate) const ITEM: &str = "i.id, i.number, i.kind, i.side, a.code, i.currency, i.document_date, i.date,
  i.value_date, i.due, i.original, i.open, i.base_original, i.base_open, i.credited, i.discount_taken,
  i.discounts, i.terms, i.aged_from, i.control_role, i.control_code, i.reinstated, i.live_links, i.dunning_level,
  i.deferred,
  i.position, i.revalued, i.revalued_on,
  i.charged_through, i.charged_interest, i.charged_fees, i.charged_known, i.late,
  i.for_credit, i.for_dunning, i.sales_order
  FROM item i JOIN account a ON a.id = i.account";

/// An item's row.
pub(crate) fn item(row: &Row<'_>) -> Read<ItemRow> {
    let mut c = Cells::of(row);
    let mut item = ItemRow {
        item: c.item()?,
        kind: c.code()?,
        side: c.code()?,
        account: c.parse(AccountId::parse)?,
        currency: c.currency()?,
        document_date: c.date()?,
        date: c.date()?,
        value_date: c.date()?,
        due: c.date()?,
        original: c.get()?,
        open: c.get()?,
        base_original: c.get()?,
        base_open: c.get()?,
        credited: c.get()?,
        discount_taken: c.get()?,
        discounts: c.json_opt()?,
        terms: c.parse_opt(TermsId::parse)?,
        aged_from: c.date_opt()?,
        control: Control { role: c.code()?, code: c.parse(GlCode::parse)? },
        reinstated: c.date_opt()?,
        live_links: c.get()?,
        dunning_level: c.get()?,
        deferred: c.get()?,
        position: c.position()?,
        revalued: c.get()?,
        revalued_on: c.date_opt()?,
        charged: None,
        late: false,
        counts: Counts::FULL,
        order: None,
    };
    let amount = |minor: Option<i64>| Money::clamped(minor.unwrap_or(0), item.currency).amount();
    let through = c.date_opt()?;
    let (interest, fees) = (amount(c.get()?), amount(c.get()?));
    let known: Option<i64> = c.get()?;
    item.charged =
        through.map(|through| ChargeMark { through, interest, fees, known: known.map_or(0, position) });
    item.late = c.get()?;
    item.counts = Counts { credit: c.get()?, dunning: c.get()? };
    item.order = c.parse_opt(OrderId::parse)?;
    Ok(item)
}

/// Columns of [`link`].
pub(crate) const LINK: &str = "l.code, l.kind, l.currency, l.date, l.position,
  l.credit_item, ci.number, ca.code, l.credit_amount, l.credit_base, l.credit_revalued,
  l.debit_item, di.number, da.code, l.debit_amount, l.debit_base, l.debit_revalued,
  l.discount, l.tolerance, l.withholding, l.memo, l.undone_date, l.undone_position, l.bad_debt
  FROM link l
  LEFT JOIN item ci ON ci.id = l.credit_item LEFT JOIN account ca ON ca.id = l.credit_account
  LEFT JOIN item di ON di.id = l.debit_item LEFT JOIN account da ON da.id = l.debit_account";

/// A settlement's row.
pub(crate) fn link(row: &Row<'_>) -> Read<LinkRow> {
    let mut c = Cells::of(row);
    Ok(LinkRow {
        link: c.parse(LinkId::parse)?,
        kind: c.code()?,
        currency: c.currency()?,
        date: c.date()?,
        position: c.position()?,
        credit: side(&mut c)?,
        debit: side(&mut c)?,
        discount: c.get()?,
        tolerance: c.get()?,
        withholding: c.get()?,
        memo: c.get()?,
        undone: match (c.date_opt()?, c.get::<Option<i64>>()?) {
            (Some(date), Some(at)) => Some((date, position(at))),
            (None, None) => None,
            _ => return Err(unreadable(c.next, "half an undo")),
        },
        bad_debt: c.json_opt()?,
    })
}

fn side(c: &mut Cells<'_, '_>) -> Read<Option<LinkSide>> {
    let Some(id) = c.get::<Option<i64>>()? else {
        c.next = c.next.saturating_add(5);
        return Ok(None);
    };
    Ok(Some(LinkSide {
        item: ItemId::new(c.parse(DocumentId::parse)?, part_of(id)),
        account: c.parse(AccountId::parse)?,
        amount: c.get()?,
        base: c.get()?,
        revalued: c.get::<Option<i64>>()?.unwrap_or(0),
    }))
}

/// Columns of [`line`].
pub(crate) const LINE: &str = "j.id, j.date, j.currency, j.role, j.code, j.amount, j.base, a.code, j.partner,
  j.dimensions FROM line j LEFT JOIN account a ON a.id = j.account";

/// A journal line; the base amount is in the book's base currency.
pub(crate) fn line(row: &Row<'_>, base: Option<Currency>) -> Read<LineRow> {
    let mut c = Cells::of(row);
    let (position, n) = line_of(c.get()?);
    let (date, currency) = (c.date()?, c.currency()?);
    let amount = |minor: i64, currency: Currency| {
        Money::new(minor, currency).map(Money::amount).map_err(|e| unreadable(5, e))
    };
    let line = JournalLine {
        role: c.code()?,
        code: c.parse(GlCode::parse)?,
        amount: amount(c.get()?, currency)?,
        base: match (c.get::<Option<i64>>()?, base) {
            (None, _) => None,
            (Some(minor), Some(base)) => Some(amount(minor, base)?),
            (Some(_), None) => return Err(unreadable(6, "a base amount in a book without a base currency")),
        },
        account: c.parse_opt(AccountId::parse)?,
        partner: c.parse_opt(GlCode::parse)?,
        dimensions: c.json_opt()?,
    };
    Ok(LineRow { position, n, date, currency, line })
}

/// Columns of [`totals`].
pub(crate) const TOTALS: &str = "a.code, t.of_group, t.currency, t.debit, t.uncounted, t.credit, t.orders,
  t.latest_credit
  FROM totals t JOIN account a ON a.id = t.account";

/// A row of totals.
pub(crate) fn totals(row: &Row<'_>) -> Read<TotalsRow> {
    let mut c = Cells::of(row);
    let account = c.parse(AccountId::parse)?;
    let owner = if c.get::<bool>()? { Owner::Group(account) } else { Owner::Account(account) };
    Ok(TotalsRow {
        owner,
        currency: c.currency()?,
        debit: c.get()?,
        uncounted: c.get()?,
        credit: c.get()?,
        orders: c.get()?,
        latest_credit: c.date_opt()?,
    })
}

/// Columns of [`series`].
pub(crate) const SERIES: &str = "series, year, last, last_date FROM series";

/// A series' counter.
pub(crate) fn series(row: &Row<'_>) -> Read<SeriesRow> {
    let mut c = Cells::of(row);
    Ok(SeriesRow { series: c.parse(SeriesId::parse)?, year: c.get()?, last: c.get()?, last_date: c.date()? })
}

/// Columns of [`rate`].
pub(crate) const RATE: &str = "currency, date, rate, source FROM rate";

/// A recorded rate.
pub(crate) fn rate(row: &Row<'_>) -> Read<RateRow> {
    let mut c = Cells::of(row);
    Ok(RateRow {
        currency: c.currency()?,
        date: c.date()?,
        rate: c.parse(Rate::parse)?,
        source: c.parse(Text::parse)?,
    })
}

/// Columns of [`written_off`].
pub(crate) const WRITTEN_OFF: &str =
    "a.code, w.currency, w.month, w.minor FROM written_off w JOIN account a ON a.id = w.account";

/// What is given up of an account's debts in a month.
pub(crate) fn written_off(row: &Row<'_>) -> Read<WrittenOffRow> {
    let mut c = Cells::of(row);
    Ok(WrittenOffRow {
        account: c.parse(AccountId::parse)?,
        currency: c.currency()?,
        month: c.date()?,
        minor: c.get()?,
    })
}

/// Columns of [`allowance`].
pub(crate) const ALLOWANCE: &str = "currency, minor, base, ran FROM allowance";

/// What is allowed for in a currency.
pub(crate) fn allowance(row: &Row<'_>) -> Read<AllowanceRow> {
    let mut c = Cells::of(row);
    Ok(AllowanceRow { currency: c.currency()?, minor: c.get()?, base: c.get()?, ran: c.date_opt()? })
}

/// Columns of [`allowance_move`].
pub(crate) const ALLOWANCE_MOVE: &str = "position, kind, currency, date, minor, base FROM allowance_move";

/// What moved an allowance.
pub(crate) fn allowance_move(row: &Row<'_>) -> Read<AllowanceMove> {
    let mut c = Cells::of(row);
    Ok(AllowanceMove {
        position: c.position()?,
        kind: c.code()?,
        currency: c.currency()?,
        date: c.date()?,
        minor: c.get()?,
        base: c.get()?,
    })
}

/// Columns of [`order`].
pub(crate) const ORDER: &str =
    "o.code, a.code, o.currency, o.open, o.stage FROM sales_order o JOIN account a ON a.id = o.account";

/// A reported order.
pub(crate) fn order(row: &Row<'_>) -> Read<OrderRow> {
    let mut c = Cells::of(row);
    Ok(OrderRow {
        order: c.parse(OrderId::parse)?,
        account: c.parse(AccountId::parse)?,
        currency: c.currency()?,
        open: c.get()?,
        stage: c.code()?,
    })
}

/// The key of an agreement: its kind, and the id within it.
pub(crate) fn agreement_key(id: &AgreementId) -> (i64, &str) {
    match id {
        AgreementId::Promise(id) => (1, id.as_str()),
        AgreementId::Plan(id) => (2, id.as_str()),
    }
}

/// Columns of [`agreement`].
pub(crate) const AGREEMENT: &str = "agreed, ended_date, ended_position FROM agreement";

/// What a customer agreed to.
pub(crate) fn agreement(row: &Row<'_>) -> Read<AgreementRow> {
    let mut c = Cells::of(row);
    let agreed: AgreementRow = c.json()?;
    let ended = match (c.date_opt()?, c.get::<Option<i64>>()?) {
        (Some(date), Some(at)) => Some((date, position(at))),
        (None, None) => None,
        _ => return Err(unreadable(c.next, "half an end")),
    };
    Ok(AgreementRow { ended, ..agreed })
}

/// Columns of [`note`].
pub(crate) const NOTE: &str = "d.number, n.position, n.date, n.po_number, n.note
  FROM note n JOIN document d ON d.id = n.document";

/// A note on a document.
pub(crate) fn note(row: &Row<'_>) -> Read<NoteRow> {
    let mut c = Cells::of(row);
    Ok(NoteRow {
        document: c.parse(DocumentId::parse)?,
        position: c.position()?,
        date: c.date()?,
        po_number: c.parse_opt(Text::parse)?,
        note: c.parse_opt(Text::parse)?,
    })
}

/// Columns of [`credited`].
pub(crate) const CREDITED: &str =
    "d.number, c.bound, c.minor FROM credited c JOIN document d ON d.id = c.document";

/// What counts against a bound.
pub(crate) fn credited(row: &Row<'_>) -> Read<CreditedRow> {
    let mut c = Cells::of(row);
    let invoice = c.parse(DocumentId::parse)?;
    let key: String = c.get()?;
    Ok(CreditedRow { invoice, key: key.as_str().into(), minor: c.get()? })
}

/// Columns of [`vault`].
pub(crate) const VAULT: &str = "subject, digest, party FROM vault";

/// Persons' data.
pub(crate) fn vault(row: &Row<'_>) -> Read<VaultEntry> {
    let mut c = Cells::of(row);
    Ok(VaultEntry { subject: c.parse(SubjectId::parse)?, digest: c.parse(Text::parse)?, party: c.json()? })
}
