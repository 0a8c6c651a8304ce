//! Due dates, instalments and discount dates (INV-24).
//!
//! Due dates are compared, for every day of the business range, with a computation that shares
//! nothing with the library: a list of all days counted one by one.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::as_conversions)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use ar_core::book::{BookConfig, Calendar, Setting};
use ar_core::terms::*;
use ar_core::*;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

fn eur(text: &str) -> Money {
    Amount::parse(text).unwrap().in_currency(Currency::parse("EUR").unwrap()).unwrap()
}

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn percent(text: &str) -> Percent {
    Percent::parse(text).unwrap()
}

fn book() -> BookConfig {
    BookConfig::standard(Currency::parse("EUR").unwrap())
}

fn due(rule: DueRule) -> Terms {
    Terms { due: rule, ..Terms::net(0) }
}

fn adjusted(rule: DueRule, calendar: &str, convention: Convention) -> Terms {
    let calendar = CalendarId::parse(calendar).unwrap();
    Terms { adjust: Some(Adjust { calendar, convention }), ..due(rule) }
}

/// The due date of a document without instalments, or the code of the refusal.
fn ours(terms: &Terms, anchor: Date, book: &BookConfig) -> Result<Date, &'static str> {
    match schedule(terms, anchor, eur("100.00"), book) {
        Ok(parts) => Ok(parts[0].due),
        Err(refusal) => Err(refusal.code()),
    }
}

/// All days of the business range, counted one by one; 1 January 1990 was a Monday.
struct Days {
    all: Vec<(i32, u32, u32)>,
    first_of_year: Vec<usize>,
}

impl Days {
    fn count() -> Self {
        let (mut all, mut first_of_year) = (Vec::new(), Vec::new());
        for year in 1990..=2100 {
            first_of_year.push(all.len());
            for month in 1..=12 {
                for day in 1..=Self::length(year, month) {
                    all.push((year, month, day));
                }
            }
        }
        Self { all, first_of_year }
    }

    fn length(year: i32, month: u32) -> u32 {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month as usize - 1]
    }

    fn place(&self, (year, month, day): (i32, u32, u32)) -> Option<usize> {
        let start = *self.first_of_year.get(usize::try_from(year - 1990).ok()?)?;
        let before: u32 = (1..month).map(|m| Self::length(year, m)).sum();
        Some(start + (before + day - 1) as usize)
    }

    fn date(&self, place: usize) -> Option<Date> {
        let (year, month, day) = *self.all.get(place)?;
        Some(Date::new(year, month, day).unwrap())
    }

    /// A day of the month some months after a day's, cut to the month's end.
    fn in_month(&self, from: usize, months: u16, day: u32) -> Option<usize> {
        let (mut year, mut month, _) = *self.all.get(from)?;
        for _ in 0..months {
            (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        }
        if year > 2100 {
            return None;
        }
        self.place((year, month, day.min(Self::length(year, month))))
    }

    fn due(&self, rule: DueRule, anchor: usize) -> Option<usize> {
        match rule {
            DueRule::Net { days } => Some(anchor + usize::from(days)),
            DueRule::Months { months } => self.in_month(anchor, months, self.all[anchor].2),
            DueRule::EndOfMonth { after_days, months, days } => {
                Some(self.in_month(anchor + usize::from(after_days), months, 31)? + usize::from(days))
            }
            DueRule::DayOfMonth { after_days, day, cutoff, months } => {
                let anchor = anchor + usize::from(after_days);
                self.all.get(anchor)?;
                let late = cutoff.is_some_and(|cutoff| self.all[anchor].2 > u32::from(cutoff));
                let months = if late { months + 1 } else { months };
                let found = self.in_month(anchor, months, u32::from(day))?;
                if found < anchor { self.in_month(anchor, months + 1, u32::from(day)) } else { Some(found) }
            }
        }
    }

    fn adjusted(&self, terms: &Terms, anchor: usize, book: &BookConfig) -> Option<Date> {
        let due = self.due(terms.due, anchor)?;
        let Some(adjust) = &terms.adjust else { return self.date(due) };
        let calendar = book.calendar(&adjust.calendar).unwrap();
        let free = |place: usize| self.date(place).map(|day| !calendar.is_business_day(day));
        let (mut after, mut before) = (due, due);
        while free(after)? {
            after += 1;
        }
        while free(before)? && before > anchor {
            before -= 1;
        }
        let back = match adjust.convention {
            Convention::Following => false,
            Convention::Preceding => true,
            Convention::ModifiedFollowing => self.all[after].1 != self.all[due].1,
        };
        self.date(if back && !free(before)? { before } else { after })
    }
}

fn many_terms() -> Vec<Terms> {
    use Convention::{Following, ModifiedFollowing, Preceding};
    let rules = [
        DueRule::Net { days: 0 },
        DueRule::Net { days: 30 },
        DueRule::Net { days: 3_650 },
        DueRule::Months { months: 0 },
        DueRule::Months { months: 1 },
        DueRule::Months { months: 120 },
        DueRule::EndOfMonth { after_days: 0, months: 0, days: 0 },
        DueRule::EndOfMonth { after_days: 30, months: 0, days: 0 },
        DueRule::EndOfMonth { after_days: 0, months: 1, days: 15 },
        DueRule::DayOfMonth { after_days: 0, day: 31, cutoff: None, months: 0 },
        DueRule::DayOfMonth { after_days: 0, day: 10, cutoff: None, months: 0 },
        DueRule::DayOfMonth { after_days: 31, day: 15, cutoff: None, months: 0 },
        DueRule::DayOfMonth { after_days: 45, day: 31, cutoff: Some(15), months: 1 },
        DueRule::DayOfMonth { after_days: 0, day: 5, cutoff: Some(20), months: 0 },
        DueRule::DayOfMonth { after_days: 0, day: 15, cutoff: Some(25), months: 1 },
    ];
    let mut all: Vec<Terms> = rules.into_iter().map(due).collect();
    for convention in [Following, ModifiedFollowing, Preceding] {
        all.push(adjusted(DueRule::Net { days: 0 }, "TARGET2", convention));
        all.push(adjusted(DueRule::EndOfMonth { after_days: 0, months: 0, days: 0 }, "US-FED", convention));
    }
    all
}

type Due = fn(&Terms, Date, &BookConfig) -> Result<Date, &'static str>;

/// Compares a way to compute due dates with the naive one on every day of the business range.
fn agrees_on_every_day(due: Due, all: &[Terms]) -> Result<(), String> {
    let (days, book) = (Days::count(), book());
    assert_eq!(days.date(days.all.len() - 1), Some(Date::MAX));
    for terms in all {
        for place in 0..days.all.len() {
            let anchor = days.date(place).unwrap();
            let expected = days.adjusted(terms, place, &book).ok_or("date.out_of_range");
            let found = due(terms, anchor, &book);
            if found != expected {
                return Err(format!("{:?} from {anchor}: {found:?}, not {expected:?}", terms.due));
            }
            if found.is_ok_and(|due| due < anchor) {
                return Err(format!("{:?} from {anchor} is due before", terms.due));
            }
        }
    }
    Ok(())
}

#[test]
fn inv_24_due_dates_follow_from_the_anchor_on_every_day_of_the_business_range() {
    assert_eq!(agrees_on_every_day(ours, &many_terms()), Ok(()));
}

#[test]
fn inv_24_control_stepping_and_unguarded_conventions_are_caught() {
    fn stepping(terms: &Terms, anchor: Date, book: &BookConfig) -> Result<Date, &'static str> {
        let DueRule::Months { months } = terms.due else { return ours(terms, anchor, book) };
        let step = |day: Date, _| day.add_months(1);
        (0..months).try_fold(anchor, step).map_err(|e| e.code())
    }
    fn months_of_thirty_days(terms: &Terms, anchor: Date, book: &BookConfig) -> Result<Date, &'static str> {
        let DueRule::Months { months } = terms.due else { return ours(terms, anchor, book) };
        anchor.add_days(i32::from(months) * 30).map_err(|e| e.code())
    }
    fn unguarded(terms: &Terms, anchor: Date, book: &BookConfig) -> Result<Date, &'static str> {
        match &terms.adjust {
            Some(adjust) if adjust.convention == Convention::Preceding => {
                let due = terms.due.date(anchor).map_err(|e| e.code())?;
                book.calendar(&adjust.calendar).and_then(|c| c.on_or_before(due)).map_err(|e| e.code())
            }
            _ => ours(terms, anchor, book),
        }
    }
    let two_months = due(DueRule::Months { months: 2 });
    let same_day = adjusted(DueRule::Net { days: 0 }, "TARGET2", Convention::Preceding);
    for (broken, terms) in
        [(stepping as Due, &two_months), (months_of_thirty_days, &two_months), (unguarded, &same_day)]
    {
        let terms = std::slice::from_ref(terms);
        assert!(agrees_on_every_day(broken, terms).is_err());
        assert_eq!(agrees_on_every_day(ours, terms), Ok(()));
    }
}

#[test]
fn inv_24_golden_due_dates() {
    use DueRule::{DayOfMonth, EndOfMonth, Months, Net};
    let day = |day, cutoff, months| DayOfMonth { after_days: 0, day, cutoff, months };
    let out = |after_days, day| DayOfMonth { after_days, day, cutoff: None, months: 0 };
    let end = |after_days, months, days| EndOfMonth { after_days, months, days };
    let cases = [
        (Months { months: 1 }, "2023-01-31", "2023-02-28"),
        (Months { months: 1 }, "2024-01-31", "2024-02-29"),
        (Months { months: 2 }, "2024-01-31", "2024-03-31"),
        (Months { months: 12 }, "2024-02-29", "2025-02-28"),
        (Net { days: 30 }, "2024-01-31", "2024-03-01"),
        (Net { days: 1 }, "2023-12-31", "2024-01-01"),
        (end(0, 0, 0), "2024-02-29", "2024-02-29"),
        (end(0, 1, 0), "2024-01-31", "2024-02-29"),
        (end(30, 0, 0), "2024-01-31", "2024-03-31"),
        (end(0, 0, 10), "2024-04-15", "2024-05-10"),
        (day(15, Some(20), 1), "2024-03-20", "2024-04-15"),
        (day(15, Some(20), 1), "2024-03-21", "2024-05-15"),
        (day(31, None, 0), "2024-02-10", "2024-02-29"),
        (day(10, None, 0), "2024-02-10", "2024-02-10"),
        (day(10, None, 0), "2024-02-11", "2024-03-10"),
        // The 5th of the anchor's month lies before the 10th: the month after.
        (day(5, Some(20), 0), "2024-02-10", "2024-03-05"),
        // The next 15th that is at least 31 days out; one that falls on it stays.
        (out(31, 15), "2019-01-01", "2019-02-15"),
        (out(31, 15), "2019-01-15", "2019-02-15"),
        (out(31, 15), "2019-01-31", "2019-03-15"),
    ];
    for (rule, anchor, expected) in cases {
        assert_eq!(ours(&due(rule), date(anchor), &book()), Ok(date(expected)), "{rule:?} from {anchor}");
    }
}

#[test]
fn business_day_conventions_move_off_weekends_and_holidays() {
    use Convention::{Following, ModifiedFollowing, Preceding};
    // Good Friday 2024 was 29 March; the Sunday after was the month's last day.
    let cases = [
        (Following, "2024-03-29", "2024-04-02"),
        (ModifiedFollowing, "2024-03-29", "2024-03-28"),
        (Preceding, "2024-03-29", "2024-03-28"),
        (ModifiedFollowing, "2024-05-01", "2024-05-02"),
        (Preceding, "2024-05-01", "2024-04-30"),
    ];
    for (convention, unadjusted, expected) in cases {
        let anchor = date(unadjusted).add_days(-20).unwrap();
        let terms = adjusted(DueRule::Net { days: 20 }, "TARGET2", convention);
        assert_eq!(ours(&terms, anchor, &book()), Ok(date(expected)), "{convention:?} {unadjusted}");
    }
    let same_day = adjusted(DueRule::Net { days: 0 }, "TARGET2", Preceding);
    assert_eq!(
        ours(&same_day, date("2024-03-30"), &book()),
        Ok(date("2024-04-02")),
        "never before the anchor"
    );
}

#[test]
fn a_calendar_without_business_days_nearby_is_refused_and_never_searched_for_long() {
    let holidays = (0..200).map(|n| date("2024-01-01").add_days(n).unwrap()).collect();
    let calendar = Calendar { holidays, ..Calendar::default() };
    let mut book = book();
    book.set(&Setting::Calendar { id: CalendarId::parse("SHUT").unwrap(), calendar });
    let terms = adjusted(DueRule::Net { days: 0 }, "SHUT", Convention::Following);
    assert_eq!(ours(&terms, date("2024-01-10"), &book), Err("setting.invalid"));
    assert_eq!(ours(&terms, date("2023-12-29"), &book), Ok(date("2023-12-29")));
    let unknown = adjusted(DueRule::Net { days: 0 }, "NONE", Convention::Following);
    assert_eq!(ours(&unknown, date("2024-01-10"), &book), Err("calendar.unknown"));
}

fn part(portion: Portion) -> TermsInstalment {
    TermsInstalment { portion, due: None, discounts: None }
}

fn in_parts(portions: &[Portion]) -> Terms {
    Terms { instalments: portions.iter().copied().map(part).collect(), ..Terms::net(30) }
}

fn amounts(terms: &Terms, total: Money) -> Result<Vec<i64>, &'static str> {
    match schedule(terms, date("2024-01-31"), total, &book()) {
        Ok(parts) => Ok(parts.iter().map(|part| part.amount.minor()).collect()),
        Err(refusal) => Err(refusal.code()),
    }
}

#[test]
fn inv_24_golden_instalments() {
    use Portion::{Fixed, Percent as P, PercentOfRemainder, Remainder};
    let third = P(percent("33.33"));
    let tenths = [P(percent("10")); 10];
    type Case<'a> = (&'a [Portion], &'a str, Result<&'a [i64], &'a str>);
    let cases: [Case<'_>; 11] = [
        (&[third, third, Remainder], "100.00", Ok(&[3_333, 3_333, 3_334])),
        (&[P(percent("30")), P(percent("70"))], "0.01", Ok(&[1])),
        (&[P(percent("70")), P(percent("30"))], "1234.56", Ok(&[86_419, 37_037])),
        (&[Fixed(Amount::parse("10").unwrap()), Remainder], "25.00", Ok(&[1_000, 1_500])),
        (&[Fixed(Amount::parse("10").unwrap()), Remainder], "10.00", Ok(&[1_000])),
        (&[Fixed(Amount::parse("10").unwrap()), Remainder], "9.99", Err("terms.instalments")),
        (
            &[P(percent("50")), PercentOfRemainder(percent("50")), Remainder],
            "100.01",
            Ok(&[5_001, 2_500, 2_500]),
        ),
        (&[PercentOfRemainder(percent("50")), PercentOfRemainder(percent("100"))], "0.03", Ok(&[2, 1])),
        // Each tenth of five cents rounds up; no more is asked than there is.
        (&tenths, "0.05", Ok(&[1, 1, 1, 1, 1])),
        (&[P(percent("50")), Remainder], "0.00", Ok(&[0])),
        (&[Fixed(Amount::parse("0.001").unwrap()), Remainder], "1.00", Err("amount.too_many_decimals")),
    ];
    for (portions, total, expected) in cases {
        assert_eq!(
            amounts(&in_parts(portions), eur(total)),
            expected.map(<[i64]>::to_vec),
            "{portions:?} of {total}"
        );
    }
}

#[test]
fn a_total_of_zero_is_one_instalment_of_zero_without_discount() {
    let tier = TermsDiscount {
        percent: percent("2"),
        days: 10,
        grace_days: 0,
        partial: false,
        tax: Default::default(),
        advance: false,
    };
    let terms = Terms { discounts: vec![tier], ..in_parts(&[Portion::Remainder]) };
    let parts = schedule(&terms, date("2024-01-31"), eur("0.00"), &book()).unwrap();
    assert_eq!(parts, [Instalment { due: date("2024-03-01"), amount: eur("0.00"), discounts: vec![] }]);
}

type Divide = fn(&Terms, Money) -> Result<Vec<i64>, &'static str>;

/// The instalments sum to the total and none is negative; only a fixed amount can be refused.
fn divides_any_total(divide: Divide) -> Result<(), String> {
    let share = || (0_u32..=10_000).prop_map(|n| percent(&format!("{}.{:02}", n / 100, n % 100)));
    let portion = prop_oneof![
        3 => share().prop_map(Portion::PercentOfRemainder),
        1 => (0_i64..500).prop_map(|n| Portion::Fixed(Amount::parse(&n.to_string()).unwrap()))
    ];
    let mixed = prop::collection::vec(portion, 0..6).prop_map(|mut portions| {
        portions.push(Portion::Remainder);
        portions
    });
    let equal = (1_usize..=20).prop_map(|n| {
        let each = percent(&format!("{}.{:02}", 10_000 / n / 100, 10_000 / n % 100));
        let mut portions = vec![Portion::Percent(each); n - 1];
        portions.push(Portion::Remainder);
        portions
    });
    let total = prop_oneof![0_i64..200, 0_i64..100_000, Just(AMOUNT_MINOR_MAX)];
    let strategy = (prop_oneof![mixed, equal], total);
    let config = Config { failure_persistence: None, ..Config::with_cases(2_000) };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    TestRunner::new_with_rng(config, rng)
        .run(&strategy, |(portions, total)| {
            let fixed = portions.iter().any(|portion| matches!(portion, Portion::Fixed(_)));
            let money = Money::new(total, Currency::parse("EUR").unwrap()).unwrap();
            let sound = match divide(&in_parts(&portions), money) {
                Ok(parts) => parts.iter().sum::<i64>() == total && parts.iter().all(|part| *part >= 0),
                Err(code) => fixed && code == "terms.instalments",
            };
            if sound { Ok(()) } else { Err(TestCaseError::fail("the property")) }
        })
        .map_err(|e| e.to_string())
}

#[test]
fn inv_24_instalments_sum_to_the_total() {
    assert_eq!(divides_any_total(amounts), Ok(()));
}

#[test]
fn inv_24_control_instalments_that_lose_a_cent_or_go_negative_are_caught() {
    /// Every part rounded by itself; `rest` says what the last one does about the difference.
    fn each_by_itself(terms: &Terms, total: Money, rest: bool) -> Result<Vec<i64>, &'static str> {
        let mut left = total;
        let mut parts = Vec::new();
        for part in &terms.instalments {
            let amount = match part.portion {
                Portion::Percent(p) => total.percent(p, Rounding::default()).unwrap(),
                Portion::PercentOfRemainder(p) => left.percent(p, Rounding::default()).unwrap(),
                Portion::Fixed(amount) => amount.in_currency(total.currency()).unwrap(),
                Portion::Remainder if rest => left,
                Portion::Remainder => {
                    let n = terms.instalments.len() as i64;
                    total.proportion(1, n, Rounding::default()).unwrap()
                }
            };
            left = left.checked_sub(amount).unwrap();
            parts.push(amount.minor());
        }
        Ok(parts)
    }
    let caught = |verdict: Result<(), String>| verdict.is_err_and(|found| found.contains("the property"));
    assert!(caught(divides_any_total(|terms, total| each_by_itself(terms, total, false))));
    assert!(caught(divides_any_total(|terms, total| each_by_itself(terms, total, true))));
}

#[test]
fn discounts_run_from_the_anchor_with_their_grace_and_come_earliest_first() {
    let tier = |rate, days, grace_days| TermsDiscount {
        percent: percent(rate),
        days,
        grace_days,
        partial: false,
        tax: Default::default(),
        advance: false,
    };
    let own = TermsInstalment { discounts: Some(vec![]), ..part(Portion::Remainder) };
    let terms = Terms {
        discounts: vec![tier("1", 20, 0), tier("2", 10, 3)],
        instalments: vec![part(Portion::Percent(percent("50"))), own],
        ..Terms::net(60)
    };
    let parts = schedule(&terms, date("2024-02-20"), eur("10.00"), &book()).unwrap();
    let first = [
        DiscountTier {
            percent: percent("2"),
            until: date("2024-03-04"),
            partial: false,
            tax: Default::default(),
            basis: None,
            advance: false,
        },
        DiscountTier {
            percent: percent("1"),
            until: date("2024-03-11"),
            partial: false,
            tax: Default::default(),
            basis: None,
            advance: false,
        },
    ];
    assert_eq!(parts[0].discounts, first);
    assert_eq!(parts[1].discounts, []);
}

#[test]
fn terms_beyond_the_limits_are_refused() {
    let tier = |rate, days| TermsDiscount {
        percent: percent(rate),
        days,
        grace_days: 0,
        partial: false,
        tax: Default::default(),
        advance: false,
    };
    let tiers = |discounts: Vec<TermsDiscount>| Terms { discounts, ..Terms::net(30) };
    let half = Portion::Percent(percent("50"));
    let fixed = |text| Portion::Fixed(Amount::parse(text).unwrap());
    let cases = [
        (Terms::net(3_651), "terms.out_of_range"),
        (due(DueRule::Months { months: 121 }), "terms.out_of_range"),
        (due(DueRule::EndOfMonth { after_days: 3_651, months: 0, days: 0 }), "terms.out_of_range"),
        (due(DueRule::EndOfMonth { after_days: 0, months: 121, days: 0 }), "terms.out_of_range"),
        (due(DueRule::EndOfMonth { after_days: 0, months: 0, days: 3_651 }), "terms.out_of_range"),
        (
            due(DueRule::DayOfMonth { after_days: 3_651, day: 1, cutoff: None, months: 0 }),
            "terms.out_of_range",
        ),
        (due(DueRule::DayOfMonth { after_days: 0, day: 0, cutoff: None, months: 0 }), "terms.out_of_range"),
        (due(DueRule::DayOfMonth { after_days: 0, day: 32, cutoff: None, months: 0 }), "terms.out_of_range"),
        (
            due(DueRule::DayOfMonth { after_days: 0, day: 1, cutoff: Some(0), months: 0 }),
            "terms.out_of_range",
        ),
        (in_parts(&[Portion::PercentOfRemainder(percent("1")); 121]), "terms.out_of_range"),
        (tiers(vec![tier("4", 1), tier("3", 2), tier("2", 3), tier("1", 4)]), "terms.out_of_range"),
        (tiers(vec![tier("2", 3_651)]), "terms.out_of_range"),
        (tiers(vec![tier("0", 10)]), "terms.out_of_range"),
        (tiers(vec![tier("100", 10)]), "terms.out_of_range"),
        (tiers(vec![tier("1", 10), tier("2", 20)]), "terms.out_of_range"),
        (tiers(vec![tier("2", 10), tier("1", 10)]), "terms.out_of_range"),
        (in_parts(&[half]), "terms.instalments"),
        (in_parts(&[half, half, half]), "terms.instalments"),
        (in_parts(&[Portion::Remainder, half]), "terms.instalments"),
        (in_parts(&[half, fixed("10")]), "terms.instalments"),
        (in_parts(&[Portion::PercentOfRemainder(percent("99"))]), "terms.instalments"),
        (in_parts(&[fixed("-1"), Portion::Remainder]), "terms.instalments"),
        (in_parts(&[half, half, half, Portion::Remainder]), "terms.instalments"),
    ];
    for (terms, code) in cases {
        assert_eq!(terms.check().unwrap_err().code(), code, "{terms:?}");
        assert_eq!(ours(&terms, date("2024-01-31"), &book()), Err(code), "{terms:?}");
    }
    let json = r#"{"due":{"net":{"days":2000000000}}}"#;
    assert!(serde_json::from_str::<Terms>(json).is_err());
    assert_eq!(ours(&Terms::net(3_650), date("2095-01-01"), &book()), Err("date.out_of_range"));
}
