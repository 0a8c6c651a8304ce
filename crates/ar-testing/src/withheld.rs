//! A fixed story of withheld tax: by amount and by code, certified, given back, in a second currency and
//! with a payment that bounces.

use crate::act::{Act, Deed, How, Payment, Target, Terms, Withheld};
use crate::checks::{Checked, broken};
use crate::model::Model;
use crate::rows::Rows;
use crate::script::{eur, given, invoice, pay, undo};
use crate::settling::{foreign_invoice, foreign_payment, rate};
use crate::wire::instant;
use crate::world::{day, id};

fn net(percent: u8) -> Terms {
    Terms { days: 30, before: vec![], discounts: vec![(percent, 10, 0)], shared: false, name: None }
}

fn target(item: &str, cash: Option<i64>, withheld: Withheld) -> Target {
    Target { item: id(item), amount: cash.map(eur), discount: true, grant: None, withheld: Some(withheld) }
}

fn apply(credit: &str, on: i32, targets: Vec<Target>) -> Act {
    Act::Allocate { credit: id(credit), date: Some(day(on)), how: How::Explicit(targets) }
}

fn certify(number: &str, on: i32, links: &[(&str, Option<i64>)], reopen: bool) -> Act {
    Act::Certify {
        account: id("C-0"),
        certificate: id(number),
        date: day(on),
        links: links.iter().map(|(link, minor)| (id(link), minor.map(eur))).collect(),
        reopen,
    }
}

fn withdraw(number: &str, on: i32) -> Act {
    Act::WithdrawCertificate { account: id("C-0"), certificate: id(number), date: day(on) }
}

fn give_back(link: &str, minor: Option<i64>, on: i32) -> Act {
    Act::ReturnWithheld { link: id(link), amount: minor.map(eur), date: day(on) }
}

/// A payment that settles nothing yet.
fn unapplied(act: Act) -> Act {
    match act {
        Act::Pay(payment) => Act::Pay(Payment { how: None, ..payment }),
        other => other,
    }
}

/// The story.
#[must_use]
pub fn story() -> Vec<Deed> {
    let amount = |minor| Withheld::Amount(eur(minor));
    let foreign = |minor| Withheld::Amount(crate::world::money(minor, crate::world::currency(1)));
    let acts: Vec<(&str, Act)> = vec![
        ("i1", invoice("C-0", given("H-1"), 0, None, &[(10_000, 19)])),
        ("i2", invoice("C-0", given("H-2"), 0, Some(net(2)), &[(10_000, 0)])),
        ("i3", invoice("C-0", given("H-3"), 0, None, &[(10_000, 5)])),
        ("p1", pay("P-1", "C-0", 10_400, 2, &[])),
        // 15 % of the net of 100.00.
        ("a1", apply("P-1", 3, vec![target("H-1", None, Withheld::Code(1))])),
        ("p2", pay("P-2", "C-0", 8_800, 4, &[])),
        // 10 % of what is settled beside the discount: 9.80 of 98.00.
        ("a2", apply("P-2", 4, vec![target("H-2", Some(8_800), amount(1_000))])),
        ("c1", certify("WHT-1", 10, &[("a1.0", None)], false)),
        ("c1-again", certify("WHT-1", 11, &[("a2.0", None)], false)),
        ("c2-proven", certify("WHT-2", 11, &[("a1.0", None)], false)),
        ("u1-proven", undo("a1.0", 12)),
        ("c2-short", certify("WHT-2", 12, &[("a2.0", Some(700))], false)),
        ("c2", certify("WHT-2", 12, &[("a2.0", Some(700))], true)),
        ("w1", withdraw("WHT-1", 13)),
        ("w1-again", withdraw("WHT-1", 13)),
        ("u1", undo("a1.0", 14)),
        ("a1-again", apply("P-1", 15, vec![target("H-1", None, Withheld::Code(0))])),
        ("b1-much", give_back("a1-again.0", Some(90_000), 16)),
        ("b1", give_back("a1-again.0", Some(300), 16)),
        ("b1-rest", give_back("b1.0", None, 17)),
        ("b1-none", give_back("b1-rest.0", None, 18)),
        // Tax that falls due with payment, part of which is given back.
        ("p3", pay("P-3", "C-0", 6_000, 18, &[])),
        ("a3", apply("P-3", 18, vec![target("H-3", None, Withheld::Code(0))])),
        ("b3", give_back("a3.0", Some(200), 19)),
        ("c3", certify("WHT-3", 20, &[("b3.0", None)], false)),
        ("r3", Act::Reverse { payment: id("P-3"), date: day(21), returned: true, fee: None }),
        ("w3", withdraw("WHT-3", 22)),
        // In a second currency the claim is worth what the item was carried at.
        ("f1", foreign_invoice("F-1", 10_000, rate("0.9"))),
        ("g1", unapplied(foreign_payment("G-1", 8_000, rate("0.95"), 3, &[]))),
        ("fa", apply("G-1", 5, vec![Target { amount: None, ..target("F-1", None, foreign(1_001)) }])),
        ("fb", give_back("fa.0", None, 6)),
    ];
    let deed = |(n, (key, act)): (usize, (&str, Act))| Deed {
        key: id(key),
        actor: id("clerk-0"),
        at: instant(1_000 + n as i64),
        act,
    };
    acts.into_iter().enumerate().map(deed).collect()
}

/// Every claim on the tax office is there, with the certificate that proves it.
pub(crate) fn agrees(model: &Model, rows: &Rows) -> Checked {
    let mut count = 0;
    for (place, link) in model.links.iter().enumerate().filter(|(_, link)| link.withheld != 0) {
        count += 1;
        let row = link.id.as_ref().and_then(|id| rows.withholdings.get(id));
        let kept = row.map(|row| {
            let certificate = row.certificate().map(|span| (span.certificate.clone(), span.date));
            (row.amount, &row.item, row.date, row.undone.map(|(day, _)| day), certificate)
        });
        let proof = model.proof_of(place).map(|c| (c.id.clone(), c.date));
        let item = link.debit.as_ref().map(|(item, _)| item);
        let told = item.map(|item| (link.withheld, item, link.date, link.undone, proof));
        if kept != told {
            return broken("INV-28", format!("withheld is {kept:?}, expected {told:?}"));
        }
    }
    if count != rows.withholdings.len() {
        return broken("INV-28", format!("{} claims are kept, expected {count}", rows.withholdings.len()));
    }
    Ok(())
}
