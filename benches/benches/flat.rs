//! One payment costs the same in an account with 10 and with 1,000,000 open items: each pair is
//! measured in one run, by explicit target, by exact amount and by oldest due first.
//!
//! `cargo bench -p ar-benches --bench flat`. Size: AR_BENCH_OPEN (1,000,000).

use std::time::Duration;

use ar_benches::{book_id, envelope, must, report, size, timed};
use ar_core::allocation::{How, Rule, Target};
use ar_core::book::OpenBook;
use ar_core::command::Command;
use ar_core::document::{IssueInvoice, Line, Number, TaxMode};
use ar_core::payment::{Keep, Method, Payer, ReceivePayment};
use ar_core::values::*;
use ar_store::{Ledger, Store};

fn main() {
    let large = size("AR_BENCH_OPEN", 1_000_000);
    let memory = Ledger::memory(book_id());
    measure("memory", &memory, large);
    let folder = tempfile::tempdir().expect("a folder");
    let sqlite = Ledger::open_sqlite(folder.path().join("flat.db"), book_id()).expect("a book");
    measure("sqlite", &sqlite, size("AR_BENCH_OPEN_SQLITE", large.min(200_000)));
}

fn measure<S: Store>(name: &str, ledger: &Ledger<S>, large: usize) {
    let usd = must(Currency::parse("USD"));
    let open = OpenBook { base: usd, settings: Vec::new() };
    run(ledger, vec![envelope("open", Command::OpenBook(open))]);
    for (holder, items) in [("SMALL", 10 + 600), ("LARGE", large)] {
        let open = ar_core::account::OpenAccount {
            account: must(AccountId::parse(holder)),
            date: day(0),
            profile: Default::default(),
            party: None,
            limit: Default::default(),
        };
        run(ledger, vec![envelope(holder, Command::OpenAccount(Box::new(open)))]);
        for from in (0..items).step_by(10_000) {
            let to = (from + 10_000).min(items);
            run(ledger, (from..to).map(|n| invoice(holder, n)).collect());
        }
    }
    report(&format!("one payment in an account with few and with {large} open items, {name}:"));
    let rules: [(&str, Find); 3] = [
        ("explicit", |holder, n| {
            let item = must(ItemId::parse(&format!("{holder}-{n}")));
            How::Explicit(vec![Target {
                item,
                amount: None,
                discount: true,
                tolerance: true,
                grant: None,
                exchange: None,
                withheld: None,
            }])
        }),
        ("exact item", |_, _| by(Rule::ExactItem)),
        ("oldest due first", |_, _| by(Rule::OldestDueFirst { partial: true })),
    ];
    for (k, (rule, how)) in rules.iter().enumerate() {
        let mut took = [Duration::ZERO, Duration::ZERO];
        for round in 0..200 {
            for (which, holder) in ["SMALL", "LARGE"].into_iter().enumerate() {
                let n = k * 200 + round;
                let command = payment(holder, n, how(holder, n), k);
                let ((), part) = timed(|| run(ledger, vec![command]));
                took[which] += part;
            }
        }
        let ratio = took[1].as_secs_f64() / took[0].as_secs_f64();
        report(&format!(
            "  {rule:<18} few {:>8.1?}  many {:>8.1?}  ratio {ratio:.2} (bound 2)",
            took[0] / 200,
            took[1] / 200
        ));
    }
}

/// How the payment of an account's nth invoice finds what it settles.
type Find = fn(&str, usize) -> How;

fn by(rule: Rule) -> How {
    How::ByPolicy { references: Vec::new(), rules: Some(vec![rule]), attended: true }
}

fn run<S: Store>(ledger: &Ledger<S>, commands: Vec<ar_core::Envelope>) {
    for answer in pollster::block_on(ledger.execute_each(commands)) {
        answer.expect("the command is accepted");
    }
}

fn day(n: i32) -> Date {
    must(must(Date::parse("2024-01-01")).add_days(n))
}

/// Each amount is unique within its account, so that the exact rule finds one item.
fn cents(n: usize) -> i64 {
    10_000 + n as i64
}

fn amount(cents: i64) -> Amount {
    must(Amount::parse(&format!("{}.{:02}", cents / 100, cents % 100)))
}

fn invoice(holder: &str, n: usize) -> ar_core::Envelope {
    let command = IssueInvoice {
        account: must(AccountId::parse(holder)),
        number: Number::Given(must(DocumentId::parse(&format!("{holder}-{n}")))),
        currency: None,
        rate: None,
        date: day((n % 300) as i32),
        accounting_date: None,
        terms: None,
        lines: vec![Line { amount: Some(amount(cents(n))), ..Line::default() }],
        tax_mode: TaxMode::Exclusive,
        discount: None,
        po_number: None,
        order: None,
        credit_override: None,
        attributes: Attributes::default(),
        reason: None,
    };
    envelope(&format!("i-{holder}-{n}"), Command::IssueInvoice(Box::new(command)))
}

fn payment(holder: &str, n: usize, how: How, k: usize) -> ar_core::Envelope {
    let command = ReceivePayment {
        payment: must(DocumentId::parse(&format!("P-{holder}-{k}-{n}"))),
        payer: Payer::Account(must(AccountId::parse(holder))),
        method: Method::Wire,
        currency: None,
        rate: None,
        amount: amount(cents(n)),
        date: day(400),
        accounting_date: None,
        value_date: None,
        bank: None,
        reference: None,
        keep: Keep::Unapplied,
        order: None,
        allocate: Some(how),
        attributes: Attributes::default(),
    };
    envelope(&format!("p-{holder}-{k}-{n}"), Command::ReceivePayment(Box::new(command)))
}
