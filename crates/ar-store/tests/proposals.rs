//! Proposals on both stores: as asked of any day and position, on the checklist, in one commit with
//! others, and against whoever writes to the file.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use ar_core::period::Check;
use ar_core::query::{AsOf, ProposalStatus, ProposalsPage, QueryError, Scope, View, checklist, proposals};
use ar_core::values::{AccountId, BookId, Date, PeriodId};
use ar_core::wire::read_envelope;
use ar_core::{Envelope, Event};
use ar_store::{Failure, Ledger, Receipt, Sqlite, Store};
use pollster::block_on;
use rusqlite::Connection;
use serde_json::{Value, json};

fn envelope(id: &str, actor: &str, command: &Value) -> Envelope {
    let form =
        json!({"book": "B", "id": id, "actor": actor, "at": "2026-01-20T08:00:00Z", "command": command});
    read_envelope(form.to_string().as_bytes()).unwrap()
}

fn send<S: Store>(ledger: &Ledger<S>, id: &str, actor: &str, command: &Value) -> Result<Receipt, Failure> {
    block_on(ledger.execute(envelope(id, actor, command)))
}

fn write_off(amount: &str) -> Value {
    json!({"write_off": {"item": "INV-1", "amount": amount, "date": "2026-01-20", "reason": "bad"}})
}

/// A book in which write-offs above 100.00, or 150.00 in a month, and changes of persons' data wait.
fn opened<S: Store>(ledger: &Ledger<S>) {
    let approvals = json!({"party": {}, "write_off": {"limits": {"EUR": "100.00"}, "days": 5,
        "cumulative": {"limits": {"EUR": "150.00"}}}});
    let setup = [
        json!({"open_book": {"base": "EUR", "settings": [
            {"policies": {"approvals": approvals}}, {"reason": {"code": "bad", "text": "bad debt"}}]}}),
        json!({"open_account": {"account": "C-1", "date": "2026-01-01"}}),
        json!({"open_account": {"account": "C-2", "date": "2026-01-01"}}),
        json!({"define_period": {"period": "2026-01", "start": "2026-01-01", "end": "2026-01-31"}}),
        json!({"issue_invoice": {"account": "C-1", "number": {"given": "INV-1"}, "date": "2026-01-05",
            "lines": [{"amount": "1000.00"}]}}),
    ];
    for (n, command) in setup.iter().enumerate() {
        send(ledger, &format!("setup-{n}"), "ann", command).unwrap();
    }
}

fn memory() -> Ledger<ar_store::Memory> {
    let ledger = Ledger::memory(BookId::parse("B").unwrap());
    opened(&ledger);
    ledger
}

fn sqlite() -> (tempfile::TempDir, Ledger<Sqlite>) {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open_sqlite(dir.path().join("book"), BookId::parse("B").unwrap()).unwrap();
    opened(&ledger);
    (dir, ledger)
}

fn digest(receipt: &Receipt) -> String {
    match &receipt.events[..] {
        [Event::Proposed(made)] => made.digest.to_string(),
        other => panic!("no proposal: {other:?}"),
    }
}

fn approve(proposal: &str, digest: &str) -> Value {
    json!({"approve": {"proposal": proposal, "digest": digest}})
}

fn asked<S: Store>(ledger: &Ledger<S>, on: &str, known: u64, scope: Scope, waiting: bool) -> ProposalsPage
where
    S::View: View<Error = Failure>,
{
    let as_of = AsOf { effective: Date::parse(on).unwrap(), known };
    block_on(ledger.read(move |view| proposals(view, as_of, &scope, waiting, None, 10))).unwrap().unwrap()
}

fn stands(page: &ProposalsPage) -> Vec<(&str, ProposalStatus)> {
    page.proposals.iter().map(|line| (line.proposal.as_str(), line.status)).collect()
}

fn as_of_any_day_and_position<S: Store>(ledger: &Ledger<S>)
where
    S::View: View<Error = Failure>,
{
    use ProposalStatus::{Approved, Expired, Open, Rejected};
    let first = send(ledger, "w1", "ann", &write_off("200.00")).unwrap();
    let second = send(ledger, "w2", "ann", &write_off("300.00")).unwrap();
    let before = second.positions.first;
    let c1 = Scope::account(&AccountId::parse("C-1").unwrap());
    let c2 = Scope::account(&AccountId::parse("C-2").unwrap());
    let both = [("w1", Open), ("w2", Open)];
    assert_eq!(stands(&asked(ledger, "2026-01-25", u64::MAX, Scope::All, true)), both);
    assert_eq!(stands(&asked(ledger, "2026-01-25", u64::MAX, c1, true)), both);
    assert_eq!(stands(&asked(ledger, "2026-01-25", u64::MAX, c2, false)), []);
    let late = asked(ledger, "2026-01-26", u64::MAX, Scope::All, true);
    assert_eq!(stands(&late), [("w1", Expired), ("w2", Expired)]);
    let first_known = asked(ledger, "2026-01-25", first.positions.first, Scope::All, false);
    assert_eq!(stands(&first_known), [("w1", Open)]);

    let on_list = |count: usize, sum: &[&str]| {
        let period = PeriodId::parse("2026-01").unwrap();
        let list = block_on(ledger.read(move |view| checklist(view, &period, u64::MAX)));
        let list = list.unwrap().unwrap().unwrap();
        let line = list.lines.iter().find(|line| line.check == Check::OpenProposals).unwrap();
        let amounts: Vec<String> = line.amounts.iter().map(ToString::to_string).collect();
        assert_eq!((line.count, &amounts[..]), (count, &sum.map_owned()[..]));
        assert!(list.ready, "it stops no close");
    };
    on_list(2, &["500.00 EUR"]);
    send(ledger, "no", "bob", &json!({"reject": {"proposal": "w2", "reason": "ask them"}})).unwrap();
    send(ledger, "yes", "bob", &approve("w1", &digest(&first))).unwrap();
    on_list(0, &[]);
    let all = asked(ledger, "2026-01-25", u64::MAX, Scope::All, false);
    assert_eq!(stands(&all), [("w1", Approved), ("w2", Rejected)]);
    assert_eq!(all.proposals[0].by.as_ref().map(|by| by.as_str()), Some("bob"));
    assert_eq!(stands(&asked(ledger, "2026-01-25", u64::MAX, Scope::All, true)), []);
    // As it was known before, both wait, and nobody has decided.
    let then = asked(ledger, "2026-01-25", before, Scope::All, true);
    assert_eq!(stands(&then), both);
    assert!(then.proposals.iter().all(|line| line.by.is_none() && line.decided.is_none()));
    // Page by page.
    let one = |after| {
        let as_of = AsOf { effective: Date::parse("2026-01-25").unwrap(), known: u64::MAX };
        block_on(ledger.read(move |view| proposals(view, as_of, &Scope::All, false, after, 1)))
            .unwrap()
            .unwrap()
    };
    let page = one(None);
    assert_eq!(stands(&page), [("w1", Approved)]);
    let page = one(page.next);
    assert_eq!((stands(&page), page.next), (vec![("w2", Rejected)], None));
    let none = block_on(ledger.read(move |view| {
        let as_of = AsOf { effective: Date::MAX, known: u64::MAX };
        proposals(view, as_of, &Scope::All, false, None, 0)
    }));
    assert!(matches!(none.unwrap(), Err(QueryError::Page(0))));
    assert!(block_on(ledger.verify()).unwrap().is_ok());
}

/// Texts as owned ones.
trait Owned {
    fn map_owned(&self) -> Vec<String>;
}

impl Owned for &[&str] {
    fn map_owned(&self) -> Vec<String> {
        self.iter().map(|text| (*text).to_owned()).collect()
    }
}

#[test]
fn inv_65_proposals_are_told_as_of_any_day_and_position() {
    as_of_any_day_and_position(&memory());
    let (_dir, ledger) = sqlite();
    as_of_any_day_and_position(&ledger);
}

fn in_one_commit<S: Store>(ledger: &Ledger<S>) {
    // 90.00 and 60.00 are 150.00; a cent more waits, although all came at once.
    let each = [("a", "90.00"), ("b", "60.00"), ("c", "0.01")];
    let commands = each.iter().map(|(id, amount)| envelope(id, "ann", &write_off(amount))).collect();
    let receipts: Vec<Receipt> =
        block_on(ledger.execute_each(commands)).into_iter().map(Result::unwrap).collect();
    let names: Vec<&str> = receipts.iter().map(|receipt| receipt.events[0].name()).collect();
    assert_eq!(names, ["item_written_off", "item_written_off", "proposed"]);
    // Two persons approve at once: one does.
    let digest = digest(&receipts[2]);
    let yes = |id, who| envelope(id, who, &approve("c", &digest));
    let answers = block_on(ledger.execute_each(vec![yes("y1", "bob"), yes("y2", "carl")]));
    let codes: Vec<_> = answers.iter().map(|answer| answer.as_ref().map_err(Failure::code)).collect();
    assert!(codes[0].is_ok());
    assert_eq!(codes[1].map(|receipt| receipt.events.len()), Err("approval.decided"));
    // A preview tells the digest. Proposed and approved in one batch, or neither.
    let made = block_on(ledger.preview(envelope("d", "ann", &write_off("1.00")))).unwrap();
    let [Event::Proposed(shown)] = &made.events[..] else { panic!("{made:?}") };
    let batch = |who| {
        let yes = approve("d", shown.digest.as_str());
        vec![envelope("d", "ann", &write_off("1.00")), envelope("y3", who, &yes)]
    };
    assert_eq!(block_on(ledger.execute_all(batch("ann"))).unwrap_err().index, 1);
    assert_eq!(block_on(ledger.execute_all(batch("bob"))).unwrap()[1].events.len(), 2);
    assert!(block_on(ledger.verify()).unwrap().is_ok());
}

#[test]
fn inv_37_limits_over_time_hold_for_commands_of_one_commit() {
    in_one_commit(&memory());
    let (_dir, ledger) = sqlite();
    in_one_commit(&ledger);
}

#[test]
fn inv_66_a_proposal_keeps_no_persons_data_in_the_log() {
    let (dir, ledger) = sqlite();
    let party = json!({"salt": "00112233445566778899aabbccddeeff", "name": "Erika Mustermann",
        "banks": [{"holder": "Erika Mustermann", "number": "DE02120300000000202051"}]});
    let amend = json!({"amend_account": {"account": "C-1", "version": 1, "party": party}});
    let made = send(&ledger, "bank", "ann", &amend).unwrap();
    let page = block_on(ledger.events(0, 100)).unwrap();
    let told = |text: &str| page.entries.iter().any(|e| String::from_utf8_lossy(&e.bytes).contains(text));
    assert!(told(&digest(&made)) && !told("Mustermann") && !told("DE0212"));
    // And none beside it: nothing of what is not in force.
    let file = Connection::open(dir.path().join("book")).unwrap();
    let kept: i64 = file.query_row("SELECT count(*) FROM vault", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 0);
    let yes = json!({"approve": {"proposal": "bank", "digest": digest(&made), "party": party}});
    send(&ledger, "yes", "bob", &yes).unwrap();
    let kept: i64 = file.query_row("SELECT count(*) FROM vault", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 1);
    assert!(block_on(ledger.verify()).unwrap().is_ok());
}

#[test]
fn inv_63_inv_65_the_file_refuses_a_maker_who_approves_and_a_proposal_that_changes() {
    let (dir, ledger) = sqlite();
    send(&ledger, "w1", "ann", &write_off("200.00")).unwrap();
    send(&ledger, "w2", "ann", &write_off("300.00")).unwrap();
    send(&ledger, "no", "bob", &json!({"reject": {"proposal": "w2", "reason": "ask them"}})).unwrap();
    send(&ledger, "w3", "ann", &write_off("10.00")).unwrap();
    let file = Connection::open(dir.path().join("book")).unwrap();
    let attacks = [
        ("UPDATE proposal SET state = 1, decided = 99, decider = 'ann' WHERE code = 'w1'", "INV-63"),
        ("UPDATE proposal SET state = 1, decided = 99 WHERE code = 'w1'", "INV-65"),
        ("UPDATE proposal SET state = 1, decided = 1, decider = 'bob' WHERE code = 'w1'", "INV-65"),
        ("UPDATE proposal SET maker = 'eve' WHERE code = 'w1'", "INV-65"),
        ("UPDATE proposal SET state = 0, decided = NULL, decider = NULL WHERE code = 'w2'", "INV-65"),
        ("DELETE FROM proposal", "INV-65"),
        ("REPLACE INTO proposal SELECT * FROM proposal", "INV-65"),
        ("UPDATE written_off SET minor = -1", "INV-37"),
    ];
    for (sql, invariant) in attacks {
        let refused = file.execute_batch(sql).unwrap_err().to_string();
        assert!(refused.contains(invariant), "{sql}: {refused}");
    }
    // What the constraints let pass, the comparison with the log finds.
    file.execute_batch("UPDATE written_off SET minor = minor + 1").unwrap();
    drop(ledger);
    let ledger = Ledger::open_sqlite_existing(dir.path().join("book")).unwrap();
    assert!(!block_on(ledger.verify()).unwrap().is_ok());
}
