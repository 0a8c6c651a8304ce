//! Cut-over: all or nothing, proven by control totals.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::as_conversions)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fake;

use ar_core::account::*;
use ar_core::book::*;
use ar_core::cutover::*;
use ar_core::document::{DocumentKind, Side};
use ar_core::journal::{JournalLine, Role, check_balanced};
use ar_core::terms::DiscountTier;
use ar_core::{Attributes, Command, Event, Percent, Rate};
use fake::*;

const DAY: &str = "2024-01-31";

fn item(due: &str, open: &str) -> OpeningItem {
    OpeningItem { due: date(due), open: amount(open), discounts: vec![], dunning_level: 0 }
}

fn document(number: &str, side: Side, account: &str, code: &str, items: Vec<OpeningItem>) -> OpeningDocument {
    OpeningDocument {
        document: id(number),
        side,
        account: id(account),
        currency: currency(code),
        rate: None,
        document_date: date("2023-10-01"),
        items,
        po_number: None,
        attributes: Attributes::default(),
    }
}

fn total(account: Option<&str>, code: &str, bucket: Option<&str>, sum: &str) -> ControlTotal {
    let (account, bucket) = (account.map(id), bucket.map(text));
    ControlTotal { account, currency: currency(code), bucket, amount: amount(sum) }
}

/// A debit in three instalments, one not yet due, one due on the day and one long overdue; and a
/// credit of another account.
fn file() -> BringForward {
    let parts = vec![item("2024-02-15", "100.00"), item(DAY, "50.00"), item("2023-10-31", "25.00")];
    let mut attributes = Attributes::default();
    attributes.set("rep", text("Kim")).unwrap();
    BringForward {
        date: date(DAY),
        documents: vec![
            OpeningDocument {
                po_number: Some(text("PO-7")),
                attributes,
                ..document("OLD-1", Side::Debit, "C-1", "EUR", parts)
            },
            document("OLD-2", Side::Credit, "C-2", "EUR", vec![item("2023-12-01", "40.00")]),
        ],
        edges: vec![30, 60, 90],
        control: vec![
            total(None, "EUR", None, "135.00"),
            total(Some("C-1"), "EUR", None, "175"),
            total(Some("C-2"), "EUR", None, "-40.00"),
            total(None, "EUR", Some("current"), "150.00"),
            total(None, "EUR", Some("91+"), "25.00"),
            total(Some("C-1"), "EUR", Some("91+"), "25.00"),
            total(Some("C-1"), "EUR", Some("1-30"), "0.00"),
        ],
    }
}

fn book_with(settings: Vec<Setting>) -> Fake {
    let mut fake = Fake::open(settings);
    for name in ["C-1", "C-2"] {
        open(&mut fake, name, Profile::default());
    }
    fake
}

fn open(fake: &mut Fake, name: &str, profile: Profile) {
    let (date, limit) = (date("2023-01-01"), CreditLimit::None);
    fake.run(Command::OpenAccount(Box::new(OpenAccount {
        account: id(name),
        date,
        profile,
        party: None,
        limit,
    })))
    .unwrap();
}

fn bring(file: BringForward) -> Command {
    Command::BringForward(file)
}

fn postings(events: &[Event]) -> Vec<&[JournalLine]> {
    events.iter().filter_map(Event::posting).map(|(_, _, lines)| lines).collect()
}

#[test]
fn open_documents_come_in_with_their_history_and_the_proof_is_kept() {
    let mut fake = book_with(vec![]);
    let events = fake.run(bring(file())).unwrap();
    let [Event::OpeningLoaded(loaded), Event::CutOverProven(proven)] = events.as_slice() else { panic!() };
    let kinds: Vec<DocumentKind> = loaded.documents.iter().map(|d| d.kind).collect();
    assert_eq!(kinds, [DocumentKind::OpeningDebit, DocumentKind::OpeningCredit]);
    assert_eq!((proven.documents, proven.items, proven.totals.len()), (2, 4, 7));
    assert_eq!(proven.totals[1].amount, amount("175.00"), "with the currency's decimals");

    let row = &fake.documents[&id::<ar_core::DocumentId>("OLD-1")];
    assert_eq!((row.document_date, row.date, row.parts), (date("2023-10-01"), date(DAY), 3));
    assert_eq!(row.text_reference, Some(text("PO-7")));
    assert_eq!(row.attributes.get("rep"), Some(&text("Kim")));
    let second = &fake.items[&id::<ar_core::ItemId>("OLD-1#3")];
    assert_eq!((second.due, second.open), (date("2023-10-31"), 2_500));

    let lines: Vec<(Role, String)> = loaded.posting.iter().map(|l| (l.role, l.amount.to_string())).collect();
    let expected = [(Role::Receivable, "175.00"), (Role::Opening, "-135.00"), (Role::Receivable, "-40.00")];
    assert_eq!(lines, expected.map(|(role, amount)| (role, amount.to_owned())));
}

#[test]
fn each_total_stated_is_compared_and_nothing_is_loaded_when_one_differs() {
    let mut fake = book_with(vec![]);
    for n in 0..file().control.len() {
        let mut file = file();
        let stated = file.control[n].amount;
        let cent = stated.in_currency(currency("EUR")).unwrap().checked_add(money("0.01", "EUR")).unwrap();
        file.control[n].amount = cent.amount();
        assert_eq!(fake.refused(bring(file)), "cut_over.control_total", "total {n}");
        assert!(fake.documents.is_empty() && fake.lines.is_empty());
    }
    // Control: due today counted as overdue would put 50.00 into 1-30 and is refused here.
    let mut shifted = file();
    shifted.control.push(total(None, "EUR", Some("1-30"), "50.00"));
    assert_eq!(fake.refused(bring(shifted)), "cut_over.control_total");
    let mut message = file();
    message.control[0].amount = amount("135.01");
    assert_eq!(
        fake.run(bring(message)).unwrap_err().to_string(),
        "the file states 135.01 EUR and its items come to 135.00 EUR; nothing was loaded, correct the file or the totals"
    );
    fake.run(bring(file())).unwrap();
}

#[test]
fn every_currency_needs_a_total_over_everything() {
    let mut fake = book_with(vec![]);
    let mut none = file();
    none.control.remove(0);
    assert_eq!(fake.refused(bring(none)), "cut_over.no_control_total");
    let mut dollars = file();
    let rated = document("OLD-3", Side::Debit, "C-1", "USD", vec![item(DAY, "10.00")]);
    dollars.documents.push(OpeningDocument { rate: Some(Rate::parse("0.9").unwrap().into()), ..rated });
    assert_eq!(fake.refused(bring(dollars.clone())), "cut_over.no_control_total");
    dollars.control.push(total(None, "USD", None, "10.00"));
    fake.run(bring(dollars)).unwrap();
}

#[test]
fn files_that_cannot_be_are_refused() {
    let change = |change: fn(&mut BringForward)| {
        let mut file = file();
        change(&mut file);
        bring(file)
    };
    let cases: Vec<(Command, &str)> = vec![
        (change(|f| f.documents.clear()), "document.empty"),
        (change(|f| f.documents[0].items.clear()), "document.empty"),
        (change(|f| f.documents[0].items = vec![item(DAY, "1.00"); 121]), "input.too_many"),
        (change(|f| f.documents[1].document = id("OLD-1")), "number.taken"),
        (change(|f| f.documents[0].items[0].open = amount("0.00")), "amount.not_positive"),
        (change(|f| f.documents[0].items[0].open = amount("-1.00")), "amount.not_positive"),
        (change(|f| f.documents[0].items[0].open = amount("0.001")), "amount.too_many_decimals"),
        (change(|f| f.documents[0].document_date = date("2024-02-01")), "date.before_start"),
        (change(|f| f.documents[0].currency = currency("HRK")), "currency.not_active_on_date"),
        (change(|f| f.documents[0].currency = currency("USD")), "rate.missing"),
        (change(|f| f.documents[0].account = id("C-9")), "account.unknown"),
        (change(|f| f.documents[0].account = id("~unidentified")), "account.unknown"),
        (change(|f| f.edges = vec![30, 30]), "setting.invalid"),
        (change(|f| f.edges = vec![0]), "setting.invalid"),
        (change(|f| f.control[4].bucket = Some(text("91 and more"))), "setting.invalid"),
        (change(|f| f.control[4].amount = amount("25.001")), "amount.too_many_decimals"),
        (change(|f| f.date = date("2024-07-01")), "period.not_open"),
        (change(|f| f.date = date("2023-12-31")), "period.closed"),
    ];
    let periods = Periods { open_from: date("2024-01-01"), open_to: date("2024-06-30") };
    let mut fake = book_with(vec![Setting::Periods(periods)]);
    for (n, (command, code)) in cases.into_iter().enumerate() {
        assert_eq!(fake.refused(command), code, "case {n}");
    }
    fake.run(bring(file())).unwrap();
    assert_eq!(fake.refused(bring(file())), "number.taken", "a number is given once for ever");
    let close = CloseAccount { account: id("C-3"), date: date("2024-01-01") };
    open(&mut fake, "C-3", Profile::default());
    fake.run(Command::CloseAccount(close)).unwrap();
    let mut closed = file();
    closed.documents[0].account = id("C-3");
    closed.documents[0].document = id("OLD-9");
    assert_eq!(fake.refused(bring(closed)), "account.closed");
}

#[test]
fn inv_09_every_opening_posting_balances_in_both_currencies() {
    let unconverted = Policies { unconverted: true, ..Policies::default() };
    let mut fake = book_with(vec![Setting::Policies(Box::new(unconverted))]);
    let partner =
        Profile { class: AccountClass::Intercompany, partner: Some(id("P1")), ..Profile::default() };
    open(&mut fake, "IC-1", partner);
    let source = RecordRate {
        currency: currency("USD"),
        date: date("2024-01-30"),
        rate: Rate::parse("0.9173").unwrap(),
        source: text("ECB"),
    };
    fake.run(Command::RecordRate(source)).unwrap();
    let usd = |number, account| document(number, Side::Debit, account, "USD", vec![item(DAY, "33.33"); 3]);
    let mut file = file();
    file.documents.push(usd("U-1", "C-1"));
    file.documents
        .push(OpeningDocument { rate: Some(Rate::parse("0.85").unwrap().into()), ..usd("U-2", "C-2") });
    file.documents.push(usd("U-3", "IC-1"));
    file.documents.push(document("CHF-1", Side::Credit, "C-1", "CHF", vec![item(DAY, "5.00")]));
    let chf = document("CHF-2", Side::Debit, "C-1", "CHF", vec![item(DAY, "7.00")]);
    file.documents.push(OpeningDocument { rate: Some(Rate::parse("1.05").unwrap().into()), ..chf });
    file.control.push(total(None, "USD", None, "299.97"));
    file.control.push(total(None, "CHF", None, "2.00"));
    file.control[1].amount = amount("175.00");
    let events = fake.run(bring(file)).unwrap();
    let mut loaded = 0;
    for event in &events {
        if let Some((_, currency, lines)) = event.posting() {
            assert_eq!(check_balanced(currency, self::currency("EUR"), lines), Ok(()));
            loaded += 1;
        }
    }
    assert_eq!(loaded, 4, "EUR, USD, CHF with a rate, CHF without");
    let partners = postings(&events).concat().iter().filter(|line| line.partner.is_some()).count();
    assert_eq!(partners, 2, "the control line and its opening line name the partner");
    let first = &fake.items[&id::<ar_core::ItemId>("U-1")];
    assert_eq!(first.base_open, Some(3_057), "33.33 x 0.9173 = 30.573609");
    assert_eq!(fake.items[&id::<ar_core::ItemId>("CHF-1")].base_open, None);

    // Control: a posting with one line less is seen by the same check.
    let lines = postings(&events)[0];
    assert!(check_balanced(currency("EUR"), currency("EUR"), &lines[1..]).is_err());
}

#[test]
fn discounts_and_dunning_levels_come_along() {
    let tier = |percent, until| DiscountTier {
        percent: Percent::parse(percent).unwrap(),
        until: date(until),
        partial: false,
        tax: Default::default(),
        basis: None,
        advance: false,
    };
    let mut file = file();
    file.documents[0].items[0].discounts = vec![tier("1", "2024-02-10"), tier("2", "2024-02-05")];
    file.documents[0].items[2].dunning_level = 2;
    let mut fake = book_with(vec![]);
    fake.run(bring(file)).unwrap();
    let first = &fake.items[&id::<ar_core::ItemId>("OLD-1")];
    assert_eq!(first.discounts, [tier("2", "2024-02-05"), tier("1", "2024-02-10")]);
    assert_eq!(fake.items[&id::<ar_core::ItemId>("OLD-1#3")].dunning_level, 2);
}

#[test]
fn a_large_cut_over_asks_a_bounded_number_of_times_and_splits_its_events() {
    let mut fake = book_with(vec![]);
    let documents: Vec<OpeningDocument> = (0..1_201)
        .map(|n| document(&format!("D-{n}"), Side::Debit, "C-1", "EUR", vec![item(DAY, "1.00")]))
        .collect();
    let control = vec![total(None, "EUR", None, "1201.00")];
    let command = BringForward { date: date(DAY), documents, edges: vec![], control };
    let events = fake.run(bring(command)).unwrap();
    assert!(fake.rounds.get() <= 4, "{} rounds", fake.rounds.get());
    let sizes: Vec<usize> = events
        .iter()
        .filter_map(|event| match event {
            Event::OpeningLoaded(loaded) => Some(loaded.documents.len()),
            _ => None,
        })
        .collect();
    assert_eq!(sizes, [500, 500, 201]);
    let too_many = vec![document("D", Side::Debit, "C-1", "EUR", vec![item(DAY, "1.00")]); 10_001];
    let command = BringForward { date: date(DAY), documents: too_many, edges: vec![], control: vec![] };
    assert_eq!(fake.refused(bring(command)), "input.too_many");
}
