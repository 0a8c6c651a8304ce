//! One file per command of the program. Each asks the ledger and writes what it said.

pub(crate) mod aging;
pub(crate) mod apply;
pub(crate) mod backup;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod journal;
pub(crate) mod verify;
