//! The demo's company: what is set up in its book, and customers of different habits.

use std::collections::BTreeMap;

use ar_core::account::{AccountClass, CreditLimit, OpenAccount, Party, Profile};
use ar_core::book::{Bank, OpenBook, Policies, Reason, Setting, Tax, TaxKind, Tolerance};
use ar_core::record::{hex, leaf};
use ar_core::terms::{DueRule, Portion, Terms, TermsDiscount, TermsInstalment};
use ar_core::*;

use super::rng::Dice;

/// How many customers there are.
pub(super) const CUSTOMERS: usize = 200;

/// Tax on goods sold at home, in percent.
pub(super) const SALES_TAX: &str = "8.25";

/// How a customer pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Habit {
    /// Early, with discount where there is one.
    Prompt,
    /// Around the due date.
    Punctual,
    /// Some weeks late.
    Late,
    /// Months late, in parts.
    Chronic,
    /// Takes something off for damage, whether or not that is agreed.
    Deducts,
    /// By cheque, and not every cheque is good.
    Bounces,
    /// Without saying who it is.
    Anonymous,
    /// Not any more.
    Insolvent,
}

/// One customer.
pub(super) struct Customer {
    pub(super) id: AccountId,
    pub(super) name: String,
    pub(super) habit: Habit,
    pub(super) currency: Currency,
    pub(super) terms: TermsId,
    /// How likely an invoice is on a business day, in percent.
    pub(super) busy: i32,
    /// Typical price of a line in whole units.
    pub(super) size: i32,
    pub(super) limit: CreditLimit,
}

const FIRST: [&str; 20] = [
    "Alder",
    "Beacon",
    "Cobalt",
    "Delta",
    "Ember",
    "Falcon",
    "Granite",
    "Harbor",
    "Ivory",
    "Juniper",
    "Kestrel",
    "Lakeside",
    "Meridian",
    "Northgate",
    "Orchard",
    "Pioneer",
    "Quarry",
    "Redwood",
    "Summit",
    "Tidewater",
];
const SECOND: [&str; 10] = [
    "Foods", "Hardware", "Outdoor", "Medical", "Printing", "Bakery", "Motors", "Textiles", "Garden", "Supply",
];

/// The customers.
pub(super) fn customers(dice: &mut Dice) -> Result<Vec<Customer>, ValueError> {
    (0..CUSTOMERS).map(|n| customer(n, dice)).collect()
}

fn customer(n: usize, dice: &mut Dice) -> Result<Customer, ValueError> {
    let habit = match n % 100 {
        0..=29 => Habit::Prompt,
        30..=57 => Habit::Punctual,
        58..=77 => Habit::Late,
        78..=85 => Habit::Chronic,
        86..=90 => Habit::Deducts,
        91..=94 => Habit::Bounces,
        95..=97 => Habit::Anonymous,
        _ => Habit::Insolvent,
    };
    let export = n % 16 == 7;
    let words = (FIRST.get(n % FIRST.len()), SECOND.get(n / FIRST.len() % SECOND.len()));
    let name = format!(
        "{} {} {}",
        words.0.unwrap_or(&""),
        words.1.unwrap_or(&""),
        if export { "GmbH" } else { "Inc." }
    );
    let terms = match habit {
        Habit::Prompt => "2-10-NET30",
        _ => *dice.pick(&["NET30", "NET30", "NET14", "EOM", "3-PARTS"]).unwrap_or(&"NET30"),
    };
    let currency = Currency::parse(if export { "EUR" } else { "USD" })?;
    let size = dice.between(40, 400);
    let limit = match habit {
        Habit::Chronic | Habit::Late if dice.percent(25) && !export => {
            CreditLimit::Amount(Money::new(i64::from(size) * 100 * 60, currency)?)
        }
        _ => CreditLimit::None,
    };
    Ok(Customer {
        id: AccountId::parse(&format!("C-{:04}", 1001 + n))?,
        name,
        habit,
        currency,
        terms: TermsId::parse(terms)?,
        busy: dice.between(6, 22),
        size,
        limit,
    })
}

impl Customer {
    /// The command that opens the account.
    pub(super) fn open(&self, date: Date, dice: &mut Dice) -> Result<Command, ValueError> {
        let export = self.currency.code() != "USD";
        let mut attributes = Attributes::default();
        attributes
            .set("rep", Text::parse(dice.pick(&["Avery", "Blake", "Casey", "Drew"]).unwrap_or(&""))?)?;
        let profile = Profile {
            class: if export { AccountClass::Export } else { AccountClass::Domestic },
            terms: Some(self.terms.clone()),
            currency: Some(self.currency),
            attributes,
            ..Profile::default()
        };
        // A demo has no secrets: the salt follows from the id.
        let salt = Text::parse(&hex(&leaf(self.id.as_str().as_bytes())))?;
        let party = Party { salt, name: Text::parse(&self.name)?, ..Party::default() };
        Ok(Command::OpenAccount(Box::new(OpenAccount {
            account: self.id.clone(),
            date,
            profile,
            party: Some(party),
            limit: self.limit,
        })))
    }
}

/// The command that opens the book.
pub(super) fn open_book() -> Result<Command, ValueError> {
    let base = Currency::parse("USD")?;
    let percent = |text| Percent::parse(text);
    let mut settings = Vec::new();
    let tax = Tax::of(TaxCode::parse("SALES")?, percent(SALES_TAX)?, TaxKind::Standard);
    settings.push(Setting::Tax(tax));
    for (code, text) in [
        ("RETURN", "Goods returned"),
        ("DAMAGE", "Goods damaged in transit"),
        ("INSOLVENT", "Customer insolvent"),
        ("OVERPAID", "Paid too much"),
    ] {
        settings.push(Setting::Reason(Reason {
            code: ReasonCode::parse(code)?,
            text: Text::parse(text)?,
            customer_codes: vec![],
            owner: None,
            valid_days: None,
            tax_relief: false,
            counts_for_credit: true,
            counts_for_dunning: true,
            against_allowance: false,
        }));
    }
    settings.push(Setting::Bank(Bank {
        id: BankId::parse("FIRST")?,
        name: Text::parse("First Demo Bank")?,
        currency: None,
    }));
    for (id, terms) in all_terms()? {
        settings.push(Setting::Terms { id, terms });
    }
    let cents = BTreeMap::from([(base, Amount::parse("1.00")?)]);
    let policies = Policies {
        under_tolerance: Some(Tolerance { amounts: cents, percent: Some(percent("1")?), pooled: false }),
        ..Policies::default()
    };
    settings.push(Setting::Policies(Box::new(policies)));
    Ok(Command::OpenBook(OpenBook { base, settings }))
}

fn all_terms() -> Result<Vec<(TermsId, Terms)>, ValueError> {
    let part =
        |portion, months| TermsInstalment { portion, due: Some(DueRule::Months { months }), discounts: None };
    let third = || Ok::<_, ValueError>(Portion::Percent(Percent::parse("33.3")?));
    let early = TermsDiscount {
        percent: Percent::parse("2")?,
        days: 10,
        grace_days: 0,
        partial: false,
        tax: Default::default(),
        advance: false,
    };
    Ok(vec![
        (TermsId::parse("NET14")?, Terms::net(14)),
        (TermsId::parse("NET30")?, Terms::net(30)),
        (TermsId::parse("2-10-NET30")?, Terms { discounts: vec![early], ..Terms::net(30) }),
        (
            TermsId::parse("EOM")?,
            Terms { due: DueRule::EndOfMonth { after_days: 0, months: 1, days: 0 }, ..Terms::net(30) },
        ),
        (
            TermsId::parse("3-PARTS")?,
            Terms {
                instalments: vec![part(third()?, 1), part(third()?, 2), part(Portion::Remainder, 3)],
                ..Terms::net(30)
            },
        ),
    ])
}
