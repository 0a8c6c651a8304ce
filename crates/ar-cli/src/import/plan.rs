//! From a file to commands: the whole file is read and checked before the first command is sent,
//! so a file with one bad row changes nothing.
//!
//! Command ids follow from content: a document's from its number, an account's from the file. The
//! same file again finds its keys used and changes nothing; an overlapping file adds only what is
//! new. Whether a command may be done is decided by the ledger alone.

use std::collections::BTreeMap;

use ar_core::account::{OpenAccount, Party, Profile};
use ar_core::allocation::{How, Target};
use ar_core::document::{IssueInvoice, Line, Number, TermsChoice};
use ar_core::payment::{Payer, ReceivePayment};
use ar_core::record::{hex, leaf};
use ar_core::{AccountId, Command, CommandId, Currency, Date, DocumentId, ItemId, Money, TermsId, Text};

use super::fields::{self, AccountBound, Cells, InvoiceBound, PaymentBound};
use super::mapping::Mapping;
use super::problem::Problem;
use super::reader::{Reader, Row, decode};

/// Most problems named in one refusal of a file.
pub const PROBLEMS_MAX: usize = 20;

/// What a file comes to: commands in order of date, and totals to compare with its source.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The commands.
    pub steps: Vec<Step>,
    /// What was counted.
    pub totals: Totals,
    /// Other spellings of names of accounts; the first one was taken.
    pub spellings: BTreeMap<AccountId, Spellings>,
}

/// One command and the row it comes from.
#[derive(Clone, Debug)]
pub struct Step {
    /// Line of the file.
    pub line: u64,
    /// What it is for.
    pub kind: StepKind,
    /// Its key.
    pub id: CommandId,
    /// The command.
    pub command: Command,
    date: Date,
}

/// What a command of a file is for. Their order on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepKind {
    /// Opens an account.
    Account,
    /// Issues an invoice.
    Invoice,
    /// Records a payment.
    Payment,
}

/// Control totals of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Totals {
    /// Rows under the header.
    pub rows: u64,
    /// Different accounts.
    pub accounts: u64,
    /// Invoices by currency.
    pub invoices: BTreeMap<Currency, Sum>,
    /// Payments by currency.
    pub payments: BTreeMap<Currency, Sum>,
}

/// A count and a sum in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Sum {
    /// How many.
    pub count: u64,
    /// How much.
    #[serde(serialize_with = "fields::plain")]
    pub amount: Money,
}

/// Spellings of one account's name.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Spellings {
    /// The one that was taken.
    pub taken: Text,
    /// The others, with the line on which each first stands.
    pub others: BTreeMap<Text, u64>,
}

/// Reads a file through a mapping.
///
/// # Errors
/// Everything that is wrong with the file, at most [`PROBLEMS_MAX`].
pub fn plan(bytes: &[u8], mapping: &Mapping) -> Result<Plan, Vec<Problem>> {
    let one = |problem| vec![problem];
    let text = decode(bytes, mapping.file.encoding).map_err(one)?;
    let mut reader = Reader::new(&text, mapping.file.delimiter).map_err(one)?;
    let mut builder = Builder::new(bytes, mapping, &reader).map_err(one)?;
    let mut problems = Vec::new();
    loop {
        match reader.next_row() {
            Ok(None) => break,
            Ok(Some(row)) => {
                if let Err(problem) = builder.row(&row) {
                    problems.push(problem.at(row.line));
                }
            }
            // After a row of the wrong shape nothing that follows can be trusted.
            Err(problem) => {
                problems.push(problem);
                break;
            }
        }
        if problems.len() >= PROBLEMS_MAX {
            break;
        }
    }
    if problems.is_empty() { builder.finish().map_err(one) } else { Err(problems) }
}

struct Builder<'m> {
    cells: Cells<'m>,
    account: AccountBound,
    invoice: Option<InvoiceBound>,
    payment: Option<PaymentBound>,
    due_reason: Option<Text>,
    file: [u8; 32],
    accounts: BTreeMap<AccountId, Opening>,
    documents: BTreeMap<DocumentId, u64>,
    plan: Plan,
}

/// An account as the file first names it.
struct Opening {
    line: u64,
    date: Date,
    name: Option<Text>,
    tax_id: Option<Text>,
    profile: Profile,
}

impl<'m> Builder<'m> {
    fn new(bytes: &[u8], mapping: &'m Mapping, reader: &Reader<'_>) -> Result<Self, Problem> {
        let due_reason = mapping.invoice.as_ref().and_then(|invoice| invoice.due_reason.as_deref());
        Ok(Self {
            cells: Cells::new(mapping)?,
            account: AccountBound::new(&mapping.account, reader)?,
            invoice: mapping.invoice.as_ref().map(|i| InvoiceBound::new(i, reader)).transpose()?,
            payment: mapping.payment.as_ref().map(|p| PaymentBound::new(p, reader)).transpose()?,
            due_reason: due_reason.map(Text::parse).transpose()?,
            file: leaf(bytes),
            accounts: BTreeMap::new(),
            documents: BTreeMap::new(),
            plan: Plan { steps: Vec::new(), totals: Totals::default(), spellings: BTreeMap::new() },
        })
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), Problem> {
        self.plan.totals.rows += 1;
        let id = self.cells.id(&self.account.id, row, AccountId::parse)?;
        let mut first_date = match &self.account.date {
            Some(field) => Some(self.cells.date(field, row)?),
            None => None,
        };
        let mut invoiced = None;
        if self.invoice.is_some() {
            let invoice = self.invoice(row, &id)?;
            first_date = first_date.or(Some(invoice.2));
            invoiced = Some(invoice);
        }
        if self.payment.is_some() {
            let paid = self.payment(row, &id, invoiced.as_ref())?;
            first_date = first_date.or(paid);
        }
        let Some(date) = first_date else { return Ok(()) };
        self.see_account(row, id, date)
    }

    /// Notes the account of a row: the first name and terms win, the earliest date counts.
    fn see_account(&mut self, row: &Row<'_>, id: AccountId, date: Date) -> Result<(), Problem> {
        let name = self.cells.maybe(self.account.name.as_ref(), row, Text::parse)?;
        if let Some(seen) = self.accounts.get_mut(&id) {
            seen.date = seen.date.min(date);
            if let (Some(taken), Some(other)) = (&seen.name, name)
                && *taken != other
            {
                let spellings = self.plan.spellings.entry(id);
                let all =
                    spellings.or_insert_with(|| Spellings { taken: taken.clone(), others: BTreeMap::new() });
                all.others.entry(other).or_insert(row.line);
            }
            return Ok(());
        }
        let profile = Profile {
            terms: self.cells.maybe(self.account.terms.as_ref(), row, TermsId::parse)?,
            currency: self.cells.maybe(self.account.currency.as_ref(), row, Currency::parse)?,
            attributes: self.cells.attributes(&self.account.attributes, row)?,
            ..Profile::default()
        };
        let tax_id = self.cells.maybe(self.account.tax_id.as_ref(), row, Text::parse)?;
        self.accounts.insert(id, Opening { line: row.line, date, name, tax_id, profile });
        Ok(())
    }

    /// The invoice of a row: its number, total and date.
    fn invoice(&mut self, row: &Row<'_>, account: &AccountId) -> Result<(DocumentId, Money, Date), Problem> {
        let Some(fields) = &self.invoice else { return Err(Problem::new("mapping.invalid", "no [invoice]")) };
        let cells = &self.cells;
        let number = cells.id(&fields.number, row, DocumentId::parse)?;
        let currency = cells.id(&fields.currency, row, Currency::parse)?;
        let total = cells.money(&fields.amount, row, currency)?;
        let date = cells.date(&fields.date, row)?;
        let due = cells.maybe_date(fields.due.as_ref(), row)?;
        let reason = self.due_reason.clone();
        let command = IssueInvoice {
            account: account.clone(),
            number: Number::Given(number.clone()),
            currency: Some(currency),
            rate: None,
            date,
            accounting_date: cells.maybe_date(fields.accounting_date.as_ref(), row)?,
            terms: due.map(|date| TermsChoice::Due { date, reason, terms: None }),
            lines: vec![Line {
                text: cells.maybe(fields.text.as_ref(), row, Text::parse)?,
                amount: Some(total.amount()),
                ..Line::default()
            }],
            tax_mode: ar_core::document::TaxMode::default(),
            discount: None,
            po_number: cells.maybe(fields.po_number.as_ref(), row, Text::parse)?,
            order: None,
            credit_override: None,
            attributes: cells.attributes(&fields.attributes, row)?,
            reason: None,
        };
        self.claim(&number, row.line)?;
        count(&mut self.plan.totals.invoices, total)?;
        self.step(
            row,
            StepKind::Invoice,
            date,
            &format!("csv:invoice:{number}"),
            Command::IssueInvoice(Box::new(command)),
        )?;
        Ok((number, total, date))
    }

    /// The payment of a row, and its date; nothing where the invoice beside it is not settled.
    fn payment(
        &mut self,
        row: &Row<'_>,
        account: &AccountId,
        invoiced: Option<&(DocumentId, Money, Date)>,
    ) -> Result<Option<Date>, Problem> {
        let Some(fields) = &self.payment else { return Ok(None) };
        let cells = &self.cells;
        let date = match (invoiced, cells.maybe_date(Some(&fields.date), row)?) {
            (Some(_), None) => return Ok(None),
            (None, None) => cells.date(&fields.date, row)?,
            (_, Some(date)) => date,
        };
        let payment = cells.id(&fields.id, row, DocumentId::parse)?;
        let amount = match (&fields.amount, &fields.currency, invoiced) {
            (None, None, Some((_, total, _))) => *total,
            (Some(amount), None, Some((_, total, _))) => cells.money(amount, row, total.currency())?,
            (None, Some(_), Some((_, total, _))) => *total,
            (Some(amount), Some(currency), _) => {
                cells.money(amount, row, cells.id(currency, row, Currency::parse)?)?
            }
            _ => {
                return Err(Problem::new(
                    "mapping.invalid",
                    "rows of payments need payment.amount and payment.currency",
                ));
            }
        };
        let settles = match invoiced {
            Some((number, ..)) => Some(ItemId::new(number.clone(), 1)),
            None => cells.maybe(fields.settles.as_ref(), row, ItemId::parse)?,
        };
        let target = |item| Target {
            item,
            amount: Some(amount.amount()),
            discount: false,
            tolerance: false,
            grant: None,
            exchange: None,
            withheld: None,
        };
        let command = ReceivePayment {
            payment: payment.clone(),
            payer: Payer::Account(account.clone()),
            method: fields.method,
            currency: Some(amount.currency()),
            rate: None,
            amount: amount.amount(),
            date,
            accounting_date: None,
            value_date: cells.maybe_date(fields.value_date.as_ref(), row)?,
            bank: None,
            reference: cells.maybe(fields.reference.as_ref(), row, Text::parse)?,
            keep: ar_core::payment::Keep::default(),
            order: None,
            allocate: settles.map(|item| How::Explicit(vec![target(item)])),
            attributes: cells.attributes(&fields.attributes, row)?,
        };
        self.claim(&payment, row.line)?;
        count(&mut self.plan.totals.payments, amount)?;
        self.step(
            row,
            StepKind::Payment,
            date,
            &format!("csv:payment:{payment}"),
            Command::ReceivePayment(Box::new(command)),
        )?;
        Ok(Some(date))
    }

    /// A number stands once in a file.
    fn claim(&mut self, number: &DocumentId, line: u64) -> Result<(), Problem> {
        match self.documents.insert(number.clone(), line) {
            None => Ok(()),
            Some(first) => {
                let message =
                    format!("number {number} stands on line {first} already; a number is given once");
                Err(Problem::new("csv.duplicate_id", message))
            }
        }
    }

    fn step(
        &mut self,
        row: &Row<'_>,
        kind: StepKind,
        date: Date,
        id: &str,
        command: Command,
    ) -> Result<(), Problem> {
        self.plan.steps.push(Step { line: row.line, kind, id: CommandId::parse(id)?, command, date });
        Ok(())
    }

    /// Adds the accounts and puts everything in order of date.
    fn finish(mut self) -> Result<Plan, Problem> {
        let file = hex(&self.file);
        let short = file.get(..12).unwrap_or(&file);
        for (account, opening) in std::mem::take(&mut self.accounts) {
            let id = CommandId::parse(&format!("csv:{short}:account:{account}"))?;
            let (line, date) = (opening.line, opening.date);
            let command = Command::OpenAccount(Box::new(opening.command(account, &self.file)?));
            self.plan.totals.accounts += 1;
            self.plan.steps.push(Step { line, kind: StepKind::Account, id, command, date });
        }
        self.plan.steps.sort_by_key(|step| (step.date, step.kind, step.line));
        Ok(self.plan)
    }
}

impl Opening {
    /// The salt follows from the whole file: nobody guesses it who does not hold the file, and the
    /// same file gives the same command again.
    fn command(self, account: AccountId, file: &[u8; 32]) -> Result<OpenAccount, Problem> {
        let salt = hex(&leaf(&[file.as_slice(), account.as_str().as_bytes()].concat()));
        let party = match self.name {
            None => None,
            Some(name) => {
                Some(Party { salt: Text::parse(&salt)?, name, tax_id: self.tax_id, ..Party::default() })
            }
        };
        Ok(OpenAccount {
            account,
            date: self.date,
            profile: self.profile,
            party,
            limit: ar_core::account::CreditLimit::default(),
        })
    }
}

fn count(sums: &mut BTreeMap<Currency, Sum>, money: Money) -> Result<(), Problem> {
    let sum = sums.entry(money.currency()).or_insert(Sum { count: 0, amount: Money::zero(money.currency()) });
    sum.count += 1;
    sum.amount = sum.amount.checked_add(money).ok_or_else(|| {
        Problem::new(
            "amount.out_of_range",
            "the amounts of the file come to more than 10^15 minor units; split it",
        )
    })?;
    Ok(())
}
