//! From files to commands: what a file comes to before any ledger is asked.
#![allow(missing_docs)]

mod support;

use ar_cli::import::mapping::Mapping;
use ar_cli::import::plan::{PROBLEMS_MAX, Plan, StepKind, plan};
use ar_core::{Command, Currency};

const MAPPING: &str = r#"
    rows = "invoices"
    dates = "YYYY-MM-DD"
    [account]
    id = "customer"
    name = "name"
    [invoice]
    number = "number"
    date = "date"
    due = "due"
    amount = "amount"
    currency = "currency"
    [payment]
    id = { column = "number", prefix = "PMT-" }
    date = "paid"
"#;
const HEADER: &str = "customer,name,number,date,due,amount,currency,paid\n";

/// Code, line and column of a problem.
type Found = (&'static str, Option<u64>, Option<String>);

fn read(rows: &str) -> Result<Plan, Vec<Found>> {
    plan(format!("{HEADER}{rows}").as_bytes(), &Mapping::parse(MAPPING).unwrap())
        .map_err(|problems| problems.into_iter().map(|p| (p.code, p.line, p.column)).collect())
}

fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

#[test]
fn commands_come_in_order_of_date_and_an_account_before_its_documents() {
    let plan = read(
        "C-2,Bee,I-2,2026-02-01,2026-03-01,20.00,USD,2026-02-15\nC-1,Ant,I-1,2026-01-01,2026-03-01,10.00,USD,\nC-2,Bee,I-3,2026-01-15,2026-03-01,5.5,USD,2026-01-15\n",
    )
    .unwrap();
    let ids: Vec<String> = plan.steps.iter().map(|step| step.id.to_string()).collect();
    let short = ids.first().unwrap().split(':').nth(1).unwrap().to_owned();
    assert_eq!(
        ids,
        [
            &format!("csv:{short}:account:C-1"),
            "csv:invoice:I-1",
            &format!("csv:{short}:account:C-2"),
            "csv:invoice:I-3",
            "csv:payment:PMT-I-3",
            "csv:invoice:I-2",
            "csv:payment:PMT-I-2",
        ]
    );
    assert_eq!(plan.totals.rows, 3);
    let invoices = plan.totals.invoices.get(&usd()).unwrap();
    assert_eq!((invoices.count, invoices.amount.to_string()), (3, "35.50 USD".to_owned()));
    let payments = plan.totals.payments.get(&usd()).unwrap();
    assert_eq!((payments.count, payments.amount.to_string()), (2, "25.50 USD".to_owned()));
}

#[test]
fn the_same_file_gives_the_same_commands_and_another_file_the_same_documents() {
    let row = "C-1,Ant,I-1,2026-01-01,2026-03-01,10.00,USD,\n";
    let once = read(row).unwrap();
    let again = read(row).unwrap();
    let longer = read(&format!("{row}C-1,Ant,I-2,2026-01-01,2026-03-01,10.00,USD,\n")).unwrap();
    let commands =
        |plan: &Plan| plan.steps.iter().map(|s| (s.id.clone(), s.command.clone())).collect::<Vec<_>>();
    assert_eq!(commands(&once), commands(&again));
    let documents = |plan: &Plan| {
        commands(plan).into_iter().filter(|(id, _)| !id.as_str().contains("account")).collect::<Vec<_>>()
    };
    assert!(documents(&longer).starts_with(&documents(&once)));
    assert_ne!(commands(&once).first(), commands(&longer).first(), "an account's key belongs to its file");
}

#[test]
fn the_first_name_wins_and_the_others_are_reported() {
    let plan = read(
        "C-1,Ant,I-1,2026-01-01,2026-03-01,10.00,USD,\nC-1,ANT co,I-2,2026-01-01,2026-03-01,10.00,USD,\nC-1,Ant,I-3,2026-01-01,2026-03-01,10.00,USD,\n",
    )
    .unwrap();
    assert_eq!(plan.totals.accounts, 1);
    let (account, names) = plan.spellings.first_key_value().unwrap();
    assert_eq!((account.as_str(), names.taken.as_str()), ("C-1", "Ant"));
    let others: Vec<_> = names.others.iter().map(|(name, line)| (name.as_str(), *line)).collect();
    assert_eq!(others, [("ANT co", 3)]);
}

#[test]
fn every_bad_cell_refuses_the_file_and_names_line_column_and_code() {
    let column = |name: &str| Some(name.to_owned());
    for (row, code, at) in [
        ("C-1,Ant,I-1,2026-02-30,2026-03-01,10.00,USD,", "date.invalid", column("date")),
        ("C-1,Ant,I-1,2026-2-3,2026-03-01,10.00,USD,", "date.syntax", column("date")),
        ("C-1,Ant,I-1,1026-02-03,2026-03-01,10.00,USD,", "date.out_of_range", column("date")),
        ("C-1,Ant,I-1,2026-01-01,2026-03-01,\"1,000.00\",USD,", "amount.syntax", column("amount")),
        ("C-1,Ant,I-1,2026-01-01,2026-03-01,1e5,USD,", "amount.syntax", column("amount")),
        ("C-1,Ant,I-1,2026-01-01,2026-03-01,12.345,USD,", "amount.too_many_decimals", column("amount")),
        ("C-1,Ant,I-1,2026-01-01,2026-03-01,0.5,JPY,", "amount.too_many_decimals", column("amount")),
        (
            "C-1,Ant,I-1,2026-01-01,2026-03-01,99999999999999999999,USD,",
            "amount.out_of_range",
            column("amount"),
        ),
        ("C-1,Ant,I-1,2026-01-01,2026-03-01,,USD,", "csv.empty", column("amount")),
        ("C-1,Ant,I-1,2026-01-01,2026-03-01,10.00,usd,", "currency.unknown", column("currency")),
        ("C-1,Ant,I-1,2026-01-01,2026-03-01,10.00,US$,", "currency.unknown", column("currency")),
        ("C-1,Ant,I 1,2026-01-01,2026-03-01,10.00,USD,", "id.invalid", column("number")),
        (",Ant,I-1,2026-01-01,2026-03-01,10.00,USD,", "csv.empty", column("customer")),
        ("C-1,Ant,I-0,2026-01-01,2026-03-01,10.00,USD,", "csv.duplicate_id", None),
        ("C-1,Ant,I-1,2026-01-01,2026-03-01,10.00,USD", "csv.row_shape", None),
    ] {
        let good = "C-1,Ant,I-0,2026-01-01,2026-03-01,10.00,USD,\n";
        assert_eq!(read(&format!("{good}{row}\n")).unwrap_err(), [(code, Some(3), at)], "{row}");
    }
}

#[test]
fn many_problems_are_named_at_once_and_not_without_end() {
    let bad = "C-1,Ant,I-1,2026-02-30,2026-03-01,10.00,USD,\n";
    assert_eq!(read(&bad.repeat(3)).unwrap_err().len(), 3);
    assert_eq!(read(&bad.repeat(100)).unwrap_err().len(), PROBLEMS_MAX);
}

#[test]
fn text_is_kept_verbatim_even_when_a_spreadsheet_would_run_it() {
    let plan = read("C-1,=cmd(),I-1,2026-01-01,2026-03-01,10.00,USD,\n").unwrap();
    let Command::OpenAccount(open) = &plan.steps.first().unwrap().command else {
        panic!("an account comes first")
    };
    assert_eq!(open.party.as_ref().unwrap().name.as_str(), "=cmd()");
}

#[test]
fn the_ibm_file_comes_to_its_known_totals() {
    let Some(path) = support::shared("data/ibm-late-payment/WA_Fn-UseC_-Accounts-Receivable.csv") else {
        return;
    };
    let mapping = std::fs::read_to_string(support::mapping("ibm-late-payment.toml")).unwrap();
    let plan = plan(&std::fs::read(path).unwrap(), &Mapping::parse(&mapping).unwrap()).unwrap();
    assert_eq!((plan.totals.rows, plan.totals.accounts), (2466, 100));
    let invoices = plan.totals.invoices.get(&usd()).unwrap();
    assert_eq!((invoices.count, invoices.amount.to_string()), (2466, "147703.18 USD".to_owned()));
    assert_eq!(plan.totals.payments, plan.totals.invoices);
    assert_eq!(plan.steps.iter().filter(|step| step.kind == StepKind::Payment).count(), 2466);
    assert!(plan.steps.iter().any(|step| step.id.as_str() == "csv:invoice:0000611365"), "leading zeros stay");
}

#[test]
fn the_highradius_file_comes_to_its_known_totals_by_currency() {
    let Some(path) = support::shared("data/highradius-ar/open_items_with_predictions.csv") else { return };
    let mapping = std::fs::read_to_string(support::mapping("highradius.toml")).unwrap();
    let plan = plan(&std::fs::read(path).unwrap(), &Mapping::parse(&mapping).unwrap()).unwrap();
    assert_eq!((plan.totals.rows, plan.totals.accounts), (9700, 664));
    let sums: Vec<_> = plan.totals.invoices.values().map(|sum| (sum.count, sum.amount.to_string())).collect();
    assert_eq!(sums, [(747, "44471009.08 CAD".to_owned()), (8953, "275113716.83 USD".to_owned())]);
    let taken = plan.steps.iter().filter_map(|step| match &step.command {
        Command::OpenAccount(open) => open.party.as_ref().map(|party| party.name.clone()),
        _ => None,
    });
    let others = plan.spellings.values().flat_map(|names| names.others.keys().cloned());
    let all: std::collections::BTreeSet<_> = taken.chain(others).collect();
    assert_eq!(all.len(), 1772, "every spelling was taken or reported");
    assert!(
        plan.steps.iter().any(|step| step.id.as_str() == "csv:invoice:1930571429"),
        "floats become ids again"
    );
}
