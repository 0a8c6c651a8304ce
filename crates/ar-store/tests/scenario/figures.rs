//! The figures of a story against the queries of the store.

use std::collections::BTreeMap;

use ar_core::book::Counts;
use ar_core::query::{
    AgingBy, AsOf, ItemFilter, ItemOrder, OpenItem, PAGE_MAX, Scope, View, aging, exposure, open_items,
    plans, promises,
};
use ar_core::{Currency, Date};
use ar_store::Store;

use super::tie_out::{Item, Line, tie_out};
use super::{Figures, Player, same};

type Table = BTreeMap<String, String>;

impl<S: Store> Player<'_, S>
where
    S::View: View,
    <S::View as View>::Error: std::fmt::Debug,
{
    /// Asks one snapshot.
    fn ask<T: Send + 'static>(&self, question: impl FnOnce(&S::View) -> T + Send + 'static) -> T {
        pollster::block_on(self.ledger.read(question)).expect("the store answers")
    }

    fn open_on(&self, on: Date) -> Vec<OpenItem> {
        self.ask(move |view| {
            let as_of = AsOf::head(view, on);
            let all = open_items(view, as_of, &ItemFilter::default(), ItemOrder::Due, None, PAGE_MAX);
            all.expect("open items").items
        })
    }

    fn lines(&self) -> Vec<Line> {
        self.ask(|view| {
            let lines = view.lines(&Scope::All).expect("lines");
            let line = |line: ar_core::query::LineView<'_>| Line {
                date: line.date.date(),
                role: line.role,
                currency: line.currency,
                account: line.account.cloned(),
                minor: line.minor,
                base: line.base.map(ar_core::Amount::minor),
            };
            lines.iter(view.head()).map(line).collect()
        })
    }

    /// Compares the figures told with those the store gives.
    pub(super) fn compare(&self, told: &Figures) -> Result<(), String> {
        let base = Currency::parse(&self.base).map_err(|e| e.to_string())?;
        let currency =
            told.currency.as_deref().map_or(Ok(base), Currency::parse).map_err(|e| e.to_string())?;
        let open = self.open_on(told.on);
        if let Some(wanted) = &told.open {
            let found = open.iter().filter(|item| item.currency == currency);
            let found: Table = found.map(|i| (i.item.to_string(), i.open.to_string())).collect();
            same_table("open", wanted.iter().map(|(k, v)| (k.to_string(), v.clone())), found)?;
        }
        if let Some(wanted) = &told.left_out {
            let found = open.iter().filter_map(|item| Some((item.item.to_string(), left_out(item.counts)?)));
            same("left out", wanted, &found.collect())?;
        }
        if let Some(wanted) = &told.of_order {
            let found = open.iter().filter_map(|i| Some((i.item.to_string(), i.order.as_ref()?.to_string())));
            same("of orders", wanted, &found.collect())?;
        }
        for (id, due) in &told.due {
            let item = open.iter().find(|item| item.item == *id).ok_or(format!("{id} is not open"))?;
            same(&format!("due date of {id}"), due, &item.due)?;
        }
        if let Some(wanted) = &told.aging {
            same_table("aging", wanted.clone(), self.aging_on(told.on, currency))?;
        }
        let lines = self.lines();
        let lines = || lines.iter().filter(|line| line.date <= told.on);
        if let Some(wanted) = &told.journal {
            let found = by_role(lines().filter(|l| l.currency == currency).map(|l| (l, l.minor)), currency);
            same_table("journal", wanted.clone(), found)?;
        }
        if let Some(wanted) = &told.journal_base {
            let in_base =
                |line: &Line| if line.currency == base { line.minor } else { line.base.unwrap_or(0) };
            let found = by_role(lines().map(|line| (line, in_base(line))), base);
            same_table("journal in base currency", wanted.clone(), found)?;
        }
        self.compare_agreements(told)?;
        self.compare_exposure(told, currency)?;
        self.compare_accounts(told)
    }

    fn compare_exposure(&self, told: &Figures, currency: Currency) -> Result<(), String> {
        for (account, wanted) in &told.exposure {
            let (id, on) = (account.clone(), told.on);
            let found = self.ask(move |view| exposure(view, AsOf::head(view, on), &id).expect("exposure"));
            let parts = found.currencies.iter().find(|parts| parts.currency == currency);
            let found = parts.map_or_else(|| "0.00".to_owned(), |parts| parts.exposure.to_string());
            same(&format!("exposure of {account}"), wanted, &found)?;
        }
        Ok(())
    }

    fn aging_on(&self, on: Date, currency: Currency) -> Table {
        let all =
            self.ask(move |view| aging(view, AsOf::head(view, on), &AgingBy::default()).expect("aging"));
        let mut table = Table::new();
        for totals in all.currencies.iter().filter(|totals| totals.currency == currency) {
            for bucket in &totals.buckets {
                table.insert(bucket.label.clone(), bucket.amount.to_string());
            }
            table.insert("unapplied".to_owned(), totals.unapplied.to_string());
            table.insert("total".to_owned(), totals.total.to_string());
        }
        table
    }

    fn compare_agreements(&self, told: &Figures) -> Result<(), String> {
        let on = told.on;
        if let Some(wanted) = &told.promises {
            let found =
                self.ask(move |view| promises(view, AsOf::head(view, on), &Scope::All).expect("promises"));
            let found = found.into_iter();
            same("promises", wanted, &found.map(|p| (p.promise.to_string(), state(&p.state))).collect())?;
        }
        if let Some(wanted) = &told.plans {
            let found = self.ask(move |view| plans(view, AsOf::head(view, on), &Scope::All).expect("plans"));
            let found = found.into_iter();
            let told = |plan: ar_core::query::PlanStatus| {
                let cured = plan.cured_on.map(|day| format!(", cured on {day}")).unwrap_or_default();
                (plan.plan.to_string(), format!("{}, {} overdue{cured}", state(&plan.state), plan.overdue))
            };
            same("plans", wanted, &found.map(told).collect())?;
        }
        Ok(())
    }

    fn compare_accounts(&self, told: &Figures) -> Result<(), String> {
        let accounts = self.ask(|view| view.accounts(view.head(), None, PAGE_MAX).expect("accounts"));
        let those = |is: fn(&ar_core::account::Account) -> bool| {
            accounts.iter().filter(|account| is(account)).map(|account| account.id.to_string()).collect()
        };
        if let Some(on_hold) = &told.on_hold {
            same("accounts on hold", on_hold, &those(|account| account.hold.is_some()))?;
        }
        if let Some(closed) = &told.closed {
            same("closed accounts", closed, &those(|account| account.closed.is_some()))?;
        }
        Ok(())
    }

    /// The sub-ledger ties out to the control accounts on every date touched, and no item is below
    /// zero or above its original.
    pub(super) fn ties_out(&self) -> Result<(), String> {
        let lines = self.lines();
        let ids = self.items.clone();
        let rows = self.ask(move |view| view.items_by_id(&ids).expect("items"));
        let rows: BTreeMap<_, _> = rows.into_iter().map(|row| (row.item.clone(), row)).collect();
        for on in &self.dates {
            let mut items = Vec::new();
            for open in self.open_on(*on) {
                let row = rows.get(&open.item).ok_or(format!("{} has no row", open.item))?;
                items.push(Item {
                    role: row.control.role,
                    account: open.account.clone(),
                    currency: open.currency,
                    original: open.original.minor(),
                    open: open.open.minor(),
                    base: open.base_open.map(ar_core::Amount::minor),
                });
            }
            tie_out(*on, &items, &lines)?;
        }
        Ok(())
    }
}

/// What an item is left out of, in words.
fn left_out(counts: Counts) -> Option<String> {
    let parts = [(counts.credit, "credit"), (counts.dunning, "dunning")];
    let out: Vec<&str> = parts.into_iter().filter(|(counts, _)| !counts).map(|(_, what)| what).collect();
    (!out.is_empty()).then(|| out.join(", "))
}

fn by_role<'l>(lines: impl Iterator<Item = (&'l Line, i64)>, currency: Currency) -> Table {
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for (line, minor) in lines {
        *sums.entry(line.role.to_string()).or_default() += minor;
    }
    // A sum of lines may be more than one amount can say.
    let places = usize::from(currency.exponent());
    let text = |minor: i64| {
        let digits = format!("{:0>width$}", minor.unsigned_abs(), width = places + 1);
        let (whole, part) = digits.split_at(digits.len() - places);
        let sign = if minor < 0 { "-" } else { "" };
        if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
    };
    sums.into_iter().map(|(role, minor)| (role, text(minor))).collect()
}

/// Compares two tables; zeros may stand in either or be left out.
fn same_table(
    what: &str,
    told: impl IntoIterator<Item = (String, String)>,
    found: Table,
) -> Result<(), String> {
    let nonzero = |(_, text): &(String, String)| text.chars().any(|c| ('1'..='9').contains(&c));
    let told: Table = told.into_iter().filter(nonzero).collect();
    let found: Table = found.into_iter().filter(nonzero).collect();
    same(what, &told, &found)
}

/// A state as it stands in JSON.
fn state(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}
