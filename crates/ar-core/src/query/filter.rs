//! Filters on accounts: which accounts a question is about, when it is not asked by id.

use super::view::PAGE_MAX;
use super::{AsOf, QueryError, Scope, View};
use crate::account::{Account, AccountClass, DebtorKind};
use crate::values::*;

/// What an account must be. An absent field asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// Only these accounts.
    pub scope: Scope,
    /// Domestic, export or intercompany.
    pub class: Option<AccountClass>,
    /// Business, consumer or public.
    pub debtor: Option<DebtorKind>,
    /// Who collects.
    pub collector: Option<ActorId>,
    /// The account named as parent.
    pub parent: Option<AccountId>,
    /// On hold, or not.
    pub on_hold: Option<bool>,
    /// Closed, or not.
    pub closed: Option<bool>,
    /// Pairs that the account must have, all of them.
    pub attributes: Attributes,
}

impl AccountFilter {
    /// Only these accounts.
    #[must_use]
    pub fn scope(scope: Scope) -> Self {
        Self { scope, ..Self::default() }
    }

    /// Whether the scope alone decides.
    fn is_scope(&self) -> bool {
        *self == Self::scope(self.scope.clone())
    }

    /// Whether an account is asked for on a day.
    #[must_use]
    pub fn admits(&self, account: &Account, on: Date) -> bool {
        let profile = &account.profile;
        account.opened <= on
            && self.scope.contains(&account.id)
            && self.class.is_none_or(|class| profile.class == class)
            && self.debtor.is_none_or(|debtor| profile.debtor == debtor)
            && self.collector.as_ref().is_none_or(|who| profile.collector.as_ref() == Some(who))
            && self.parent.as_ref().is_none_or(|parent| profile.parent.as_ref() == Some(parent))
            && self.on_hold.is_none_or(|held| held == held_on(account, on))
            && self.closed.is_none_or(|closed| closed == closed_on(account, on))
            && has_all(&profile.attributes, &self.attributes)
    }

    /// The accounts asked for, as a scope.
    ///
    /// # Errors
    /// The store's.
    pub(super) fn resolved<V: View>(&self, view: &V, as_of: AsOf) -> Result<Scope, QueryError<V::Error>> {
        if self.is_scope() {
            return Ok(self.scope.clone());
        }
        if let Scope::Accounts(ids) = &self.scope {
            let rows = view.accounts_by_id(as_of.known, ids).map_err(QueryError::Store)?;
            let admitted = rows.into_iter().filter(|row| self.admits(row, as_of.effective));
            return Ok(Scope::Accounts(admitted.map(|row| row.id).collect()));
        }
        let mut ids = std::collections::BTreeSet::new();
        let mut after = None;
        loop {
            let rows = view.accounts(as_of.known, after.as_ref(), PAGE_MAX).map_err(QueryError::Store)?;
            let Some(last) = rows.last() else { return Ok(Scope::Accounts(ids)) };
            after = Some(last.id.clone());
            ids.extend(rows.into_iter().filter(|row| self.admits(row, as_of.effective)).map(|row| row.id));
        }
    }
}

/// Whether an account is on hold on a day.
pub(super) fn held_on(account: &Account, on: Date) -> bool {
    account.hold.as_ref().is_some_and(|hold| hold.since <= on)
}

/// Whether an account is closed on a day.
pub(super) fn closed_on(account: &Account, on: Date) -> bool {
    account.closed.is_some_and(|day| day <= on)
}

/// Whether every wanted pair is there.
pub(super) fn has_all(given: &Attributes, wanted: &Attributes) -> bool {
    wanted.iter().all(|(key, value)| given.get(key) == Some(value))
}
