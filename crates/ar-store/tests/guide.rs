//! The guide's commands, run in the order in which the guide gives them: every one is accepted, and
//! the figures that the text names come out.
#![allow(missing_docs)]

use ar_core::provision::{AllowanceMovement, Matrix};
use ar_core::query::{
    AgingBy, AllowanceBy, AsOf, LossRatesBy, PooledBy, ProposalStatus, Scope, aging, allowance,
    allowance_by_pools, exposure, loss_rates, proposals,
};
use ar_core::values::{AccountId, BookId, Currency, Date, ItemId, Money, Rounding};
use ar_core::what_if::Outcome;
use ar_core::wire::read_envelope;
use ar_store::{Failure, Ledger, Memory, Receipt};
use pollster::block_on;

/// The lines of the blocks of a page that are marked as commands.
fn commands(page: &str) -> Vec<&str> {
    let blocks = page.split("\n```jsonl\n").skip(1);
    blocks.flat_map(|block| block.split("\n```").next().unwrap_or("").lines()).collect()
}

/// A command without its book is for this one, as the program has it.
fn send(ledger: &Ledger<Memory>, line: &str) -> Result<Receipt, Failure> {
    let line = line.strip_prefix('{').map(|rest| format!(r#"{{"book":"main",{rest}"#)).unwrap_or_default();
    block_on(ledger.execute(read_envelope(line.as_bytes())?))
}

fn opened() -> Ledger<Memory> {
    let ledger = Ledger::memory(BookId::parse("main").unwrap());
    let init = r#"{"id":"init","actor":"arledger","at":"2026-01-02T07:00:00Z","command":{"open_book":{"base":"USD"}}}"#;
    send(&ledger, init).unwrap();
    ledger
}

fn played(page: &str) -> Ledger<Memory> {
    let ledger = opened();
    let lines = commands(page);
    assert!(lines.len() >= 4, "the commands were not found");
    for line in lines {
        if let Err(failure) = send(&ledger, line) {
            panic!("[{}] {failure}\n{line}", failure.code());
        }
    }
    assert!(block_on(ledger.verify()).unwrap().is_ok());
    ledger
}

/// Open items and total of the aging on a day.
fn aged(ledger: &Ledger<Memory>, on: &str) -> (u64, String) {
    let as_of = AsOf { effective: Date::parse(on).unwrap(), known: u64::MAX };
    let aging = block_on(ledger.read(move |view| aging(view, as_of, &AgingBy::default()))).unwrap().unwrap();
    let dollars = &aging.currencies[0];
    (dollars.open_items, dollars.total.to_string())
}

#[test]
fn getting_started_runs_and_ages_as_it_says() {
    let ledger = played(include_str!("../../../docs/guide/start.md"));
    assert_eq!(aged(&ledger, "2026-03-01"), (1, "80.00".to_owned()));
    assert_eq!(aged(&ledger, "2026-02-11"), (2, "200.00".to_owned()));
}

#[test]
fn the_page_on_discounts_comes_to_the_figures_it_tells() {
    let ledger = played(include_str!("../../../docs/guide/discounts.md"));
    assert_eq!(aged(&ledger, "2026-01-08"), (1, "693.88".to_owned()));
    assert_eq!(aged(&ledger, "2026-01-20"), (0, "0.00".to_owned()));
}

#[test]
fn the_page_on_tolerances_comes_to_the_figures_it_tells() {
    let ledger = played(include_str!("../../../docs/guide/tolerances.md"));
    assert_eq!(aged(&ledger, "2026-01-19"), (2, "2000.00".to_owned()));
    assert_eq!(aged(&ledger, "2026-01-20"), (0, "0.00".to_owned()));
}

#[test]
fn the_page_on_foreign_currency_comes_to_the_figures_it_tells() {
    let ledger = played(include_str!("../../../docs/guide/currency.md"));
    assert_eq!(aged(&ledger, "2026-02-15"), (0, "0.00".to_owned()), "euros come first");
    let as_of = AsOf { effective: Date::parse("2026-02-15").unwrap(), known: u64::MAX };
    let aging = block_on(ledger.read(move |view| aging(view, as_of, &AgingBy::default()))).unwrap().unwrap();
    let dollars = aging.currencies.iter().find(|c| c.currency.code() == "USD").unwrap();
    assert_eq!(dollars.unapplied.to_string(), "-80.00");
}

#[test]
fn the_pages_on_periods_and_the_close_come_to_the_figures_they_tell() {
    let ledger = played(include_str!("../../../docs/guide/periods.md"));
    assert_eq!(aged(&ledger, "2026-01-31"), (1, "60.00".to_owned()));
    let page = include_str!("../../../docs/guide/close.md");
    let ledger = played(page);
    assert_eq!(aged(&ledger, "2026-01-31"), (1, "60.00".to_owned()));
    // Negative control: without the allocation the month is not closed, as the page says.
    let ledger = opened();
    let answers =
        commands(page).into_iter().filter(|line| !line.contains("c-6")).map(|line| send(&ledger, line));
    let refused: Vec<&str> = answers.filter_map(Result::err).map(|failure| failure.code()).collect();
    assert_eq!(refused, ["close.unallocated_receipt", "period.state"]);
}

#[test]
fn the_page_on_allocation_comes_to_the_figures_it_tells() {
    let ledger = played(include_str!("../../../docs/guide/allocation.md"));
    assert_eq!(aged(&ledger, "2026-01-20"), (1, "230.00".to_owned()));
}

#[test]
fn the_page_on_debits_comes_to_the_figures_it_tells() {
    let ledger = played(include_str!("../../../docs/guide/debits.md"));
    assert_eq!(aged(&ledger, "2026-02-10"), (2, "500.00".to_owned()));
    assert_eq!(aged(&ledger, "2026-02-11"), (4, "500.00".to_owned()));
    let as_of = AsOf { effective: Date::parse("2026-02-23").unwrap(), known: u64::MAX };
    let account = AccountId::parse("C-2").unwrap();
    let found = block_on(ledger.read(move |view| exposure(view, as_of, &account))).unwrap().unwrap();
    let parts = &found.currencies[0];
    let uncounted = parts.uncounted.map(|amount| amount.to_string());
    assert_eq!((parts.debit.to_string(), uncounted.as_deref()), ("900.00".to_owned(), Some("300.00")));
    assert_eq!(parts.exposure.to_string(), "1000.00", "600.00 that count, and the order of 400.00");
}

#[test]
fn the_page_on_bad_debt_comes_to_the_figures_it_tells() {
    let page = include_str!("../../../docs/guide/bad-debt.md");
    let ledger = played(page);
    let form = page.split("from_str(r#\"").nth(1).and_then(|rest| rest.split("\"#").next());
    let matrix: Matrix = serde_json::from_str(form.expect("the matrix of the page")).unwrap();
    let usd = Currency::parse("USD").unwrap();
    let of = |minor| Money::new(minor, usd).unwrap();
    let as_of = AsOf { effective: Date::parse("2026-03-31").unwrap(), known: u64::MAX };
    let found = |assessed: Vec<(ItemId, Money)>| {
        let (aging, matrix) = (AgingBy::default(), matrix.clone());
        let by = AllowanceBy { aging, matrix, assessed, rounding: Rounding::default() };
        let all = block_on(ledger.read(move |view| allowance(view, as_of, &by))).unwrap().unwrap();
        all.currencies[0].total.in_currency(usd).unwrap()
    };
    assert_eq!(found(Vec::new()), of(30_400));
    let target = found(vec![(ItemId::parse("INV-3").unwrap(), of(45_000))]);
    assert_eq!(target, of(65_400));
    let moved = AllowanceMovement::to(of(10_000), of(0), target).unwrap();
    assert_eq!(moved.entry()[0].amount, of(55_400).amount());
}

#[test]
fn the_history_and_the_pools_of_the_page_on_bad_debt_come_to_the_figures_it_tells() {
    let page = include_str!("../../../docs/guide/bad-debt.md");
    let ledger = played(page);
    let day = |text| Date::parse(text).unwrap();
    let as_of = AsOf { effective: day("2026-03-31"), known: u64::MAX };
    let by = LossRatesBy::cohort(day("2026-01-01"), day("2026-01-31"));
    let found = block_on(ledger.read(move |view| loss_rates(view, as_of, &by))).unwrap().unwrap();
    let told: Vec<String> = found.currencies[0]
        .buckets
        .iter()
        .map(|row| format!("{} {} {} {}", row.reached, row.lost, row.percent, row.open))
        .collect();
    let young = "1620.00 50.00 3.086419753086 1500.00";
    let wanted = [young, young, "1500.00 0.00 0 1500.00", "0.00 0.00 0 0.00", "0.00 0.00 0 0.00"];
    assert_eq!(told, wanted);

    let form = page.split("\n```json\n").nth(1).and_then(|rest| rest.split("\n```").next());
    let file: serde_json::Value = serde_json::from_str(form.expect("the pools of the page")).unwrap();
    let pools = serde_json::from_value(file["pools"].clone()).unwrap();
    let assessed = Vec::new();
    let by = PooledBy { aging: AgingBy::default(), pools, assessed, rounding: Rounding::default() };
    let found = block_on(ledger.read(move |view| allowance_by_pools(view, as_of, &by))).unwrap().unwrap();
    assert_eq!(found.currencies[0].total.to_string(), "334.40", "a tenth more than 304.00");
}

#[test]
fn the_page_on_approval_comes_to_the_figures_it_tells() {
    let page = include_str!("../../../docs/guide/approval.md");
    let ledger = played(page);
    assert_eq!(aged(&ledger, "2026-03-31"), (1, "0.00".to_owned()), "202.00 owed and 202.00 on account");
    let as_of = AsOf { effective: Date::parse("2026-03-31").unwrap(), known: u64::MAX };
    let all = block_on(ledger.read(move |view| proposals(view, as_of, &Scope::All, false, None, 10)));
    let all = all.unwrap().unwrap().proposals;
    let told = [("a-7", ProposalStatus::Rejected), ("a-10", ProposalStatus::Approved)];
    let found: Vec<_> = all.iter().map(|line| (line.proposal.as_str(), line.status)).collect();
    assert_eq!(found, told);

    // Negative control: whoever looked at something else approves nothing.
    let digest = all[1].digest.to_string();
    let ledger = opened();
    let other = page.replace(&digest, &"0".repeat(64));
    assert_ne!(other, page);
    let refused = commands(&other).into_iter().filter_map(|line| send(&ledger, line).err());
    assert_eq!(refused.map(|failure| failure.code()).collect::<Vec<_>>(), ["approval.digest_differs"]);
}

#[test]
fn the_page_on_tax_comes_to_the_figures_it_tells() {
    let ledger = played(include_str!("../../../docs/guide/tax.md"));
    assert_eq!(aged(&ledger, "2026-01-05"), (2, "1314.45".to_owned()));
    // 1,100.00 paid and 100.00 withheld.
    assert_eq!(aged(&ledger, "2026-01-20"), (1, "114.45".to_owned()));
}

#[test]
fn every_command_of_the_guide_is_accepted_in_its_order() {
    let page = include_str!("../../../docs/guide/commands.md");
    let ledger = played(page);
    // 1,296.00 is paid; of 550.00, 22.50 are credited, 197.50 paid and 0.50 given up; of the cheque
    // of 300.00, 72.50 are unapplied here and 20.00 on the other account.
    assert_eq!(aged(&ledger, "2026-02-28"), (1, "237.00".to_owned()));

    // Negative control: a page that asks for what is not so is caught.
    let broken = page.replace(
        "\"item\":\"INV-2026-00002#2\",\"amount\":\"0.50\"",
        "\"item\":\"INV-2026-00002#3\",\"amount\":\"0.50\"",
    );
    assert_ne!(broken, page);
    let ledger = opened();
    let refused = commands(&broken).into_iter().filter(|line| send(&ledger, line).is_err()).count();
    assert_eq!(refused, 1);
}

#[test]
fn the_page_on_finance_charges_comes_to_the_figures_it_tells() {
    let ledger = played(include_str!("../../../docs/guide/charges.md"));
    assert_eq!(aged(&ledger, "2026-03-31"), (2, "612.23".to_owned()));
}

#[test]
fn the_page_on_what_if_comes_to_the_differences_it_tells() {
    let ledger = played(include_str!("../../../docs/guide/what-if.md"));
    let command = |id: &str, command: &str| {
        let text = format!(
            r#"{{"book":"main","id":"{id}","actor":"ann","at":"2026-02-01T08:00:00Z","command":{command}}}"#
        );
        read_envelope(text.as_bytes()).unwrap()
    };
    let run = command("run", r#"{"allocate":{"credit":"P-1","date":"2026-01-31","how":{"by_policy":{}}}}"#);
    let settings = command(
        "settings",
        r#"{"configure":{"policies":{"unattended":["exact_item",{"oldest_due_first":{"partial":true}}]}}}"#,
    );
    let outcome = |commands: Vec<ar_core::Envelope>| {
        let mut outcome = Outcome::default();
        match block_on(ledger.trial(commands)).unwrap().pop().unwrap() {
            Ok(preview) => outcome.accepted(&run.id, &preview.events),
            Err(failure) => outcome.refused(&run.id, failure.code()),
        }
        outcome
    };
    let before = block_on(ledger.head()).unwrap();
    let (one, other) = (outcome(vec![run.clone()]), outcome(vec![settings, run.clone()]));
    assert_eq!(block_on(ledger.head()).unwrap(), before);
    let found = one.compared_with(&other).unwrap();
    let items: Vec<_> = found.items.iter().map(|i| (i.item.to_string(), i.other.to_string())).collect();
    assert_eq!(items, [("INV-1".to_owned(), "-60.00".to_owned()), ("P-1".to_owned(), "-60.00".to_owned())]);
    let moved: Vec<_> = found.ledger.iter().map(|l| (l.role.name(), l.other.to_string())).collect();
    assert_eq!(moved, [("receivable", "-60.00".to_owned()), ("unapplied", "60.00".to_owned())]);
    assert_eq!(found.commands[0].one.refused.as_deref(), Some("allocation.nothing"));
    assert_eq!(found.commands[0].other.rules, ["oldest_due_first"]);
}
