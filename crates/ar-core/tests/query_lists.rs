//! Lists by filter, page by page: open items, documents, accounts; and the status of an item.

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

use ar_core::account::{AccountClass, CreditLimit, Hold};
use ar_core::book::Counts;
use ar_core::document::{DocumentKind, Side};
use ar_core::event::Event;
use ar_core::payment::SUSPENSE;
use ar_core::query::*;
use ar_core::{ActorId, Attributes, DateRange, ItemId, Text};
use proptest::prelude::*;
use query_support::random::{on, play, steps};
use query_support::{Book, Extra, account, day, issued, item, usd};

fn ids(page: &OpenItemsPage) -> Vec<String> {
    page.items.iter().map(|row| row.item.to_string()).collect()
}

fn list(book: &Book, date: &str, filter: &ItemFilter) -> Vec<String> {
    ids(&open_items(book, AsOf::head(book, day(date)), filter, ItemOrder::Due, None, 100).unwrap())
}

proptest! {
    #[test]
    fn inv_22_every_item_has_one_status_and_it_follows_from_its_figures(
        original in 0_i64..1_000_000_000_000_000, open in 0_i64..1_000_000_000_000_000, late in -400..400_i32,
    ) {
        for open in [open.min(original), original, 0] {
            prop_assert_eq!(agrees(open, original, late, |o, of, l| {
                status(o, of, on(0), on(0).add_days(l).unwrap())
            }), Ok(()));
        }
    }

    #[test]
    fn paging_shows_every_open_item_once_in_order_whatever_comes_in_between(
        steps in steps(60), cut in 1_u64..60, offset in 30..130, limit in 1_usize..7, by_id: bool,
    ) {
        let book = play(&steps);
        let mut growing = book.upto(cut.min(book.head()));
        let as_of = AsOf { effective: on(offset), known: growing.head() };
        let order = if by_id { ItemOrder::Id } else { ItemOrder::Due };
        let filter = ItemFilter::default();
        let whole = open_items(&growing, as_of, &filter, order, None, 1_000).unwrap();
        prop_assert!(whole.next.is_none());
        let (mut paged, mut after, mut known) = (Vec::new(), None, growing.head());
        loop {
            let page = open_items(&growing, as_of, &filter, order, after.as_ref(), limit).unwrap();
            prop_assert!(page.items.len() <= limit);
            paged.extend(page.items);
            after = page.next;
            known += 3;
            growing = book.upto(known.min(book.head()));
            if after.is_none() { break }
        }
        prop_assert_eq!(paged, whole.items);
    }
}

/// Checks a status function against the definition.
fn agrees(
    open: i64,
    original: i64,
    late: i32,
    status: impl Fn(i64, i64, i32) -> Status,
) -> Result<(), String> {
    let found = status(open, original, late);
    let claims = [
        (Settlement::Paid, open == 0),
        (Settlement::PartPaid, 0 < open && open < original),
        (Settlement::Open, open == original && open > 0),
    ];
    let holding: Vec<_> = claims.iter().filter(|(_, holds)| *holds).map(|(claim, _)| *claim).collect();
    if holding != [found.settlement] || found.overdue != (open > 0 && late > 0) {
        return Err(format!("{open} of {original}, {late} days late: {found:?}"));
    }
    Ok(())
}

#[test]
fn inv_22_catches_a_paid_flag_that_survives_the_bounced_payment() {
    // A stored flag remembers that nothing was open once.
    let flag = |_: i64, _: i64, _: i32| Status { settlement: Settlement::Paid, overdue: false };
    assert!(agrees(0, 10_000, 5, flag).is_ok());
    assert!(agrees(10_000, 10_000, 5, flag).is_err(), "the payment came back");
    let mut book = Book::default();
    book.invoice("I-1", "A", "2026-01-01", "2026-01-31", 10_000);
    book.payment("P-1", "A", "2026-02-10", 10_000);
    let link = book.allocate("P-1", "I-1", "2026-02-10", 10_000, Extra::default());
    assert!(list(&book, "2026-02-10", &ItemFilter::default()).is_empty());
    book.undo(&link, "2026-02-20");
    let as_of = AsOf::head(&book, day("2026-02-20"));
    let page = open_items(&book, as_of, &ItemFilter::default(), ItemOrder::Due, None, 10).unwrap();
    assert_eq!((page.items[0].status, page.items[0].overdue), (Settlement::Open, true));
}

#[test]
fn the_json_of_open_items_has_the_documented_form() {
    let mut book = Book::default();
    book.invoice("I-1", "A", "2026-01-01", "2026-01-31", 10_000);
    book.payment("P-1", "A", "2026-02-10", 2_500);
    book.allocate("P-1", "I-1", "2026-02-10", 1_000, Extra::default());
    let as_of = AsOf::head(&book, day("2026-02-10"));
    let page = open_items(&book, as_of, &ItemFilter::default(), ItemOrder::Due, None, 10).unwrap();
    insta::assert_snapshot!(serde_json::to_string(&page).unwrap(), @r#"{"as_of":"2026-02-10","known":3,"items":[{"account":"A","item":"I-1","kind":"invoice","side":"debit","currency":"USD","document_date":"2026-01-01","date":"2026-01-01","due":"2026-01-31","original":"100.00","open":"90.00","status":"part_paid","overdue":true,"days":10},{"account":"A","item":"P-1","kind":"payment","side":"credit","currency":"USD","document_date":"2026-02-10","date":"2026-02-10","due":"2026-02-10","original":"-25.00","open":"-15.00","status":"part_paid","overdue":false,"days":0,"reference":"wire 7"}],"next":null}"#);
}

#[test]
fn items_of_one_due_date_stand_by_document_date_and_then_by_id() {
    let mut book = Book::default();
    book.invoice("I-9", "A", "2026-01-02", "2026-01-31", 1);
    book.invoice("I-3", "A", "2026-01-02", "2026-01-31", 1);
    book.invoice("I-5", "A", "2026-01-01", "2026-01-31", 1);
    book.invoice("I-1", "A", "2026-01-01", "2026-02-28", 1);
    assert_eq!(list(&book, "2026-01-02", &ItemFilter::default()), ["I-5", "I-3", "I-9", "I-1"]);
}

fn pairs(key: &str, value: &str) -> Attributes {
    let mut all = Attributes::default();
    all.set(key, Text::parse(value).unwrap()).unwrap();
    all
}

fn filtered() -> Book {
    let mut book = Book::default();
    book.open("A", "2026-01-01", |row| row.profile.class = AccountClass::Export);
    book.open("B", "2026-01-01", |row| {
        row.profile.collector = Some(ActorId::parse("carl").unwrap());
        row.profile.attributes = pairs("territory", "north");
    });
    let mut tagged = issued(
        DocumentKind::Invoice,
        "I-1",
        "A",
        "2026-01-05",
        usd(),
        &[("2026-02-04", 100), ("2026-03-06", 50)],
    );
    tagged.attributes = pairs("project", "P7");
    book.push(Event::DocumentIssued(Box::new(tagged)));
    book.invoice("I-2", "B", "2026-01-10", "2026-02-09", 200);
    book.payment("P-1", "B", "2026-01-20", 300);
    book.issue(DocumentKind::DebitMemo, "D-1", "B", "2026-01-11", usd(), &[("2026-01-11", 70)]);
    book
}

#[test]
fn every_filter_on_items_keeps_what_it_names() {
    let book = filtered();
    let span = |from: &str, to: &str| Some(DateRange { from: day(from), to: day(to) });
    let none = ItemFilter::default;
    let of = |accounts: AccountFilter| ItemFilter { accounts, ..ItemFilter::default() };
    for (name, filter, expected) in [
        ("none", none(), vec!["D-1", "P-1", "I-1", "I-2", "I-1#2"]),
        ("account", of(AccountFilter::scope(Scope::account(&account("A")))), vec!["I-1", "I-1#2"]),
        ("side", ItemFilter { side: Some(Side::Credit), ..none() }, vec!["P-1"]),
        ("kind", ItemFilter { kinds: vec![DocumentKind::DebitMemo], ..none() }, vec!["D-1"]),
        ("due", ItemFilter { due: span("2026-02-05", "2026-03-06"), ..none() }, vec!["I-2", "I-1#2"]),
        (
            "document date",
            ItemFilter { document_date: span("2026-01-10", "2026-01-11"), ..none() },
            vec!["D-1", "I-2"],
        ),
        ("overdue", ItemFilter { overdue: true, ..none() }, vec!["D-1", "I-1"]),
        ("attributes", ItemFilter { attributes: pairs("project", "P7"), ..none() }, vec!["I-1", "I-1#2"]),
        ("other value", ItemFilter { attributes: pairs("project", "P8"), ..none() }, vec![]),
        (
            "class",
            of(AccountFilter { class: Some(AccountClass::Export), ..Default::default() }),
            vec!["I-1", "I-1#2"],
        ),
        (
            "collector",
            of(AccountFilter { collector: Some(ActorId::parse("carl").unwrap()), ..Default::default() }),
            vec!["D-1", "P-1", "I-2"],
        ),
        (
            "account attributes",
            of(AccountFilter { attributes: pairs("territory", "north"), ..Default::default() }),
            vec!["D-1", "P-1", "I-2"],
        ),
    ] {
        assert_eq!(list(&book, "2026-02-09", &filter), expected, "{name}");
    }
}

#[test]
fn items_are_filtered_by_what_they_count_for_and_tell_it() {
    let mut book = filtered();
    let partly = [("I-5", false, true), ("I-6", true, false), ("I-7", false, false)];
    for (id, credit, dunning) in partly {
        let mut claim = issued(DocumentKind::Invoice, id, "A", "2026-01-08", usd(), &[("2026-02-10", 10)]);
        claim.items[0].counts = Counts { credit, dunning };
        book.push(Event::DocumentIssued(Box::new(claim)));
    }
    let of = |credit, dunning| ItemFilter {
        counts_for_credit: credit,
        counts_for_dunning: dunning,
        ..ItemFilter::default()
    };
    let all = ["D-1", "P-1", "I-1", "I-2", "I-5", "I-6", "I-7", "I-1#2"];
    assert_eq!(list(&book, "2026-02-09", &of(None, None)), all);
    assert_eq!(list(&book, "2026-02-09", &of(Some(false), None)), ["I-5", "I-7"]);
    assert_eq!(list(&book, "2026-02-09", &of(None, Some(false))), ["I-6", "I-7"]);
    assert_eq!(list(&book, "2026-02-09", &of(Some(false), Some(false))), ["I-7"]);
    let full = ["D-1", "P-1", "I-1", "I-2", "I-1#2"];
    assert_eq!(list(&book, "2026-02-09", &of(Some(true), Some(true))), full);
    let as_of = AsOf::head(&book, day("2026-02-09"));
    let page = open_items(&book, as_of, &of(Some(false), None), ItemOrder::Due, None, 10).unwrap();
    let told: Vec<_> =
        page.items.iter().map(|item| serde_json::to_value(item).unwrap()["counts"].to_string()).collect();
    assert_eq!(told, [r#"{"credit":false}"#, r#"{"credit":false,"dunning":false}"#]);
}

#[test]
fn a_page_has_at_least_one_row_and_at_most_a_thousand() {
    let book = filtered();
    let ask = |after: Option<&ItemId>, limit| {
        let as_of = AsOf::head(&book, day("2026-02-09"));
        open_items(&book, as_of, &ItemFilter::default(), ItemOrder::Due, after, limit)
    };
    assert_eq!(ask(None, 0).unwrap_err().code(), "query.page");
    assert_eq!(ask(None, 1_000_000_000).unwrap_err().code(), "query.page");
    assert_eq!(ask(Some(&item("I-77")), 10).unwrap_err().code(), "query.cursor");
    assert_eq!(ids(&ask(Some(&item("I-1")), 1).unwrap()), ["I-2"]);
}

#[test]
fn documents_say_what_is_open_on_them_as_of_the_day() {
    let mut book = filtered();
    book.allocate("P-1", "I-2", "2026-02-01", 200, Extra::default());
    let ask = |date: &str, filter: &DocumentFilter| {
        let page = documents(&book, AsOf::head(&book, day(date)), filter, None, 10).unwrap();
        let line = |d: &DocumentSummary| format!("{} {} {:?} {}", d.document, d.open, d.status, d.overdue);
        page.documents.iter().map(line).collect::<Vec<_>>()
    };
    let none = DocumentFilter::default;
    assert_eq!(ask("2026-01-10", &none()), ["I-1 1.50 Open false", "I-2 2.00 Open false"]);
    assert_eq!(
        ask("2026-02-05", &none()),
        ["D-1 0.70 Open true", "I-1 1.50 Open true", "I-2 0.00 Paid false", "P-1 -1.00 PartPaid false"]
    );
    let paid = DocumentFilter { open: Some(false), ..none() };
    assert_eq!(ask("2026-02-05", &paid), ["I-2 0.00 Paid false"]);
    let payments = DocumentFilter { kinds: vec![DocumentKind::Payment], ..none() };
    assert_eq!(ask("2026-01-31", &payments), ["P-1 -3.00 Open false"]);
    let tagged = DocumentFilter { attributes: pairs("project", "P7"), ..none() };
    assert_eq!(ask("2026-02-05", &tagged), ["I-1 1.50 Open true"]);
}

#[test]
fn documents_come_in_pages_by_id() {
    let book = filtered();
    let as_of = AsOf::head(&book, day("2026-02-09"));
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = documents(&book, as_of, &DocumentFilter::default(), after.as_ref(), 1).unwrap();
        found.extend(page.documents.iter().map(|d| d.document.to_string()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, ["D-1", "I-1", "I-2", "P-1"]);
}

#[test]
fn an_identified_payment_stood_on_the_suspense_account_before() {
    let mut book = Book::default();
    book.payment("P-1", SUSPENSE, "2026-01-10", 500);
    book.identify("P-1", "A", "2026-01-20");
    let ask = |date: &str, of: &str| {
        let accounts = AccountFilter::scope(Scope::account(&account(of)));
        let filter = DocumentFilter { accounts, ..DocumentFilter::default() };
        let page = documents(&book, AsOf::head(&book, day(date)), &filter, None, 10).unwrap();
        page.documents.iter().map(|d| format!("{} {}", d.account, d.open)).collect::<Vec<_>>()
    };
    assert_eq!(ask("2026-01-19", SUSPENSE), ["~unidentified -5.00"]);
    assert!(ask("2026-01-19", "A").is_empty());
    assert_eq!(ask("2026-01-20", "A"), ["A -5.00"]);
    assert!(ask("2026-01-20", SUSPENSE).is_empty());
}

#[test]
fn accounts_show_balances_limit_and_hold_as_known() {
    let mut book = filtered();
    let known = book.head();
    book.open("B", "2026-02-01", |row| {
        row.limit = CreditLimit::Zero;
        row.hold =
            Some(Hold { reason: Text::parse("late").unwrap(), since: day("2026-02-01"), by_credit: false });
    });
    let as_of = AsOf::head(&book, day("2026-02-10"));
    let page = accounts(&book, as_of, &AccountFilter::default(), None, 10).unwrap();
    insta::assert_snapshot!(serde_json::to_string(&page).unwrap(), @r#"{"as_of":"2026-02-10","known":7,"accounts":[{"account":"A","version":1,"opened":"2026-01-01","class":"export","debtor":"business","limit":"none","balances":[{"currency":"USD","open_items":2,"debit":"1.50","overdue":"1.00","unapplied":"0.00","balance":"1.50"}]},{"account":"B","version":2,"opened":"2026-01-01","class":"domestic","debtor":"business","collector":"carl","limit":"zero","hold":{"reason":"late","since":"2026-02-01","by_credit":false},"attributes":{"territory":"north"},"balances":[{"currency":"USD","open_items":2,"debit":"2.70","overdue":"2.70","unapplied":"-3.00","balance":"-0.30"}]}],"next":null}"#);
    let held = AccountFilter { on_hold: Some(true), ..AccountFilter::default() };
    let count = |as_of| accounts(&book, as_of, &held, None, 10).unwrap().accounts.len();
    assert_eq!(count(as_of), 1);
    assert_eq!(count(AsOf { effective: day("2026-01-31"), ..as_of }), 0, "not yet on that day");
    assert_eq!(count(AsOf { known, ..as_of }), 0, "not yet recorded");
    let first = accounts(&book, as_of, &AccountFilter::default(), None, 1).unwrap();
    assert_eq!(first.next, Some(account("A")));
    let second = accounts(&book, as_of, &AccountFilter::default(), first.next.as_ref(), 1).unwrap();
    assert_eq!((second.accounts[0].account.clone(), second.next), (account("B"), None));
}
