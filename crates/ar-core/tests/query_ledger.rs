//! Statements, roll-forward, trial balance, tie-out and exposure.

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

use ar_core::account::CreditLimit;
use ar_core::document::DocumentKind;
use ar_core::event::Event;
use ar_core::payment::SUSPENSE;
use ar_core::query::*;
use ar_core::{Currency, Date, Money};
use proptest::prelude::*;
use query_support::random::{on, play, steps};
use query_support::{Book, Extra, account, day, issued, of, usd};

fn year() -> Book {
    let mut book = Book::default();
    for id in ["A", "B"] {
        book.open(id, "2026-01-01", |_| {});
    }
    book.invoice("I-1", "A", "2026-01-05", "2026-02-04", 10_000);
    book.invoice("I-2", "A", "2026-02-05", "2026-03-07", 20_000);
    book.payment("P-1", "A", "2026-02-03", 9_800);
    book.allocate("P-1", "I-1", "2026-02-03", 9_800, Extra { discount: 200, ..Extra::default() });
    book.issue(DocumentKind::CreditMemo, "M-1", "A", "2026-02-10", usd(), &[("2026-02-10", 1_000)]);
    book.allocate("M-1", "I-2", "2026-02-12", 1_000, Extra::default());
    book.write_off("I-2", "2026-03-20", 500);
    book.payment("P-2", SUSPENSE, "2026-03-01", 4_000);
    book.identify("P-2", "A", "2026-03-05");
    book.invoice("I-3", "B", "2026-03-02", "2026-04-01", 700);
    book.allocate("P-2#2", "I-3", "2026-03-06", 700, Extra::default());
    book
}

#[test]
fn inv_43_both_forms_of_a_statement_close_on_the_same_number() {
    let book = year();
    let as_of = AsOf::head(&book, day("2026-03-31"));
    let head = Some("ab12".to_owned());
    let open = open_item_statement(&book, as_of, &account("A"), head.clone()).unwrap();
    insta::assert_snapshot!(serde_json::to_string(&open).unwrap(), @r#"{"source":{"account":"A","as_of":"2026-03-31","known":13,"head":"ab12"},"currencies":[{"currency":"USD","items":[{"item":"P-2#2","kind":"payment","document_date":"2026-03-01","due":"2026-03-01","original":"-40.00","open":"-33.00","status":"part_paid","overdue":false,"balance":"-33.00"},{"item":"I-2","kind":"invoice","document_date":"2026-02-05","due":"2026-03-07","original":"200.00","open":"185.00","status":"part_paid","overdue":true,"balance":"152.00"}],"closing":"152.00","aging":{"currency":"USD","open_items":1,"buckets":[{"label":"current","from":null,"to":0,"amount":"0.00"},{"label":"1-30","from":1,"to":30,"amount":"185.00"},{"label":"31-60","from":31,"to":60,"amount":"0.00"},{"label":"61-90","from":61,"to":90,"amount":"0.00"},{"label":"91+","from":91,"to":null,"amount":"0.00"}],"unapplied":"-33.00","total":"152.00"}}]}"#);
    let forward = balance_forward_statement(&book, day("2026-02-01"), as_of, &account("A"), head).unwrap();
    insta::assert_snapshot!(serde_json::to_string(&forward.currencies[0].movements).unwrap(), @r#"[{"date":"2026-02-03","position":5,"item":"P-1","class":"payments","amount":"-98.00","balance":"2.00"},{"date":"2026-02-03","position":6,"item":"I-1","class":"discounts","amount":"-2.00","balance":"0.00"},{"date":"2026-02-05","position":4,"item":"I-2","class":"invoices","amount":"200.00","balance":"200.00"},{"date":"2026-02-10","position":7,"item":"M-1","class":"credit_memos","amount":"-10.00","balance":"190.00"},{"date":"2026-03-05","position":11,"item":"P-2#2","class":"transfers","amount":"-40.00","balance":"150.00"},{"date":"2026-03-06","position":13,"item":"P-2#2","class":"transfers","amount":"7.00","balance":"157.00"},{"date":"2026-03-20","position":9,"item":"I-2","class":"write_offs","amount":"-5.00","balance":"152.00"}]"#);
    assert_eq!(forward.currencies[0].closing, open.currencies[0].closing);
    assert_eq!(forward.currencies[0].opening.to_string(), "100.00");
    let unknown = open_item_statement(&book, as_of, &account("Z"), None).unwrap_err();
    assert_eq!(unknown.code(), "query.account");
    let turned = balance_forward_statement(&book, day("2026-04-01"), as_of, &account("A"), None).unwrap_err();
    assert_eq!(turned.code(), "query.period");
}

#[test]
fn a_roll_forward_names_every_movement_once() {
    let book = year();
    let as_of = AsOf::head(&book, day("2026-03-31"));
    let found = roll_forward(&book, day("2026-02-01"), as_of, &Scope::All).unwrap();
    insta::assert_snapshot!(serde_json::to_string(&found).unwrap(), @r#"{"from":"2026-02-01","as_of":"2026-03-31","known":13,"currencies":[{"currency":"USD","total":{"opening":"100.00","brought_forward":"0.00","invoices":"207.00","debit_memos":"0.00","interest":"0.00","fees":"0.00","returns":"0.00","refunds":"0.00","credit_memos":"-10.00","payments":"-138.00","discounts":"-2.00","tolerances":"0.00","withholding":"0.00","write_offs":"-5.00","recoveries":"0.00","voids":"0.00","transfers":"0.00","netting":"0.00","closing":"152.00","unexplained":"0.00"},"accounts":[{"account":"A","schedule":{"opening":"100.00","brought_forward":"0.00","invoices":"200.00","debit_memos":"0.00","interest":"0.00","fees":"0.00","returns":"0.00","refunds":"0.00","credit_memos":"-10.00","payments":"-98.00","discounts":"-2.00","tolerances":"0.00","withholding":"0.00","write_offs":"-5.00","recoveries":"0.00","voids":"0.00","transfers":"-33.00","netting":"0.00","closing":"152.00","unexplained":"0.00"}},{"account":"B","schedule":{"opening":"0.00","brought_forward":"0.00","invoices":"7.00","debit_memos":"0.00","interest":"0.00","fees":"0.00","returns":"0.00","refunds":"0.00","credit_memos":"0.00","payments":"0.00","discounts":"0.00","tolerances":"0.00","withholding":"0.00","write_offs":"0.00","recoveries":"0.00","voids":"0.00","transfers":"-7.00","netting":"0.00","closing":"0.00","unexplained":"0.00"}},{"account":"~unidentified","schedule":{"opening":"0.00","brought_forward":"0.00","invoices":"0.00","debit_memos":"0.00","interest":"0.00","fees":"0.00","returns":"0.00","refunds":"0.00","credit_memos":"0.00","payments":"-40.00","discounts":"0.00","tolerances":"0.00","withholding":"0.00","write_offs":"0.00","recoveries":"0.00","voids":"0.00","transfers":"40.00","netting":"0.00","closing":"0.00","unexplained":"0.00"}}]}]}"#);
}

#[test]
fn voids_returns_refunds_and_what_is_owed_again_have_their_own_lines() {
    let mut book = Book::default();
    book.invoice("I-1", "A", "2026-01-05", "2026-02-04", 700);
    book.void("I-1", "2026-01-06");
    book.payment("P-1", "A", "2026-01-07", 5_000);
    book.refund("R-1", "P-1", "2026-01-08", 1_000);
    let asked = book.refund("R-2", "P-1", "2026-01-09", 500);
    book.void_refund(asked, "2026-01-10");
    book.reverse("P-1", "2026-01-20", 4_000, 1_000);
    let as_of = AsOf::head(&book, day("2026-01-31"));
    let found = roll_forward(&book, day("2026-01-01"), as_of, &Scope::All).unwrap();
    let s = &found.currencies[0].accounts[0].schedule;
    let shown = [s.invoices, s.voids, s.payments, s.refunds, s.returns, s.closing, s.unexplained];
    assert_eq!(
        shown.map(|amount| amount.to_string()),
        ["7.00", "-7.00", "-50.00", "10.00", "50.00", "10.00", "0.00"]
    );
    assert!(tie_out(&book, as_of).unwrap().ties);
    let ended = |date: &str| {
        let as_of = AsOf::head(&book, day(date));
        let page = documents(&book, as_of, &DocumentFilter::default(), None, 10).unwrap();
        page.documents.iter().map(|d| d.ended.map(|day| day.to_string())).collect::<Vec<_>>()
    };
    assert_eq!(ended("2026-01-19"), [Some("2026-01-06".to_owned()), None]);
    assert_eq!(ended("2026-01-20")[1], Some("2026-01-20".to_owned()));
    assert_eq!(ended("2026-01-05"), [None]);
}

/// The figures of a schedule between opening and closing.
fn explained(s: &Schedule) -> i64 {
    let parts = [
        s.opening,
        s.brought_forward,
        s.invoices,
        s.debit_memos,
        s.interest,
        s.fees,
        s.returns,
        s.refunds,
        s.credit_memos,
        s.payments,
        s.discounts,
        s.tolerances,
        s.withholding,
        s.write_offs,
        s.recoveries,
        s.voids,
        s.transfers,
        s.netting,
    ];
    parts.iter().map(|part| part.minor()).sum()
}

/// Rolls a book forward over the periods between cuts and checks that they chain.
fn chains(book: &Book, cuts: &[i32], roll: impl Fn(Date, AsOf) -> RollForward) -> Result<(), String> {
    type Closings = std::collections::BTreeMap<(Currency, String), i64>;
    let mut last: Option<Closings> = None;
    for pair in cuts.windows(2) {
        let (from, to) = (on(pair[0]), on(pair[1] - 1));
        let found = roll(from, AsOf::head(book, to));
        let mut openings = Closings::new();
        let mut closings = Closings::new();
        for currency in &found.currencies {
            for row in &currency.accounts {
                let (s, key) = (&row.schedule, (currency.currency, row.account.to_string()));
                if s.unexplained.minor() != 0 || explained(s) != s.closing.minor() {
                    return Err(format!("{key:?} to {to}: {s:?}"));
                }
                openings.insert(key.clone(), s.opening.minor());
                closings.insert(key, s.closing.minor());
            }
        }
        openings.retain(|_, minor| *minor != 0);
        closings.retain(|_, minor| *minor != 0);
        if last.is_some_and(|last| last != openings) {
            return Err(format!("the opening of {from} is not the closing before it"));
        }
        last = Some(closings);
    }
    Ok(())
}

proptest! {
    #[test]
    fn inv_42_opening_and_movements_are_closing_and_periods_chain(
        steps in steps(60), cuts in prop::collection::btree_set(0..170_i32, 2..6),
    ) {
        let book = play(&steps);
        let cuts: Vec<i32> = cuts.into_iter().collect();
        let roll = |from, as_of| roll_forward(&book, from, as_of, &Scope::All).unwrap();
        prop_assert_eq!(chains(&book, &cuts, roll), Ok(()));
    }

    #[test]
    fn inv_43_statements_foot_to_the_balance_on_every_day(steps in steps(60), offset in 0..170_i32) {
        let book = play(&steps);
        let as_of = AsOf::head(&book, on(offset));
        let from = on(offset / 2);
        for id in ["A", "B", "C", "D", SUSPENSE] {
            let id = account(id);
            let open = open_item_statement(&book, as_of, &id, None).unwrap();
            let forward = balance_forward_statement(&book, from, as_of, &id, None).unwrap();
            let by = AgingBy { scope: Scope::account(&id), ..AgingBy::default() };
            let aged = aging(&book, as_of, &by).unwrap();
            let totals: Vec<_> = aged.currencies.iter().map(|c| (c.currency, c.total)).collect();
            let closings: Vec<_> = open.currencies.iter().map(|c| (c.currency, c.closing)).collect();
            prop_assert_eq!(&closings, &totals);
            let closings: Vec<_> = forward.currencies.iter().map(|c| (c.currency, c.closing)).collect();
            prop_assert_eq!(&closings, &totals);
        }
    }

    #[test]
    fn inv_11_open_items_are_the_control_accounts_on_every_day_and_at_every_position(
        steps in steps(60), offset in 0..170_i32, known in 0_u64..60,
    ) {
        let book = play(&steps);
        for known in [known, book.head()] {
            let as_of = AsOf { effective: on(offset), known };
            let found = tie_out(&book, as_of).unwrap();
            prop_assert!(found.ties, "{:?}", found);
            let trial = trial_balance(&book, as_of).unwrap();
            prop_assert!(trial.totals.iter().all(|total| total.difference.minor() == 0));
            let control: i64 = trial.lines.iter().filter(|l| l.role.is_control()).map(|l| l.balance.minor()).sum();
            let aged = aging(&book, as_of, &AgingBy::default()).unwrap();
            let open: i64 = aged.currencies.iter().map(|c| c.total.minor()).sum();
            prop_assert_eq!(control, open);
        }
    }
}

#[test]
fn inv_42_catches_a_period_that_begins_a_day_late_and_a_class_left_out() {
    let mut book = Book::default();
    book.invoice("I-1", "A", &on(0).to_string(), &on(30).to_string(), 10_000);
    book.payment("P-1", "A", &on(10).to_string(), 9_800);
    book.allocate("P-1", "I-1", &on(10).to_string(), 9_800, Extra { discount: 200, ..Extra::default() });
    let right = |from, as_of| roll_forward(&book, from, as_of, &Scope::All).unwrap();
    assert_eq!(chains(&book, &[0, 5, 20], right), Ok(()));
    let late = |from: Date, as_of| right(from.add_days(1).unwrap(), as_of);
    assert!(chains(&book, &[0, 10, 20], late).is_err());
    let without_discounts = |from, as_of| {
        let mut found = right(from, as_of);
        for row in found.currencies.iter_mut().flat_map(|c| &mut c.accounts) {
            row.schedule.discounts = of(0, usd());
        }
        found
    };
    assert!(chains(&book, &[0, 5, 20], without_discounts).is_err());
}

#[test]
fn inv_11_catches_a_journal_line_posted_directly_to_the_control_account() {
    let mut book = year();
    let as_of = AsOf::head(&book, day("2026-03-31"));
    assert!(tie_out(&book, as_of).unwrap().ties);
    let mut manual = issued(DocumentKind::Invoice, "I-9", "A", "2026-03-31", usd(), &[("2026-03-31", 100)]);
    manual.posting.swap(0, 1);
    manual.posting[1].amount = of(150, usd());
    manual.posting[0].amount = of(-150, usd());
    book.push(Event::DocumentIssued(Box::new(manual)));
    let found = tie_out(&book, AsOf::head(&book, day("2026-03-31"))).unwrap();
    assert!(!found.ties);
    assert_eq!(found.lines[0].difference.to_string(), "-0.50");
    assert!(tie_out(&book, as_of).unwrap().ties, "it is not known yet there");
}

#[test]
fn the_json_of_trial_balance_and_tie_out_has_the_documented_form() {
    let book = year();
    let as_of = AsOf::head(&book, day("2026-03-01"));
    insta::assert_snapshot!(serde_json::to_string(&trial_balance(&book, as_of).unwrap()).unwrap(), @r#"{"as_of":"2026-03-01","known":13,"base":"USD","lines":[{"code":"1000","role":"cash","currency":"USD","debit":"138.00","credit":"0.00","balance":"138.00","base":"138.00"},{"code":"1200","role":"receivable","currency":"USD","debit":"310.00","credit":"120.00","balance":"190.00","base":"190.00"},{"code":"2300","role":"unapplied","currency":"USD","debit":"98.00","credit":"98.00","balance":"0.00","base":"0.00"},{"code":"2310","role":"unidentified","currency":"USD","debit":"0.00","credit":"40.00","balance":"-40.00","base":"-40.00"},{"code":"4000","role":"revenue","currency":"USD","debit":"10.00","credit":"300.00","balance":"-290.00","base":"-290.00"},{"code":"4800","role":"discount","currency":"USD","debit":"2.00","credit":"0.00","balance":"2.00","base":"2.00"}],"totals":[{"currency":"USD","debit":"558.00","credit":"558.00","difference":"0.00"}]}"#);
    insta::assert_snapshot!(serde_json::to_string(&tie_out(&book, as_of).unwrap()).unwrap(), @r#"{"as_of":"2026-03-01","known":13,"ties":true,"lines":[{"role":"receivable","code":"1200","currency":"USD","sub_ledger":"190.00","journal":"190.00","difference":"0.00"},{"role":"unapplied","code":"2300","currency":"USD","sub_ledger":"0.00","journal":"0.00","difference":"0.00"},{"role":"unidentified","code":"2310","currency":"USD","sub_ledger":"-40.00","journal":"-40.00","difference":"0.00"}]}"#);
}

#[test]
fn exposure_counts_open_items_orders_and_credits_of_the_group() {
    let mut book = Book::default();
    let limit = CreditLimit::Amount(Money::new(100_000, usd()).unwrap());
    book.open("A", "2026-01-01", |row| row.limit = limit);
    book.open("B", "2026-01-01", |row| row.profile.parent = Some(account("A")));
    book.invoice("I-1", "A", "2026-01-05", "2026-02-04", 10_000);
    book.invoice("I-2", "B", "2026-01-05", "2026-03-04", 5_000);
    book.order("O-1", "B", "2026-01-06", 7_000);
    book.payment("P-1", "A", "2026-01-07", 2_000);
    let known = book.head();
    book.bill("O-1", "I-3", "B", "2026-01-08", 3_000);
    book.order("O-2", "A", "2026-01-09", 900);
    let as_of = AsOf::head(&book, day("2026-02-05"));
    insta::assert_snapshot!(serde_json::to_string(&exposure(&book, as_of, &account("A")).unwrap()).unwrap(), @r#"{"account":"A","as_of":"2026-02-05","known":8,"limit":{"amount":"1000.00 USD"},"on_hold":false,"counts_orders":true,"counts_credits":true,"currencies":[{"currency":"USD","debit":"180.00","overdue":"130.00","unapplied":"-20.00","orders":"49.00","exposure":"209.00"}],"accounts":[{"account":"A","currencies":[{"currency":"USD","debit":"100.00","overdue":"100.00","unapplied":"-20.00","orders":"9.00","exposure":"89.00"}]},{"account":"B","currencies":[{"currency":"USD","debit":"80.00","overdue":"30.00","unapplied":"0.00","orders":"40.00","exposure":"120.00"}]}]}"#);
    let before = exposure(&book, AsOf { known, ..as_of }, &account("A")).unwrap();
    assert_eq!(before.currencies[0].orders.to_string(), "70.00", "as it was reported, before it was billed");
    assert_eq!(before, exposure(&book.upto(known), AsOf { known, ..as_of }, &account("A")).unwrap());
    assert_eq!(exposure(&book, as_of, &account("Z")).unwrap_err().code(), "query.account");
}

#[test]
fn what_does_not_count_for_credit_is_owed_and_is_no_part_of_the_exposure() {
    let mut book = Book::default();
    book.open("A", "2026-01-01", |_| ());
    book.open("B", "2026-01-01", |row| row.profile.parent = Some(account("A")));
    book.invoice("I-1", "A", "2026-01-05", "2026-02-04", 10_000);
    for (id, of_account, minor) in [("I-2", "A", 3_000), ("I-3", "B", 500)] {
        let parts = [("2026-02-04", minor)];
        let mut claim = issued(DocumentKind::DebitMemo, id, of_account, "2026-01-06", usd(), &parts);
        claim.items[0].counts.credit = false;
        book.push(Event::DocumentIssued(Box::new(claim)));
    }
    let told = |on: &str| {
        let found = exposure(&book, AsOf::head(&book, day(on)), &account("A")).unwrap();
        let parts = &found.currencies[0];
        (parts.debit.to_string(), parts.uncounted.map(|a| a.to_string()), parts.exposure.to_string())
    };
    assert_eq!(told("2026-01-05"), ("100.00".to_owned(), None, "100.00".to_owned()));
    assert_eq!(told("2026-01-06"), ("135.00".to_owned(), Some("35.00".to_owned()), "100.00".to_owned()));
}

#[test]
fn what_a_void_returned_to_an_order_is_not_known_before_it() {
    let mut book = Book::default();
    book.open("A", "2026-01-01", |_| ());
    book.order("O-1", "A", "2026-01-05", 7_000);
    book.bill("O-1", "I-1", "A", "2026-01-06", 3_000);
    let known = book.head();
    book.void_of_order("I-1", "2026-01-06", "O-1");
    let told = |known| {
        let as_of = AsOf { effective: day("2026-01-06"), known };
        exposure(&book, as_of, &account("A")).unwrap().currencies[0].orders.to_string()
    };
    assert_eq!((told(known), told(book.head())), ("40.00".to_owned(), "70.00".to_owned()));
}
