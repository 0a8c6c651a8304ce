//! The exported journals are accepted by the programs they are written for.
#![allow(missing_docs)]

mod sample;

use std::io::Write as _;
use std::process::{Command, Stdio};

use ar_core::Currency;
use ar_report::{beancount, hledger};

/// Runs a program on text from standard input; `None` when it is not installed.
fn run(program: &str, arguments: &[&str], text: &str) -> Option<(bool, String)> {
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(_) if !std::env::var("ARLEDGER_REQUIRE_LEDGER_TOOLS").is_ok_and(|value| value == "1") => {
            // Straight to the stream: the test harness would swallow it otherwise.
            let _ = writeln!(std::io::stderr(), "SKIPPED: {program} is not installed");
            return None;
        }
        Err(error) => panic!("{program}: {error}"),
    };
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

#[test]
fn hledger_accepts_the_journal_strictly_and_refuses_one_that_does_not_balance() {
    let journal = hledger(&sample::entries(), Currency::parse("USD").unwrap());
    let arguments = ["-f", "-", "check", "--strict"];
    let Some((ok, said)) = run("hledger", &arguments, &journal) else { return };
    assert!(ok, "{said}");
    let broken = journal.replace("1190.00 USD", "1190.01 USD");
    let (ok, _) = run("hledger", &arguments, &broken).unwrap();
    assert!(!ok, "a journal that is off by a cent must be refused");
}

#[test]
fn beancount_accepts_the_journal_and_refuses_one_that_does_not_balance() {
    let journal = beancount(&sample::entries(), Currency::parse("USD").unwrap());
    let Some((ok, said)) = run("bean-check", &["/dev/stdin"], &journal) else { return };
    assert!(ok, "{said}");
    let broken = journal.replace("1190.00 USD", "1191.00 USD");
    let (ok, _) = run("bean-check", &["/dev/stdin"], &broken).unwrap();
    assert!(!ok, "a journal that is off must be refused");
}
