//! The `arledger` program: commands in, reports out. It decides nothing.

pub mod import;
