//! The chart mapping: which ledger account a role posts to, the most specific rule winning.

use serde::{Deserialize, Serialize};

use crate::account::AccountClass;
use crate::document::{DocumentKind, LineKind};
use crate::journal::Role;
use crate::rejection::Rejection;
use crate::values::*;

/// The rules that turn a role into an account code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chart {
    /// The rules. Order does not matter: the most specific match wins, and two rules of the same
    /// specificity that could match together are refused when the chart is set up.
    pub rules: Vec<ChartRule>,
    /// Accounts of earlier charts that no rule names any more. They are kept so that an account
    /// that items stand on never turns into one of another kind; need not be given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<FormerCode>,
}

/// An account of an earlier chart and the role it had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormerCode {
    /// The role.
    pub role: Role,
    /// The account of the general ledger.
    pub code: GlCode,
}

/// One rule: a role, what must be true of the posting, and the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChartRule {
    /// The role.
    pub role: Role,
    /// Only for accounts of this class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<AccountClass>,
    /// Only for documents of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentKind>,
    /// Only for lines of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<LineKind>,
    /// Only for this tax code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<TaxCode>,
    /// Only for this reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonCode>,
    /// Only for this bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<BankId>,
    /// The account of the general ledger.
    pub code: GlCode,
}

/// What is true of one posting line when its account is looked up.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChartContext<'a> {
    /// The account's class.
    pub class: Option<AccountClass>,
    /// The document's kind.
    pub document: Option<DocumentKind>,
    /// The line's kind.
    pub line: Option<LineKind>,
    /// The tax code.
    pub tax: Option<&'a TaxCode>,
    /// The reason.
    pub reason: Option<&'a ReasonCode>,
    /// The bank.
    pub bank: Option<&'a BankId>,
}

impl ChartRule {
    /// How specific the rule is: bank before reason before tax before line before document before
    /// class, each weighing more than all that follow it together.
    fn specificity(&self) -> [bool; 6] {
        [
            self.bank.is_some(),
            self.reason.is_some(),
            self.tax.is_some(),
            self.line.is_some(),
            self.document.is_some(),
            self.class.is_some(),
        ]
    }

    fn matches(&self, role: Role, context: &ChartContext<'_>) -> bool {
        fn met<T: PartialEq + ?Sized>(wanted: Option<&T>, given: Option<&T>) -> bool {
            wanted.is_none() || wanted == given
        }
        self.role == role
            && met(self.class.as_ref(), context.class.as_ref())
            && met(self.document.as_ref(), context.document.as_ref())
            && met(self.line.as_ref(), context.line.as_ref())
            && met(self.tax.as_ref(), context.tax)
            && met(self.reason.as_ref(), context.reason)
            && met(self.bank.as_ref(), context.bank)
    }
}

impl Chart {
    /// One account per role, numbered as a small company would.
    #[must_use]
    pub fn standard() -> Self {
        let codes = [
            (Role::Receivable, "1200"),
            (Role::Unapplied, "2300"),
            (Role::Unidentified, "2310"),
            (Role::OnAccount, "2320"),
            (Role::Revenue, "4000"),
            (Role::Freight, "4100"),
            (Role::Tax, "2200"),
            (Role::Cash, "1000"),
            (Role::Discount, "4800"),
            (Role::BadDebt, "6800"),
            (Role::SmallDifference, "6810"),
            (Role::Withholding, "1250"),
            (Role::FxGain, "7800"),
            (Role::FxLoss, "6880"),
            (Role::Rounding, "6890"),
            (Role::RefundClearing, "2390"),
            (Role::BankFee, "6850"),
            (Role::Opening, "9000"),
            (Role::UnrealisedGain, "7810"),
            (Role::UnrealisedLoss, "6881"),
            (Role::FxClearing, "1390"),
            (Role::Deposit, "2330"),
            (Role::InterestIncome, "7100"),
            (Role::FeeIncome, "7110"),
            (Role::DeferredTax, "2210"),
            (Role::BadDebtRecovered, "7120"),
            (Role::Allowance, "1290"),
            (Role::BadDebtExpense, "6820"),
            (Role::AllowanceExchange, "6885"),
            (Role::Netting, "1395"),
        ];
        let rules = codes.into_iter().filter_map(|(role, code)| {
            let code = GlCode::parse(code).ok()?;
            Some(ChartRule {
                role,
                class: None,
                document: None,
                line: None,
                tax: None,
                reason: None,
                bank: None,
                code,
            })
        });
        Self { rules: rules.collect(), former: Vec::new() }
    }

    /// Every account with its role, earlier ones included.
    fn codes(&self) -> impl Iterator<Item = (Role, &GlCode)> {
        let rules = self.rules.iter().map(|rule| (rule.role, &rule.code));
        rules.chain(self.former.iter().map(|former| (former.role, &former.code)))
    }

    /// The chart as it takes the place of another: with the accounts that the other had and this
    /// one does not name. Items and balances stand on accounts of earlier charts, so a control
    /// account never becomes anything else, nor anything else a control account (INV-11).
    ///
    /// # Errors
    /// `master.in_use`.
    pub fn after(&self, earlier: &Self) -> Result<Self, Rejection> {
        let mut chart = self.clone();
        for (role, code) in earlier.codes() {
            let control = role.is_control();
            let other =
                |(now, same): (Role, &GlCode)| same == code && now != role && (control || now.is_control());
            if chart.codes().any(other) {
                return Err(Rejection::SettingInUse { setting: "ledger account", id: code.to_string() });
            }
            if !chart.codes().any(|(_, named)| named == code) {
                chart.former.push(FormerCode { role, code: code.clone() });
            }
        }
        Ok(chart)
    }

    /// The account of a role in a context.
    ///
    /// # Errors
    /// `chart.no_account`.
    pub fn code(&self, role: Role, context: &ChartContext<'_>) -> Result<GlCode, Rejection> {
        self.rules
            .iter()
            .filter(|rule| rule.matches(role, context))
            .max_by_key(|rule| rule.specificity())
            .map(|rule| rule.code.clone())
            .ok_or(Rejection::ChartIncomplete { role })
    }

    /// Checks that every role that a book cannot do without has a general rule, that no two rules ask for the same things, and
    /// that no account is both a control account and anything else: nothing but the sub-ledger
    /// posts to a control account (INV-11).
    ///
    /// # Errors
    /// `chart.no_account`, `setting.invalid`.
    pub fn check(&self) -> Result<(), Rejection> {
        for role in Role::ALL.into_iter().filter(|role| role.is_in_every_chart()) {
            self.code(role, &ChartContext::default())?;
        }
        let invalid = |problem: String| Rejection::SettingInvalid { setting: "chart", problem };
        for (n, rule) in self.rules.iter().enumerate() {
            for other in self.rules.iter().skip(n.saturating_add(1)) {
                let same = ChartRule { code: other.code.clone(), ..rule.clone() };
                if same == *other {
                    return Err(invalid(format!("two rules for role {} ask for the same things", rule.role)));
                }
            }
        }
        for (n, (role, code)) in self.codes().enumerate() {
            let clash = |(other, same): &(Role, &GlCode)| {
                *same == code && *other != role && (role.is_control() || other.is_control())
            };
            if let Some((other, _)) = self.codes().skip(n.saturating_add(1)).find(clash) {
                return Err(invalid(format!(
                    "account {code} is mapped from {role} and {other}; a control account serves one role"
                )));
            }
        }
        Ok(())
    }
}
