//! Aging: buckets, as-of dates, credits, and what never changes afterwards.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "test code"
)]

mod query_support;

use ar_core::document::{DocumentKind, Side};
use ar_core::payment::SUSPENSE;
use ar_core::query::*;
use ar_core::{Currency, Date, Event};
use proptest::prelude::*;
use query_support::random::{naive_open, on, play, steps};
use query_support::{Book, Extra, day, issued, usd};

fn as_of(book: &Book, date: &str) -> AsOf {
    AsOf::head(book, day(date))
}

fn ask(book: &Book, date: &str) -> Aging {
    aging(book, as_of(book, date), &AgingBy::default()).unwrap()
}

/// `current, 1-30, 31-60, 61-90, 91+ | unapplied = total` of the only currency.
fn figures(aging: &Aging) -> String {
    let [only] = aging.currencies.as_slice() else { return "none".to_owned() };
    let buckets: Vec<_> = only.buckets.iter().map(|b| b.amount.to_string()).collect();
    format!("{} x {} | {} = {}", only.open_items, buckets.join(" "), only.unapplied, only.total)
}

#[test]
fn the_json_of_a_summary_has_the_documented_form() {
    let mut book = Book::default();
    book.invoice("I-1", "A", "2013-06-01", "2013-07-01", 428_429);
    book.invoice("I-2", "A", "2013-05-01", "2013-06-20", 83_556);
    let json = serde_json::to_string(&ask(&book, "2013-06-30")).unwrap();
    insta::assert_snapshot!(json, @r#"{"as_of":"2013-06-30","known":2,"basis":"due","currencies":[{"currency":"USD","open_items":2,"buckets":[{"label":"current","from":null,"to":0,"amount":"4284.29"},{"label":"1-30","from":1,"to":30,"amount":"835.56"},{"label":"31-60","from":31,"to":60,"amount":"0.00"},{"label":"61-90","from":61,"to":90,"amount":"0.00"},{"label":"91+","from":91,"to":null,"amount":"0.00"}],"unapplied":"0.00","total":"5119.85"}]}"#);
}

#[test]
fn due_today_is_not_overdue_and_the_edges_belong_to_the_earlier_bucket() {
    let mut book = Book::default();
    book.invoice("I-1", "A", "2026-01-01", "2026-03-31", 10_000);
    for (date, expected) in [
        ("2026-03-31", "1 x 100.00 0.00 0.00 0.00 0.00 | 0.00 = 100.00"),
        ("2026-04-01", "1 x 0.00 100.00 0.00 0.00 0.00 | 0.00 = 100.00"),
        ("2026-04-30", "1 x 0.00 100.00 0.00 0.00 0.00 | 0.00 = 100.00"),
        ("2026-05-01", "1 x 0.00 0.00 100.00 0.00 0.00 | 0.00 = 100.00"),
        ("2026-06-29", "1 x 0.00 0.00 0.00 100.00 0.00 | 0.00 = 100.00"),
        ("2026-06-30", "1 x 0.00 0.00 0.00 0.00 100.00 | 0.00 = 100.00"),
    ] {
        assert_eq!(figures(&ask(&book, date)), expected, "{date}");
    }
}

#[test]
fn by_document_date_days_count_from_the_document_and_the_total_stays() {
    let mut book = Book::default();
    book.invoice("I-1", "A", "2026-01-01", "2026-03-31", 10_000);
    book.invoice("I-2", "A", "2026-02-10", "2026-03-31", 5_000);
    let by = AgingBy { basis: Basis::Document, ..AgingBy::default() };
    let found = aging(&book, as_of(&book, "2026-02-10"), &by).unwrap();
    assert_eq!(figures(&found), "2 x 50.00 0.00 100.00 0.00 0.00 | 0.00 = 150.00");
    assert_eq!(figures(&ask(&book, "2026-02-10")), "2 x 150.00 0.00 0.00 0.00 0.00 | 0.00 = 150.00");
}

#[test]
fn by_accounting_date_days_count_from_the_day_it_was_booked() {
    let mut book = Book::default();
    let mut late = issued(DocumentKind::Invoice, "I-1", "A", "2026-01-01", usd(), &[("2026-01-31", 10_000)]);
    late.date = day("2026-02-01");
    book.push(Event::DocumentIssued(Box::new(late)));
    let by = AgingBy { basis: Basis::Accounting, ..AgingBy::default() };
    for (date, expected) in [
        ("2026-02-01", "1 x 100.00 0.00 0.00 0.00 0.00 | 0.00 = 100.00"),
        ("2026-03-03", "1 x 0.00 100.00 0.00 0.00 0.00 | 0.00 = 100.00"),
        ("2026-03-04", "1 x 0.00 0.00 100.00 0.00 0.00 | 0.00 = 100.00"),
    ] {
        assert_eq!(figures(&aging(&book, as_of(&book, date), &by).unwrap()), expected, "{date}");
    }
}

#[test]
fn what_was_settled_later_counts_as_open_and_later_documents_are_out() {
    let mut book = Book::default();
    book.invoice("I-1", "A", "2026-01-01", "2026-01-31", 10_000);
    book.payment("P-1", "A", "2026-03-10", 10_000);
    book.allocate("P-1", "I-1", "2026-03-10", 9_800, Extra { discount: 200, ..Extra::default() });
    book.invoice("I-2", "A", "2026-04-01", "2026-05-01", 7_000);
    assert_eq!(figures(&ask(&book, "2025-12-31")), "none");
    assert_eq!(figures(&ask(&book, "2026-03-09")), "1 x 0.00 0.00 100.00 0.00 0.00 | 0.00 = 100.00");
    assert_eq!(figures(&ask(&book, "2026-03-10")), "0 x 0.00 0.00 0.00 0.00 0.00 | -2.00 = -2.00");
    assert_eq!(figures(&ask(&book, "2026-04-01")), "1 x 70.00 0.00 0.00 0.00 0.00 | -2.00 = 68.00");
}

#[test]
fn a_settlement_undone_later_counts_until_the_day_of_its_undo() {
    let mut book = Book::default();
    book.invoice("I-1", "A", "2026-01-01", "2026-01-31", 10_000);
    book.payment("P-1", "A", "2026-02-10", 10_000);
    let link = book.allocate("P-1", "I-1", "2026-02-10", 10_000, Extra::default());
    book.undo(&link, "2026-02-20");
    assert_eq!(figures(&ask(&book, "2026-02-09")), "1 x 0.00 100.00 0.00 0.00 0.00 | 0.00 = 100.00");
    assert_eq!(figures(&ask(&book, "2026-02-19")), "0 x 0.00 0.00 0.00 0.00 0.00 | 0.00 = 0.00");
    assert_eq!(figures(&ask(&book, "2026-02-20")), "1 x 0.00 100.00 0.00 0.00 0.00 | -100.00 = 0.00");
    let before_undo = AsOf { effective: day("2026-02-20"), known: 3 };
    let found = aging(&book, before_undo, &AgingBy::default()).unwrap();
    assert_eq!(figures(&found), "0 x 0.00 0.00 0.00 0.00 0.00 | 0.00 = 0.00", "the undo is not known yet");
}

#[test]
fn credits_and_the_suspense_account_stand_in_their_own_column() {
    let mut book = Book::default();
    book.invoice("I-1", "A", "2026-01-01", "2026-01-31", 10_000);
    book.issue(DocumentKind::CreditMemo, "M-1", "A", "2026-01-05", usd(), &[("2026-01-05", 1_500)]);
    book.payment("P-1", "A", "2026-01-06", 500);
    book.payment("P-2", SUSPENSE, "2026-01-07", 4_000);
    assert_eq!(figures(&ask(&book, "2026-03-01")), "1 x 0.00 100.00 0.00 0.00 0.00 | -60.00 = 40.00");
    book.identify("P-2", "A", "2026-03-02");
    assert_eq!(figures(&ask(&book, "2026-03-02")), "1 x 0.00 100.00 0.00 0.00 0.00 | -60.00 = 40.00");
    let by = AgingBy { scope: Scope::account(&query_support::account("A")), ..AgingBy::default() };
    let before = aging(&book, as_of(&book, "2026-03-01"), &by).unwrap();
    assert_eq!(figures(&before), "1 x 0.00 100.00 0.00 0.00 0.00 | -20.00 = 80.00");
    let after = aging(&book, as_of(&book, "2026-03-02"), &by).unwrap();
    assert_eq!(figures(&after), "1 x 0.00 100.00 0.00 0.00 0.00 | -60.00 = 40.00");
}

#[test]
fn currencies_are_never_summed_and_stand_in_the_order_of_their_codes() {
    let mut book = Book::default();
    book.invoice("I-1", "A", "2026-01-01", "2026-01-31", 10_000);
    let cad = Currency::parse("CAD").unwrap();
    book.issue(
        DocumentKind::Invoice,
        "I-2",
        "A",
        "2026-01-01",
        cad,
        &[("2026-01-31", 300), ("2026-02-28", 4)],
    );
    let found = ask(&book, "2026-02-01");
    let totals = found.currencies.iter().map(|c| format!("{} {} {}", c.currency, c.open_items, c.total));
    assert_eq!(totals.collect::<Vec<_>>(), ["CAD 2 3.04", "USD 1 100.00"]);
}

#[test]
fn the_json_by_account_and_by_item_adds_to_the_summary() {
    let mut book = Book::default();
    book.invoice("I-1", "B", "2026-01-01", "2026-01-31", 10_000);
    book.payment("P-1", "A", "2026-01-06", 500);
    let by = AgingBy { buckets: Buckets::new(&[]).unwrap(), ..AgingBy::default() };
    let accounts = aging_by_account(&book, as_of(&book, "2026-02-01"), &by).unwrap();
    insta::assert_snapshot!(serde_json::to_string(&accounts.currencies[0].accounts).unwrap(), @r#"[{"account":"A","open_items":0,"buckets":[{"label":"current","from":null,"to":0,"amount":"0.00"},{"label":"1+","from":1,"to":null,"amount":"0.00"}],"unapplied":"-5.00","total":"-5.00"},{"account":"B","open_items":1,"buckets":[{"label":"current","from":null,"to":0,"amount":"0.00"},{"label":"1+","from":1,"to":null,"amount":"100.00"}],"unapplied":"0.00","total":"100.00"}]"#);
    let items = aging_by_item(&book, as_of(&book, "2026-02-01"), &by).unwrap();
    insta::assert_snapshot!(serde_json::to_string(&items.currencies[0].items).unwrap(), @r#"[{"account":"A","item":"P-1","kind":"payment","document_date":"2026-01-06","due":"2026-01-06","days":26,"bucket":"unapplied","open":"-5.00"},{"account":"B","item":"I-1","kind":"invoice","document_date":"2026-01-01","due":"2026-01-31","days":1,"bucket":"1+","open":"100.00"}]"#);
}

#[test]
fn bucket_edges_that_do_not_ascend_are_refused() {
    for edges in [&[0_u16] as &[u16], &[30, 30], &[60, 30]] {
        assert!(Buckets::new(edges).is_err(), "{edges:?}");
    }
    assert!(Buckets::new(&(1..=61).collect::<Vec<_>>()).is_err(), "too many");
    let error = Buckets::new(&[60, 30]).unwrap_err().to_string();
    insta::assert_snapshot!(error, @"bucket edge 30 does not come after 60; give them in ascending order, from 1 up");
}

/// In how many buckets a day lies, by their bounds.
fn holders(days: i32, bounds: &[(Option<i32>, Option<i32>)]) -> usize {
    let inside = |(from, to): &&(Option<i32>, Option<i32>)| {
        from.is_none_or(|from| from <= days) && to.is_none_or(|to| days <= to)
    };
    bounds.iter().filter(inside).count()
}

fn any_edges() -> impl Strategy<Value = Vec<u16>> {
    prop::collection::btree_set(1_u16..2_000, 0..8).prop_map(|edges| edges.into_iter().collect())
}

proptest! {
    #[test]
    fn inv_40_every_day_lies_in_exactly_one_bucket(edges in any_edges(), days in -40_000..40_000_i32) {
        let buckets = Buckets::new(&edges).unwrap();
        let bounds: Vec<_> = (0..buckets.count()).map(|n| buckets.bounds(n)).collect();
        for days in [days, days % 2_100] {
            prop_assert_eq!(holders(days, &bounds), 1);
            let (from, to) = buckets.bounds(buckets.of(days));
            prop_assert!(from.is_none_or(|from| from <= days) && to.is_none_or(|to| days <= to));
        }
    }

    #[test]
    fn inv_40_the_columns_add_up_to_everything_open(steps in steps(40), edges in any_edges()) {
        let book = play(&steps);
        let by = AgingBy { buckets: Buckets::new(&edges).unwrap(), ..AgingBy::default() };
        for offset in (0..130).step_by(13) {
            let as_of = AsOf::head(&book, on(offset));
            prop_assert_eq!(partition(&book, as_of, &by, None), Ok(()));
        }
    }

    #[test]
    fn inv_39_later_rows_never_change_an_earlier_answer(steps in steps(40), cut in 1_u64..40, offset in 0..130) {
        let book = play(&steps);
        let known = cut.min(book.head());
        let then = book.upto(known);
        let as_of = AsOf { effective: on(offset), known };
        prop_assert_eq!(answers(&book, as_of), answers(&then, as_of));
    }

    #[test]
    fn inv_41_a_bucket_never_gets_younger_and_days_go_up_by_one(due in 0..40_000_i32, edges in any_edges()) {
        let buckets = Buckets::new(&edges).unwrap();
        let due = Date::MIN.add_days(due).unwrap();
        prop_assert_eq!(only_moves_on(due, 500, &buckets, |due, day| due.days_until(day)), Ok(()));
    }
}

/// Compares an aging with the naive sum over rows; `twice` counts one bucket a second time.
fn partition(book: &Book, as_of: AsOf, by: &AgingBy, twice: Option<usize>) -> Result<(), String> {
    let summary = aging(book, as_of, by).unwrap();
    let accounts = aging_by_account(book, as_of, by).unwrap();
    let items = aging_by_item(book, as_of, by).unwrap();
    for (n, totals) in summary.currencies.iter().enumerate() {
        let mut columns: i64 = totals.buckets.iter().map(|b| b.amount.minor()).sum();
        columns += twice.map_or(0, |n| totals.buckets[n].amount.minor());
        let rows = book.items.values().filter(|row| row.currency == totals.currency);
        let mut naive = (0, 0, 0);
        for row in rows {
            let open = naive_open(book, &row.item, as_of);
            match row.side {
                Side::Debit => naive = (naive.0 + open, naive.1 + i64::from(open > 0), naive.2),
                Side::Credit => naive.2 -= open,
            }
        }
        let found = (columns, totals.open_items as i64, totals.unapplied.minor());
        if found != naive || totals.total.minor() != naive.0 + naive.2 {
            return Err(format!("{found:?} is not {naive:?}"));
        }
        let of_accounts: i64 =
            accounts.currencies[n].accounts.iter().flatten().map(|a| a.total.minor()).sum();
        let of_items: i64 = items.currencies[n].items.iter().flatten().map(|i| i.open.minor()).sum();
        if of_accounts != totals.total.minor() || of_items != totals.total.minor() {
            return Err(format!("{of_accounts} and {of_items} are not {}", totals.total));
        }
    }
    Ok(())
}

#[test]
fn inv_40_catches_overlapping_edges_and_a_bucket_counted_twice() {
    let overlapping = [(None, Some(0)), (Some(1), Some(30)), (Some(30), Some(60)), (Some(61), None)];
    assert_eq!(holders(30, &overlapping), 2);
    let with_gap = [(None, Some(0)), (Some(1), Some(30)), (Some(32), None)];
    assert_eq!(holders(31, &with_gap), 0);
    let mut book = Book::default();
    book.invoice("I-1", "A", "2026-01-01", "2026-01-31", 10_000);
    let as_of = as_of(&book, "2026-02-10");
    assert_eq!(partition(&book, as_of, &AgingBy::default(), None), Ok(()));
    assert!(partition(&book, as_of, &AgingBy::default(), Some(1)).is_err());
}

/// Everything an earlier reader may have kept.
fn answers(book: &Book, as_of: AsOf) -> Vec<String> {
    let by = AgingBy::default();
    let json = |value: Result<String, serde_json::Error>| value.unwrap();
    vec![
        json(serde_json::to_string(&aging(book, as_of, &by).unwrap())),
        json(serde_json::to_string(&aging_by_account(book, as_of, &by).unwrap())),
        json(serde_json::to_string(&aging_by_item(book, as_of, &by).unwrap())),
        json(serde_json::to_string(&roll_forward(book, on(0), as_of, &Scope::All).ok())),
        json(serde_json::to_string(&trial_balance(book, as_of).unwrap())),
        json(serde_json::to_string(&tie_out(book, as_of).unwrap())),
        json(serde_json::to_string(
            &documents(book, as_of, &DocumentFilter::default(), None, 1_000).unwrap(),
        )),
        json(serde_json::to_string(&journal(book, as_of, None, 0, 1_000).unwrap())),
    ]
}

#[test]
fn inv_39_catches_a_report_that_ignores_the_known_position() {
    let mut book = Book::default();
    book.invoice("I-1", "A", "2026-01-01", "2026-01-31", 10_000);
    book.payment("P-1", "A", "2026-01-20", 10_000);
    book.allocate("P-1", "I-1", "2026-01-20", 10_000, Extra::default());
    let (then, kept) = (book.upto(1), AsOf { effective: day("2026-01-31"), known: 1 });
    assert_eq!(answers(&book, kept), answers(&then, kept));
    let today = AsOf { known: book.head(), ..kept };
    assert_ne!(answers(&book, today), answers(&then, kept), "a late back-dated payment shows");
}

/// Ages one due date over consecutive days.
fn only_moves_on(
    due: Date,
    count: i32,
    buckets: &Buckets,
    days: impl Fn(Date, Date) -> i32,
) -> Result<(), String> {
    let mut last: Option<(i32, usize)> = None;
    for offset in -5..count {
        let Ok(day) = due.add_days(offset) else { continue };
        let now = (days(due, day), buckets.of(days(due, day)));
        if let Some((before, bucket)) = last.filter(|(days, bucket)| now.0 != days + 1 || now.1 < *bucket) {
            return Err(format!("{day}: {now:?} after {:?}", (before, bucket)));
        }
        last = Some(now);
    }
    Ok(())
}

#[test]
fn inv_41_catches_years_of_365_days() {
    let short_years = |due: Date, day: Date| {
        let number = |date: Date| date.year() * 365 + Date::new(date.year(), 1, 1).unwrap().days_until(date);
        number(day) - number(due)
    };
    let leap = day("2024-11-30");
    assert_eq!(only_moves_on(leap, 90, &Buckets::default(), |due, day| due.days_until(day)), Ok(()));
    assert!(only_moves_on(leap, 90, &Buckets::default(), short_years).is_err());
}

#[test]
fn columns_loaded_for_some_accounts_answer_as_the_whole_book_does() {
    let mut book = Book::default();
    book.invoice("I-1", "A", "2026-01-01", "2026-01-31", 10_000);
    book.payment("P-1", "B", "2026-01-20", 4_000);
    book.allocate("P-1", "I-1", "2026-01-20", 4_000, Extra::default());
    for name in ["A", "B"] {
        let by = AgingBy { scope: Scope::account(&query_support::account(name)), ..AgingBy::default() };
        let as_of = as_of(&book, "2026-02-01");
        let whole: Result<Aging, QueryError<()>> = aging_of(&book.columns, as_of, &by);
        assert_eq!(aging(&book, as_of, &by).unwrap(), whole.unwrap());
    }
}

#[test]
fn columns_refuse_rows_that_no_log_gives() {
    let mut book = Book::default();
    book.invoice("I-1", "A", "2026-01-01", "2026-01-31", 10_000);
    book.payment("P-1", "A", "2026-01-20", 4_000);
    let link = book.allocate("P-1", "I-1", "2026-01-20", 4_000, Extra::default());
    let (invoice, link) = (&book.items[&query_support::item("I-1")], &book.links[&link]);
    let mut columns = Columns::of_book();
    assert_eq!(
        columns.push_link(link).unwrap_err().to_string(),
        "a settlement names item P-1, which is not there"
    );
    columns.push_item(invoice).unwrap();
    assert!(matches!(columns.push_item(invoice), Err(ColumnsError::ItemTwice(_))));
    let mut later = book.columns.clone();
    assert!(matches!(later.push_item(invoice), Err(ColumnsError::OutOfOrder { position: 1, last: 3 })));
}
