//! `proposals`: what waits for a second person, and what became of what waited.

use ar_core::query::{self, PAGE_MAX, QueryError};
use ar_report::{Form, proposals_table};
use ar_store::Failure;

use super::aging::scope;
use crate::args::Proposals;
use crate::book::{Book, as_of, ask};
use crate::output::{Output, counted};
use crate::stop::Stop;

pub(crate) fn run(book: &Book, asked: Proposals, out: &mut Output) -> Result<(), Stop> {
    let (when, waiting, scope) = (asked.when, !asked.all, scope(asked.account));
    let proposals = ask(book, move |view| {
        let as_of = as_of(when, view)?;
        let (mut proposals, mut after) = (Vec::new(), None);
        loop {
            let page = query::proposals(view, as_of, &scope, waiting, after, PAGE_MAX)?;
            proposals.extend(page.proposals);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok::<_, QueryError<Failure>>(proposals)
    })?;
    let table = proposals_table(&proposals);
    out.report(Form::from(asked.output.format), &proposals, &table, |out| {
        out.text(&table.to_text())?;
        out.line(&counted(proposals.len(), "proposal"))
    })
}
