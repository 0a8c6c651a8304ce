//! What single words of a case mean: each small case here holds, and with any other figure it does not.

use ar_testing::cases::run::{Verdict, run};
use ar_testing::cases::source::Case;
use serde_json::{Value, json};

use super::{leaves, other, unsupported};

fn verdict(policy: &Value, steps: &[Value], expect: &Value) -> Verdict {
    let form = json!({"id": "own/words", "source": {"repo": "this test"}, "feature": "words",
        "policy": policy, "steps": steps, "expect": expect});
    run(&Case::of(form).expect("a case"))
}

/// The case passes, and does not with any figure of it changed.
fn holds(policy: Value, steps: &[Value], expect: &[Value]) {
    let mut form = json!(expect);
    assert_eq!(verdict(&policy, steps, &form), Verdict::Passed);
    let mut paths = Vec::new();
    for (n, told) in expect.iter().enumerate() {
        leaves(&told["value"], &format!("/{n}/value"), &mut paths);
    }
    for path in paths {
        let told = form.pointer(&path).expect("a value").clone();
        *form.pointer_mut(&path).expect("a value") = other(&told);
        assert_ne!(verdict(&policy, steps, &form), Verdict::Passed, "with another {path}");
        *form.pointer_mut(&path).expect("a value") = told;
    }
}

fn step(verb: &str, reference: &str, date: &str, amount: &str) -> Value {
    json!({"do": verb, "ref": reference, "customer": "K", "date": date, "currency": "EUR",
        "amount": amount})
}

/// The same with more keys.
fn with(mut step: Value, more: Value) -> Value {
    for (key, value) in more.as_object().into_iter().flatten() {
        step[key] = value.clone();
    }
    step
}

fn allocate(from: &str, to: &str, date: &str, amount: &str) -> Value {
    json!({"do": "allocate", "from": from, "to": to, "date": date, "amount": amount})
}

fn figure(what: &str, reference: &str, at: &str, value: impl Into<Value>) -> Value {
    json!({"what": what, "ref": reference, "at": at, "value": value.into()})
}

/// 1,000 that 980 settle within ten days.
fn discounted() -> Vec<Value> {
    vec![
        step("invoice", "I", "2024-06-01", "1000.00"),
        step("payment", "P", "2024-06-05", "980.00"),
        allocate("P", "I", "2024-06-05", "980.00"),
    ]
}

#[test]
fn a_discount_that_is_never_used_is_neither_taken_nor_quoted() {
    let policy = |word| json!({"discounts": [{"percent": "2", "days": 10}], "use_discount": word});
    let never = [
        figure("discount", "P", "2024-06-05", "0.00"),
        figure("open_balance", "I", "2024-06-05", "20.00"),
        figure("settlement_quote", "I", "2024-06-04", "1000.00"),
    ];
    holds(policy("never"), &discounted(), &never);
    let normal = [figure("discount", "P", "2024-06-05", "20.00")];
    holds(policy("normal"), &discounted(), &normal);
    let unknown = verdict(&policy("sometimes"), &discounted(), &json!(never));
    assert_eq!(unsupported(&unknown), "policy.use_discount=sometimes");
}

#[test]
fn a_discount_of_nothing_is_none() {
    let mut steps = discounted();
    steps[1] = step("payment", "P", "2024-06-05", "1000.00");
    steps[2] = with(allocate("P", "I", "2024-06-05", "1000.00"), json!({"discount": "0.00"}));
    let expect =
        [figure("discount", "P", "2024-06-05", "0.00"), figure("open_balance", "I", "2024-06-05", "0.00")];
    holds(json!({"discounts": [{"percent": "2", "days": 10}]}), &steps, &expect);
}

#[test]
fn what_is_quoted_is_of_its_day_whatever_came_later() {
    let policy = json!({"discounts": [{"percent": "2", "days": 10}]});
    let quote = |at, value| figure("settlement_quote", "I", at, value);
    let expect = [
        quote("2024-06-04", "980.00"),
        quote("2024-06-05", "980.00"),
        quote("2024-06-06", "0.00"),
        figure("discount_unearned_available", "I", "2024-06-04", "20.00"),
        figure("discount_unearned_available", "I", "2024-06-05", "0.00"),
    ];
    holds(policy.clone(), &discounted(), &expect);
    let mut steps = discounted();
    steps.insert(1, with(step("credit_memo", "M", "2024-06-03", "100.00"), json!({"of": "I"})));
    steps[2] = step("payment", "P", "2024-06-05", "882.00");
    steps[3] = allocate("P", "I", "2024-06-05", "882.00");
    holds(policy, &steps, &[quote("2024-06-02", "980.00"), quote("2024-06-04", "882.00")]);
}

#[test]
fn moves_between_control_accounts_of_one_customer_are_none_in_totals() {
    let steps = [
        with(step("invoice", "I", "2024-06-01", "120.00"), json!({"net": "100.00", "tax": "20.00"})),
        with(
            step("payment", "P", "2024-06-05", "118.00"),
            json!({"deductions": [{"account": "write_off", "amount": "2.00"}],
                "allocations": [{"ref": "I", "amount": "120.00"}]}),
        ),
        step("payment", "Q", "2024-06-05", "10.00"),
        json!({"do": "transfer", "ref": "Q", "date": "2024-06-06", "to_customer": "L"}),
    ];
    // What moves from one customer to another is no such move.
    let totals = json!({
        "receivable": {"debit": "130.00", "credit": "140.00"},
        "cash": {"debit": "128.00", "credit": "0.00"},
        "write_off": {"debit": "2.00", "credit": "0.00"},
        "tax": {"debit": "0.00", "credit": "20.00"}
    });
    let expect = [
        figure("journal_totals", "ALL", "2024-06-06", totals),
        figure("journal_total", "P", "2024-06-05", "120.00"),
    ];
    holds(json!({}), &steps, &expect);
}

#[test]
fn a_plan_counts_from_its_day_and_what_was_paid_before_it_stays_paid() {
    let policy = json!({"start": "2024-02-15", "every_months": 1, "instalment": "30.00"});
    let steps = [
        with(step("invoice", "I", "2024-01-01", "100.00"), json!({"due": "2024-01-31"})),
        with(
            step("payment", "P", "2024-01-20", "40.00"),
            json!({"allocations": [{"ref": "I", "amount": "40.00"}]}),
        ),
        json!({"do": "reschedule", "ref": "I", "date": "2024-02-01"}),
    ];
    let before = json!([{"due": "2024-01-31", "amount": "100.00", "outstanding": "60.00"}]);
    let after = json!([{"due": "2024-02-15", "amount": "30.00"}, {"due": "2024-03-15", "amount": "30.00"}]);
    let expect = [
        figure("schedule", "I", "2024-01-31", before),
        figure("schedule", "I", "2024-02-01", after),
        figure("settlement_quote", "I", "2024-01-31", "60.00"),
        figure("status", "I", "2024-02-01", "partly_paid"),
        figure("open_balance", "I", "2024-02-01", "60.00"),
    ];
    holds(policy, &steps, &expect);
}

/// 40 are left of an invoice, and a memo of 70 for it.
fn memo(later: Value) -> Vec<Value> {
    vec![
        step("invoice", "I", "2024-06-01", "100.00"),
        step("invoice", "J", "2024-06-01", "50.00"),
        with(
            step("payment", "P", "2024-06-02", "60.00"),
            json!({"allocations": [{"ref": "I", "amount": "60.00"}]}),
        ),
        with(step("credit_memo", "M", "2024-06-05", "70.00"), json!({"of": "I"})),
        later,
    ]
}

#[test]
fn a_memo_goes_to_its_invoice_unless_a_later_step_needs_it() {
    let policy = json!({"credit_note_excess": "customer_balance"});
    let split = |pre: &str, post: &str| json!({"pre_payment": pre, "post_payment": post});
    let rest = [
        figure("open_balance", "I", "2024-06-05", "0.00"),
        figure("on_account", "K", "2024-06-05", "30.00"),
        figure("on_account", "K", "2024-06-10", "0.00"),
        figure("credit_split", "M", "2024-06-05", split("40.00", "30.00")),
        figure("credit_split", "M", "2024-06-10", split("40.00", "30.00")),
        figure("open_balance", "J", "2024-06-10", "20.00"),
    ];
    holds(policy.clone(), &memo(allocate("M", "J", "2024-06-10", "30.00")), &rest);
    // More than the rest, and the invoice itself.
    let more = [
        figure("open_balance", "I", "2024-06-10", "40.00"),
        figure("open_balance", "J", "2024-06-10", "19.00"),
    ];
    holds(policy.clone(), &memo(allocate("M", "J", "2024-06-10", "31.00")), &more);
    let there = [
        figure("open_balance", "I", "2024-06-09", "40.00"),
        figure("open_balance", "I", "2024-06-10", "10.00"),
    ];
    holds(policy.clone(), &memo(allocate("M", "I", "2024-06-10", "30.00")), &there);
    let paid = with(
        step("payment", "Q", "2024-06-10", "20.00"),
        json!({"allocations": [{"ref": "J", "amount": "50.00"}, {"ref": "M", "amount": "-30.00"}]}),
    );
    let beside = [
        figure("open_balance", "I", "2024-06-05", "0.00"),
        figure("open_balance", "J", "2024-06-10", "0.00"),
        figure("open_balance", "M", "2024-06-10", "0.00"),
    ];
    holds(policy, &memo(paid), &beside);
}

#[test]
fn what_a_memo_or_an_entry_settled_is_taken_back_before_it_is_cancelled() {
    let cancelled = |by: Value| {
        let cancel = json!({"do": "cancel", "ref": "M", "date": "2024-06-08"});
        let expect = [
            figure("open_balance", "I", "2024-06-07", "60.00"),
            figure("open_balance", "I", "2024-06-08", "100.00"),
            figure("open_balance", "K", "2024-06-08", "100.00"),
            figure("status", "M", "2024-06-08", "cancelled"),
        ];
        holds(json!({}), &[step("invoice", "I", "2024-06-01", "100.00"), by, cancel], &expect);
    };
    cancelled(with(step("credit_memo", "M", "2024-06-05", "40.00"), json!({"of": "I"})));
    cancelled(with(step("journal", "M", "2024-06-05", "-40.00"), json!({"against": "I"})));
}

#[test]
fn what_is_sent_does_not_depend_on_what_is_expected() {
    let refused = |steps: &[Value], of: &str, word: &str| {
        let expect = json!([figure("error", of, "2024-06-15", word)]);
        assert!(!matches!(verdict(&json!({}), steps, &expect), Verdict::Passed), "{word}");
    };
    // Set on someone's word, and so accepted, whoever expects a refusal.
    let early = [with(step("invoice", "I", "2024-06-15", "100.00"), json!({"due": "2024-06-14"}))];
    holds(json!({}), &early, &[figure("due_date", "I", "2024-06-15", "2024-06-14")]);
    refused(&early, "I", "due_before_document_date");
    let cancelled = [
        step("invoice", "I", "2024-06-01", "100.00"),
        with(step("credit_memo", "M", "2024-06-05", "40.00"), json!({"of": "I"})),
        json!({"do": "cancel", "ref": "M", "date": "2024-06-15"}),
    ];
    refused(&cancelled, "M", "has_allocations");
}

#[test]
fn an_allocation_in_a_closed_period_moves_where_the_case_lets_it() {
    let mut steps = vec![
        step("invoice", "I", "2026-01-14", "100.00"),
        step("payment", "P", "2026-01-20", "100.00"),
        json!({"do": "lock_date", "through": "2026-01-31"}),
        with(allocate("P", "I", "2026-01-20", "100.00"), json!({"ref": "A"})),
    ];
    let open = |at, value| figure("open_balance", "I", at, value);
    let first = [open("2026-01-31", "100.00"), open("2026-02-01", "0.00")];
    holds(json!({"closed_period": "first_open_day"}), &steps, &first);
    let entry = [open("2026-03-04", "100.00"), open("2026-03-05", "0.00")];
    holds(json!({"closed_period": "shift_posting_date", "today": "2026-03-05"}), &steps, &entry);
    // A switch that stands at nothing is none.
    let refused = [figure("error", "A", "2026-03-05", "period_closed")];
    holds(json!({"closed_period": null}), &steps, &refused);
    steps[3] = json!({"do": "allocate_max", "ref": "A", "from": "P", "to": ["I"], "date": "2026-01-20"});
    holds(json!({"closed_period": "first_open_day"}), &steps, &first);
    steps[3] = with(allocate("P", "I", "2026-02-10", "100.00"), json!({"ref": "A"}));
    let own = [open("2026-02-09", "100.00"), open("2026-02-10", "0.00")];
    holds(json!({"closed_period": "first_open_day"}), &steps, &own);
}

#[test]
fn a_payment_is_posted_on_the_day_it_says() {
    let steps = [with(step("payment", "P", "2016-01-01", "100.00"), json!({"posted_on": "2017-01-12"}))];
    let policy = json!({"lock_date": "2016-12-31", "closed_period": "shift_posting_date"});
    holds(policy, &steps, &[figure("posting_date", "P", "2017-01-12", "2017-01-12")]);
}

#[test]
fn a_draft_shows_what_it_would_come_to() {
    let draft = |tax: &str| {
        let more = json!({"net": "1000.00", "tax": tax, "draft": true});
        [with(step("invoice", "I", "2024-06-01", "1100.00"), more)]
    };
    let policy = json!({"tax_percent": "10"});
    let totals = json!({"net": "1000.00", "tax": "100.00", "total": "1100.00"});
    let expect =
        [figure("totals", "I", "2024-06-01", totals), figure("open_balance", "I", "2024-06-01", "0.00")];
    holds(policy, &draft("100.00"), &expect);
    let other = verdict(&json!({"tax_percent": "9"}), &draft("100.00"), &json!([expect[1]]));
    assert!(other.reason().contains("total of I: expected \"1100.00\", actual \"1090.00\""), "{other:?}");
}

#[test]
fn all_that_a_credit_settled_is_taken_back_but_no_part() {
    let back = |more: Value| {
        vec![
            step("invoice", "I", "2024-06-01", "100.00"),
            step("invoice", "J", "2024-06-01", "50.00"),
            with(
                step("payment", "P", "2024-06-05", "150.00"),
                json!({"allocations": [{"ref": "I", "amount": "100.00"}, {"ref": "J", "amount": "50.00"}]}),
            ),
            with(json!({"do": "unallocate", "from": "P", "date": "2024-06-08"}), more),
        ]
    };
    let unapplied = |value| [figure("unapplied", "P", "2024-06-08", value)];
    holds(json!({}), &back(json!({})), &unapplied("150.00"));
    holds(json!({}), &back(json!({"amount": "150.00"})), &unapplied("150.00"));
    holds(json!({}), &back(json!({"to": "J", "amount": "50.00"})), &unapplied("50.00"));
    let part = verdict(&json!({}), &back(json!({"to": "I", "amount": "30.00"})), &json!(unapplied("30.00")));
    assert_eq!(unsupported(&part), "unallocate.amount of a part");
}

#[test]
fn a_rate_by_pair_counts_base_units_and_none_is_for_the_library_to_refuse() {
    let policy = json!({"functional_currency": "USD"});
    let steps = |pair: &str| {
        [
            json!({"do": "fx_rate", "date": "2024-01-01", "pair": pair, "value": "1.25"}),
            step("invoice", "I", "2024-01-15", "100.00"),
            with(step("invoice", "J", "2024-01-15", "10.00"), json!({"currency": "USD"})),
        ]
    };
    let base = [
        figure("open_balance_base", "I", "2024-01-15", "125.00"),
        // Over all currencies of the customer.
        figure("open_balance_base", "K", "2024-01-15", "135.00"),
    ];
    holds(policy.clone(), &steps("EUR/USD"), &base);
    let turned = verdict(&policy, &steps("USD/EUR"), &json!(base));
    assert_eq!(unsupported(&turned), "fx_rate without rate_quote");
    let unrated = [step("invoice", "I", "2024-01-15", "100.00")];
    holds(policy.clone(), &unrated, &[figure("error", "I", "2024-01-15", "missing_rate")]);
    let unasked = verdict(&policy, &unrated, &json!([figure("open_balance", "I", "2024-01-15", "100.00")]));
    assert_eq!(unsupported(&unasked), "invoice in foreign currency without a rate");
}

#[test]
fn a_period_that_was_defined_was_accepted() {
    let steps = [json!({"do": "define_period", "ref": "Q", "start": "2024-04-01", "end": "2024-06-30"})];
    let expect =
        [figure("status", "Q", "2024-06-30", "accepted"), figure("status", "Q", "2024-06-30", "open")];
    holds(json!({}), &steps, &expect);
}

#[test]
fn a_statement_of_nothing_is_empty() {
    let steps = [step("invoice", "I", "2024-06-10", "100.00")];
    let policy = |style| json!({"statement": style, "from": "2024-05-01", "to": "2024-05-31"});
    let forward = json!({"opening": "0.00", "lines": [], "closing": "0.00"});
    holds(policy("balance_forward"), &steps, &[figure("statement", "K", "2024-05-31", forward)]);
    let items = json!({"items": [], "total": "0.00"});
    holds(policy("open_item"), &steps, &[figure("statement", "K", "2024-05-31", items)]);
}

/// When and how much an invoice of an amount is due.
fn due(policy: Value, date: &str, amount: &str, schedule: Value) {
    holds(policy, &[step("invoice", "I", date, amount)], &[figure("schedule", "I", date, schedule)]);
}

#[test]
fn lines_of_terms_say_months_then_a_day_then_days_and_the_last_takes_the_rest() {
    let line = |kind: &str, more: Value| with(json!({"type": kind}), more);
    let lines = [
        line("percent_of_total", json!({"percent": "25", "offset": {"set_day": 20}})),
        line("fixed", json!({"amount": "50.00", "offset": {"months": 1, "days": 30}})),
        line("remainder", json!({"offset": {"set_day": 15, "months": 2, "days": 30}})),
    ];
    let parts = json!([
        {"due": "2024-10-20", "amount": "25.00"},
        {"due": "2024-12-01", "amount": "50.00"},
        {"due": "2025-01-14", "amount": "25.00"},
    ]);
    due(json!({"payment_terms": lines}), "2024-10-01", "100.00", parts);
    // 70 % and 200 leave 100 of 1,000, whatever the last line says.
    let lines = json!([{"percent": "70"}, {"fixed": "200.00", "days": 10}, {"percent": "30", "days": 20}]);
    let parts = json!([
        {"due": "2024-01-01", "amount": "700.00"},
        {"due": "2024-01-11", "amount": "200.00"},
        {"due": "2024-01-21", "amount": "100.00"},
    ]);
    due(json!({"lines": lines}), "2024-01-01", "1000.00", parts);
}

#[test]
fn a_day_of_the_month_after_the_one_that_days_lead_to() {
    for (days, day, date, on) in [
        (30, 10, "2023-12-12", "2024-02-10"),
        (30, 31, "2023-12-12", "2024-02-29"),
        (15, 30, "2024-05-24", "2024-07-30"),
        (30, 0, "2024-04-22", "2024-05-31"),
    ] {
        let policy = json!({"rule": "days_then_end_of_month_then_day_of_next_month", "days": days,
            "day_of_month": day});
        due(policy, date, "100.00", json!([{"due": on, "amount": "100.00"}]));
    }
}

#[test]
fn a_plan_by_number_and_an_aging_by_the_day_of_booking() {
    let plan = json!({"start": "2024-01-31", "every_months": 1, "number": 3, "month_end": "keep day, clip"});
    let steps = [
        step("invoice", "I", "2024-01-01", "100.00"),
        json!({"do": "reschedule", "ref": "I", "date": "2024-01-31"}),
    ];
    let parts = json!([
        {"due": "2024-01-31", "amount": "33.33"},
        {"due": "2024-02-29", "amount": "33.33"},
        {"due": "2024-03-31", "amount": "33.34"},
    ]);
    holds(plan, &steps, &[figure("schedule", "I", "2024-01-31", parts)]);
    let aging = json!({"age_by": "posting_date", "bucket_days": [30, 60, 90]});
    let steps = [with(step("invoice", "I", "2024-04-20", "100.00"), json!({"due": "2024-06-10"}))];
    let columns = json!(["0.00", "100.00", "0.00", "0.00"]);
    holds(aging, &steps, &[figure("statement_aging", "K", "2024-06-15", columns)]);
}

#[test]
fn a_matrix_has_an_outlook() {
    let policy = json!({"matrix": [{"bucket": "current", "loss_percent": "1"}], "overlay": "1.1"});
    let steps = [json!({"do": "aging_input", "date": "2024-06-15", "buckets": {"current": "1000.00"}})];
    holds(policy, &steps, &[figure("provision", "TOTAL", "2024-06-15", "11.00")]);
}
