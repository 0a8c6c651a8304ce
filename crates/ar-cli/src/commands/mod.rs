//! One file per command of the program. Each asks the ledger and writes what it said.

pub(crate) mod account;
pub(crate) mod aging;
pub(crate) mod agreements;
pub(crate) mod allowance;
pub(crate) mod apply;
pub(crate) mod backup;
pub(crate) mod bad_debt;
pub(crate) mod charges;
pub(crate) mod close;
pub(crate) mod control;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod items;
pub(crate) mod journal;
pub(crate) mod proposals;
pub(crate) mod reconcile;
pub(crate) mod run;
pub(crate) mod statement;
pub(crate) mod verify;
