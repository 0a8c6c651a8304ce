//! Tables of the close: periods, the checklist, the comparison with the general ledger, and what a
//! year end shows elsewhere.

use ar_core::Amount;
use ar_core::book::BookConfig;
use ar_core::query::{
    Checklist, GlAccount, GlFinding, GlLine, GlReconciliation, Reclassification, Withholdings,
};

use crate::cell::Cell;
use crate::table::Table;

/// The accounting periods of a book.
#[must_use]
pub fn periods_table(config: &BookConfig) -> Table {
    let mut table = Table::new(&[
        ("Period", "period"),
        ("First day", "start"),
        ("Last day", "end"),
        ("State", "state"),
        ("Closed for", "areas"),
        ("Admitted", "admitted"),
        ("Proven at", "proven"),
    ]);
    for period in &config.accounting.list {
        let soft = period.soft.as_ref();
        let areas: Vec<&str> = soft.iter().flat_map(|s| s.areas.iter().map(|area| area.name())).collect();
        let admitted: Vec<&str> =
            soft.iter().flat_map(|s| s.admit.iter().map(|actor| actor.as_str())).collect();
        let proven = period.proven.map(|proof| i64::try_from(proof.known).unwrap_or(i64::MAX));
        table.row(vec![
            Cell::text(&period.id),
            Cell::Date(period.start),
            Cell::Date(period.end),
            Cell::text(period.state()),
            Cell::text(areas.join(" ")),
            Cell::text(admitted.join(" ")),
            proven.map_or(Cell::Empty, Cell::Number),
        ]);
    }
    table
}

/// The checklist of a period, one row for each line and currency.
#[must_use]
pub fn checklist_table(list: &Checklist) -> Table {
    let mut table = Table::new(&[
        ("Check", "check"),
        ("Asks for", "kind"),
        ("Stands", "state"),
        ("Found", "count"),
        ("Currency", "currency"),
        ("Amount", "amount"),
        ("Signed off", "signed"),
        ("What it is", "says"),
    ]);
    for line in &list.lines {
        let word = |value: &dyn erased::Named| Cell::text(value.name());
        let signed = line.signed.map(|signed| word(&signed));
        let head = [
            Cell::text(line.check),
            word(&line.kind),
            word(&line.state),
            Cell::Number(i64::try_from(line.count).unwrap_or(i64::MAX)),
        ];
        let tail = [signed.unwrap_or(Cell::Empty), Cell::text(line.says)];
        let first = line.amounts.first();
        let amount = first
            .map_or([Cell::Empty, Cell::Empty], |m| [Cell::text(m.currency()), Cell::Amount(m.amount())]);
        table.row(head.into_iter().chain(amount).chain(tail).collect());
        for money in line.amounts.iter().skip(1) {
            let empty = || vec![Cell::text(line.check), Cell::Empty, Cell::Empty, Cell::Empty];
            let more = [Cell::text(money.currency()), Cell::Amount(money.amount())];
            table.row(empty().into_iter().chain(more).collect());
        }
    }
    table
}

/// Words of the checklist as they stand in JSON.
mod erased {
    use ar_core::query::{CheckKind, CheckState, SignedAt};

    pub(super) trait Named {
        fn name(&self) -> &'static str;
    }

    impl Named for CheckKind {
        fn name(&self) -> &'static str {
            match self {
                Self::Blocking => "blocking",
                Self::SignOff => "sign_off",
                Self::Stated => "stated",
            }
        }
    }

    impl Named for CheckState {
        fn name(&self) -> &'static str {
            match self {
                Self::Clear => "clear",
                Self::Open => "open",
                Self::NotKept => "not_kept",
            }
        }
    }

    impl Named for SignedAt {
        fn name(&self) -> &'static str {
            match self {
                Self::ThisAnswer => "this_answer",
                Self::AnotherAnswer => "another_answer",
            }
        }
    }
}

/// A sum as an amount; one that fits none is shown as text.
fn sum(account: &GlAccount, minor: i128) -> Cell {
    let text = account.shown(minor);
    Amount::parse(&text).map_or_else(|_| Cell::text(&text), Cell::Amount)
}

/// The book against the general ledger, one row per account.
#[must_use]
pub fn gl_accounts_table(found: &GlReconciliation) -> Table {
    let mut table = Table::new(&[
        ("Code", "code"),
        ("Currency", "currency"),
        ("Book", "book"),
        ("Ledger", "ledger"),
        ("Difference", "difference"),
        ("Not exported", "not_exported"),
        ("By hand", "by_hand"),
        ("Altered", "altered"),
    ]);
    let count = |n: usize| Cell::Number(i64::try_from(n).unwrap_or(i64::MAX));
    for account in &found.accounts {
        table.row(vec![
            Cell::text(&account.code),
            Cell::text(account.currency),
            sum(account, account.ours),
            sum(account, account.theirs),
            sum(account, account.theirs.saturating_sub(account.ours)),
            count(account.not_exported),
            count(account.by_hand),
            count(account.altered),
        ]);
    }
    table
}

/// Every difference of two journals, one row each.
#[must_use]
pub fn gl_findings_table(found: &GlReconciliation) -> Table {
    let mut table = Table::new(&[
        ("Finding", "finding"),
        ("Reference", "reference"),
        ("Code", "code"),
        ("Date", "date"),
        ("Currency", "currency"),
        ("Book", "book"),
        ("Ledger code", "ledger_code"),
        ("Ledger date", "ledger_date"),
        ("Ledger", "ledger"),
    ]);
    let blank = || [Cell::Empty, Cell::Empty, Cell::Empty];
    let side = |line: &GlLine| [Cell::text(&line.code), Cell::Date(line.date), Cell::Amount(line.amount())];
    for finding in &found.findings {
        let (word, line, ours, theirs) = match finding {
            GlFinding::NotExported(line) => ("not_exported", line, side(line), blank()),
            GlFinding::ByHand(line) => ("by_hand", line, blank(), side(line)),
            GlFinding::Altered { ours, theirs } => ("altered", ours, side(ours), side(theirs)),
        };
        let [code, date, book] = ours;
        let [ledger_code, ledger_date, ledger] = theirs;
        let currency = Cell::text(line.currency);
        let reference = Cell::text(&line.reference);
        let row = [Cell::text(word), reference, code, date, currency, book, ledger_code, ledger_date, ledger];
        table.row(row.to_vec());
    }
    table
}

/// Tax that customers withheld, one row per settlement.
#[must_use]
pub fn withholdings_table(found: &Withholdings) -> Table {
    let mut table = Table::new(&[
        ("Customer", "account"),
        ("Item", "item"),
        ("Settlement", "link"),
        ("Date", "date"),
        ("Days", "days"),
        ("State", "state"),
        ("Certificate", "certificate"),
        ("Issued", "issued"),
        ("Tax", "code"),
        ("Currency", "currency"),
        ("Amount", "amount"),
    ]);
    for line in &found.lines {
        table.row(vec![
            Cell::text(&line.account),
            Cell::text(&line.item),
            Cell::text(&line.link),
            Cell::Date(line.date),
            Cell::text(line.days),
            Cell::text(line.state.name()),
            line.certificate.as_ref().map_or(Cell::Empty, Cell::text),
            line.issued.map_or(Cell::Empty, Cell::Date),
            line.code.as_ref().map_or(Cell::Empty, Cell::text),
            Cell::text(line.currency),
            Cell::Amount(line.amount),
        ]);
    }
    table
}

/// What a year end shows elsewhere, one row per line.
#[must_use]
pub fn reclassification_table(found: &Reclassification) -> Table {
    let mut table = Table::new(&[
        ("Date", "date"),
        ("Returns on", "reversed_on"),
        ("Customer", "account"),
        ("Kind", "kind"),
        ("Code", "code"),
        ("Currency", "currency"),
        ("Amount", "amount"),
        ("Base", "base"),
    ]);
    for line in &found.lines {
        let kind = match line.kind {
            ar_core::query::ReclassKind::CreditBalance => "credit_balance",
            ar_core::query::ReclassKind::DueAfterOneYear => "due_after_one_year",
        };
        table.row(vec![
            Cell::Date(found.as_of),
            Cell::Date(found.reversed_on),
            Cell::text(&line.account),
            Cell::text(kind),
            Cell::text(&line.code),
            Cell::text(line.currency),
            Cell::Amount(line.amount),
            line.base.map_or(Cell::Empty, Cell::Amount),
        ]);
    }
    table
}
