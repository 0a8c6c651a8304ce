//! INV-47: loss rates by flow from a book's own log, and the allowance by pools: the same from memory and
//! from SQLite (INV-56).
#![cfg(feature = "sqlite")]
#![allow(missing_docs)]

use ar_core::provision::{Pool, RoundOn};
use ar_core::query::{
    AgingBy, AllowanceBy, AsOf, Basis, Buckets, LossRate, LossRates, LossRatesBy, PooledAllowances, PooledBy,
    QueryError, Scope, View, allowance, allowance_by_pools, loss_rates,
};
use ar_core::values::{BookId, Currency, Date, Decimal, ItemId, Money, ReasonCode, Rounding, Text};
use ar_core::wire::read_envelope;
use ar_store::{Ledger, Memory, Sqlite, Store};
use pollster::block_on;

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

const OPEN: [&str; 5] = [
    r#"{"open_book":{"base":"EUR","settings":[{"reason":{"code":"bankrupt","text":"bankrupt","tax_relief":true}},{"reason":{"code":"small","text":"a small rest"}},{"tax":{"code":"V","percent":"20","kind":"standard"}}]}}"#,
    r#"{"open_account":{"account":"C-1","date":"2026-01-01","profile":{"attributes":{"segment":"retail"}}}}"#,
    r#"{"open_account":{"account":"C-2","date":"2026-01-01","profile":{"attributes":{"segment":"online"}}}}"#,
    r#"{"open_account":{"account":"C-3","date":"2026-01-01","profile":{"attributes":{"segment":"state"}}}}"#,
    r#"{"open_account":{"account":"C-4","date":"2026-01-01"}}"#,
];

/// A book in memory and the same in SQLite.
struct Books {
    memory: Ledger<Memory>,
    sqlite: Ledger<Sqlite>,
    _dir: tempfile::TempDir,
}

impl Books {
    fn played(commands: &[String]) -> Self {
        let id = || BookId::parse("B").unwrap();
        let dir = tempfile::tempdir().unwrap();
        let sqlite = Ledger::open_sqlite(dir.path().join("book"), id()).unwrap();
        let books = Self { memory: Ledger::memory(id()), sqlite, _dir: dir };
        let all = OPEN.iter().map(|command| (*command).to_owned()).chain(commands.iter().cloned());
        for (n, command) in all.enumerate() {
            let envelope = format!(
                r#"{{"book":"B","id":"k{n}","actor":"ann","at":"2026-01-01T00:00:00Z","command":{command}}}"#
            );
            let envelope = read_envelope(envelope.as_bytes()).unwrap();
            if let Err(failure) = block_on(books.memory.execute(envelope.clone())) {
                panic!("{failure}: {command}");
            }
            block_on(books.sqlite.execute(envelope)).unwrap();
        }
        assert!(block_on(books.memory.verify()).unwrap().is_ok());
        books
    }

    fn try_rates(&self, by: &LossRatesBy, on: &str, known: u64) -> Result<LossRates, &'static str> {
        let one = ask(&self.memory, by, on, known);
        assert_eq!(one, ask(&self.sqlite, by, on, known), "on {on}");
        one
    }

    fn rates(&self, by: &LossRatesBy, on: &str) -> LossRates {
        self.try_rates(by, on, u64::MAX).unwrap()
    }

    fn pooled(&self, by: &PooledBy, on: &str) -> Result<PooledAllowances, &'static str> {
        let as_of = AsOf { effective: day(on), known: u64::MAX };
        let (one, other) = (by.clone(), by.clone());
        let code = |error: &QueryError<_>| error.code();
        let memory =
            self.memory.read(move |view| allowance_by_pools(view, as_of, &one).map_err(|e| code(&e)));
        let sqlite =
            self.sqlite.read(move |view| allowance_by_pools(view, as_of, &other).map_err(|e| code(&e)));
        let found = block_on(memory).unwrap();
        assert_eq!(found, block_on(sqlite).unwrap());
        found
    }
}

fn ask<S: Store>(
    ledger: &Ledger<S>,
    by: &LossRatesBy,
    on: &str,
    known: u64,
) -> Result<LossRates, &'static str>
where
    S::View: View,
{
    let (as_of, by) = (AsOf { effective: day(on), known }, by.clone());
    block_on(ledger.read(move |view| loss_rates(view, as_of, &by).map_err(|error| error.code()))).unwrap()
}

fn invoice(account: &str, number: &str, date: &str, due: &str, amount: &str) -> String {
    format!(
        r#"{{"issue_invoice":{{"account":"{account}","number":{{"given":"{number}"}},"date":"{date}","terms":{{"due":{{"date":"{due}"}}}},"lines":[{{"amount":"{amount}"}}]}}}}"#
    )
}

fn paid(account: &str, payment: &str, date: &str, amount: &str, item: &str) -> String {
    format!(
        r#"{{"receive_payment":{{"payment":"{payment}","payer":{{"account":"{account}"}},"amount":"{amount}","date":"{date}","allocate":{{"explicit":[{{"item":"{item}"}}]}}}}}}"#
    )
}

fn off(item: &str, date: &str, reason: &str) -> String {
    format!(r#"{{"write_off":{{"item":"{item}","date":"{date}","reason":"{reason}"}}}}"#)
}

fn january() -> LossRatesBy {
    LossRatesBy::cohort(day("2026-01-01"), day("2026-01-31"))
}

fn reached(found: &LossRates) -> Vec<String> {
    found.currencies[0].buckets.iter().map(|row| row.reached.to_string()).collect()
}

fn lost(found: &LossRates) -> Vec<String> {
    found.currencies[0].buckets.iter().map(|row| row.lost.to_string()).collect()
}

fn percents(found: &LossRates) -> Vec<String> {
    found.currencies[0].buckets.iter().map(|row: &LossRate| row.percent.to_string()).collect()
}

/// 100,000 sold, 50,000 past due, 23,000 past 30 days, 8,000 past 60, 2,000 past 90 and lost.
fn published() -> Vec<String> {
    let sold = |number: &str, amount| invoice("C-1", number, "2026-01-05", "2026-01-31", amount);
    vec![
        sold("I-1", "50000.00"),
        sold("I-2", "27000.00"),
        sold("I-3", "15000.00"),
        sold("I-4", "6000.00"),
        sold("I-5", "2000.00"),
        paid("C-1", "P-1", "2026-01-31", "50000.00", "I-1"),
        paid("C-1", "P-2", "2026-03-02", "27000.00", "I-2"),
        paid("C-1", "P-3", "2026-03-20", "15000.00", "I-3"),
        paid("C-1", "P-4", "2026-04-20", "6000.00", "I-4"),
        off("I-5", "2026-08-31", "bankrupt"),
    ]
}

#[test]
fn inv_47_the_published_flow_comes_out_of_real_documents_payments_and_a_write_off() {
    // https://www.scribd.com/document/727588826/Ifrs-9-Example-Lifetime-ECL-Trade-Receivables-Provision-Matrix-01
    let books = Books::played(&published());
    let found = books.rates(&january(), "2026-12-31");
    assert_eq!(reached(&found), ["100000.00", "50000.00", "23000.00", "8000.00", "2000.00"]);
    assert_eq!(percents(&found), ["2", "4", "8.695652173913", "25", "100"]);
    let of = &found.currencies[0];
    assert!(of.run_off && of.debts == 5 && of.open.minor() == 0, "{of:?}");
    assert_eq!(of.buckets.iter().map(|row| row.debts).collect::<Vec<_>>(), [5, 4, 3, 2, 1]);

    // The history as a matrix, a tenth more expected, over what is open the year after.
    let matrix = of.matrix(Decimal::parse("1.1").unwrap(), RoundOn::Bucket).unwrap();
    let json = serde_json::to_string(&matrix).unwrap();
    assert!(json.contains(r#"{"bucket":"31-60","percent":"8.695652173913"}"#), "{json}");
    let by =
        AllowanceBy { aging: AgingBy::default(), matrix, assessed: vec![], rounding: Rounding::default() };
    let as_of = AsOf { effective: day("2026-03-15"), known: u64::MAX };
    let all = block_on(books.memory.read(move |view| allowance(view, as_of, &by))).unwrap().unwrap();
    // 23,000.00 are 43 days overdue: 8.695652173913 % and a tenth of that.
    assert_eq!(all.currencies[0].total.to_string(), "2200.00");
}

#[test]
fn inv_47_a_history_that_is_not_run_off_says_what_is_still_open() {
    let books = Books::played(&published());
    let found = books.rates(&january(), "2026-04-10");
    let of = &found.currencies[0];
    assert_eq!(reached(&found), ["100000.00", "50000.00", "23000.00", "8000.00", "0.00"]);
    assert_eq!(percents(&found), ["0", "0", "0", "0", "0"]);
    assert_eq!((of.run_off, of.open_debts, of.open.to_string()), (false, 2, "8000.00".to_owned()));
    let open: Vec<String> = of.buckets.iter().map(|row| row.open.to_string()).collect();
    assert_eq!(open, ["8000.00", "8000.00", "8000.00", "8000.00", "0.00"]);
    let nothing: Vec<bool> = of.buckets.iter().map(|row| row.nothing_reached).collect();
    assert_eq!(nothing, [false, false, false, false, true], "nothing reached it, so 0 says nothing");
    // As it was known before the write-off was recorded, the year's end says no more.
    let head = block_on(books.memory.head()).unwrap().size;
    let before = books.try_rates(&january(), "2026-12-31", head - 1).unwrap();
    assert_eq!(percents(&before), ["0", "0", "0", "0", "0"]);
    assert_eq!(before.currencies[0].open.to_string(), "2000.00");
    // The last day of the cohort has not come: more may be sold.
    let year = LossRatesBy::cohort(day("2026-01-01"), day("2026-12-31"));
    assert!(!books.rates(&year, "2026-10-31").currencies[0].run_off);
    assert!(books.rates(&year, "2026-12-31").currencies[0].run_off);
}

#[test]
fn inv_47_a_debt_enters_a_bucket_with_what_is_unpaid_on_that_morning() {
    // Due on 31 January: 1 February is day 1, 2 March day 30, 3 March day 31.
    let sold = |number: &str| invoice("C-1", number, "2026-01-05", "2026-01-31", "100.00");
    let mut commands: Vec<String> = ["I-1", "I-2", "I-3", "I-4"].map(sold).to_vec();
    commands.push(paid("C-1", "P-1", "2026-01-31", "100.00", "I-1"));
    commands.push(paid("C-1", "P-2", "2026-02-01", "100.00", "I-2"));
    commands.push(paid("C-1", "P-3", "2026-03-02", "100.00", "I-3"));
    commands.push(paid("C-1", "P-4", "2026-03-03", "100.00", "I-4"));
    // Sold and paid on one day, and sold overdue.
    commands.push(invoice("C-1", "I-5", "2026-01-20", "2026-02-20", "7.00"));
    commands.push(paid("C-1", "P-5", "2026-01-20", "7.00", "I-5"));
    let old = invoice("C-1", "I-6", "2026-01-06", "2026-01-10", "3.00");
    commands.push(old.replace(r#""terms""#, r#""accounting_date":"2026-02-20","terms""#));
    commands.push(paid("C-1", "P-6", "2026-02-20", "3.00", "I-6"));
    let books = Books::played(&commands);
    let found = books.rates(&january(), "2026-12-31");
    assert_eq!(reached(&found), ["410.00", "303.00", "103.00", "0.00", "0.00"]);
    // On the morning of 1 February nothing of 2 February is known: day 1 has come, day 31 has not.
    assert_eq!(reached(&books.rates(&january(), "2026-02-01"))[1..3], ["300.00", "0.00"]);
    assert_eq!(reached(&books.rates(&january(), "2026-03-02"))[2], "3.00");
    assert_eq!(reached(&books.rates(&january(), "2026-03-03"))[2], "103.00");
    let by = LossRatesBy { basis: Basis::Document, ..january() };
    // 30 days after 5 January is 4 February; what was sold late came 45 days old.
    assert_eq!(reached(&books.rates(&by, "2026-12-31")), ["410.00", "403.00", "203.00", "0.00", "0.00"]);
}

#[test]
fn inv_47_only_what_was_given_up_and_stayed_lost_is_a_loss() {
    let sold = |number: &str| invoice("C-1", number, "2026-01-05", "2026-01-31", "100.00");
    let mut commands: Vec<String> = ["I-1", "I-2", "I-3", "I-4", "I-5", "I-6"].map(sold).to_vec();
    let taxed = sold("I-7").replace(r#""amount":"100.00""#, r#""amount":"100.00","taxes":["V"]"#);
    commands.push(taxed); // k11: 120.00 with 20.00 of tax
    commands.extend([
        off("I-1", "2026-03-10", "small"),   // k12: given up past 30 days
        off("I-2", "2026-01-20", "small"),   // k13: given up before it was due
        off("I-3", "2026-03-10", "small"),   // k14: undone
        r#"{"undo":{"link":"k14.0","date":"2026-04-20","reason":"paid after all"}}"#.to_owned(),
        off("I-7", "2026-03-10", "bankrupt"), // k16: the tax comes back
        r#"{"receive_payment":{"payment":"P-1","payer":{"account":"C-1"},"amount":"60.00","date":"2026-05-10"}}"#
            .to_owned(),
        r#"{"recover":{"write_off":"k16.0","credit":"P-1","amount":"60.00","date":"2026-05-10"}}"#.to_owned(),
        // A memo, a discount as a memo, and a void are no losses.
        r#"{"issue_credit_memo":{"account":"C-1","number":{"given":"M-1"},"date":"2026-03-10","credit":{"invoice":{"document":"I-4","part":"whole"}},"reason":"small"}}"#
            .to_owned(),
        r#"{"void_document":{"document":"I-5","date":"2026-03-10","reason":"small"}}"#.to_owned(),
        paid("C-1", "P-6", "2026-02-10", "100.00", "I-6"),
    ]);
    let books = Books::played(&commands);
    let found = books.rates(&january(), "2026-12-31");
    let of = &found.currencies[0];
    assert_eq!((of.debts, of.voided, of.open.to_string()), (6, 1, "100.00".to_owned()));
    assert_eq!(reached(&found), ["620.00", "520.00", "420.00", "100.00", "100.00"]);
    // 100.00 of I-1; 120.00 of I-7 less 20.00 of tax, less 60.00 of which 10.00 are tax; 100.00 of I-2.
    assert_eq!(lost(&found), ["250.00", "150.00", "150.00", "0.00", "0.00"]);
    let row = &of.buckets[2];
    let figures = [row.given_up, row.tax, row.recovered].map(|amount| amount.to_string());
    assert_eq!(figures, ["220.00", "10.00", "60.00"]);
    // What is open again after an undo reached the bucket it came back in, not the ones it missed.
    let open: Vec<String> = of.buckets.iter().map(|row| row.open.to_string()).collect();
    assert_eq!(open, ["100.00", "100.00", "100.00", "100.00", "100.00"]);

    let by = LossRatesBy { left_out: [ReasonCode::parse("small").unwrap()].into(), ..january() };
    assert_eq!(lost(&books.rates(&by, "2026-12-31")), ["50.00", "50.00", "50.00", "0.00", "0.00"]);
    let by = LossRatesBy { left_out: [ReasonCode::parse("smal").unwrap()].into(), ..january() };
    assert_eq!(books.try_rates(&by, "2026-12-31", u64::MAX), Err("query.reason"));
    let by = LossRatesBy::cohort(day("2026-02-01"), day("2026-01-31"));
    assert_eq!(books.try_rates(&by, "2026-12-31", u64::MAX), Err("query.period"));
    assert!(Buckets::new(&(1..=61).collect::<Vec<u16>>()).is_err(), "query.buckets");
}

#[test]
fn inv_47_a_debt_stays_one_when_it_moves_and_what_was_brought_in_counts_where_it_was_seen() {
    let commands = [
        invoice("C-1", "I-1", "2026-01-05", "2026-01-31", "100.00"),
        // Deducted past 30 days, moved to another account past 60, given up past 90.
        r#"{"charge_back":{"chargeback":"CB-1","item":"I-1","amount":"40.00","date":"2026-03-10","reason":{"code":"small"}}}"#.to_owned(),
        r#"{"transfer_debit":{"transfer":"T-1","item":"CB-1","to":"C-2","date":"2026-04-10","reason":"small"}}"#.to_owned(),
        off("T-1", "2026-05-31", "small"),
        paid("C-1", "P-1", "2026-03-15", "60.00", "I-1"),
        // One past 30 days and one not yet due on the day they come in.
        r#"{"bring_forward":{"date":"2026-02-15","documents":[
            {"document":"O-1","side":"debit","account":"C-3","currency":"EUR","document_date":"2026-01-02","items":[{"due":"2026-01-10","open":"1000.00"}]},
            {"document":"O-2","side":"debit","account":"C-3","currency":"EUR","document_date":"2026-01-03","items":[{"due":"2026-02-20","open":"500.00"}]}],
            "edges":[30,60,90],"control":[{"currency":"EUR","amount":"1500.00"}]}}"#.replace('\n', ""),
        off("O-1", "2026-05-31", "small"),
        paid("C-3", "P-3", "2026-02-25", "500.00", "O-2"),
    ];
    let books = Books::played(&commands);
    let of_account = |id: &str| {
        let scope = Scope::Accounts([ar_core::AccountId::parse(id).unwrap()].into());
        books.rates(&LossRatesBy { scope, ..january() }, "2026-12-31")
    };
    let found = of_account("C-1");
    assert_eq!(reached(&found), ["100.00", "100.00", "100.00", "40.00", "40.00"]);
    assert_eq!(lost(&found), ["40.00"; 5]);
    assert_eq!(found.currencies[0].debts, 1);
    assert!(of_account("C-2").currencies.is_empty(), "whose it was first");
    let found = of_account("C-3");
    assert_eq!(found.currencies[0].brought_forward, 2);
    assert_eq!(reached(&found), ["0.00", "500.00", "0.00", "1000.00", "1000.00"]);
    assert_eq!(lost(&found), ["0.00", "0.00", "0.00", "1000.00", "1000.00"]);
    let mut by = january();
    by.attributes.set("segment", Text::parse("retail").unwrap()).unwrap();
    assert_eq!(books.rates(&by, "2026-12-31").currencies, of_account("C-1").currencies);
}

fn pools(text: &str) -> Vec<Pool> {
    serde_json::from_str(text).unwrap()
}

const POOLS: &str = r#"[
    {"name":"trade","accounts":{"attribute":"segment","values":["retail","online"]},
     "matrix":{"losses":[{"bucket":"current","percent":"1"},{"bucket":"1+","percent":"10"}]}},
    {"name":"public","accounts":{"attribute":"segment","values":["state"]},
     "matrix":{"losses":[{"bucket":"all","percent":"0.5"}]}},
    {"name":"others","matrix":{"losses":[{"bucket":"current","percent":"2"},{"bucket":"1+","percent":"50"}]}}]"#;

fn by_pools(pools: Vec<Pool>, assessed: &[(&str, i64)]) -> PooledBy {
    let aging = AgingBy { buckets: Buckets::new(&[]).unwrap(), ..AgingBy::default() };
    let euro = |minor| Money::new(minor, Currency::parse("EUR").unwrap()).unwrap();
    let assessed = assessed.iter().map(|(id, minor)| (ItemId::parse(id).unwrap(), euro(*minor))).collect();
    PooledBy { aging, pools, assessed, rounding: Rounding::default() }
}

#[test]
fn inv_47_every_receivable_is_in_one_pool_or_by_itself_and_the_pools_come_to_the_total() {
    let books = Books::played(&[
        invoice("C-1", "I-1", "2026-01-05", "2026-01-31", "100.00"),
        invoice("C-2", "I-2", "2026-01-05", "2026-04-30", "200.00"),
        invoice("C-3", "I-3", "2026-01-05", "2026-01-31", "400.00"),
        invoice("C-4", "I-4", "2026-01-05", "2026-01-31", "800.00"),
        invoice("C-4", "I-5", "2026-01-05", "2026-01-31", "1600.00"),
    ]);
    let told = |assessed: &[(&str, i64)]| {
        let found = books.pooled(&by_pools(pools(POOLS), assessed), "2026-03-31").unwrap();
        let of = found.currencies[0].clone();
        let sum = |pick: fn(&ar_core::provision::Allowance) -> ar_core::Amount| -> i64 {
            of.pools.iter().map(|pool| pick(&pool.allowance).minor()).sum()
        };
        assert_eq!((sum(|a| a.exposure), sum(|a| a.total)), (of.exposure.minor(), of.total.minor()));
        let pools =
            of.pools.iter().map(|p| format!("{} {} {}", p.pool, p.allowance.exposure, p.allowance.total));
        (pools.collect::<Vec<_>>(), of.total.to_string())
    };
    let (found, total) = told(&[]);
    assert_eq!(found, ["trade 300.00 12.00", "public 400.00 2.00", "others 2400.00 1200.00"]);
    assert_eq!(total, "1214.00");
    let (found, total) = told(&[("I-5", 1_000), ("I-2", 5_000)]);
    assert_eq!(found, ["trade 300.00 60.00", "public 400.00 2.00", "others 2400.00 410.00"]);
    assert_eq!(total, "472.00");
    // One pool for all is the allowance without pools.
    let one = pools(&format!(
        "[{}]",
        POOLS
            .rsplit_once("{\"name\"")
            .map(|(_, last)| format!("{{\"name\"{}", last.trim_end_matches(']')))
            .unwrap()
    ));
    let found = books.pooled(&by_pools(one.clone(), &[("I-5", 1_000)]), "2026-03-31").unwrap();
    let PooledBy { aging, assessed, rounding, .. } = by_pools(one.clone(), &[("I-5", 1_000)]);
    let by = AllowanceBy { aging, matrix: one[0].matrix.clone(), assessed, rounding };
    let as_of = AsOf { effective: day("2026-03-31"), known: u64::MAX };
    let plain = block_on(books.memory.read(move |view| allowance(view, as_of, &by))).unwrap().unwrap();
    assert_eq!(found.currencies[0].pools[0].allowance, plain.currencies[0]);
}

#[test]
fn inv_47_pools_that_leave_an_account_out_or_hold_one_twice_are_refused() {
    let books = Books::played(&[invoice("C-1", "I-1", "2026-01-05", "2026-01-31", "100.00")]);
    let code = |text: &str, assessed: &[(&str, i64)]| {
        books.pooled(&by_pools(pools(text), assessed), "2026-03-31").unwrap_err()
    };
    let flat = r#""matrix":{"losses":[{"bucket":"all","percent":"1"}]}"#;
    let named = |name: &str, value: &str| {
        format!(r#"{{"name":"{name}","accounts":{{"attribute":"segment","values":[{value}]}},{flat}}}"#)
    };
    let rest = |name: &str| format!(r#"{{"name":"{name}",{flat}}}"#);
    for wrong in [
        "[]".to_owned(),
        format!("[{}]", named("a", "\"x\"")),
        format!("[{},{}]", rest("a"), rest("b")),
        format!("[{},{}]", named("a", "\"x\""), rest("a")),
        format!("[{},{}]", named("a", ""), rest("b")),
        format!("[{},{},{}]", named("a", "\"x\""), named("b", "\"y\",\"x\""), rest("c")),
    ] {
        assert_eq!(code(&wrong, &[]), "allowance.pools", "{wrong}");
    }
    assert_eq!(
        code(&POOLS.replace("\"1+\",\"percent\":\"10\"", "\"1-30\",\"percent\":\"10\""), &[]),
        "allowance.bucket_unknown"
    );
    assert_eq!(
        code(&POOLS.replace("{\"bucket\":\"current\",\"percent\":\"1\"},", ""), &[]),
        "allowance.bucket_without_percent"
    );
    assert_eq!(code(POOLS, &[("I-9", 1)]), "allowance.item_not_open");
    assert_eq!(code(POOLS, &[("I-1", 10_001)]), "allowance.item_amount");
    assert_eq!(code(POOLS, &[("I-1", 1), ("I-1", 1)]), "allowance.item_twice");
}
