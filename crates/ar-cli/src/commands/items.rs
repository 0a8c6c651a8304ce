//! `items`: open items by account and attribute.

use ar_core::query::{self, AccountFilter, ItemFilter, ItemOrder, PAGE_MAX, QueryError};
use ar_core::values::{Attributes, Text};
use ar_report::{Form, items_table};
use ar_store::Failure;

use super::aging::scope;
use crate::args::{Items, LeftOut};
use crate::book::{Book, as_of, ask, names};
use crate::output::{Output, counted};
use crate::stop::Stop;

pub(crate) fn run(book: &Book, asked: Items, out: &mut Output) -> Result<(), Stop> {
    let mut attributes = Attributes::default();
    for (key, value) in &asked.attribute {
        attributes.set(key, Text::parse(value)?)?;
    }
    let accounts = AccountFilter::scope(scope(asked.account));
    let out_of = |what| asked.left_out_of.contains(&what).then_some(false);
    let filter = ItemFilter {
        accounts,
        attributes,
        counts_for_credit: out_of(LeftOut::Credit),
        counts_for_dunning: out_of(LeftOut::Dunning),
        order: asked.order,
        ..ItemFilter::default()
    };
    let when = asked.when;
    let (items, names) = ask(book, move |view| {
        let as_of = as_of(when, view)?;
        let (mut items, mut after) = (Vec::new(), None);
        loop {
            let page = query::open_items(view, as_of, &filter, ItemOrder::Due, after.as_ref(), PAGE_MAX)?;
            items.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let ids = items.iter().map(|item| item.account.clone()).collect();
        let names = names(view, as_of.known, &ids)?;
        Ok::<_, QueryError<Failure>>((items, names))
    })?;
    let table = items_table(&items, &names);
    out.report(Form::from(asked.output.format), &items, &table, |out| {
        out.text(&table.to_text())?;
        out.line(&counted(items.len(), "open item"))
    })
}
