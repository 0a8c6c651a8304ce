//! Opening, amending, holding, closing accounts.
//!
//! Groups have one level: an account that was ever named as a parent is marked as one and never
//! gets a parent itself, and whoever has a parent is never named as one. The mark stands on the
//! parent's own row, so that both checks read the row they are about.

use super::*;
use crate::decide::{Context, Decision, Halt};
use crate::event::Event;
use crate::rejection::Rejection;
use crate::rows::Owner;

pub(crate) fn decide_open(context: &Context<'_>, c: &OpenAccount) -> Result<Decision, Halt> {
    check_profile(context, &c.profile)?;
    if let Some(currency) = c.profile.currency.filter(|currency| !currency.active_on(c.date)) {
        return Err(Rejection::CurrencyInactive { currency, on: c.date }.into());
    }
    if context.facts.account(&c.account)?.is_some() {
        return Err(Rejection::AccountExists { account: c.account.clone() }.into());
    }
    let parent = c.profile.parent.as_ref().map(|id| parent_of(context, &c.account, id)).transpose()?;
    let (party, vault) = seal(&c.account, c.party.as_ref())?;
    let account = Account {
        id: c.account.clone(),
        version: 1,
        opened: c.date,
        profile: c.profile.clone(),
        party,
        limit: c.limit,
        hold: None,
        closed: None,
        is_parent: false,
    };
    let mut decision = Decision::one(changed(AccountChange::Opened, Some(c.date), account, None));
    decision.vault.extend(vault);
    decision.events.extend(parent.and_then(|parent| marked(parent, Some(c.date))));
    Ok(decision)
}

pub(crate) fn decide_amend(context: &Context<'_>, c: &AmendAccount) -> Result<Decision, Halt> {
    let old = context.live_account(&c.account)?;
    if old.version != c.version {
        return Err(Rejection::AccountStale {
            account: c.account.clone(),
            given: c.version,
            current: old.version,
        }
        .into());
    }
    let mut account = next_version(old);
    let (party, vault) = seal(&c.account, c.party.as_ref())?;
    let same_party = party.is_none() || party == old.party;
    if let Some(profile) = &c.profile {
        account.profile = profile.clone();
    }
    if same_party && account.profile == old.profile {
        return Ok(Decision::one(Event::NothingChanged { command: "amend_account".into() }));
    }
    check_profile(context, &account.profile)?;
    let mut regrouped = Vec::new();
    let mut parent = None;
    if account.profile.parent != old.profile.parent {
        if let Some(id) = &account.profile.parent {
            let refuse = |problem| Rejection::ParentInvalid {
                account: c.account.clone(),
                parent: id.clone(),
                problem,
            };
            if old.is_parent {
                return Err(refuse("the account is the parent of others, and groups have one level").into());
            }
            parent = Some(parent_of(context, &c.account, id)?);
        }
        regrouped = figures_moved(context, old, account.profile.parent.as_ref())?;
    }
    if !same_party {
        account.party = party;
    }
    let event =
        AccountChanged { change: AccountChange::Amended, date: None, account, reason: None, regrouped };
    let mut decision = Decision::one(Event::AccountChanged(Box::new(event)));
    if !same_party {
        decision.vault.extend(vault);
    }
    decision.events.extend(parent.and_then(|parent| marked(parent, None)));
    Ok(decision)
}

pub(crate) fn decide_hold(context: &Context<'_>, c: &HoldAccount) -> Result<Decision, Halt> {
    let old = context.live_account(&c.account)?;
    not_before("the hold", c.date, old.opened)?;
    // A person's hold goes before one that credit control set: it stays until a person lifts it.
    if let Some(hold) = &old.hold
        && !hold.by_credit
    {
        let (account, reason) = (c.account.clone(), hold.reason.clone());
        return Err(Rejection::AccountOnHold { account, reason }.into());
    }
    let hold = Hold { reason: c.reason.clone(), since: c.date, by_credit: false };
    let account = Account { hold: Some(hold), ..next_version(old) };
    Ok(Decision::one(changed(AccountChange::Held, Some(c.date), account, Some(&c.reason))))
}

pub(crate) fn decide_release(context: &Context<'_>, c: &ReleaseAccount) -> Result<Decision, Halt> {
    let old = context.account(&c.account)?;
    let Some(hold) = &old.hold else {
        return Err(Rejection::AccountNotOnHold { account: c.account.clone() }.into());
    };
    not_before("the release", c.date, hold.since)?;
    let account = Account { hold: None, ..next_version(old) };
    Ok(Decision::one(changed(AccountChange::Released, Some(c.date), account, Some(&c.reason))))
}

pub(crate) fn decide_close(context: &Context<'_>, c: &CloseAccount) -> Result<Decision, Halt> {
    let old = context.live_account(&c.account)?;
    not_before("the closing", c.date, old.opened)?;
    if let Some(item) = context.facts.any_open_item(&c.account)? {
        return Err(Rejection::AccountHasOpenItems { account: c.account.clone(), item }.into());
    }
    let totals = context.facts.totals(&Owner::Account(c.account.clone()))?;
    if totals.iter().any(|row| row.orders != 0) {
        return Err(Rejection::AccountHasOrders { account: c.account.clone() }.into());
    }
    if let Some(member) = context.facts.live_member(&c.account)? {
        return Err(Rejection::AccountHasMembers { account: c.account.clone(), member }.into());
    }
    let account = Account { closed: Some(c.date), ..next_version(old) };
    Ok(Decision::one(changed(AccountChange::Closed, Some(c.date), account, None)))
}

pub(crate) fn decide_reopen(context: &Context<'_>, c: &ReopenAccount) -> Result<Decision, Halt> {
    let old = context.account(&c.account)?;
    let Some(closed) = old.closed else {
        return Err(Rejection::AccountNotClosed { account: c.account.clone() }.into());
    };
    not_before("the reopening", c.date, closed)?;
    if let Some(parent) = &old.profile.parent {
        context.live_account(parent)?;
    }
    let account = Account { closed: None, ..next_version(old) };
    Ok(Decision::one(changed(AccountChange::Reopened, Some(c.date), account, Some(&c.reason))))
}

fn next_version(old: &Account) -> Account {
    Account { version: old.version.saturating_add(1), ..old.clone() }
}

fn changed(change: AccountChange, date: Option<Date>, account: Account, reason: Option<&Text>) -> Event {
    let reason = reason.cloned();
    Event::AccountChanged(Box::new(AccountChanged { change, date, account, reason, regrouped: Vec::new() }))
}

fn not_before(what: &'static str, date: Date, not_before: Date) -> Result<(), Rejection> {
    if date < not_before { Err(Rejection::DateOrder { what, date, not_before }) } else { Ok(()) }
}

/// What a profile refers to must exist, and an intercompany account needs its partner.
fn check_profile(context: &Context<'_>, profile: &Profile) -> Result<(), Rejection> {
    let invalid =
        |problem: &str| Rejection::SettingInvalid { setting: "profile", problem: problem.to_owned() };
    match (profile.class, &profile.partner) {
        (AccountClass::Intercompany, None) => {
            return Err(invalid("an intercompany account needs a partner"));
        }
        (AccountClass::Domestic | AccountClass::Export, Some(_)) => {
            return Err(invalid("only an intercompany account has a partner"));
        }
        _ => {}
    }
    profile.tolerance.as_ref().map_or(Ok(()), crate::book::Tolerance::check)?;
    match &profile.terms {
        Some(terms) if !context.book.terms.contains_key(terms) => {
            Err(Rejection::TermsUnknown { terms: terms.clone() })
        }
        _ => Ok(()),
    }
}

/// The account named as a parent: open, and without a parent of its own.
fn parent_of<'a>(
    context: &Context<'a>,
    account: &AccountId,
    parent: &AccountId,
) -> Result<&'a Account, Halt> {
    let refuse = |problem| {
        Halt::from(Rejection::ParentInvalid { account: account.clone(), parent: parent.clone(), problem })
    };
    if account == parent {
        return Err(refuse("an account is not its own parent"));
    }
    let found = context.account(parent)?;
    if found.closed.is_some() {
        return Err(refuse("it is closed"));
    }
    if found.profile.parent.is_some() {
        return Err(refuse("it has a parent itself, and groups have one level"));
    }
    Ok(found)
}

/// Marks an account as a parent, the first time it is named as one. What is agreed with it stays
/// as it is, and so does its version.
fn marked(parent: &Account, date: Option<Date>) -> Option<Event> {
    if parent.is_parent {
        return None;
    }
    let account = Account { is_parent: true, ..parent.clone() };
    Some(changed(AccountChange::Grouped, date, account, None))
}

/// The figures that follow an account from one group to another. Where nothing is open any more, what
/// was settled still counts on the days before.
fn figures_moved(
    context: &Context<'_>,
    old: &Account,
    to: Option<&AccountId>,
) -> Result<Vec<Regrouped>, Halt> {
    let rows = context.facts.totals(&Owner::Account(old.id.clone()))?;
    let moved = rows
        .into_iter()
        .filter(|row| (row.debit, row.credit, row.orders) != (0, 0, 0) || row.latest_credit.is_some());
    let moved = moved.map(|row| {
        // Figures sum over many items; beyond the range of an amount they could not be read again.
        let amount = |minor| {
            let money = Money::new(minor, row.currency).map_err(|_| {
                let what = "what the account owes, is owed or has ordered";
                Halt::from(Rejection::AmountOutOfRange { what })
            })?;
            Ok::<Amount, Halt>(money.amount())
        };
        Ok(Regrouped {
            from: old.profile.parent.clone(),
            to: to.cloned(),
            currency: row.currency,
            debit: amount(row.debit)?,
            uncounted: (row.uncounted != 0).then(|| amount(row.uncounted)).transpose()?,
            credit: amount(row.credit)?,
            orders: amount(row.orders)?,
            latest_credit: row.latest_credit,
        })
    });
    moved.collect()
}

/// The party as it goes into the event and beside the log.
fn seal(
    account: &AccountId,
    party: Option<&Party>,
) -> Result<(Option<PartyRef>, Option<VaultEntry>), Rejection> {
    let Some(party) = party else { return Ok((None, None)) };
    let (reference, entry) = party.sealed(account).map_err(|e| Rejection::value("party", &e))?;
    Ok((Some(reference), Some(entry)))
}
