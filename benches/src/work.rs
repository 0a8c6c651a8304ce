//! Everyday work: invoices over many accounts, most of them paid and allocated.

use ar_core::allocation::{How, Target};
use ar_core::book::{OpenBook, Setting, Tax, TaxKind};
use ar_core::command::{Command, Envelope};
use ar_core::document::{IssueInvoice, Line, Number, TaxMode};
use ar_core::payment::{Keep, Method, Payer, ReceivePayment};
use ar_core::values::{
    AccountId, ActorId, Amount, Attributes, BookId, CommandId, Currency, Date, DocumentId, ItemId, Percent,
    TaxCode, Timestamp, ValueError,
};

/// A value that a bench wrote itself and that cannot be wrong.
///
/// # Panics
/// When it is wrong all the same.
pub fn must<T>(value: Result<T, ValueError>) -> T {
    value.expect("a bench writes valid values")
}

/// The bench's book.
#[must_use]
pub fn book_id() -> BookId {
    must(BookId::parse("bench"))
}

/// A command in its envelope.
#[must_use]
pub fn envelope(id: &str, command: Command) -> Envelope {
    Envelope {
        book: book_id(),
        id: must(CommandId::parse(id)),
        actor: must(ActorId::parse("bench")),
        at: must(Timestamp::parse("2026-01-01T00:00:00Z")),
        command,
    }
}

/// A deterministic stream of commands: `invoices` invoices over `accounts` accounts; four of five
/// are paid in full and allocated by the payment, some days later in the stream.
#[derive(Debug)]
pub struct Work {
    accounts: usize,
    next: usize,
    state: u64,
    base: Date,
}

impl Work {
    /// A stream over this many accounts.
    #[must_use]
    pub fn new(accounts: usize) -> Self {
        Self { accounts, next: 0, state: 0x9e37_79b9_7f4a_7c15, base: must(Date::parse("2024-01-01")) }
    }

    /// The commands that open the book and its accounts.
    #[must_use]
    pub fn setup(&self) -> Vec<Envelope> {
        let tax = Setting::Tax(Tax::of(
            must(TaxCode::parse("VAT20")),
            must(Percent::parse("20")),
            TaxKind::Standard,
        ));
        let open = OpenBook { base: must(Currency::parse("USD")), settings: vec![tax] };
        let mut all = vec![envelope("open", Command::OpenBook(open))];
        for n in 0..self.accounts {
            let open = ar_core::account::OpenAccount {
                account: account(n),
                date: self.base,
                profile: Default::default(),
                party: None,
                limit: Default::default(),
            };
            all.push(envelope(&format!("acc-{n}"), Command::OpenAccount(Box::new(open))));
        }
        all
    }

    fn draw(&mut self, below: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state % below
    }

    /// The next `invoices` invoices with the payments that follow them.
    #[must_use]
    pub fn chunk(&mut self, invoices: usize) -> Vec<Envelope> {
        let mut all = Vec::with_capacity(invoices * 2);
        for _ in 0..invoices {
            let n = self.next;
            self.next += 1;
            let holder = self.draw(self.accounts as u64) as usize;
            let cents = 1_000 + self.draw(1_000_000) as i64;
            let day = must(self.base.add_days((n / 2_000) as i32 % 700));
            let number = format!("I{n:08}");
            all.push(envelope(&format!("i-{n}"), invoice(&number, holder, cents, day)));
            if n % 5 != 4 {
                let gross = cents + (cents * 20 + 50) / 100;
                let paid = must(day.add_days(20));
                all.push(envelope(&format!("p-{n}"), payment(n, &number, holder, gross, paid)));
            }
        }
        all
    }
}

fn account(n: usize) -> AccountId {
    must(AccountId::parse(&format!("C{n:06}")))
}

fn amount(cents: i64) -> Amount {
    must(Amount::parse(&format!("{}.{:02}", cents / 100, cents % 100)))
}

fn invoice(number: &str, holder: usize, cents: i64, day: Date) -> Command {
    Command::IssueInvoice(Box::new(IssueInvoice {
        account: account(holder),
        number: Number::Given(must(DocumentId::parse(number))),
        currency: None,
        rate: None,
        date: day,
        accounting_date: None,
        terms: None,
        lines: vec![Line {
            amount: Some(amount(cents)),
            taxes: vec![must(TaxCode::parse("VAT20"))],
            ..Line::default()
        }],
        tax_mode: TaxMode::Exclusive,
        discount: None,
        po_number: None,
        order: None,
        credit_override: None,
        attributes: Attributes::default(),
        reason: None,
    }))
}

fn payment(n: usize, number: &str, holder: usize, cents: i64, day: Date) -> Command {
    let item = must(ItemId::parse(number));
    let target = Target {
        item,
        amount: None,
        discount: true,
        tolerance: true,
        grant: None,
        exchange: None,
        withheld: None,
    };
    Command::ReceivePayment(Box::new(ReceivePayment {
        payment: must(DocumentId::parse(&format!("P{n:08}"))),
        payer: Payer::Account(account(holder)),
        method: Method::Wire,
        currency: None,
        rate: None,
        amount: amount(cents),
        date: day,
        accounting_date: None,
        value_date: None,
        bank: None,
        reference: None,
        keep: Keep::Unapplied,
        order: None,
        allocate: Some(How::Explicit(vec![target])),
        attributes: Attributes::default(),
    }))
}
