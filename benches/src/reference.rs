//! The in-memory reference: what a program would do that trusts its input. The same bytes, the
//! same hashes, the same facts kept in maps; nothing is checked and nothing is decided.

use std::collections::HashMap;

use ar_core::command::Envelope;
use ar_core::event::Event;
use ar_core::record::{Leaf, PayloadDigest, Record, leaf};
use ar_core::values::{AccountId, CommandId, DocumentId, GlCode, ItemId, LinkId};

/// An item of the reference: what a lean program keeps of an open position.
#[derive(Debug)]
#[allow(dead_code, reason = "kept to be there, as in the subject")]
struct Item {
    account: AccountId,
    due: i32,
    date: i32,
    original: i64,
    open: i64,
}

/// A journal line of the reference.
#[derive(Debug)]
#[allow(dead_code, reason = "kept to be there, as in the subject")]
struct Line {
    position: u64,
    date: i32,
    code: GlCode,
    minor: i64,
}

/// A settlement of the reference.
#[derive(Debug)]
#[allow(dead_code, reason = "kept to be there, as in the subject")]
struct Link {
    credit: ItemId,
    debit: ItemId,
    minor: i64,
}

/// Log, keys, documents, items, settlements, balances and journal lines in maps.
#[derive(Debug, Default)]
pub struct Reference {
    log: Vec<Vec<u8>>,
    leaves: Vec<Leaf>,
    keys: HashMap<CommandId, (PayloadDigest, u64)>,
    documents: HashMap<DocumentId, (AccountId, i64, u64)>,
    items: HashMap<ItemId, Item>,
    links: HashMap<LinkId, Link>,
    balances: HashMap<AccountId, (i64, i64)>,
    lines: Vec<Line>,
}

impl Reference {
    /// Writes one command's records.
    ///
    /// # Panics
    /// When a record does not encode, or settles an item that is not there.
    pub fn write(&mut self, envelope: &Envelope, records: &[Record]) {
        let digest = PayloadDigest::of(envelope);
        self.keys.insert(envelope.id.clone(), (digest, self.log.len() as u64 + 1));
        for record in records {
            let bytes = record.encode().expect("a record encodes");
            self.leaves.push(leaf(&bytes));
            self.log.push(bytes);
            self.insert(self.log.len() as u64, &record.event);
        }
    }

    fn insert(&mut self, position: u64, event: &Event) {
        match event {
            Event::DocumentIssued(e) => {
                let total = e.content.total.minor();
                self.documents.insert(e.document.clone(), (e.account.clone(), total, position));
                for (part, new) in e.items.iter().enumerate() {
                    let minor = new.amount.minor();
                    let item = Item {
                        account: e.account.clone(),
                        due: new.due.day_number(),
                        date: e.date.day_number(),
                        original: minor,
                        open: minor,
                    };
                    self.items.insert(ItemId::new(e.document.clone(), part as u16 + 1), item);
                    self.balances.entry(e.account.clone()).or_default().0 += minor;
                }
            }
            Event::PaymentReceived(e) => {
                let minor = e.amount.minor();
                self.documents.insert(e.payment.clone(), (e.account.clone(), minor, position));
                let day = e.document_date.day_number();
                let item =
                    Item { account: e.account.clone(), due: day, date: day, original: minor, open: minor };
                self.items.insert(ItemId::from(e.payment.clone()), item);
                self.balances.entry(e.account.clone()).or_default().1 += minor;
            }
            Event::CreditAllocated(e) => {
                for applied in &e.links {
                    let minor = applied.amount.minor();
                    self.items.get_mut(&e.credit).expect("a credit").open -= minor;
                    self.items.get_mut(&applied.debit).expect("a debit").open -= minor;
                    let balance = self.balances.entry(e.account.clone()).or_default();
                    balance.0 -= minor;
                    balance.1 -= minor;
                    let link = Link { credit: e.credit.clone(), debit: applied.debit.clone(), minor };
                    self.links.insert(applied.link.clone(), link);
                }
            }
            _ => {}
        }
        if let Some((date, _, lines)) = event.posting() {
            let date = date.day_number();
            for line in lines {
                let (code, minor) = (line.code.clone(), line.amount.minor());
                self.lines.push(Line { position, date, code, minor });
            }
        }
    }

    /// Items kept.
    #[must_use]
    pub fn items(&self) -> usize {
        self.items.len()
    }
}
