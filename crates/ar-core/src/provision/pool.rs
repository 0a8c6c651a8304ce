//! Pools: receivables that share a risk are allowed for together, each pool by its own matrix (INV-47).
//!
//! Invariant: every account is in exactly one pool. The first pool that holds it has it, and the last
//! one holds whatever no other does.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use super::{AllowanceInvalid, Matrix};
use crate::values::*;

/// Most pools of one allowance.
pub const POOLS_MAX: usize = 100;

/// One pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// What it is called.
    pub name: Text,
    /// Which accounts are in it; absent on the last pool alone, which holds the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<PoolKey>,
    /// What is lost of each bucket.
    pub matrix: Matrix,
}

/// What the accounts of a pool have in common: an attribute with one of these values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolKey {
    /// The key of the attribute.
    pub attribute: String,
    /// The values, at least one.
    pub values: Vec<Text>,
}

impl Pool {
    /// Whether an account with these attributes belongs to it when no pool before it does.
    #[must_use]
    pub fn holds(&self, attributes: &Attributes) -> bool {
        let Some(key) = &self.accounts else { return true };
        attributes.get(&key.attribute).is_some_and(|value| key.values.contains(value))
    }
}

/// The place of the pool that has an account with these attributes.
///
/// ```
/// use ar_core::provision::{Pool, check_pools, pool_of};
/// let pools: Vec<Pool> = serde_json::from_str(r#"[
///     {"name":"public","accounts":{"attribute":"segment","values":["state","city"]},
///      "matrix":{"losses":[{"bucket":"all","percent":"0.1"}]}},
///     {"name":"others","matrix":{"losses":[{"bucket":"all","percent":"2"}]}}]"#).unwrap();
/// assert!(check_pools(&pools).is_ok());
/// let city = serde_json::from_str(r#"{"segment":"city"}"#).unwrap();
/// assert_eq!(pool_of(&pools, &city), 0);
/// assert_eq!(pool_of(&pools, &Default::default()), 1);
/// assert_eq!(check_pools(&pools[..1]).unwrap_err().code(), "allowance.pools");
/// ```
#[must_use]
pub fn pool_of(pools: &[Pool], attributes: &Attributes) -> usize {
    let last = pools.len().saturating_sub(1);
    pools.iter().position(|pool| pool.holds(attributes)).unwrap_or(last)
}

/// Checks that the last pool, and no other, holds the rest; that names differ; that no pair of attribute
/// and value stands in two pools; and every matrix.
///
/// # Errors
/// `allowance.pools`, `allowance.matrix`.
pub fn check_pools(pools: &[Pool]) -> Result<(), AllowanceInvalid> {
    let wrong = |problem: String| Err(AllowanceInvalid::Pools(problem));
    let Some((last, others)) = pools.split_last() else {
        return wrong("are none; give at least one, for all accounts".to_owned());
    };
    if pools.len() > POOLS_MAX {
        return wrong(format!("are {}; give at most {POOLS_MAX}", pools.len()));
    }
    if last.accounts.is_some() {
        return wrong(format!(
            "end with {}, which has accounts of its own; give a last one without, for all that fit no other",
            last.name
        ));
    }
    let mut names = BTreeSet::new();
    let mut pairs = BTreeSet::new();
    for pool in pools {
        if !names.insert(&pool.name) {
            return wrong(format!("have the name {} twice; give each its own", pool.name));
        }
        pool.matrix.check()?;
    }
    for pool in others {
        let name = &pool.name;
        let Some(PoolKey { attribute, values }) = &pool.accounts else {
            return wrong(format!("have {name}, which holds the rest, before the last; move it to the end"));
        };
        if values.is_empty() {
            return wrong(format!("have {name} with no value of {attribute}; give at least one"));
        }
        if let Some(value) = values.iter().find(|value| !pairs.insert((attribute, *value))) {
            return wrong(format!("have {attribute} {value} twice; an account is in one pool"));
        }
    }
    Ok(())
}
