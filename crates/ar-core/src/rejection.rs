//! Refusals: one enum with append-only codes and typed facts.
//!
//! A *refused* command needs other input; an *unavailable* store wants the same command again; a
//! *corrupt* book must be stopped. Only the first is a [`Rejection`]. A refused command leaves the
//! book unchanged (INV-69). Every message names the fact, the cause and the next step.

use serde::Serialize;

use crate::values::*;

macro_rules! rejections {
    ($($(#[doc = $doc:literal])+ $variant:ident { $($field:ident : $ty:ty),* $(,)? } $code:literal $message:literal;)*) => {
        /// Why a command is refused. Codes are append-only: a code never changes its meaning and
        /// is never used again.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        #[allow(missing_docs, reason = "the fields are the facts that the message names")]
        pub enum Rejection {
            $($(#[doc = $doc])+ #[doc = concat!("\nCode: `", $code, "`.")] #[error($message)] $variant { $($field: $ty),* },)*
        }

        impl Rejection {
            /// The stable code, like `allocation.exceeds_item`.
            #[must_use]
            pub fn code(&self) -> &'static str {
                if let Self::Value { code, .. } = self {
                    return code;
                }
                match self {
                    $(Self::$variant { .. } => $code,)*
                }
            }

            /// Every code with its message template, in the order of the source. The codes of
            /// [`ValueError`] come in addition, under the field they stood in.
            pub const CODES: &'static [(&'static str, &'static str)] = &[$(($code, $message)),*];

            /// When each code is given, in the same order.
            pub const MEANINGS: &'static [(&'static str, &'static str)] =
                &[$(($code, concat!($($doc),+))),*];
        }
    };
}

rejections! {
    /// A text or number is not a value of its field. The refusal bears the value's own code, listed
    /// below.
    Value { field: String, code: &'static str, problem: String } "value.invalid"
        "{field}: {problem}";
    /// The text is not well-formed JSON, ends early, or goes on after the object.
    JsonSyntax { line: usize, column: usize, problem: String } "json.syntax"
        "line {line}, column {column}: {problem}; send one JSON object as documented";
    /// A field, a choice or a command that is not known here: a misspelling, a wrong case, or a newer
    /// form. Nothing is ignored.
    JsonUnknownField { problem: String } "json.unknown_field"
        "{problem}; check the spelling against the schema";
    /// An object has a name twice, in any spelling of it. Which of the two was meant cannot be known.
    JsonDuplicateKey { problem: String } "json.duplicate_key"
        "{problem}; give each field once";
    /// Objects and arrays are nested beyond the bound.
    JsonTooDeep { max: usize } "json.too_deep"
        "the JSON is nested deeper than {max} levels; flatten it";
    /// A command has more bytes than are read. Only `bring_forward` may be large.
    InputTooLarge { bytes: usize, max: usize } "input.too_large"
        "the command has {bytes} bytes and at most {max} are read; split it";
    /// A list in a command is longer than one command may be.
    TooManyEntries { what: &'static str, given: usize, max: usize } "input.too_many"
        "{given} {what} were given and at most {max} are taken in one command; split it";
    /// The command id was used before for another command.
    KeyConflict { id: CommandId } "idempotency.conflict"
        "command id {id} was used before with other content; send a new command under a new id";
    /// The first command of a book is `open_book`; this one came before it.
    BookMissing { book: BookId } "book.missing"
        "book {book} is not open; send open_book first";
    /// `open_book` came again with other settings.
    BookExists { book: BookId } "book.exists"
        "book {book} is already open with other settings; change them with configure";
    /// The command names another book than the one it was sent to.
    BookMismatch { asked: BookId, held: BookId } "book.mismatch"
        "the command is for book {asked} and this store holds {held}; send it to the store of that book";
    /// The currency had left circulation on the document date.
    CurrencyInactive { currency: Currency, on: Date } "currency.not_active_on_date"
        "{currency} was no longer in use on {on}; use its successor";
    /// Two sides of one settlement are in different currencies.
    CurrencyMismatch { expected: Currency, given: Currency } "currency.mismatch"
        "the amount is in {given} and its counterpart in {expected}; settle in one currency";
    /// A sum or product of amounts goes beyond 10^15 minor units.
    AmountOutOfRange { what: &'static str } "amount.out_of_range"
        "{what} goes beyond 10^15 minor units; split it";
    /// What an account or a group owes, is owed or has ordered would come to more than is kept.
    FiguresOutOfRange { account: AccountId, currency: Currency } "amount.figures_out_of_range"
        "what {account} or its group owes, is owed or has ordered in {currency} would go beyond 10^18 minor units; settle some of it first";
    /// An amount that must be greater than zero is zero or negative.
    AmountNotPositive { what: &'static str, given: Amount } "amount.not_positive"
        "{what} is {given} and must be greater than zero; correct it";
    /// A foreign amount has no rate, and none is recorded for the day or the days before it that
    /// policy allows.
    RateMissing { currency: Currency, on: Date } "rate.missing"
        "no rate for {currency} on or shortly before {on}; record one, give one with the document, or set the policy unconverted";
    /// A rate is given for the book's base currency.
    RateBaseCurrency { currency: Currency } "rate.base_currency"
        "{currency} is the base currency of the book and has no rate but 1; leave the rate out or correct the currency";
    /// A rate differs from the last one by more than policy allows.
    RateOutOfBand { currency: Currency, given: Rate, last: Rate, band: Percent } "rate.out_of_band"
        "rate {given} for {currency} differs from the last rate {last} by more than {band} %; check for an inverted rate or record the new rate first";
    /// The accounting date lies in a closed period.
    PeriodClosed { date: Date, next_open: Date } "period.closed"
        "{date} lies in a closed period; the next open day is {next_open}";
    /// The accounting date lies after the last open day.
    PeriodNotOpen { date: Date, last_open: Date } "period.not_open"
        "{date} lies after the last open day {last_open}; open the period first or correct the date";
    /// A date lies before the day from which it can be: an undo before the settlement, a reversal
    /// before the payment.
    DateOrder { what: &'static str, date: Date, not_before: Date } "date.before_start"
        "{what} {date} lies before {not_before}, the day its counterpart begins; give a later date";
    /// A due date lies before the document date and no reason is given.
    DueBeforeIssue { due: Date, issued: Date } "date.due_before_issue"
        "due date {due} lies before the document date {issued}; correct it or give a reason";
    /// A name of payment terms that the book does not have.
    TermsUnknown { terms: TermsId } "terms.unknown"
        "payment terms {terms} are not set up; configure them first";
    /// Payment terms with more days, months or instalments than terms have.
    TermsOutOfRange { problem: String } "terms.out_of_range"
        "{problem}; days are at most 3650, months at most 120, instalments at most 120";
    /// Instalments that do not add up to the total, or come to a negative one.
    TermsInstalments { problem: String } "terms.instalments"
        "{problem}; the instalments of payment terms must add up to the total";
    /// A name of a calendar that the book does not have.
    CalendarUnknown { calendar: CalendarId } "calendar.unknown"
        "calendar {calendar} is not set up; configure it first";
    /// A setting contradicts itself or another one.
    SettingInvalid { setting: &'static str, problem: String } "setting.invalid"
        "{setting}: {problem}; correct the setting";
    /// A setting that documents refer to would change its meaning.
    SettingInUse { setting: &'static str, id: String } "master.in_use"
        "{setting} {id} is in use and cannot change this way; add a new one";
    /// The chart maps no ledger account to a role that a posting needs.
    ChartIncomplete { role: crate::journal::Role } "chart.no_account"
        "no ledger account is mapped for role {role}; configure the chart";
    /// No account of this id is in the book.
    AccountUnknown { account: AccountId } "account.unknown"
        "account {account} is not open in this book; open it first";
    /// An account of this id was opened before with other content.
    AccountExists { account: AccountId } "account.exists"
        "account {account} exists already; amend it";
    /// An account id that the book keeps for itself.
    AccountReserved { account: AccountId } "account.reserved"
        "ids that begin with ~ belong to the book itself; choose another";
    /// Someone else changed the account in between.
    AccountStale { account: AccountId, given: u32, current: u32 } "conflict.version"
        "account {account} is at version {current} and the change was made against {given}; read it again and repeat the change";
    /// The account is closed.
    AccountClosed { account: AccountId } "account.closed"
        "account {account} is closed; reopen it first";
    /// A reopening of an account that is open.
    AccountNotClosed { account: AccountId } "account.not_closed"
        "account {account} is not closed; there is nothing to reopen";
    /// An order, delivery or invoice for an account on hold.
    AccountOnHold { account: AccountId, reason: Text } "account.on_hold"
        "account {account} is on hold ({reason}); release it first";
    /// A release of an account that is not on hold.
    AccountNotOnHold { account: AccountId } "account.not_on_hold"
        "account {account} is not on hold; there is nothing to release";
    /// A closing of an account that still has an open item of either side.
    AccountHasOpenItems { account: AccountId, item: ItemId } "account.has_open_items"
        "account {account} still has open items, {item} among them; settle all of them first, a net balance of zero is not enough";
    /// A closing of an account that still has a reported order.
    AccountHasOrders { account: AccountId } "account.has_orders"
        "account {account} still has reported orders; report them with zero first";
    /// An account to be closed is the parent of accounts that are not.
    AccountHasMembers { account: AccountId, member: AccountId } "account.has_members"
        "account {account} is the parent of {member}; close its members or give them another parent first";
    /// A parent that cannot be one: the account itself, one that has a parent, or an unknown or
    /// closed one.
    ParentInvalid { account: AccountId, parent: AccountId, problem: &'static str } "account.parent_invalid"
        "{parent} cannot be the parent of {account}: {problem}; name another parent";
    /// A document refers to itself.
    ReferenceCycle { id: String } "reference.cycle"
        "{id} refers to itself; refer to an earlier document";
    /// A reason is asked for and is absent or empty.
    ReasonMissing { what: &'static str } "reason.missing"
        "{what} needs a reason; give one";
    /// A reason code that the book does not have.
    ReasonUnknown { reason: ReasonCode } "reason.unknown"
        "reason {reason} is not set up; configure it first";
    /// A customer's code for a deduction that no reason of the book stands for.
    ReasonNotMapped { code: Text } "reason.not_mapped"
        "no reason of the book stands for the customer's code {code}; add it to one, or name the reason";
    /// Instalments that are none.
    PlanInvalid { problem: String } "plan.invalid"
        "the plan cannot be made: {problem}; change its items or its instalments";
    /// A plan that is not in default is called in.
    PlanNotInDefault { plan: DocumentId, on: Date, days: u16 } "plan.not_in_default"
        "no open instalment of {plan} is more than {days} days late on {on}; it cannot be called in before one is";
    /// A promise of this id was made before.
    PromiseExists { promise: PromiseId } "promise.exists"
        "promise {promise} exists already; use another id";
    /// No promise of this id is in the book.
    PromiseUnknown { promise: PromiseId } "promise.unknown"
        "promise {promise} is not in this book; check the id";
    /// The promise was withdrawn before.
    PromiseWithdrawn { promise: PromiseId } "promise.withdrawn"
        "promise {promise} was withdrawn already; record a new one";
    /// A promise of more than the item has open.
    PromiseExceeds { item: ItemId, open: Money, promised: Money } "promise.exceeds_item"
        "{item} has {open} open and {promised} were promised; lower the amount";
    /// A tax code that the book does not have.
    TaxUnknown { tax: TaxCode } "tax.unknown"
        "tax code {tax} is not set up; configure it first";
    /// A bank account that the book does not have.
    BankUnknown { bank: BankId } "bank.unknown"
        "bank {bank} is not set up; configure it first";
    /// A number series that the book does not have.
    SeriesUnknown { series: SeriesId } "series.unknown"
        "number series {series} is not set up; configure it first";
    /// A document date before the last one of a chronological series.
    SeriesChronology { series: SeriesId, date: Date, last: Date } "series.chronology"
        "the last number of series {series} is dated {last}; a document dated {date} would break its order";
    /// The counter of a series has no digits left.
    SeriesExhausted { series: SeriesId } "series.exhausted"
        "series {series} has no numbers left; configure a new one";
    /// A document number that was given before, voided documents included.
    NumberTaken { document: DocumentId } "number.taken"
        "number {document} was given before and is never given again; use another";
    /// An invoice without the purchase order number that the account asks for.
    PoNumberRequired { account: AccountId } "document.po_required"
        "account {account} wants a purchase order number on every invoice; give po_number";
    /// A line with neither or both of an amount and a quantity with a unit price.
    LinePrice { line: usize } "document.line_price"
        "line {line} needs either an amount or a quantity with a unit price; give one of the two";
    /// A line that cannot be booked.
    LineInvalid { line: usize, problem: String } "document.line_invalid"
        "line {line}: {problem}; correct the line";
    /// Terms with several instalments and a discount, where the book's policy refuses both together.
    TermsDiscountInstalments { instalments: usize } "terms.discount_with_instalments"
        "the terms have {instalments} instalments and a discount, and policy allows a discount on a single due date only; leave one of the two out";
    /// A discount on a whole document that cannot be given.
    DocumentDiscount { problem: String } "document.discount_invalid"
        "the discount on the document: {problem}; correct it";
    /// The lines of a document come to less than zero.
    NegativeTotal { total: Money } "document.negative_total"
        "the lines add up to {total}; issue a credit memo instead";
    /// A document without lines, or a list that must not be empty.
    DocumentEmpty { document: &'static str } "document.empty"
        "{document} has no lines; give at least one";
    /// No document of this number is in the book.
    DocumentUnknown { document: DocumentId } "document.unknown"
        "document {document} is not in this book; check the number";
    /// The document is of a kind that this does not work on.
    DocumentKind { document: DocumentId, kind: crate::document::DocumentKind, wanted: &'static str } "document.kind"
        "{document} is a {kind}; this works on {wanted} only";
    /// The document belongs to another account than the one named.
    DocumentAccount { document: DocumentId, account: AccountId, given: AccountId } "document.account_mismatch"
        "{document} belongs to account {account}, not to {given}; name its own account";
    /// The document's state forbids the change: delivered, settled, voided, reversed.
    DocumentState { document: DocumentId, problem: &'static str } "document.state"
        "{document} cannot be changed this way: {problem}; correct it by a new document";
    /// A credit memo above what its invoice has left in a tax group or a line.
    CreditExceedsInvoice { invoice: DocumentId, tax: Option<TaxCode>, left: Money, requested: Money } "credit.exceeds_invoice"
        "{invoice} has {left} left to credit, in all or in one tax group, and {requested} was asked for; lower it or issue a standalone credit memo";
    /// A credit memo for a line that its invoice does not have.
    CreditLineUnknown { invoice: DocumentId, line: usize } "credit.line_unknown"
        "{invoice} has no line {line}; count lines from 1";
    /// No open position of this id is in the book.
    ItemUnknown { item: ItemId } "item.unknown"
        "{item} is not in this book; check the number";
    /// An item that cannot take part: the wrong side, void, or not there yet on the day.
    ItemSide { item: ItemId, problem: &'static str } "allocation.item_state"
        "{item} cannot take part: {problem}; name another item";
    /// A credit of one customer for an item of another that it does not pay for.
    AllocationAccountMismatch { item: ItemId, account: AccountId, credit: ItemId, payer: AccountId } "allocation.account_mismatch"
        "{item} belongs to account {account} and {credit} to {payer}, which does not pay for it; transfer the credit or record the parent";
    /// An allocation of zero or less, which would be an undo by the back door.
    AllocationNotPositive { item: ItemId, amount: Amount } "allocation.not_positive"
        "{amount} for {item} is not greater than zero; to take an allocation back, undo it";
    /// A netting that does not name the document of the other side.
    NettingReference {} "netting.reference_missing"
        "the netting names no document of the other side; give its reference";
    /// More to net than is open on the items.
    NettingExceeds { open: Money, given: Money } "netting.exceeds_open"
        "the items named take {open} and {given} are to be netted; lower it or name more items";
    /// A withholding tax that is not set up.
    WithholdingUnknown { code: TaxCode } "withholding.unknown"
        "withholding tax {code} is not set up; configure it or give the amount";
    /// Tax that cannot be withheld this way: the credit is no cash, or nothing says how much.
    WithholdingNotPossible { item: ItemId, problem: &'static str } "withholding.not_possible"
        "no tax can be withheld on {item}: {problem}; leave it out, or give what is missing";
    /// As much tax withheld as the item has open, or more than that with the cash for it.
    WithholdingExceedsItem { item: ItemId, open: Money, withheld: Money } "withholding.exceeds_item"
        "{item} has {open} open; {withheld} withheld and the cash for it are more, or nothing is left to be paid; lower one of them";
    /// A settlement in which no tax was withheld.
    WithholdingNone { link: LinkId } "withholding.none"
        "no tax was withheld in settlement {link}; name the settlement that has it";
    /// Withheld tax that a certificate proves.
    WithholdingCertified { link: LinkId, certificate: CertificateId } "withholding.certified"
        "certificate {certificate} proves the tax withheld in settlement {link}; take the certificate back first";
    /// More than was withheld.
    WithholdingExceeds { link: LinkId, pending: Money, requested: Money } "withholding.exceeds_pending"
        "{pending} was withheld in settlement {link} and {requested} was asked for; lower it";
    /// A certificate number that the account has given.
    CertificateTaken { account: AccountId, certificate: CertificateId } "certificate.taken"
        "account {account} has given certificate {certificate}; check the number, or take the earlier one back";
    /// No certificate of this number is on record for the account, or it was taken back.
    CertificateUnknown { account: AccountId, certificate: CertificateId } "certificate.unknown"
        "no certificate {certificate} of account {account} is on record; check the number";
    /// A certificate of another account than the one that withheld.
    CertificateAccount { link: LinkId, account: AccountId, given: AccountId } "certificate.account_mismatch"
        "{account} withheld the tax in settlement {link}, not {given}; name the account that paid";
    /// A certificate that proves less than was withheld.
    CertificateShort { link: LinkId, pending: Money, certified: Money } "certificate.short"
        "{pending} was withheld in settlement {link} and {certified} is certified; ask for another certificate, or let the rest be open again";
    /// A settlement that stands twice on one certificate.
    CertificateRepeats { link: LinkId } "certificate.repeated"
        "settlement {link} stands twice on the certificate; give it once";
    /// More than the credit has unapplied.
    AllocationExceedsPayment { credit: ItemId, available: Money, requested: Money } "allocation.exceeds_payment"
        "{credit} has {available} unapplied and {requested} was asked for; lower the amount";
    /// More than the item has open.
    AllocationExceedsItem { item: ItemId, open: Money, requested: Money, on: Date } "allocation.exceeds_item"
        "{item} has {open} open on {on} and {requested} was asked for; lower the amount or leave the rest unapplied";
    /// An earlier-dated settlement that cannot be proven safe on every day in between.
    AllocationBackdated { item: ItemId, date: Date, reinstated: Date } "allocation.backdated"
        "{item} was settled and reopened between {date} and {reinstated}, and {date} cannot be proven safe; use a date from {reinstated} on";
    /// One item is named twice in one allocation.
    AllocationRepeated { item: ItemId } "allocation.repeated_item"
        "{item} is named twice in one allocation; give it once with the whole amount";
    /// A discount that is granted to a credit memo, or is not greater than zero.
    DiscountNotGrantable { item: ItemId, problem: &'static str } "discount.not_grantable"
        "no discount can be granted on {item}: {problem}; leave the rest open or give it up by a write-off";
    /// A granted discount that, with the cash, is more than the item has open.
    DiscountExceedsItem { item: ItemId, open: Money, cash: Money, discount: Money } "discount.exceeds_item"
        "{item} has {open} open; {cash} and a discount of {discount} are more; lower one of them";
    /// No item is named and no rule finds one.
    AllocationNothing { credit: ItemId, reasons: String } "allocation.nothing"
        "no rule found anything to settle with {credit} ({reasons}); name the items";
    /// A credit would be spread over more allocations than it may have.
    AllocationTooMany { credit: ItemId, max: usize } "allocation.too_many"
        "{credit} would have more than {max} live allocations; split the payment";
    /// No settlement of this id is in the book.
    LinkUnknown { link: LinkId } "link.unknown"
        "settlement {link} is not in this book; check the id";
    /// The settlement was undone before.
    LinkUndone { link: LinkId } "reversal.already_reversed"
        "settlement {link} was undone before; it can be undone once";
    /// A settlement that falls only with the document it belongs to.
    LinkKind { link: LinkId, problem: &'static str } "reversal.not_reversible"
        "settlement {link} cannot be undone by itself: {problem}; undo what it belongs to";
    /// The payment was reversed before.
    PaymentReversed { payment: DocumentId } "payment.already_reversed"
        "{payment} was reversed before; it can be reversed once";
    /// The payment's payer is known already.
    PaymentIdentified { payment: DocumentId } "payment.already_identified"
        "{payment} is assigned to an account already; transfer the credit instead";
    /// No refund of this id is in the book.
    RefundUnknown { refund: RefundId } "refund.unknown"
        "refund {refund} is not in this book; check the id";
    /// A refund of this id was asked for before.
    RefundExists { refund: RefundId } "refund.exists"
        "refund {refund} exists already; use another id";
    /// The refund was paid or voided before.
    RefundState { refund: RefundId, state: crate::payment::RefundState } "refund.state"
        "refund {refund} is {state}; only a requested refund can be paid or voided";
    /// A refund of more than the credit has unapplied.
    RefundExceeds { credit: ItemId, available: Money, requested: Money } "refund.exceeds_unapplied"
        "{credit} has {available} unapplied and a refund of {requested} was asked for; lower the amount";
    /// A transfer of credit to the account it stands on.
    TransferSame { account: AccountId } "transfer.same_account"
        "the credit belongs to {account} already; give another account";
    /// A write-off of more than the item has open.
    WriteOffExceeds { item: ItemId, open: Money, requested: Money } "write_off.exceeds_item"
        "{item} has {open} open and a write-off of {requested} was asked for; lower the amount";
    /// The figures of a provision contradict themselves, their matrix or the book.
    AllowanceInvalid { problem: String } "allowance.invalid"
        "the allowance cannot be computed: {problem}; correct the figures and send them again";
    /// A run before one that is on record: that one was told from what is allowed for on its own day.
    AllowanceLaterRun { currency: Currency, date: Date, ran: Date } "allowance.later_run"
        "the allowance in {currency} was provided for {ran}, and {date} is before that; provide for {ran} or a later day";
    /// A run so far back that too much moved the allowance since.
    AllowanceBackdated { currency: Currency, date: Date } "allowance.backdated"
        "too much moved the allowance in {currency} since {date}; provide for a later day";
    /// Nothing of an account is as small and as old as was asked for.
    WriteOffNothingSmall { account: AccountId, most: Money } "write_off.nothing_small"
        "nothing of {account} is open with {most} or less on the days asked for; there is nothing to give up";
    /// A write-off is undone while cash is booked against it.
    WriteOffRecovered { write_off: LinkId, recovery: LinkId } "write_off.recovered"
        "cash was booked against {write_off} by {recovery}; undo {recovery} first, then the write-off on the same day or later";
    /// A recovery of something that was not given up, or is no longer.
    RecoveryOfNothing { link: LinkId, problem: &'static str } "recovery.not_written_off"
        "nothing can be recovered of settlement {link}: {problem}; name a write-off in force, or allocate the payment to what is open";
    /// A recovery of more than was given up and not recovered before, on its day or any later one.
    RecoveryExceeds { write_off: LinkId, left: Money, requested: Money } "recovery.exceeds_write_off"
        "{left} of {write_off} is not recovered yet and {requested} was asked for; lower the amount, and keep the rest on the payment";
    /// A write-off was recovered more often than is counted in one command.
    RecoveryTooMany { write_off: LinkId, max: usize } "recovery.too_many"
        "{write_off} has {max} recoveries, which is the most; undo the write-off and allocate what comes to the claim";
    /// A memo takes back tax of an invoice that a write-off took back before.
    CreditTaxRelieved { invoice: DocumentId, tax: TaxCode, left: Money, requested: Money } "credit.tax_relieved"
        "{left} of tax {tax} is left on {invoice} beside what its write-off took back, and {requested} was asked for; undo the write-off first";
    /// A credit limit that is an amount of zero or less.
    CreditLimitInvalid { problem: String } "credit.limit_invalid"
        "{problem}; a limit is none, zero, or an amount greater than zero";
    /// An order, delivery or (by policy) invoice beyond the credit limit of the account or its group.
    CreditLimitExceeded { account: AccountId, limit: Money, exposure: Money, requested: Money } "credit.limit_exceeded"
        "account {account} has a limit of {limit}, an exposure of {exposure} and asks for {requested} more; collect, raise the limit, or override with a reason";
    /// Exposure in another currency cannot be compared with the limit. A missing rate holds.
    CreditRateMissing { account: AccountId, currency: Currency, on: Date } "credit.rate_missing"
        "the exposure of {account} in {currency} cannot be compared with its limit without a rate on {on}; record one, or override with a reason";
    /// More was settled since a day than is read to tell what was owed on it.
    CreditTooFarBack { account: AccountId, date: Date } "credit.too_far_back"
        "too much of {account} was settled after {date} to compare what it owed then with its limit; give a later accounting date, or override with a reason";
    /// The order was reported for another account.
    OrderAccount { order: OrderId, account: AccountId, given: AccountId } "order.account_mismatch"
        "order {order} belongs to account {account}, not to {given}; name its own account";
    /// An invoice or a payment names an order that was never reported.
    OrderUnknown { order: OrderId } "order.unknown"
        "order {order} was never reported; report it first or leave it out";
    /// What is brought forward does not come to the totals given with it.
    CutOverTotals { account: Option<AccountId>, currency: Currency, bucket: Option<String>, stated: Money, found: Money } "cut_over.control_total"
        "the file states {stated} and its items come to {found}; nothing was loaded, correct the file or the totals";
    /// A cut-over without a total for one of its currencies.
    CutOverNoTotals { currency: Currency } "cut_over.no_control_total"
        "no control total is given for {currency}; a cut-over is proven against totals by currency at least";
    /// The actor may not do this.
    Unauthorised { actor: ActorId, command: &'static str } "authority.refused"
        "{actor} may not {command}; ask someone who may";
    /// The bytes are not UTF-8: another encoding, a byte order mark, or a NUL.
    TextEncoding { offset: usize, problem: &'static str } "text.encoding"
        "{problem} stands at byte {offset}; send UTF-8 without a byte order mark";
    /// A field that every such object has is absent.
    JsonMissingField { problem: String } "json.missing_field"
        "{problem}; give it";
    /// A value of another JSON type than the field takes: a number for a text, an array for an
    /// object.
    JsonWrongType { problem: String } "json.wrong_type"
        "{problem}; see the schema for its form";
    /// A whole number beyond the range of its field.
    NumberOutOfRange { problem: String } "number.out_of_range"
        "{problem}; give a whole number in its range";
    /// A name of a charge policy that the book does not have.
    ChargePolicyUnknown { policy: ChargePolicyId } "charge.policy_unknown"
        "charge policy {policy} is not set up; configure it first";
    /// A policy that the law or the book keeps to commercial debtors, and an account of a consumer.
    ChargeConsumer { account: AccountId, policy: ChargePolicyId } "charge.consumer"
        "{account} is a consumer and {policy} is for commercial debtors only; use a policy that was agreed with consumers";
    /// No rate is recorded for a day that bears interest.
    ChargeRateMissing { table: String, on: Date } "charge.rate_missing"
        "{table} has no rate in force on {on}; record it with its date and source";
    /// Nothing of the account is late and not yet charged.
    ChargeNothing { account: AccountId, through: Date } "charge.nothing"
        "no debt of {account} is late and uncharged up to {through}; assess a later day";
    /// The charges come to less than the policy issues a document for.
    ChargeBelowMinimum { total: Money, least: Money } "charge.below_minimum"
        "the charges come to {total} and the policy issues none below {least}; their days stay to be charged, assess again later";
    /// The debts of one assessment have more settlements than are read.
    ChargeTooManySettlements { account: AccountId } "charge.too_many_settlements"
        "the debts of {account} have more than 10000 settlements together; assess fewer at once with items_max";
    /// The interest of one debt falls into more stretches than are kept.
    ChargeTooLong { max: usize } "charge.too_many_segments"
        "the interest of one debt falls into more than {max} stretches; assess it in shorter steps or by longer periods";
    /// An amount that must not be less than zero is negative.
    AmountNegative { what: &'static str, given: Amount } "amount.negative"
        "{what} is {given} and must not be less than zero; correct it";
    /// A conversion into the currency the credit is in already.
    ConversionSame { currency: Currency } "conversion.same_currency"
        "the credit is in {currency} already; apply it without a conversion";
    /// What a conversion gives is stated, and not what it takes.
    ConversionAmountMissing { item: ItemId } "conversion.amount_missing"
        "what {item} gets is given and not what the credit gives for it; give both amounts or neither";
    /// A conversion cannot be undone while its credit is settled, refunded or moved in part.
    ConversionInUse { conversion: DocumentId } "conversion.in_use"
        "{conversion} is settled, refunded or moved in part; undo that first, the whole comes back";
    /// A settlement or a revaluation before a later revaluation that was told without it.
    RevaluationLater { item: ItemId, date: Date, revalued: Date } "revaluation.later"
        "{item} was revalued on {revalued} and {date} lies before it; use a date from {revalued} on";
    /// No accounting period of this name is in the book.
    PeriodUnknown { period: PeriodId } "period.unknown"
        "period {period} is not defined; define it first";
    /// A period of this name has other days.
    PeriodExists { period: PeriodId, start: Date, end: Date } "period.exists"
        "period {period} is defined from {start} to {end}; give another its own name";
    /// A period shares days with another.
    PeriodOverlap { period: PeriodId, other: PeriodId, start: Date, end: Date } "period.overlap"
        "period {period} shares days with {other}, which lasts from {start} to {end}; give it other days";
    /// Periods are closed in their order and reopened in the reverse.
    PeriodOrder { period: PeriodId, other: PeriodId, problem: &'static str } "period.order"
        "period {period} cannot change: {other} {problem}; do that first";
    /// The period's state forbids the change.
    PeriodState { period: PeriodId, problem: &'static str } "period.state"
        "period {period} cannot change this way: {problem}; reopen it or leave it as it is";
    /// The accounting date lies in a period that is closed softly for this kind of posting, and the
    /// actor is not among those it admits.
    PeriodSoftClosed { date: Date, period: PeriodId, area: crate::period::Area, next_open: Date } "period.soft_closed"
        "{date} lies in period {period}, which is closed for {area}; post on {next_open}, ask someone it admits, or reopen it";
    /// The period has cash whose payer is unknown, and policy wants it assigned before the close.
    CloseUnidentifiedCash { period: PeriodId, item: ItemId } "close.unidentified_cash"
        "period {period} has unidentified cash, {item} among it; assign it before the close";
    /// The period has cash that settles nothing, and policy wants it applied before the close.
    CloseUnallocatedReceipt { period: PeriodId, item: ItemId } "close.unallocated_receipt"
        "period {period} has unallocated receipts, {item} among them; apply, refund or keep them on account before the close";
    /// Policy wants a line of the checklist signed off before the close.
    CloseNotSignedOff { period: PeriodId, check: crate::period::Check } "close.not_signed_off"
        "{check} of period {period} is not signed off; look at it and sign it off before the close";
    /// A control account that differs from its open items.
    CloseTieOut { period: PeriodId, code: GlCode, currency: Currency, balance: Amount, items: Amount } "close.tie_out"
        "at the end of {period} account {code} in {currency} has a balance of {balance} and open items of {items}; read the figures again, and verify the book if they stay different";
    /// Figures that were read before the period was closed.
    CloseFiguresStale { period: PeriodId, known: u64, closed: u64 } "close.figures_stale"
        "the figures of {period} were read at position {known} and it was closed at {closed}; read them again";
    /// No command under this id became a proposal.
    ApprovalUnknown { proposal: CommandId } "approval.unknown"
        "there is no proposal {proposal}; look for it in the list of proposals";
    /// The proposal was approved, rejected or withdrawn before.
    ApprovalDecided { proposal: CommandId, state: crate::approval::ProposalState } "approval.decided"
        "proposal {proposal} is {state} already; propose it anew under a new id";
    /// The maker of a proposal approves or rejects it.
    ApprovalSameActor { proposal: CommandId, actor: ActorId } "approval.same_actor"
        "{actor} made proposal {proposal} and cannot decide it; ask another person, or withdraw it";
    /// Policy names who approves such an act, and the actor is not among them.
    ApprovalNotApprover { proposal: CommandId, actor: ActorId, act: crate::approval::SensitiveAct } "approval.not_approver"
        "{actor} is not among those who decide {act} proposals like {proposal}; ask one of them";
    /// Somebody else than the maker withdraws a proposal.
    ApprovalNotMaker { proposal: CommandId, actor: ActorId } "approval.not_maker"
        "{actor} did not make proposal {proposal} and cannot withdraw it; reject it instead";
    /// The digest is not that of the proposal, or the data given with it are other ones.
    ApprovalDigest { proposal: CommandId } "approval.digest_differs"
        "what was approved is not the content of proposal {proposal}; look at it again and give its digest";
    /// The last day on which the proposal could be approved has passed.
    ApprovalExpired { proposal: CommandId, expires: Date, today: Date } "approval.expired"
        "proposal {proposal} could be approved until {expires} and today is {today}; propose it anew";
    /// Something that the proposal touches has changed since it was made: it is void.
    ApprovalStale { proposal: CommandId, what: String, was: String, now: String } "approval.stale"
        "proposal {proposal} is void: {what} was {was} and is {now}; reject it and propose it anew";
    /// The proposal changes a person's data, which are not in the log, and they are not given again.
    ApprovalPartyMissing { proposal: CommandId, account: AccountId } "approval.party_missing"
        "proposal {proposal} changes the data of {account} and only their digest is kept; give the data with the approval";
    /// A command that records cash also does what needs a second person.
    ApprovalSeparate { act: crate::approval::SensitiveAct } "approval.separate"
        "{act} needs a second person and cash is recorded without one; record the cash first and allocate it by a command of its own";
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

#[cfg(test)]
mod tests;
