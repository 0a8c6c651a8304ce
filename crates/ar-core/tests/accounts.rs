//! Opening, amending, holding and closing accounts (INV-53), and persons' data beside the log.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::as_conversions)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fake;

use ar_core::account::*;
use ar_core::book::Setting;
use ar_core::cutover::*;
use ar_core::document::Side;
use ar_core::rows::Owner;
use ar_core::terms::Terms;
use ar_core::{AccountId, Command, Event};
use fake::*;
use proptest::prelude::*;

fn opening(name: &str, profile: Profile) -> OpenAccount {
    OpenAccount {
        account: id(name),
        date: date("2024-01-01"),
        profile,
        party: None,
        limit: CreditLimit::None,
    }
}

fn open(name: &str) -> Command {
    Command::OpenAccount(Box::new(opening(name, Profile::default())))
}

fn under(parent: &str) -> Profile {
    Profile { parent: Some(id(parent)), ..Profile::default() }
}

fn open_under(name: &str, parent: &str) -> Command {
    Command::OpenAccount(Box::new(opening(name, under(parent))))
}

fn amend(name: &str, version: u32, profile: Profile) -> Command {
    Command::AmendAccount(Box::new(AmendAccount {
        account: id(name),
        version,
        profile: Some(profile),
        party: None,
    }))
}

fn book() -> Fake {
    Fake::open(vec![Setting::Terms { id: id("N14"), terms: Terms::net(14) }])
}

fn with_accounts(names: &[&str]) -> Fake {
    let mut fake = book();
    for name in names {
        fake.run(open(name)).unwrap();
    }
    fake
}

fn account<'a>(fake: &'a Fake, name: &str) -> &'a Account {
    &fake.accounts[&id::<AccountId>(name)]
}

#[test]
fn opening_starts_at_version_1_and_every_change_counts() {
    let mut fake = with_accounts(&["C-1"]);
    assert_eq!(account(&fake, "C-1").version, 1);
    fake.run(amend("C-1", 1, Profile { terms: Some(id("N14")), ..Profile::default() })).unwrap();
    let day = date("2024-02-01");
    fake.run(Command::HoldAccount(HoldAccount { account: id("C-1"), date: day, reason: text("late") }))
        .unwrap();
    fake.run(Command::ReleaseAccount(ReleaseAccount { account: id("C-1"), date: day, reason: text("paid") }))
        .unwrap();
    fake.run(Command::CloseAccount(CloseAccount { account: id("C-1"), date: day })).unwrap();
    fake.run(Command::ReopenAccount(ReopenAccount { account: id("C-1"), date: day, reason: text("back") }))
        .unwrap();
    assert_eq!(account(&fake, "C-1").version, 6);
    assert_eq!((account(&fake, "C-1").hold.clone(), account(&fake, "C-1").closed), (None, None));
}

/// A way to change an account that was read at a version.
type Change = fn(&mut Fake, read: u32, Profile) -> bool;

/// Two people read version 1 and change different things; the first change must still stand.
fn keeps_the_first_change(change: Change) -> bool {
    let mut fake = with_accounts(&["C-1"]);
    let first = change(&mut fake, 1, Profile { po_required: true, ..Profile::default() });
    let _ = change(&mut fake, 1, Profile { terms: Some(id("N14")), ..Profile::default() });
    first && account(&fake, "C-1").profile.po_required
}

#[test]
fn inv_53_a_stale_change_is_refused() {
    assert!(keeps_the_first_change(|fake, read, profile| fake.run(amend("C-1", read, profile)).is_ok()));
    let mut fake = with_accounts(&["C-1"]);
    fake.run(amend("C-1", 1, Profile { po_required: true, ..Profile::default() })).unwrap();
    assert_eq!(fake.refused(amend("C-1", 1, Profile::default())), "conflict.version");
    assert_eq!(fake.refused(amend("C-1", 3, Profile::default())), "conflict.version");
}

#[test]
fn inv_53_control_a_writer_that_ignores_what_it_read_is_caught() {
    assert!(!keeps_the_first_change(|fake, _, profile| {
        let current = account(fake, "C-1").version;
        fake.run(amend("C-1", current, profile)).is_ok()
    }));
}

#[test]
fn an_identical_change_changes_nothing() {
    let mut fake = with_accounts(&["C-1"]);
    let events = fake.run(amend("C-1", 1, Profile::default())).unwrap();
    assert!(matches!(events.as_slice(), [Event::NothingChanged { .. }]));
    assert_eq!(account(&fake, "C-1").version, 1);
}

#[test]
fn accounts_that_cannot_be_are_refused() {
    let mut fake = with_accounts(&["C-1"]);
    let profile = |change: fn(&mut Profile)| {
        let mut profile = Profile::default();
        change(&mut profile);
        Command::OpenAccount(Box::new(opening("C-2", profile)))
    };
    let limited =
        |limit| Command::OpenAccount(Box::new(OpenAccount { limit, ..opening("C-2", Profile::default()) }));
    let cases = [
        (open("~C"), "account.reserved"),
        (open("~unidentified"), "account.reserved"),
        (open("C-1"), "account.exists"),
        (profile(|p| p.terms = Some(id("N99"))), "terms.unknown"),
        (profile(|p| p.currency = Some(currency("HRK"))), "currency.not_active_on_date"),
        (profile(|p| p.class = AccountClass::Intercompany), "setting.invalid"),
        (profile(|p| p.partner = Some(id("P1"))), "setting.invalid"),
        (profile(|p| p.parent = Some(id("C-9"))), "account.unknown"),
        (profile(|p| p.parent = Some(id("C-2"))), "account.parent_invalid"),
        (limited(CreditLimit::Amount(money("0.00", "EUR"))), "credit.limit_invalid"),
        (limited(CreditLimit::Amount(money("-1.00", "EUR"))), "credit.limit_invalid"),
    ];
    for (command, code) in cases {
        assert_eq!(fake.refused(command.clone()), code, "{command:?}");
    }
    fake.run(limited(CreditLimit::Zero)).unwrap();
    let partner =
        Profile { class: AccountClass::Intercompany, partner: Some(id("P1")), ..Profile::default() };
    fake.run(Command::OpenAccount(Box::new(opening("IC-1", partner)))).unwrap();
}

#[test]
fn holds_and_closings_say_what_stands_in_their_way() {
    let mut fake = with_accounts(&["C-1"]);
    let hold = |day, reason| {
        Command::HoldAccount(HoldAccount { account: id("C-1"), date: date(day), reason: text(reason) })
    };
    let release = |day, reason| {
        Command::ReleaseAccount(ReleaseAccount { account: id("C-1"), date: date(day), reason: text(reason) })
    };
    let close = |day| Command::CloseAccount(CloseAccount { account: id("C-1"), date: date(day) });
    let reopen = |day| {
        Command::ReopenAccount(ReopenAccount { account: id("C-1"), date: date(day), reason: text("back") })
    };
    assert_eq!(fake.refused(hold("2024-02-01", "")), "reason.missing");
    assert_eq!(fake.refused(hold("2023-12-31", "late")), "date.before_start");
    assert_eq!(fake.refused(release("2024-02-01", "paid")), "account.not_on_hold");
    fake.run(hold("2024-02-01", "late")).unwrap();
    assert_eq!(fake.refused(hold("2024-02-02", "late again")), "account.on_hold");
    assert_eq!(fake.refused(release("2024-01-31", "paid")), "date.before_start");
    fake.run(release("2024-02-03", "paid")).unwrap();
    assert_eq!(fake.refused(reopen("2024-02-03")), "account.not_closed");
    assert_eq!(fake.refused(close("2023-12-31")), "date.before_start");
    fake.run(close("2024-03-01")).unwrap();
    assert_eq!(fake.refused(close("2024-03-01")), "account.closed");
    assert_eq!(fake.refused(hold("2024-03-01", "late")), "account.closed");
    assert_eq!(fake.refused(amend("C-1", 4, Profile::default())), "account.closed");
    assert_eq!(fake.refused(reopen("2024-02-28")), "date.before_start");
    fake.run(reopen("2024-03-02")).unwrap();
}

#[test]
fn a_hold_by_credit_control_gives_way_to_a_persons() {
    let mut fake = with_accounts(&["C-1"]);
    let held = Hold { reason: text("limit"), since: date("2024-02-01"), by_credit: true };
    fake.accounts.get_mut(&id::<AccountId>("C-1")).unwrap().hold = Some(held);
    let hold = HoldAccount { account: id("C-1"), date: date("2024-02-02"), reason: text("fraud") };
    fake.run(Command::HoldAccount(hold)).unwrap();
    assert!(!account(&fake, "C-1").hold.as_ref().unwrap().by_credit);
}

fn bring(account: &str, document: &str, side: Side, open: &str) -> Command {
    let items = vec![OpeningItem {
        due: date("2024-01-31"),
        open: amount(open),
        discounts: vec![],
        dunning_level: 0,
    }];
    let signed = if side == Side::Debit { amount(open) } else { amount(&format!("-{open}")) };
    Command::BringForward(BringForward {
        date: date("2024-01-31"),
        documents: vec![OpeningDocument {
            document: id(document),
            side,
            account: id(account),
            currency: currency("EUR"),
            rate: None,
            document_date: date("2024-01-01"),
            items,
            po_number: None,
            attributes: Default::default(),
        }],
        edges: vec![],
        control: vec![ControlTotal {
            account: None,
            currency: currency("EUR"),
            bucket: None,
            amount: signed,
        }],
    })
}

#[test]
fn closing_needs_no_open_item_and_no_order_at_all() {
    let mut fake = with_accounts(&["C-1", "C-2"]);
    fake.run(bring("C-1", "D-1", Side::Debit, "10.00")).unwrap();
    fake.run(bring("C-1", "D-2", Side::Credit, "10.00")).unwrap();
    let close = |name| Command::CloseAccount(CloseAccount { account: id(name), date: date("2024-03-01") });
    assert_eq!(fake.refused(close("C-1")), "account.has_open_items", "a net of zero is not enough");
    let key = (Owner::Account(id("C-2")), currency("EUR"));
    let row =
        ar_core::rows::TotalsRow { orders: 500, ..ar_core::rows::TotalsRow::empty(key.0.clone(), key.1) };
    fake.totals.insert(key, row);
    assert_eq!(fake.refused(close("C-2")), "account.has_orders");
}

#[test]
fn figures_follow_an_account_into_its_group_and_out_again() {
    let mut fake = with_accounts(&["G-1", "G-2", "C-1"]);
    fake.run(bring("C-1", "D-1", Side::Debit, "10.00")).unwrap();
    fake.run(bring("C-1", "D-2", Side::Credit, "4.00")).unwrap();
    let group = |fake: &Fake, name: &str| {
        let row = fake.totals.get(&(Owner::Group(id(name)), currency("EUR")));
        row.map(|row| (row.debit, row.credit, row.latest_credit))
    };
    fake.run(amend("C-1", 1, under("G-1"))).unwrap();
    assert_eq!(group(&fake, "G-1"), Some((1_000, 400, Some(date("2024-01-31")))));
    fake.run(bring("C-1", "D-3", Side::Debit, "1.00")).unwrap();
    assert_eq!(group(&fake, "G-1").unwrap().0, 1_100);
    fake.run(amend("C-1", 2, under("G-2"))).unwrap();
    assert_eq!(group(&fake, "G-1").map(|row| (row.0, row.1)), Some((0, 0)));
    assert_eq!(group(&fake, "G-2"), Some((1_100, 400, Some(date("2024-01-31")))));
    fake.run(amend("C-1", 3, Profile::default())).unwrap();
    assert_eq!(group(&fake, "G-2").map(|row| (row.0, row.1)), Some((0, 0)));
    assert_eq!(account(&fake, "G-1").version, 1, "what is agreed with a parent stays as it is");
}

/// What someone may try with parents.
#[derive(Clone, Debug)]
enum Step {
    Open(u8, Option<u8>),
    Amend(u8, Option<u8>),
    Close(u8),
    Reopen(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let name = || 0_u8..6;
    let parent = || prop::option::of(0_u8..6);
    let step = prop_oneof![
        3 => (name(), parent()).prop_map(|(n, p)| Step::Open(n, p)),
        4 => (name(), parent()).prop_map(|(n, p)| Step::Amend(n, p)),
        1 => name().prop_map(Step::Close),
        1 => name().prop_map(Step::Reopen)
    ];
    prop::collection::vec(step, 1..40)
}

fn has_one_level(accounts: &std::collections::BTreeMap<AccountId, Account>) -> bool {
    accounts.values().filter_map(|account| account.profile.parent.as_ref()).all(|parent| {
        accounts.get(parent).is_some_and(|parent| parent.profile.parent.is_none() && parent.is_parent)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]
    #[test]
    fn groups_never_have_a_second_level(steps in steps()) {
        let mut fake = book();
        let name = |n: u8| format!("A{n}");
        let profile = |p: Option<u8>| Profile { parent: p.map(|p| id(&name(p))), ..Profile::default() };
        let day = date("2024-02-01");
        for step in steps {
            let result = match step {
                Step::Open(n, p) => fake.run(Command::OpenAccount(Box::new(opening(&name(n), profile(p))))),
                Step::Amend(n, p) => {
                    let version = fake.accounts.get(&id::<AccountId>(&name(n))).map_or(1, |a| a.version);
                    fake.run(amend(&name(n), version, profile(p)))
                }
                Step::Close(n) => fake.run(Command::CloseAccount(CloseAccount { account: id(&name(n)), date: day })),
                Step::Reopen(n) => fake.run(Command::ReopenAccount(ReopenAccount {
                    account: id(&name(n)), date: day, reason: text("back"),
                })),
            };
            drop(result);
            prop_assert!(has_one_level(&fake.accounts));
        }
    }
}

#[test]
fn control_a_chain_of_parents_is_seen_by_the_check_and_refused_by_the_book() {
    let mut fake = with_accounts(&["TOP", "MID"]);
    fake.run(open_under("LEAF", "MID")).unwrap();
    assert_eq!(fake.refused(amend("MID", 1, under("TOP"))), "account.parent_invalid");
    assert_eq!(fake.refused(open_under("LOW", "LEAF")), "account.parent_invalid");
    let mut chained = fake.accounts.clone();
    chained.get_mut(&id::<AccountId>("MID")).unwrap().profile = under("TOP");
    assert!(has_one_level(&fake.accounts) && !has_one_level(&chained));
    let close = CloseAccount { account: id("TOP"), date: date("2024-02-01") };
    fake.run(Command::CloseAccount(close)).unwrap();
    assert_eq!(fake.refused(open_under("NEW", "TOP")), "account.parent_invalid");
}

fn party(name: &str, salt: &str) -> Party {
    Party { salt: text(salt), name: text(name), ..Party::default() }
}

const SALT: &str = "00112233445566778899aabbccddeeff";

#[test]
fn persons_data_goes_beside_the_log_and_leaves_a_salted_digest() {
    let mut fake = book();
    let with = |party| {
        Command::OpenAccount(Box::new(OpenAccount {
            party: Some(party),
            ..opening("C-1", Profile::default())
        }))
    };
    fake.run(with(party("Erika Mustermann", SALT))).unwrap();
    let stored = serde_json::to_string(&fake.events).unwrap();
    assert!(!stored.contains("Erika"), "no event names a person");
    assert_eq!(fake.vault.len(), 1);
    let reference = account(&fake, "C-1").party.clone().unwrap();
    assert_eq!((&fake.vault[0].subject, &fake.vault[0].digest), (&reference.subject, &reference.digest));
    assert_eq!(reference.subject.as_str(), "C-1");

    let again = |party| {
        Command::AmendAccount(Box::new(AmendAccount {
            account: id("C-1"),
            version: 1,
            profile: None,
            party: Some(party),
        }))
    };
    let events = fake.run(again(party("Erika Mustermann", SALT))).unwrap();
    assert!(matches!(events.as_slice(), [Event::NothingChanged { .. }]));
    assert_eq!(fake.vault.len(), 1);
    fake.run(again(party("Erika Musterfrau", SALT))).unwrap();
    assert_ne!(account(&fake, "C-1").party.clone().unwrap().digest, reference.digest);
    assert_eq!(fake.vault.len(), 2);
}

#[test]
fn a_digest_depends_on_every_field_and_on_the_salt() {
    let digest = |party: &Party| party.sealed(&id("C-1")).unwrap().0.digest;
    let base = party("Erika", SALT);
    let other_salt = party("Erika", "ffeeddccbbaa99887766554433221100");
    let taxed = Party { tax_id: Some(text("DE1")), ..base.clone() };
    let subject = Party { subject: Some(id("S-1")), ..base.clone() };
    for other in [&other_salt, &taxed, &subject] {
        assert_ne!(digest(&base), digest(other));
    }
    assert_eq!(digest(&base), digest(&base.clone()));
}

#[test]
fn a_party_without_salt_name_or_bounds_is_refused() {
    let address =
        |country: &str| Address { purpose: text("billing"), lines: vec![], country: Some(text(country)) };
    let cases = [
        (party("Erika", ""), "id.invalid"),
        (party("Erika", "00112233445566778899aabbccddeef"), "id.invalid"),
        (party("Erika", "zz112233445566778899aabbccddeeff"), "id.invalid"),
        (party("", SALT), "setting.invalid"),
        (Party { addresses: vec![address("de")], ..party("Erika", SALT) }, "setting.invalid"),
        (Party { addresses: vec![address("DE"); 51], ..party("Erika", SALT) }, "input.too_many"),
    ];
    for (party, code) in cases {
        let command = OpenAccount { party: Some(party), ..opening("C-1", Profile::default()) };
        assert_eq!(book().refused(Command::OpenAccount(Box::new(command))), code);
    }
}
