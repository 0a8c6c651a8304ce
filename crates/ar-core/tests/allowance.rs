//! INV-47: the allowance is what the matrix says of what is open, never below zero or above what it is
//! for, and rolls forward.

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
use ar_core::provision::*;
use ar_core::query::{AgingBy, AllowanceBy, AsOf, Buckets, QueryError, Scope, allowance};
use ar_core::{Decimal, Money, Percent, Rounding};
use proptest::prelude::*;
use query_support::random::{naive_open, on, play, steps};
use query_support::{Book, day, item, usd};

/// Minor units of 1 lie in this many parts of the naive sum: 4 decimals of a percent, 2 of an overlay.
const PARTS: i128 = 100 * 10_000 * 100;

fn money(minor: i64) -> Money {
    Money::new(minor, usd()).unwrap()
}

fn matrix(rows: &[(&str, &str)]) -> Matrix {
    let loss = |(bucket, percent): &(&str, &str)| Loss {
        bucket: (*bucket).to_owned(),
        percent: Percent::parse(percent).unwrap(),
    };
    let losses = rows.iter().map(loss).collect();
    Matrix { losses, overlay: Decimal::ONE, round: RoundOn::Bucket }
}

fn open(rows: &[(&str, i64)]) -> Vec<BucketExposure> {
    rows.iter()
        .map(|(bucket, minor)| BucketExposure { bucket: (*bucket).into(), amount: money(*minor) })
        .collect()
}

fn rows(found: &Allowance) -> Vec<i64> {
    found.buckets.iter().map(|row| row.allowance.minor()).collect()
}

/// `open x percent x overlay` by hand, in parts; percent with 4 decimals, overlay with 2.
fn naive(open: i64, percent: i64, overlay: i64) -> i128 {
    let exact = i128::from(open) * i128::from(percent) * i128::from(overlay);
    exact.min(i128::from(open) * PARTS)
}

/// Compares an allowance with sums by hand; says what is wrong.
fn sound(found: &Allowance, exact: &[i128]) -> Result<(), String> {
    let mut exposure = 0;
    let mut total = 0;
    for (row, exact) in found.buckets.iter().zip(exact) {
        let (open, minor) = (row.exposure.minor(), row.allowance.minor());
        if !(0..=open).contains(&minor) {
            return Err(format!("{minor} of {open} in {}", row.bucket));
        }
        if (i128::from(minor) * PARTS - exact).abs() >= PARTS {
            return Err(format!("{minor} is a whole unit from {exact} parts in {}", row.bucket));
        }
        exposure += open;
        total += minor;
    }
    for own in &found.assessed {
        if !(0..=own.exposure.minor()).contains(&own.allowance.minor()) {
            return Err(format!("{} of {} on {}", own.allowance, own.exposure, own.item));
        }
        exposure += own.exposure.minor();
        total += own.allowance.minor();
    }
    let own: i64 = found.assessed.iter().map(|own| own.allowance.minor()).sum();
    let whole = exact.iter().sum::<i128>();
    let off = (i128::from(total - own) * PARTS - whole).abs();
    if found.round == RoundOn::Total && off * 2 > PARTS {
        return Err(format!("the total is {off} parts off"));
    }
    match (found.exposure.minor(), found.total.minor()) == (exposure, total) {
        true => Ok(()),
        false => Err(format!("{} of {} is not {total} of {exposure}", found.total, found.exposure)),
    }
}

#[test]
fn the_illustrative_example_of_the_standard_comes_out() {
    let matrix =
        matrix(&[("current", "0.3"), ("1-30", "1.6"), ("31-60", "3.6"), ("61-90", "6.6"), ("91+", "10.6")]);
    let given = open(&[
        ("current", 1_500_000_000),
        ("1-30", 750_000_000),
        ("31-60", 400_000_000),
        ("61-90", 250_000_000),
        ("91+", 100_000_000),
    ]);
    let found = matrix.allowance(usd(), &given, &[], Rounding::default()).unwrap();
    assert_eq!(rows(&found), [4_500_000, 12_000_000, 14_400_000, 16_500_000, 10_600_000]);
    assert_eq!(
        (found.total.to_string(), found.exposure.to_string()),
        ("580000.00".into(), "30000000.00".into())
    );
}

#[test]
fn the_place_of_rounding_is_the_matrix_s_and_the_rows_always_add_up() {
    // A third of a cent each time: three cents apart, one cent together.
    let mut matrix = matrix(&[("current", "1"), ("1-30", "1"), ("31+", "1")]);
    let given = open(&[("current", 50), ("1-30", 50), ("31+", 50)]);
    let found = matrix.allowance(usd(), &given, &[], Rounding::HalfAwayFromZero).unwrap();
    assert_eq!((rows(&found), found.total.minor()), (vec![1, 1, 1], 3));
    let found = matrix.allowance(usd(), &given, &[], Rounding::HalfEven).unwrap();
    assert_eq!((rows(&found), found.total.minor()), (vec![0, 0, 0], 0));
    matrix.round = RoundOn::Total;
    let found = matrix.allowance(usd(), &given, &[], Rounding::HalfAwayFromZero).unwrap();
    assert_eq!((rows(&found), found.total.minor()), (vec![1, 1, 0], 2));
}

#[test]
fn an_overlay_multiplies_and_stops_at_the_whole_exposure() {
    let mut matrix = matrix(&[("current", "2"), ("1+", "80")]);
    matrix.overlay = Decimal::parse("1.5").unwrap();
    let given = open(&[("current", 10_000), ("1+", 10_000)]);
    let found = matrix.allowance(usd(), &given, &[], Rounding::default()).unwrap();
    assert_eq!(rows(&found), [300, 10_000]);
}

#[test]
fn the_largest_amounts_stay_exact() {
    let mut matrix = matrix(&[("all", "99.999999999999")]);
    let most = ar_core::AMOUNT_MINOR_MAX;
    let found = matrix.allowance(usd(), &open(&[("all", most)]), &[], Rounding::TowardZero).unwrap();
    assert_eq!(found.total.minor(), most - 10);
    matrix.overlay = Decimal::parse("100").unwrap();
    let found = matrix.allowance(usd(), &open(&[("all", most)]), &[], Rounding::TowardZero).unwrap();
    assert_eq!(found.total.minor(), most);
    let twice = open(&[("all", most), ("all", 1)]);
    let refused = matrix.allowance(usd(), &twice, &[], Rounding::default()).unwrap_err();
    assert_eq!(refused.code(), "amount.out_of_range");
}

#[test]
fn what_contradicts_itself_is_refused() {
    let two = matrix(&[("current", "1"), ("1+", "2")]);
    let code = |matrix: &Matrix, given: &[BucketExposure], own: &[AssessedExposure]| {
        matrix.allowance(usd(), given, own, Rounding::default()).unwrap_err().code()
    };
    assert_eq!(code(&matrix(&[]), &[], &[]), "allowance.matrix");
    assert_eq!(code(&matrix(&[("1+", "1"), ("1+", "2")]), &[], &[]), "allowance.matrix");
    assert_eq!(code(&matrix(&[("all", "1"), ("1+", "2")]), &[], &[]), "allowance.matrix");
    for overlay in ["-1", "100.1", "1.00001"] {
        let odd = Matrix { overlay: Decimal::parse(overlay).unwrap(), ..two.clone() };
        assert_eq!(code(&odd, &[], &[]), "allowance.matrix", "{overlay}");
    }
    assert_eq!(code(&two, &open(&[("31-60", 5)]), &[]), "allowance.bucket_without_percent");
    assert_eq!(code(&two, &open(&[("1+", -5)]), &[]), "allowance.exposure");
    let own = |exposure, allowed| AssessedExposure {
        item: item("I-1"),
        exposure: money(exposure),
        allowance: money(allowed),
    };
    assert_eq!(code(&two, &[], &[own(100, 101)]), "allowance.item_amount");
    assert_eq!(code(&two, &[], &[own(100, -1)]), "allowance.item_amount");
    assert_eq!(code(&two, &[], &[own(100, 50), own(100, 50)]), "allowance.item_twice");
}

fn by(matrix: Matrix, assessed: &[(&str, i64)]) -> AllowanceBy {
    let assessed = assessed.iter().map(|(id, minor)| (item(id), money(*minor))).collect();
    let aging = AgingBy { buckets: Buckets::new(&[30]).unwrap(), ..AgingBy::default() };
    AllowanceBy { aging, matrix, assessed, rounding: Rounding::default() }
}

/// 100.00 not due, 200.00 and 50.00 overdue, 40.00 of credits and 70.00 of unidentified cash.
fn small() -> Book {
    let mut book = Book::default();
    book.invoice("I-1", "A", "2026-01-01", "2026-03-31", 10_000);
    book.invoice("I-2", "A", "2026-01-01", "2026-01-31", 20_000);
    book.invoice("I-3", "B", "2026-01-01", "2026-02-15", 5_000);
    book.issue(DocumentKind::CreditMemo, "M-1", "A", "2026-01-05", usd(), &[("2026-01-05", 4_000)]);
    book.payment("P-1", SUSPENSE, "2026-01-07", 7_000);
    book
}

#[test]
fn credits_and_suspense_lower_nothing_and_an_assessed_item_leaves_its_bucket() {
    let book = small();
    let as_of = AsOf::head(&book, day("2026-03-10"));
    let two = matrix(&[("current", "1"), ("1-30", "10"), ("31+", "50")]);
    let found = allowance(&book, as_of, &by(two.clone(), &[])).unwrap();
    let dollars = &found.currencies[0];
    assert_eq!(
        (rows(dollars), dollars.total.minor(), dollars.exposure.minor()),
        (vec![100, 500, 10_000], 10_600, 35_000)
    );
    let found = allowance(&book, as_of, &by(two.clone(), &[("I-2", 18_000)])).unwrap();
    let dollars = &found.currencies[0];
    assert_eq!(
        (rows(dollars), dollars.total.minor(), dollars.exposure.minor()),
        (vec![100, 500, 0], 18_600, 35_000)
    );
    let flat = Matrix::flat(Percent::parse("10").unwrap());
    let found = allowance(&book, as_of, &by(flat, &[("I-2", 18_000)])).unwrap();
    assert_eq!(found.currencies[0].total.minor(), 1_500 + 18_000);
    let json = serde_json::to_string(&found.currencies[0]).unwrap();
    insta::assert_snapshot!(json, @r#"{"currency":"USD","overlay":"1","round":"bucket","buckets":[{"bucket":"all","exposure":"150.00","percent":"10","allowance":"15.00"}],"assessed":[{"item":"I-2","exposure":"200.00","allowance":"180.00"}],"exposure":"350.00","total":"195.00"}"#);

    let code = |by: &AllowanceBy| match allowance(&book, as_of, by) {
        Err(QueryError::Allowance(invalid)) => invalid.code(),
        other => panic!("{other:?}"),
    };
    for gone in ["I-9", "M-1", "P-1"] {
        assert_eq!(code(&by(two.clone(), &[(gone, 1)])), "allowance.item_not_open", "{gone}");
    }
    assert_eq!(code(&by(two.clone(), &[("I-2", 20_001)])), "allowance.item_amount");
    assert_eq!(code(&by(two.clone(), &[("I-2", 1), ("I-2", 1)])), "allowance.item_twice");
    assert_eq!(
        code(&by(matrix(&[("current", "1"), ("1-30", "2")]), &[])),
        "allowance.bucket_without_percent"
    );
    let stray = matrix(&[("current", "1"), ("1-30", "2"), ("31+", "3"), ("91+", "3")]);
    assert_eq!(code(&by(stray, &[])), "allowance.bucket_unknown");
    let mut elsewhere = by(two, &[("I-2", 1)]);
    elsewhere.aging.scope = Scope::account(&query_support::account("B"));
    assert_eq!(code(&elsewhere), "allowance.item_not_open");
}

proptest! {
    #[test]
    fn inv_47_an_allowance_is_the_matrix_times_the_exposure_and_stays_within_it(
        cells in prop::collection::vec((0_i64..1_000_000_000_000, 0_i64..=1_000_000), 1..8),
        overlay in 0_i64..=400,
        together in any::<bool>(),
    ) {
        let label = |n: usize| format!("b{n}");
        let percent = |p: i64| Percent::parse(&format!("{}.{:04}", p / 10_000, p % 10_000)).unwrap();
        let losses = cells.iter().enumerate().map(|(n, (_, p))| Loss { bucket: label(n), percent: percent(*p) });
        let round = if together { RoundOn::Total } else { RoundOn::Bucket };
        let overlay_text = format!("{}.{:02}", overlay / 100, overlay % 100);
        let matrix = Matrix { losses: losses.collect(), overlay: Decimal::parse(&overlay_text).unwrap(), round };
        let given: Vec<BucketExposure> = cells.iter().enumerate()
            .map(|(n, (open, _))| BucketExposure { bucket: label(n), amount: money(*open) }).collect();
        let exact: Vec<i128> = cells.iter().map(|(open, percent)| naive(*open, *percent, overlay)).collect();
        let own = [AssessedExposure { item: item("I-1"), exposure: money(900), allowance: money(900) }];
        let found = matrix.allowance(usd(), &given, &own, Rounding::default()).unwrap();
        prop_assert_eq!(sound(&found, &exact), Ok(()));
    }

    #[test]
    fn inv_47_the_exposure_is_every_open_debit_of_a_customer_once(steps in steps(40), offset in 0..130, own in 0_usize..50) {
        let book = play(&steps);
        let as_of = AsOf::head(&book, on(offset));
        let open = |side| book.items.values().filter(move |row| row.side == side && row.account.as_str() != SUSPENSE);
        let debits: Vec<_> = open(Side::Debit).filter(|row| row.currency == usd())
            .map(|row| (row.item.to_string(), naive_open(&book, &row.item, as_of))).filter(|(_, open)| *open > 0).collect();
        let own: Vec<(&str, i64)> = debits.get(own).iter().map(|(id, open)| (id.as_str(), *open / 2)).collect();
        let by = by(matrix(&[("current", "1"), ("1-30", "10"), ("31+", "50")]), &own);
        let found = allowance(&book, as_of, &by).unwrap();
        let dollars = found.currencies.iter().find(|c| c.currency == usd());
        let everything: i64 = debits.iter().map(|(_, open)| open).sum();
        prop_assert_eq!(dollars.map_or(0, |c| c.exposure.minor()), everything);
        if let Some(found) = dollars {
            let exact: Vec<i128> = found.buckets.iter().zip([10_000, 100_000, 500_000])
                .map(|(row, percent)| naive(row.exposure.minor(), percent, 100)).collect();
            prop_assert_eq!(sound(found, &exact), Ok(()));
        }
    }

    #[test]
    fn inv_47_opening_charge_release_and_use_come_to_the_closing(
        opening in -1_000_000_i64..1_000_000, used in -1_000_000_i64..1_000_000, target in 0_i64..1_000_000,
    ) {
        let moved = AllowanceMovement::to(money(opening), money(used), money(target)).unwrap();
        prop_assert_eq!(foots(&moved), Ok(()));
        prop_assert_eq!(moved.closing.minor(), target);
        // Again, from where it stands: nothing.
        let again = AllowanceMovement::to(money(target), money(0), money(target)).unwrap();
        prop_assert!(again.entry().is_empty());
    }
}

/// Whether a movement foots and its entry balances and says the same.
fn foots(moved: &AllowanceMovement) -> Result<(), String> {
    let AllowanceMovement { opening, charge, release, used, closing, .. } = moved;
    let (charge, release) = (charge.minor(), release.minor());
    if charge < 0 || release < 0 || (charge > 0 && release > 0) {
        return Err(format!("a charge of {charge} and a release of {release}"));
    }
    if opening.minor() + charge - release - used.minor() != closing.minor() {
        return Err("it does not foot".to_owned());
    }
    let line = |account| {
        let lines = moved.entry().into_iter().filter(move |line| line.account == account);
        lines.map(|line| line.amount.minor()).sum::<i64>()
    };
    let (expense, allowance) = (line(EntryAccount::BadDebtExpense), line(EntryAccount::Allowance));
    match expense + allowance == 0 && expense == charge - release {
        true => Ok(()),
        false => Err(format!("expense {expense}, allowance {allowance}")),
    }
}

#[test]
fn inv_47_catches_an_overlay_without_an_end_a_lost_unit_an_item_in_two_places_and_a_run_that_posts_the_target()
 {
    let two = matrix(&[("current", "2"), ("1+", "80")]);
    let given = open(&[("current", 10_050), ("1+", 10_000)]);
    let exact = [naive(10_050, 20_000, 150), naive(10_000, 800_000, 150)];
    let honest = Matrix { overlay: Decimal::parse("1.5").unwrap(), ..two };
    let honest = honest.allowance(usd(), &given, &[], Rounding::default()).unwrap();
    assert_eq!(sound(&honest, &exact), Ok(()));
    let amount = |minor| money(minor).amount();
    let mut endless = honest.clone();
    endless.buckets[1].allowance = amount(12_000);
    assert!(sound(&endless, &exact).unwrap_err().contains("12000 of 10000"));
    let mut lost = honest.clone();
    lost.total = amount(honest.total.minor() - 1);
    assert!(sound(&lost, &exact).is_err());
    let mut elsewhere = honest.clone();
    elsewhere.buckets[0].allowance = amount(honest.buckets[0].allowance.minor() + 1);
    assert!(sound(&elsewhere, &exact).unwrap_err().contains("a whole unit"));
    let mut twice = honest;
    let own = AssessedAllowance { item: item("I-1"), exposure: amount(10_000), allowance: amount(10_000) };
    twice.assessed.push(own);
    assert!(sound(&twice, &exact).is_err(), "its exposure is not in the total");

    // 400.00 stand already: the whole target is charged instead of what is missing.
    let mut moved = AllowanceMovement::to(money(40_000), money(0), money(60_000)).unwrap();
    assert_eq!(foots(&moved), Ok(()));
    moved.charge = amount(60_000);
    assert!(foots(&moved).is_err());
    // What was written off is still counted as allowed for.
    let mut moved = AllowanceMovement::to(money(40_000), money(10_000), money(60_000)).unwrap();
    moved.used = amount(0);
    assert!(foots(&moved).is_err());
}

#[test]
fn a_target_below_zero_or_in_another_currency_is_refused() {
    let euro = Money::new(1, ar_core::Currency::parse("EUR").unwrap()).unwrap();
    for (opening, used, target) in
        [(money(0), money(0), money(-1)), (euro, money(0), money(1)), (money(0), euro, money(1))]
    {
        assert_eq!(AllowanceMovement::to(opening, used, target).unwrap_err().code(), "allowance.exposure");
    }
    let most = money(ar_core::AMOUNT_MINOR_MAX);
    assert_eq!(
        AllowanceMovement::to(most.negated(), money(0), most).unwrap_err().code(),
        "amount.out_of_range"
    );
}
