//! The SQLite references: raw scripts with prepared statements that trust their input.
//!
//! [`Script`] encodes, hashes and writes the very rows that the store writes, into the store's own
//! schema, with its indexes, checks and triggers, by statements that, as the store's, leave nothing to
//! take back one by one. [`Lean`] writes five rows into a schema of its
//! own: event, key, balance, item or settlement; so that bloat in the store's schema shows.

use std::collections::HashMap;
use std::path::Path;

use ar_core::command::Envelope;
use ar_core::event::Event;
use ar_core::record::{PayloadDigest, Record, leaf};
use ar_core::tree::Frontier;
use ar_core::values::{AccountId, DocumentId};
use rusqlite::{Connection, params};

fn open(path: &Path) -> Connection {
    let conn = Connection::open(path).expect("a file");
    conn.set_prepared_statement_cache_capacity(128);
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA cache_size = -65536;",
    )
    .expect("settings");
    conn
}

fn run(conn: &Connection, sql: &str, params: impl rusqlite::Params) {
    conn.prepare_cached(sql).expect("a statement").execute(params).expect("a row");
}

/// Writes the store's rows.
#[derive(Debug)]
pub struct Script {
    conn: Connection,
    frontier: Frontier,
    accounts: HashMap<AccountId, i64>,
    documents: HashMap<DocumentId, i64>,
    /// Rows written or changed.
    pub rows: usize,
}

impl Script {
    /// A script over a copy of a book in which the accounts are open.
    ///
    /// # Panics
    /// When the copy is no book.
    #[must_use]
    pub fn over(path: &Path) -> Self {
        let conn = open(path);
        let (position, bytes): (i64, Vec<u8>) = conn
            .query_row("SELECT position, frontier FROM book", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .expect("a head");
        let frontier = Frontier::from_bytes(position as u64, &bytes).expect("a tree");
        let mut accounts = HashMap::new();
        {
            let mut all = conn.prepare("SELECT code, id FROM account").expect("a statement");
            let rows = all.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)));
            for row in rows.expect("accounts") {
                let (code, id) = row.expect("an account");
                accounts.insert(AccountId::parse(&code).expect("an id"), id);
            }
        }
        Self { conn, frontier, accounts, documents: HashMap::new(), rows: 0 }
    }

    /// Writes commands in one commit.
    pub fn commit<'a>(&mut self, commands: impl Iterator<Item = (&'a Envelope, &'a [Record])>) {
        run(&self.conn, "BEGIN IMMEDIATE", []);
        for (envelope, records) in commands {
            std::hint::black_box(PayloadDigest::of(envelope));
            for record in records {
                self.record(record);
            }
        }
        let size = self.frontier.size() as i64;
        run(
            &self.conn,
            "UPDATE book SET position = ?1, frontier = ?2 WHERE id = 1",
            params![size, self.frontier.to_bytes()],
        );
        run(&self.conn, "COMMIT", []);
    }

    fn write(&mut self, sql: &str, params: impl rusqlite::Params) {
        run(&self.conn, sql, params);
        self.rows += 1;
    }

    fn record(&mut self, record: &Record) {
        let bytes = record.encode().expect("bytes");
        let hash = leaf(&bytes);
        self.frontier.push(hash);
        let position = self.frontier.size() as i64;
        let key = (record.part.0 == 1).then(|| record.command.as_str());
        self.write(
            "INSERT OR ROLLBACK INTO log (position, command, bytes, leaf) VALUES (?1, ?2, ?3, ?4)",
            params![position, key, bytes, hash],
        );
        let account = match &record.event {
            Event::DocumentIssued(e) => {
                let account = self.accounts[&e.account];
                let day = e.document_date.day_number();
                let total = e.content.total.minor();
                let document = self.document(&e.document, 0, account, day, None, total, position);
                let new = &e.items[0];
                let item = (document, e.document.as_str(), 0, 0, account);
                self.item(item, (day, new.due.day_number()), total, (0, e.control.code.as_str()), position);
                self.totals(account, total, 0, None);
                account
            }
            Event::PaymentReceived(e) => {
                let account = self.accounts[&e.account];
                let day = e.document_date.day_number();
                let total = e.amount.minor();
                let document = self.document(&e.payment, 5, account, day, Some(day), total, position);
                let item = (document, e.payment.as_str(), 5, 1, account);
                self.item(item, (day, day), total, (1, e.control.code.as_str()), position);
                self.totals(account, 0, total, Some(day));
                account
            }
            Event::CreditAllocated(e) => {
                let account = self.accounts[&e.account];
                let day = e.date.day_number();
                let credit = self.documents[e.credit.document()] * 65_536 + 1;
                for applied in &e.links {
                    let debit = self.documents[applied.debit.document()] * 65_536 + 1;
                    let minor = applied.amount.minor();
                    self.link(applied.link.as_str(), day, position, (credit, debit, account), minor);
                    self.moved(credit, minor);
                    self.moved(debit, minor);
                    self.totals(account, -minor, -minor, Some(day));
                }
                account
            }
            _ => return,
        };
        self.write("INSERT OR IGNORE INTO touched (account, position) VALUES (?1, ?2)", [account, position]);
        self.lines(record, position, account);
    }

    #[allow(clippy::too_many_arguments, reason = "columns of one row")]
    fn document(
        &mut self,
        id: &DocumentId,
        kind: i64,
        account: i64,
        day: i32,
        value: Option<i32>,
        total: i64,
        position: i64,
    ) -> i64 {
        let none: Option<&str> = None;
        self.write(
            "INSERT OR ROLLBACK INTO document (number, kind, account, currency, rate, document_date, date, value_date, total,
               parts, position, reference, text_reference, bank, ended, delivered, attributes)
             VALUES (?1, ?2, ?3, 'USD', ?4, ?5, ?5, ?6, ?7, 1, ?8, ?4, ?4, ?4, ?4, ?4, ?4)",
            params![id.as_str(), kind, account, none, day, value, total, position],
        );
        let number = self.conn.last_insert_rowid();
        self.documents.insert(id.clone(), number);
        number
    }

    fn item(
        &mut self,
        (document, number, kind, side, account): (i64, &str, i64, i64, i64),
        (day, due): (i32, i32),
        minor: i64,
        (role, code): (i64, &str),
        position: i64,
    ) {
        self.write(
            "INSERT OR ROLLBACK INTO item (id, number, kind, side, account, currency, document_date, date, value_date, due,
               original, open, base_original, base_open, credited, discount_taken, discounts, control_role,
               control_code, reinstated, live_links, dunning_level, position, revalued, for_credit, for_dunning)
             VALUES (?1, ?2, ?3, ?4, ?5, 'USD', ?6, ?6, ?6, ?7, ?8, ?8, NULL, NULL, 0, 0, NULL, ?9, ?10, NULL,
               0, 0, ?11, 0, 1, 1)",
            params![document * 65_536 + 1, number, kind, side, account, day, due, minor, role, code, position],
        );
    }

    fn moved(&mut self, item: i64, minor: i64) {
        self.write(
            "UPDATE OR ROLLBACK item SET open = open - ?2, live_links = live_links + 1 WHERE id = ?1",
            params![item, minor],
        );
    }

    fn totals(&mut self, account: i64, debit: i64, credit: i64, date: Option<i32>) {
        let moved = self
            .conn
            .prepare_cached(
                "UPDATE OR ROLLBACK totals SET debit = debit + ?2, credit = credit + ?3,
                   latest_credit = CASE WHEN ?4 IS NULL OR latest_credit >= ?4 THEN latest_credit ELSE ?4 END
                 WHERE account = ?1 AND of_group = 0 AND currency = 'USD'",
            )
            .expect("a statement")
            .execute(params![account, debit, credit, date])
            .expect("a row");
        self.rows += 1;
        if moved == 0 {
            run(
                &self.conn,
                "INSERT OR ROLLBACK INTO totals (account, of_group, currency, debit, uncounted, credit, orders, latest_credit)
                 VALUES (?1, 0, 'USD', ?2, 0, ?3, 0, ?4)",
                params![account, debit, credit, date],
            );
        }
    }

    fn link(
        &mut self,
        code: &str,
        day: i32,
        position: i64,
        (credit, debit, account): (i64, i64, i64),
        minor: i64,
    ) {
        self.write(
            "INSERT OR ROLLBACK INTO link (code, kind, currency, date, position, credit_item, credit_account, credit_amount,
               credit_base, debit_item, debit_account, debit_amount, debit_base, discount, tolerance,
               withholding, memo, undone_date, undone_position)
             VALUES (?1, 0, 'USD', ?2, ?3, ?4, ?6, ?7, NULL, ?5, ?6, ?7, NULL, 0, 0, 0, 0, NULL, NULL)",
            params![code, day, position, credit, debit, account, minor],
        );
    }

    fn lines(&mut self, record: &Record, position: i64, account: i64) {
        let Some((date, currency, lines)) = record.event.posting() else { return };
        let day = date.day_number();
        for (n, line) in lines.iter().enumerate() {
            let holder = line.account.as_ref().map(|_| account);
            self.write(
                "INSERT OR ROLLBACK INTO line (id, date, currency, role, code, amount, base, account, partner, dimensions)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL, ?7, NULL, NULL)",
                params![
                    position * 65_536 + n as i64,
                    day,
                    currency.code(),
                    line.role as i64,
                    line.code.as_str(),
                    line.amount.minor(),
                    holder
                ],
            );
        }
    }
}

/// Five rows an event, in a schema of its own.
#[derive(Debug)]
pub struct Lean {
    conn: Connection,
    position: i64,
}

impl Lean {
    /// A new file.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        let conn = open(path);
        conn.execute_batch(
            "CREATE TABLE event (id INTEGER PRIMARY KEY, bytes BLOB, leaf BLOB) STRICT;
             CREATE TABLE key (command TEXT PRIMARY KEY, event INTEGER) STRICT, WITHOUT ROWID;
             CREATE TABLE balance (account TEXT PRIMARY KEY, debit INTEGER, credit INTEGER) STRICT, WITHOUT ROWID;
             CREATE TABLE item (number TEXT PRIMARY KEY, account TEXT, due INTEGER, original INTEGER, open INTEGER)
               STRICT, WITHOUT ROWID;
             CREATE TABLE link (code TEXT PRIMARY KEY, credit TEXT, debit TEXT, amount INTEGER) STRICT, WITHOUT ROWID;",
        )
        .expect("a schema");
        Self { conn, position: 0 }
    }

    /// Writes commands in one commit.
    pub fn commit<'a>(&mut self, commands: impl Iterator<Item = (&'a Envelope, &'a [Record])>) {
        run(&self.conn, "BEGIN IMMEDIATE", []);
        for (envelope, records) in commands {
            std::hint::black_box(PayloadDigest::of(envelope));
            for record in records {
                let bytes = record.encode().expect("bytes");
                let hash = leaf(&bytes);
                self.position += 1;
                let key = envelope.id.as_str();
                run(&self.conn, "INSERT INTO event VALUES (?1, ?2, ?3)", params![self.position, bytes, hash]);
                run(&self.conn, "INSERT OR IGNORE INTO key VALUES (?1, ?2)", params![key, self.position]);
                self.figures(&record.event);
            }
        }
        run(&self.conn, "COMMIT", []);
    }

    fn figures(&self, event: &Event) {
        match event {
            Event::DocumentIssued(e) => {
                let (account, total) = (e.account.as_str(), e.content.total.minor());
                let due = e.items[0].due.day_number();
                self.item(e.document.as_str(), account, due, total);
                self.balance(account, total, 0);
            }
            Event::PaymentReceived(e) => {
                let (account, total) = (e.account.as_str(), e.amount.minor());
                self.item(e.payment.as_str(), account, e.document_date.day_number(), total);
                self.balance(account, 0, total);
            }
            Event::CreditAllocated(e) => {
                for applied in &e.links {
                    let (credit, debit) = (e.credit.document().as_str(), applied.debit.document().as_str());
                    let minor = applied.amount.minor();
                    run(
                        &self.conn,
                        "INSERT INTO link VALUES (?1, ?2, ?3, ?4)",
                        params![applied.link.as_str(), credit, debit, minor],
                    );
                    for item in [credit, debit] {
                        let sql = "UPDATE item SET open = open - ?2 WHERE number = ?1";
                        run(&self.conn, sql, params![item, minor]);
                    }
                    self.balance(e.account.as_str(), -minor, -minor);
                }
            }
            _ => {}
        }
    }

    fn item(&self, number: &str, account: &str, due: i32, minor: i64) {
        let sql = "INSERT INTO item VALUES (?1, ?2, ?3, ?4, ?4)";
        run(&self.conn, sql, params![number, account, due, minor]);
    }

    fn balance(&self, account: &str, debit: i64, credit: i64) {
        run(
            &self.conn,
            "INSERT INTO balance VALUES (?1, ?2, ?3)
             ON CONFLICT (account) DO UPDATE SET debit = debit + excluded.debit, credit = credit + excluded.credit",
            params![account, debit, credit],
        );
    }
}
