//! Refusals: one enum with append-only codes and typed facts.
//!
//! A *refused* command needs other input; an *unavailable* store wants the same command again; a
//! *corrupt* book must be stopped. Only the first is a [`Rejection`]. A refused command leaves the
//! book unchanged (INV-69). Every message names the fact, the cause and the next step.

use serde::Serialize;

use crate::values::*;

macro_rules! rejections {
    ($($(#[$doc:meta])* $variant:ident { $($field:ident : $ty:ty),* $(,)? } $code:literal $message:literal;)*) => {
        /// Why a command is refused. Codes are append-only: a code never changes its meaning and
        /// is never used again.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        #[allow(missing_docs, reason = "the fields are the facts that the message names")]
        pub enum Rejection {
            $($(#[$doc])* #[error($message)] $variant { $($field: $ty),* },)*
        }

        impl Rejection {
            /// The stable code, like `allocation.exceeds_item`.
            #[must_use]
            #[allow(unreachable_patterns, reason = "a value error keeps its own code")]
            pub fn code(&self) -> &'static str {
                match self {
                    Self::Value { code, .. } => code,
                    $(Self::$variant { .. } => $code,)*
                }
            }

            /// Every code with its message template, in the order of the source. The codes of
            /// [`ValueError`] come in addition, under the field they stood in.
            pub const CODES: &'static [(&'static str, &'static str)] = &[$(($code, $message)),*];
        }
    };
}

rejections! {
    /// `value.invalid`.
    Value { field: String, code: &'static str, problem: String } "value.invalid"
        "{field}: {problem}";
    /// `json.syntax`.
    JsonSyntax { line: usize, column: usize, problem: String } "json.syntax"
        "line {line}, column {column}: {problem}; send one JSON object as documented";
    /// `json.unknown_field`.
    JsonUnknownField { problem: String } "json.unknown_field"
        "{problem}; check the spelling against the schema";
    /// `json.duplicate_key`.
    JsonDuplicateKey { problem: String } "json.duplicate_key"
        "{problem}; give each field once";
    /// `json.too_deep`.
    JsonTooDeep { max: usize } "json.too_deep"
        "the JSON is nested deeper than {max} levels; flatten it";
    /// `input.too_large`.
    InputTooLarge { bytes: usize, max: usize } "input.too_large"
        "the command has {bytes} bytes and at most {max} are read; split it";
    /// `input.too_many`.
    TooManyEntries { what: &'static str, given: usize, max: usize } "input.too_many"
        "{given} {what} were given and at most {max} are taken in one command; split it";
    /// `idempotency.conflict`.
    KeyConflict { id: CommandId } "idempotency.conflict"
        "command id {id} was used before with other content; send a new command under a new id";
    /// `book.missing`.
    BookMissing { book: BookId } "book.missing"
        "book {book} is not open; send open_book first";
    /// `book.exists`.
    BookExists { book: BookId } "book.exists"
        "book {book} is already open with other settings; change them with configure";
    /// `book.mismatch`.
    BookMismatch { asked: BookId, held: BookId } "book.mismatch"
        "the command is for book {asked} and this store holds {held}; send it to the store of that book";
    /// `currency.not_active_on_date`.
    CurrencyInactive { currency: Currency, on: Date } "currency.not_active_on_date"
        "{currency} was no longer in use on {on}; use its successor";
    /// `currency.mismatch`.
    CurrencyMismatch { expected: Currency, given: Currency } "currency.mismatch"
        "the amount is in {given} and its counterpart in {expected}; settle in one currency";
    /// `amount.out_of_range`.
    AmountOutOfRange { what: &'static str } "amount.out_of_range"
        "{what} goes beyond 10^15 minor units; split it";
    /// `amount.not_positive`.
    AmountNotPositive { what: &'static str, given: Amount } "amount.not_positive"
        "{what} is {given} and must be greater than zero";
    /// `rate.missing`.
    RateMissing { currency: Currency, on: Date } "rate.missing"
        "no rate for {currency} on or shortly before {on}; record one, give one with the document, or set the policy unconverted";
    /// `rate.out_of_band`.
    RateOutOfBand { currency: Currency, given: Rate, last: Rate, band: Percent } "rate.out_of_band"
        "rate {given} for {currency} differs from the last rate {last} by more than {band} %; check for an inverted rate or record the new rate first";
    /// `period.closed`.
    PeriodClosed { date: Date, next_open: Date } "period.closed"
        "{date} lies in a closed period; the next open day is {next_open}";
    /// `period.not_open`.
    PeriodNotOpen { date: Date, last_open: Date } "period.not_open"
        "{date} lies after the last open day {last_open}; open the period first or correct the date";
    /// `date.before_start`.
    DateOrder { what: &'static str, date: Date, not_before: Date } "date.before_start"
        "{what} {date} lies before {not_before}, the day its counterpart begins; give a later date";
    /// `date.due_before_issue`.
    DueBeforeIssue { due: Date, issued: Date } "date.due_before_issue"
        "due date {due} lies before the document date {issued}; correct it or give a reason";
    /// `terms.unknown`.
    TermsUnknown { terms: TermsId } "terms.unknown"
        "payment terms {terms} are not set up; configure them first";
    /// `terms.out_of_range`.
    TermsOutOfRange { problem: String } "terms.out_of_range"
        "{problem}; days are at most 3650, months at most 120, instalments at most 120";
    /// `terms.instalments`.
    TermsInstalments { problem: String } "terms.instalments"
        "{problem}; the instalments of payment terms must add up to the total";
    /// `calendar.unknown`.
    CalendarUnknown { calendar: CalendarId } "calendar.unknown"
        "calendar {calendar} is not set up; configure it first";
    /// `setting.invalid`.
    SettingInvalid { setting: &'static str, problem: String } "setting.invalid"
        "{setting}: {problem}";
    /// `master.in_use`.
    SettingInUse { setting: &'static str, id: String } "master.in_use"
        "{setting} {id} is in use and cannot change this way; add a new one";
    /// `chart.no_account`.
    ChartIncomplete { role: crate::journal::Role } "chart.no_account"
        "no ledger account is mapped for role {role}; configure the chart";
    /// `account.unknown`.
    AccountUnknown { account: AccountId } "account.unknown"
        "account {account} is not open in this book; open it first";
    /// `account.exists`.
    AccountExists { account: AccountId } "account.exists"
        "account {account} exists already; amend it";
    /// `account.reserved`.
    AccountReserved { account: AccountId } "account.reserved"
        "ids that begin with ~ belong to the book itself; choose another";
    /// `conflict.version`.
    AccountStale { account: AccountId, given: u32, current: u32 } "conflict.version"
        "account {account} is at version {current} and the change was made against {given}; read it again and repeat the change";
    /// `account.closed`.
    AccountClosed { account: AccountId } "account.closed"
        "account {account} is closed; reopen it first";
    /// `account.not_closed`.
    AccountNotClosed { account: AccountId } "account.not_closed"
        "account {account} is not closed; there is nothing to reopen";
    /// `account.on_hold`.
    AccountOnHold { account: AccountId, reason: Text } "account.on_hold"
        "account {account} is on hold ({reason}); release it first";
    /// `account.not_on_hold`.
    AccountNotOnHold { account: AccountId } "account.not_on_hold"
        "account {account} is not on hold; there is nothing to release";
    /// `account.has_open_items`.
    AccountHasOpenItems { account: AccountId, item: ItemId } "account.has_open_items"
        "account {account} still has open items, {item} among them; settle all of them first, a net balance of zero is not enough";
    /// `account.has_orders`.
    AccountHasOrders { account: AccountId } "account.has_orders"
        "account {account} still has reported orders; report them with zero first";
    /// `account.parent_invalid`.
    ParentInvalid { account: AccountId, parent: AccountId, problem: &'static str } "account.parent_invalid"
        "{parent} cannot be the parent of {account}: {problem}";
    /// `reference.cycle`.
    ReferenceCycle { id: String } "reference.cycle"
        "{id} refers to itself; refer to an earlier document";
    /// `reason.missing`.
    ReasonMissing { what: &'static str } "reason.missing"
        "{what} needs a reason; give one";
    /// `reason.unknown`.
    ReasonUnknown { reason: ReasonCode } "reason.unknown"
        "reason {reason} is not set up; configure it first";
    /// `tax.unknown`.
    TaxUnknown { tax: TaxCode } "tax.unknown"
        "tax code {tax} is not set up; configure it first";
    /// `bank.unknown`.
    BankUnknown { bank: BankId } "bank.unknown"
        "bank {bank} is not set up; configure it first";
    /// `series.unknown`.
    SeriesUnknown { series: SeriesId } "series.unknown"
        "number series {series} is not set up; configure it first";
    /// `series.chronology`.
    SeriesChronology { series: SeriesId, date: Date, last: Date } "series.chronology"
        "the last number of series {series} is dated {last}; a document dated {date} would break its order";
    /// `series.exhausted`.
    SeriesExhausted { series: SeriesId } "series.exhausted"
        "series {series} has no numbers left; configure a new one";
    /// `number.taken`.
    NumberTaken { document: DocumentId } "number.taken"
        "number {document} was given before and is never given again; use another";
    /// `document.po_required`.
    PoNumberRequired { account: AccountId } "document.po_required"
        "account {account} wants a purchase order number on every invoice; give po_number";
    /// `document.line_price`.
    LinePrice { line: usize } "document.line_price"
        "line {line} needs either an amount or a quantity with a unit price; give one of the two";
    /// `document.line_invalid`.
    LineInvalid { line: usize, problem: String } "document.line_invalid"
        "line {line}: {problem}";
    /// `document.negative_total`.
    NegativeTotal { total: Money } "document.negative_total"
        "the lines add up to {total}; issue a credit memo instead";
    /// `document.empty`.
    DocumentEmpty { document: &'static str } "document.empty"
        "{document} has no lines; give at least one";
    /// `document.unknown`.
    DocumentUnknown { document: DocumentId } "document.unknown"
        "document {document} is not in this book; check the number";
    /// `document.kind`.
    DocumentKind { document: DocumentId, kind: crate::document::DocumentKind, wanted: &'static str } "document.kind"
        "{document} is a {kind}; this works on {wanted} only";
    /// `document.account_mismatch`.
    DocumentAccount { document: DocumentId, account: AccountId, given: AccountId } "document.account_mismatch"
        "{document} belongs to account {account}, not to {given}";
    /// `document.state`.
    DocumentState { document: DocumentId, problem: &'static str } "document.state"
        "{document} cannot be changed this way: {problem}";
    /// `credit.exceeds_invoice`.
    CreditExceedsInvoice { invoice: DocumentId, tax: Option<TaxCode>, left: Money, requested: Money } "credit.exceeds_invoice"
        "{invoice} has {left} left to credit in this tax group and {requested} was asked for; lower it or issue a standalone credit memo";
    /// `credit.line_unknown`.
    CreditLineUnknown { invoice: DocumentId, line: usize } "credit.line_unknown"
        "{invoice} has no line {line}; count lines from 1";
    /// `item.unknown`.
    ItemUnknown { item: ItemId } "item.unknown"
        "{item} is not in this book; check the number";
    /// `allocation.item_state`.
    ItemSide { item: ItemId, problem: &'static str } "allocation.item_state"
        "{item} cannot take part: {problem}";
    /// `allocation.account_mismatch`.
    AllocationAccountMismatch { item: ItemId, account: AccountId, credit: ItemId, payer: AccountId } "allocation.account_mismatch"
        "{item} belongs to account {account} and {credit} to {payer}, which does not pay for it; transfer the credit or record the parent";
    /// `allocation.not_positive`.
    AllocationNotPositive { item: ItemId, amount: Amount } "allocation.not_positive"
        "{amount} for {item} is not greater than zero; to take an allocation back, undo it";
    /// `allocation.exceeds_payment`.
    AllocationExceedsPayment { credit: ItemId, available: Money, requested: Money } "allocation.exceeds_payment"
        "{credit} has {available} unapplied and {requested} was asked for; lower the amount";
    /// `allocation.exceeds_item`.
    AllocationExceedsItem { item: ItemId, open: Money, requested: Money, on: Date } "allocation.exceeds_item"
        "{item} has {open} open on {on} and {requested} was asked for; lower the amount or leave the rest unapplied";
    /// `allocation.backdated`.
    AllocationBackdated { item: ItemId, date: Date, reinstated: Date } "allocation.backdated"
        "{item} has too many movements between {date} and its last reinstatement on {reinstated} to prove the date safe; use a date from {reinstated} on";
    /// `allocation.repeated_item`.
    AllocationRepeated { item: ItemId } "allocation.repeated_item"
        "{item} is named twice in one allocation; give it once with the whole amount";
    /// `allocation.nothing`.
    AllocationNothing { credit: ItemId, reasons: String } "allocation.nothing"
        "no rule found anything to settle with {credit} ({reasons}); name the items";
    /// `allocation.too_many`.
    AllocationTooMany { credit: ItemId, max: usize } "allocation.too_many"
        "{credit} would have more than {max} live allocations; split the payment";
    /// `link.unknown`.
    LinkUnknown { link: LinkId } "link.unknown"
        "settlement {link} is not in this book; check the id";
    /// `reversal.already_reversed`.
    LinkUndone { link: LinkId } "reversal.already_reversed"
        "settlement {link} was undone before; it can be undone once";
    /// `reversal.not_reversible`.
    LinkKind { link: LinkId, problem: &'static str } "reversal.not_reversible"
        "settlement {link} cannot be undone by itself: {problem}";
    /// `payment.already_reversed`.
    PaymentReversed { payment: DocumentId } "payment.already_reversed"
        "{payment} was reversed before; it can be reversed once";
    /// `payment.already_identified`.
    PaymentIdentified { payment: DocumentId } "payment.already_identified"
        "{payment} is assigned to an account already; transfer the credit instead";
    /// `refund.unknown`.
    RefundUnknown { refund: RefundId } "refund.unknown"
        "refund {refund} is not in this book; check the id";
    /// `refund.exists`.
    RefundExists { refund: RefundId } "refund.exists"
        "refund {refund} exists already; use another id";
    /// `refund.state`.
    RefundState { refund: RefundId, state: crate::payment::RefundState } "refund.state"
        "refund {refund} is {state}; only a requested refund can be paid or voided";
    /// `refund.exceeds_unapplied`.
    RefundExceeds { credit: ItemId, available: Money, requested: Money } "refund.exceeds_unapplied"
        "{credit} has {available} unapplied and a refund of {requested} was asked for; lower the amount";
    /// `transfer.same_account`.
    TransferSame { account: AccountId } "transfer.same_account"
        "the credit belongs to {account} already; give another account";
    /// `write_off.exceeds_item`.
    WriteOffExceeds { item: ItemId, open: Money, requested: Money } "write_off.exceeds_item"
        "{item} has {open} open and a write-off of {requested} was asked for; lower the amount";
    /// `credit.limit_invalid`.
    CreditLimitInvalid { problem: String } "credit.limit_invalid"
        "{problem}; a limit is none, zero, or an amount greater than zero";
    /// `credit.limit_exceeded`.
    CreditLimitExceeded { account: AccountId, limit: Money, exposure: Money, requested: Money } "credit.limit_exceeded"
        "account {account} has a limit of {limit}, an exposure of {exposure} and asks for {requested} more; collect, raise the limit, or override with a reason";
    /// `credit.rate_missing`.
    CreditRateMissing { account: AccountId, currency: Currency, on: Date } "credit.rate_missing"
        "the exposure of {account} in {currency} cannot be compared with its limit without a rate on {on}; record one, or override with a reason";
    /// `order.account_mismatch`.
    OrderAccount { order: OrderId, account: AccountId, given: AccountId } "order.account_mismatch"
        "order {order} belongs to account {account}, not to {given}";
    /// `cut_over.control_total`.
    CutOverTotals { account: Option<AccountId>, currency: Currency, bucket: Option<String>, stated: Money, found: Money } "cut_over.control_total"
        "the file states {stated} and its items come to {found}; nothing was loaded, correct the file or the totals";
    /// `cut_over.no_control_total`.
    CutOverNoTotals { currency: Currency } "cut_over.no_control_total"
        "no control total is given for {currency}; a cut-over is proven against totals by currency at least";
    /// `authority.refused`.
    Unauthorised { actor: ActorId, command: &'static str } "authority.refused"
        "{actor} may not {command}; ask someone who may";
    /// `text.encoding`.
    TextEncoding { offset: usize, problem: &'static str } "text.encoding"
        "{problem} stands at byte {offset}; send UTF-8 without a byte order mark";
    /// `json.missing_field`.
    JsonMissingField { problem: String } "json.missing_field"
        "{problem}; give it";
    /// `json.wrong_type`.
    JsonWrongType { problem: String } "json.wrong_type"
        "{problem}; see the schema for its form";
    /// `number.out_of_range`.
    NumberOutOfRange { problem: String } "number.out_of_range"
        "{problem}; give a whole number in its range";
    /// `amount.negative`.
    AmountNegative { what: &'static str, given: Amount } "amount.negative"
        "{what} is {given} and must not be less than zero";
}

/// The JSON form of a refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusalForm {
    /// The stable code.
    pub code: &'static str,
    /// Fact, cause and next step in one sentence.
    pub message: String,
    /// The typed facts.
    pub facts: serde_json::Value,
}

impl Rejection {
    /// The JSON form: `{"code": …, "message": …, "facts": {…}}`.
    #[must_use]
    pub fn form(&self) -> RefusalForm {
        let facts = match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(map)) => {
                map.into_iter().next().map_or(serde_json::Value::Null, |(_, v)| v)
            }
            _ => serde_json::Value::Null,
        };
        RefusalForm { code: self.code(), message: self.to_string(), facts }
    }

    /// The codes of values, which come under the field they stand in, with what each means.
    pub const VALUE_CODES: &'static [(&'static str, &'static str)] = &[
        ("amount.must_be_string", "An amount came as a JSON number."),
        ("amount.out_of_range", "An amount, or the result of a calculation, is beyond 10^15 minor units."),
        ("amount.syntax", "A text is not an amount: digits, an optional minus sign, up to four decimals."),
        ("amount.too_many_decimals", "An amount has more decimals than its currency. Nothing is rounded."),
        ("attributes.too_many", "More than 32 attributes on one thing."),
        ("currency.unknown", "A text is not an ISO 4217 currency that money can be held in."),
        ("date.invalid", "A day that the calendar does not have."),
        ("date.out_of_range", "A day outside 1990-01-01 to 2100-12-31."),
        ("date.syntax", "A text is not written YYYY-MM-DD."),
        ("decimal.out_of_range", "A quantity, price or percent with more digits than are kept exactly."),
        ("decimal.syntax", "A text is not a decimal."),
        ("id.invalid", "An id is empty, too long, or has a character that ids do not have."),
        ("idempotency.key_invalid", "A command id that is not 1 to 128 printable ASCII characters."),
        ("input.too_long", "A value is longer than any value of its kind; it is not read at all."),
        ("percent.out_of_range", "A percent outside 0 to 100."),
        ("rate.out_of_band", "A rate that is zero or negative."),
        ("text.too_long", "A free text of more than 500 characters."),
        ("timestamp.syntax", "An instant is not written YYYY-MM-DDTHH:MM:SSZ in UTC."),
    ];

    /// Names the field in which a value was not one; the code is the value error's own.
    #[must_use]
    pub fn value(field: impl Into<String>, error: &ValueError) -> Self {
        Self::Value { field: field.into(), code: error.code(), problem: error.to_string() }
    }
}
