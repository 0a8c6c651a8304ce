//! Commands a second and bytes per command of the memory and the SQLite store, on everyday
//! commands: an invoice, its payment, and the allocation of one to the other.
//!
//! `cargo run --release -p ar-store --example measure -- [invoices] [accounts] [commands per commit]`
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    missing_docs
)]

use std::time::Instant;

use ar_core::allocation::{Allocate, How, Target};
use ar_core::document::{IssueInvoice, Line, Number};
use ar_core::payment::{Payer, ReceivePayment};
use ar_core::{AccountId, Amount, Command, CommandId, Date, DocumentId, Envelope, ItemId};
use ar_store::{Ledger, Memory, Receipt};

fn main() {
    let mut args = std::env::args().skip(1).map(|a| a.parse::<usize>().unwrap());
    let invoices = args.next().unwrap_or(100_000);
    let accounts = args.next().unwrap_or(2_000);
    let per_commit = args.next().unwrap_or(1_000);
    memory(invoices, accounts);
    sqlite(invoices.min(100_000), accounts.min(2_000), per_commit);
}

fn memory(invoices: usize, accounts: usize) {
    let store = Memory::new(ar_core::BookId::parse("DE-01").unwrap());
    for command in setup(accounts) {
        store.execute_now(&command).unwrap();
    }
    let mut spent = std::time::Duration::ZERO;
    let mut done = 0_usize;
    for n in 0..invoices {
        let commands = everyday(n, accounts);
        let started = Instant::now();
        for command in &commands {
            store.execute_now(command).unwrap();
        }
        spent += started.elapsed();
        done += commands.len();
    }
    println!("memory: {done} commands, {:.0} a second", done as f64 / spent.as_secs_f64());
}

fn sqlite(invoices: usize, accounts: usize, per_commit: usize) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("book.db");
    let ledger = Ledger::open_sqlite(&path, ar_core::BookId::parse("DE-01").unwrap()).unwrap();
    let all = |commands: Vec<Envelope>| -> Vec<Receipt> {
        pollster::block_on(ledger.execute_each(commands)).into_iter().collect::<Result<_, _>>().unwrap()
    };
    all(setup(accounts));
    let before = checkpointed(&path);
    let mut spent = std::time::Duration::ZERO;
    let mut done = 0_usize;
    let mut batch = Vec::new();
    for n in 0..invoices {
        batch.extend(everyday(n, accounts));
        if batch.len() >= per_commit || n + 1 == invoices {
            for part in std::mem::take(&mut batch).chunks(per_commit) {
                let started = Instant::now();
                done += all(part.to_vec()).len();
                spent += started.elapsed();
            }
        }
    }
    let bytes = checkpointed(&path) - before;
    println!(
        "sqlite: {done} commands, {per_commit} per commit, {:.0} a second, {:.0} bytes a command",
        done as f64 / spent.as_secs_f64(),
        bytes as f64 / done as f64
    );
    tables(&path);
    let started = Instant::now();
    let verdict = pollster::block_on(ledger.verify()).unwrap();
    println!("verify: {} in {:.1} s", verdict.is_ok(), started.elapsed().as_secs_f64());
}

fn checkpointed(path: &std::path::Path) -> u64 {
    let conn = rusqlite::Connection::open(path).unwrap();
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    std::fs::metadata(path).unwrap().len()
}

fn tables(path: &std::path::Path) {
    let conn = rusqlite::Connection::open(path).unwrap();
    let Ok(mut sizes) =
        conn.prepare("SELECT name, sum(pgsize), sum(ncell) FROM dbstat GROUP BY name ORDER BY 2 DESC")
    else {
        return;
    };
    let rows = sizes.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    for (name, bytes, cells) in rows.unwrap().flatten().map(|r: (String, i64, i64)| r) {
        println!("  {name:24} {bytes:>12} bytes {cells:>9} cells");
    }
}

fn envelope(id: &str, command: Command) -> Envelope {
    Envelope {
        book: ar_core::BookId::parse("DE-01").unwrap(),
        id: CommandId::parse(id).unwrap(),
        actor: ar_core::ActorId::parse("ann").unwrap(),
        at: ar_core::Timestamp::parse("2026-01-31T09:00:00Z").unwrap(),
        command,
    }
}

fn setup(accounts: usize) -> Vec<Envelope> {
    let open = serde_json::from_str(r#"{"open_book":{"base":"EUR"}}"#).unwrap();
    let mut all = vec![envelope("open", open)];
    for n in 0..accounts {
        let command = format!(r#"{{"open_account":{{"account":"C-{n:06}","date":"2026-01-01"}}}}"#);
        all.push(envelope(&format!("acc-{n}"), serde_json::from_str(&command).unwrap()));
    }
    all
}

fn everyday(n: usize, accounts: usize) -> [Envelope; 3] {
    let account = AccountId::parse(&format!("C-{:06}", n.wrapping_mul(7919) % accounts)).unwrap();
    let day = Date::parse("2026-01-01").unwrap().add_days(i32::try_from(n % 300).unwrap()).unwrap();
    let minor = 1_000 + n.wrapping_mul(104_729) % 900_000;
    let amount = Amount::parse(&format!("{}.{:02}", minor / 100, minor % 100)).unwrap();
    let (invoice, payment) = (format!("INV-{n:08}"), format!("PAY-{n:08}"));
    let invoice_id = DocumentId::parse(&invoice).unwrap();
    let payment_id = DocumentId::parse(&payment).unwrap();
    let line = Line {
        text: Some(ar_core::Text::parse("Goods as delivered").unwrap()),
        amount: Some(amount),
        ..Line::default()
    };
    let issue = IssueInvoice {
        account: account.clone(),
        number: Number::Given(invoice_id.clone()),
        currency: None,
        rate: None,
        date: day,
        accounting_date: None,
        terms: None,
        lines: vec![line],
        tax_mode: Default::default(),
        po_number: None,
        order: None,
        credit_override: None,
        attributes: Default::default(),
    };
    let receive = ReceivePayment {
        payment: payment_id.clone(),
        payer: Payer::Account(account),
        method: Default::default(),
        currency: None,
        rate: None,
        amount,
        date: day.add_days(20).unwrap(),
        accounting_date: None,
        value_date: None,
        bank: None,
        reference: None,
        keep: Default::default(),
        allocate: None,
        attributes: Default::default(),
    };
    let target = Target { item: ItemId::from(invoice_id), amount: Some(amount), discount: true, tolerance: true };
    let allocate = Allocate { credit: ItemId::from(payment_id), date: None, how: How::Explicit(vec![target]) };
    [
        envelope(&format!("i{n}"), Command::IssueInvoice(Box::new(issue))),
        envelope(&format!("p{n}"), Command::ReceivePayment(Box::new(receive))),
        envelope(&format!("a{n}"), Command::Allocate(allocate)),
    ]
}
