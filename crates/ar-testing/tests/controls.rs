//! Negative controls: for every check, a store or a guard that is really broken, on a fixed story that
//! gives it its opportunity. The check passes on the book that works and fails, under its number, on
//! the broken one.

use ar_testing::books::{Books, Fault};
use ar_testing::checks::{self, Check, Checked, Evidence, Violation};
use ar_testing::lockstep::Lockstep;
use ar_testing::rows::Rows;
use ar_testing::script::{repeated, script};
use ar_testing::subject::{Subject, decoded};
use ar_testing::wire;
use ar_testing::world::World;

/// The story on one book, whatever it answers.
fn played(mut books: Books) -> Books {
    books.execute(&wire::opening(&World::plain()));
    for deed in script().into_iter().chain(repeated()) {
        books.execute(&wire::envelope(&deed));
    }
    books
}

fn checked(books: &Books, check: Check) -> Checked {
    let log = books.log();
    let records = decoded(&log).unwrap_or_else(|_| books.kept().records.clone());
    check(Evidence { bytes: &log, records: &records, rows: books.kept() })
}

/// The number at the front of a test's name.
fn number(name: &str) -> String {
    let digits: String = name.chars().skip_while(|c| !c.is_ascii_digit()).take(2).collect();
    format!("INV-{digits}")
}

macro_rules! controls {
    ($(fn $name:ident() = $check:path, $($fault:ident),+;)*) => {$(
        #[test]
        fn $name() {
            let check: Check = $check;
            assert_eq!(checked(&played(Books::honest()), check), Ok(()), "the book that works");
            $(
                let found = checked(&played(Books::broken(Fault::$fault)), check);
                let found = found.expect_err(concat!(stringify!($fault), " goes unnoticed")).invariant;
                assert_eq!(found, number(stringify!($name)), "{}", stringify!($fault));
            )+
        }
    )*};
}

controls! {
    fn inv_09_a_posting_out_of_balance_is_caught() = checks::postings_balance, UnbalancesPostings;
    fn inv_10_a_lost_journal_line_is_caught() = checks::trial_balance_is_zero_at_every_prefix, LosesLines;
    fn inv_11_a_line_posted_by_hand_to_a_control_account_is_caught() = checks::subledger_equals_control, PostsByHand, LosesLinks;
    fn inv_13_a_settlement_undone_twice_is_caught() = checks::reversals_are_exact_and_once, UndoneNotRead;
    fn inv_14_rows_that_part_from_the_log_are_caught() = checks::rows_equal_replay, MovesItemsTwice, LosesLinks, PaidFlagSurvives, EditsDocuments;
    fn inv_15_a_document_booked_twice_is_caught() = checks::documents_match_postings, DoublesDocuments;
    fn inv_16_records_out_of_order_are_caught() = checks::order_is_total, SwapsRecords, DropsTail;
    fn inv_18_a_number_given_twice_is_caught() = checks::numbers_are_unique, NumbersNotRead, CounterReadTwice;
    fn inv_19_a_gap_in_a_series_is_caught() = checks::numbers_are_gapless, SkipsNumbers, CountsRefusals;
    fn inv_20_a_number_dated_before_the_last_is_caught() = checks::series_are_chronological, ChronologyNotRead;
    fn inv_21_a_document_changed_after_issue_is_caught() = checks::content_stays_frozen, EditsDocuments;
    fn inv_22_a_paid_flag_that_survives_the_undo_is_caught() = checks::status_is_derived, PaidFlagSurvives, MovesItemsTwice;
    fn inv_23_credit_beyond_the_invoice_is_caught() = checks::credits_stay_within_invoices, CreditedNotCounted;
    fn inv_24_instalments_that_do_not_sum_are_caught() = checks::due_dates_and_parts_fit, LosesInstalments;
    fn inv_25_a_credit_spent_twice_is_caught() = checks::credits_are_never_over_applied, StaleOpenCredits, HidesReinstatement;
    fn inv_26_an_item_settled_twice_is_caught() = checks::items_are_never_over_settled, StaleOpenDebits, HidesReinstatement;
    fn inv_27_cash_that_vanishes_is_caught() = checks::cash_is_conserved, LosesRestOfReturns, MovesItemsTwice;
    fn inv_28_a_settlement_with_unequal_sides_is_caught() = checks::links_are_two_sided, ShortensDebitSide, LosesLinks;
    fn inv_29_an_undo_that_leaves_something_behind_is_caught() = checks::undo_is_the_inverse, DiscountStays, UndoesOnAnotherDate;
    fn inv_34_a_refund_beyond_the_credit_or_paid_twice_is_caught() = checks::refunds_stay_within_credit, StaleOpenCredits, RefundsNotRead;
    fn inv_35_a_return_that_leaves_settlements_or_due_dates_wrong_is_caught() = checks::returns_reinstate, ReagesReturned;
    fn inv_38_a_posting_into_a_closed_month_is_caught() = checks::nothing_is_posted_into_closed_periods, PeriodsAlwaysOpen, SoftClosesNotRead, EverybodyAdmitted, HardClosesNotRead, HidesExceptions;
    fn inv_48_a_command_with_two_effects_is_caught() = checks::keys_are_used_once, KeysNotRead;
    fn inv_50_half_a_command_is_caught() = checks::commands_are_whole, HalfCommands;
    fn inv_53_a_stale_change_is_caught() = checks::versions_grow_by_one, VersionsNotCompared;
}

/// The story in lock-step with the model, on the given books.
fn in_step(subjects: Vec<Box<dyn Subject>>) -> Result<Lockstep, Violation> {
    let mut lockstep = Lockstep::open(&World::plain(), subjects)?;
    for (n, deed) in script().into_iter().skip(8).enumerate() {
        lockstep.deed(&deed)?;
        if n % 10 == 9 {
            lockstep.audit()?;
            lockstep.sign();
        }
    }
    for deed in repeated() {
        lockstep.deed(&deed)?;
    }
    lockstep.audit()?;
    Ok(lockstep)
}

#[test]
fn inv_17_the_fixed_story_goes_as_the_model_says() {
    let lockstep = in_step(vec![Box::new(Books::honest())]).unwrap_or_else(|violation| panic!("{violation}"));
    assert!(
        lockstep.counts[0] >= 40 && lockstep.counts[1] >= 15 && lockstep.counts[2] == 4,
        "{:?}",
        lockstep.counts
    );
    assert!(lockstep.rounds > 0, "nothing was ever missing");
}

macro_rules! answers {
    ($(fn $name:ident() = $($fault:ident),+;)*) => {$(
        #[test]
        fn $name() {
            $(
                let found = in_step(vec![Box::new(Books::broken(Fault::$fault))]);
                let found = found.err().expect(concat!(stringify!($fault), " goes unnoticed"));
                assert_eq!(found.invariant, number(stringify!($name)), "{}: {found}", stringify!($fault));
            )+
        }
    )*};
}

answers! {
    fn inv_12_a_log_that_changes_or_shrinks_is_caught_in_step() = EditsRecords, DropsTail;
    fn inv_13_an_undo_of_an_undo_is_caught_in_step() = UndoneNotRead;
    fn inv_18_a_number_given_twice_is_caught_in_step() = NumbersNotRead;
    fn inv_20_a_number_out_of_order_is_caught_in_step() = ChronologyNotRead;
    fn inv_23_credit_beyond_the_invoice_is_caught_in_step() = CreditedNotCounted;
    fn inv_25_an_over_applied_credit_is_caught_in_step() = StaleOpenCredits;
    fn inv_26_an_item_over_settled_in_the_past_is_caught_in_step() = HidesReinstatement, StaleOpenDebits;
    fn inv_34_a_refund_paid_twice_is_caught_in_step() = RefundsNotRead;
    fn inv_38_a_posting_into_a_closed_month_is_caught_in_step() = PeriodsAlwaysOpen, SoftClosesNotRead, EverybodyAdmitted, HardClosesNotRead;
    fn inv_39_a_report_that_forgets_what_was_known_is_caught_in_step() = ReportsOnlyToday;
    fn inv_48_a_retry_with_another_answer_is_caught_in_step() = AnswersReplaysAnew, KeysNotRead;
    fn inv_52_an_order_on_a_held_account_is_caught_in_step() = HoldsNotRead;
    fn inv_53_a_stale_change_is_caught_in_step() = VersionsNotCompared;
    fn inv_62_a_record_under_another_name_is_caught_in_step() = NamesSystem, ClockInRecords;
    fn inv_69_a_refusal_that_is_acknowledged_or_leaves_a_trace_is_caught_in_step() = AcknowledgesRefusals, CountsRefusals;
}

#[test]
fn inv_56_a_store_that_differs_from_the_others_is_caught_in_step() {
    for fault in [Fault::RoundsByFloat, Fault::SkipsNumbers, Fault::AcknowledgesRefusals] {
        let found = in_step(vec![Box::new(Books::honest()), Box::new(Books::broken(fault))]);
        assert_eq!(found.err().map(|violation| violation.invariant), Some("INV-56"), "{fault:?}");
    }
}

/// Two runs of one story leave the same bytes.
fn same_twice(make: &dyn Fn() -> Books) -> Checked {
    let (first, second) = (played(make()), played(make()));
    if first.log() == second.log() {
        return Ok(());
    }
    checks::broken("INV-17", "two runs left different bytes")
}

#[test]
fn inv_17_two_runs_leave_the_same_bytes_and_a_clock_in_the_records_is_caught() {
    assert_eq!(same_twice(&Books::honest), Ok(()));
    let found = same_twice(&|| Books::broken(Fault::ClockInRecords));
    assert_eq!(found.map_err(|violation| violation.invariant), Err("INV-17"));
}

#[test]
fn inv_40_buckets_that_overlap_or_leave_a_day_out_are_caught() {
    let books = played(Books::honest());
    let (log, records) = (books.log(), books.kept().records.clone());
    let evidence = Evidence { bytes: &log, records: &records, rows: books.kept() };
    assert_eq!(checks::aging_is_a_partition(evidence), Ok(()));
    let overlapping = |days: i32| {
        let spans = [(i32::MIN, 0), (1, 30), (30, 60), (61, i32::MAX)];
        spans.iter().enumerate().filter(|(_, (a, b))| *a <= days && days <= *b).map(|(n, _)| n).collect()
    };
    let gaping = |days: i32| {
        let spans = [(i32::MIN, -1), (1, 30), (31, 60), (61, i32::MAX)];
        spans.iter().enumerate().filter(|(_, (a, b))| *a <= days && days <= *b).map(|(n, _)| n).collect()
    };
    for broken in [&overlapping as &dyn Fn(i32) -> Vec<usize>, &gaping] {
        let found = checks::partition(evidence, broken);
        assert_eq!(found.map_err(|violation| violation.invariant), Err("INV-40"));
    }
}

#[test]
fn inv_62_a_record_without_its_reason_is_caught() {
    let books = played(Books::honest());
    let log = books.log();
    let mut records = books.kept().records.clone();
    let rows = Rows::of(&records);
    assert_eq!(
        checks::records_are_attributed(Evidence { bytes: &log, records: &records, rows: &rows }),
        Ok(())
    );
    for record in &mut records {
        if let ar_core::Event::DocumentIssued(e) = &mut record.event {
            e.reason = None;
        }
    }
    let found = checks::records_are_attributed(Evidence { bytes: &log, records: &records, rows: &rows });
    assert_eq!(found.map_err(|violation| violation.invariant), Err("INV-62"));
}

#[test]
fn inv_35_a_reversal_that_reads_no_settlements_is_caught_in_step() {
    let found = in_step(vec![Box::new(Books::broken(Fault::LiveLinksNotRead))]);
    assert!(found.is_err(), "a return that leaves its settlements in force goes unnoticed");
}
