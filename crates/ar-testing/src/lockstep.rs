//! One story on the model and on any number of books at once, compared after every step.

mod words;

use std::collections::{BTreeMap, BTreeSet};

use ar_core::document::Side;
use ar_core::journal::Role;
use ar_core::values::*;
use ar_core::{Envelope, Record};

use crate::act::Deed;
use crate::books::Books;
use crate::checks::{self, Checked, Evidence, Violation, broken};
use crate::model::{Model, Outcome};
use crate::resolve::Resolver;
use crate::rows::Rows;
use crate::steps::Step;
use crate::subject::{Answer, Report, Subject, decoded, root_of};
use crate::world::World;
use crate::{stingy, wire};
use words::{invariant_of, kind_name};

/// A story under way.
pub struct Lockstep {
    /// What must be so.
    pub model: Model,
    /// What is compared with it; the first is the book in plain maps.
    pub subjects: Vec<Box<dyn Subject>>,
    resolver: Resolver,
    rows: Rows,
    log: Vec<Vec<u8>>,
    answered: BTreeMap<CommandId, (Envelope, Answer)>,
    signed: Vec<(Date, u64, Vec<u8>)>,
    /// How many commands were accepted, refused and replayed.
    pub counts: [usize; 3],
    /// How often each code refused.
    pub codes: BTreeMap<&'static str, usize>,
    /// Most rounds of asking that a command took through the stingy source.
    pub rounds: usize,
}

impl Lockstep {
    /// Opens the book of a world everywhere.
    ///
    /// # Errors
    /// When it cannot be opened alike everywhere.
    pub fn open(world: &World, mut subjects: Vec<Box<dyn Subject>>) -> Result<Self, Violation> {
        if subjects.is_empty() {
            subjects.push(Box::new(Books::honest()));
        }
        let mut this = Self {
            model: Model::new(world.clone()),
            subjects,
            resolver: Resolver::default(),
            rows: Rows::default(),
            log: Vec::new(),
            answered: BTreeMap::new(),
            signed: Vec::new(),
            counts: [0; 3],
            codes: BTreeMap::new(),
            rounds: 0,
        };
        let envelope = wire::opening(world);
        let answer = this.ask(&envelope)?;
        match answer {
            Answer::Done { .. } => this.grow(&envelope)?,
            other => return broken("INV-56", format!("the book does not open: {other:?}")),
        }
        for deed in crate::world::prologue() {
            this.deed(&deed)?;
        }
        Ok(this)
    }

    /// The rows that the log of the first book gives.
    #[must_use]
    pub const fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Plays a step.
    ///
    /// # Errors
    /// The first invariant found broken.
    pub fn step(&mut self, step: &Step) -> Checked {
        match self.resolver.resolve(step, &self.model) {
            Some(deed) => self.deed(&deed),
            None => Ok(()),
        }
    }

    /// Plays a deed.
    ///
    /// # Errors
    /// The first invariant found broken.
    pub fn deed(&mut self, deed: &Deed) -> Checked {
        let envelope = wire::envelope(deed);
        if let Some((first, answer)) = self.answered.get(&envelope.id).cloned() {
            return self.again(&envelope, &first, &answer);
        }
        self.ask_stingily(&envelope)?;
        let before = self.model.clone();
        let expected = self.model.deed(deed);
        let answer = self.ask(&envelope)?;
        match (&expected, &answer) {
            (Ok(outcome), Answer::Done { warnings, replayed: false, .. }) => {
                self.counts[0] += 1;
                let warned = warnings.iter().any(|w| w.starts_with("credit.") || w == "account.on_hold");
                if outcome.held && !warned {
                    return broken("INV-52", format!("{deed:?} held an account without a warning"));
                }
                self.grow(&envelope)?;
                self.answered.insert(envelope.id.clone(), (envelope, answer));
                self.waits(outcome, deed)?;
                self.adopt(outcome, deed)
            }
            (Err(codes), Answer::Refused(code, message)) => {
                self.counts[1] += 1;
                *self.codes.entry(code).or_default() += 1;
                if !codes.contains(code) {
                    let detail = format!("{deed:?} is refused with {code} ({message}), expected {codes:?}");
                    return broken(invariant_of(codes), detail);
                }
                self.unchanged(deed)
            }
            (Ok(outcome), Answer::Refused(code, _)) if outcome.perhaps.contains(code) => {
                self.counts[1] += 1;
                self.model = before;
                self.unchanged(deed)
            }
            (Ok(_), refused) => broken("INV-69", format!("{deed:?} is fine and was answered {refused:?}")),
            (Err(codes), done) => {
                if self.subjects[0].log().len() == self.log.len() {
                    return broken("INV-69", format!("{deed:?} was acknowledged and not done: {done:?}"));
                }
                broken(invariant_of(codes), format!("{deed:?} deserves {codes:?} and was answered {done:?}"))
            }
        }
    }

    /// A key that was used before: the same answer, or a refusal, and nothing happens.
    fn again(&mut self, envelope: &Envelope, first: &Envelope, before: &Answer) -> Checked {
        self.counts[2] += 1;
        let answer = self.ask(envelope)?;
        let same = (&first.actor, &first.command) == (&envelope.actor, &envelope.command);
        let expected = match before {
            Answer::Done { at, warnings, events, .. } if same => {
                Answer::Done { at: *at, replayed: true, warnings: warnings.clone(), events: events.clone() }
            }
            _ if answer.code() == Some("idempotency.conflict") => answer.clone(),
            _ => Answer::Refused("idempotency.conflict", "the key was used before".to_owned()),
        };
        if answer != expected {
            return broken("INV-48", format!("{envelope:?} again: {answer:?}, expected {expected:?}"));
        }
        self.unchanged(envelope)
    }

    /// Asks every book and compares the answers.
    fn ask(&mut self, envelope: &Envelope) -> Result<Answer, Violation> {
        let mut answers = self.subjects.iter_mut().map(|subject| (subject.name(), subject.execute(envelope)));
        let Some((first_name, first)) = answers.next() else { return broken("INV-56", "no book") };
        for (name, answer) in answers {
            if answer != first {
                let detail =
                    format!("{envelope:?}: {first_name} answers {first:?}, {name} answers {answer:?}");
                return broken("INV-56", detail);
            }
        }
        match first {
            Answer::Failed(detail) => broken("INV-70", detail),
            answer => Ok(answer),
        }
    }

    /// The same decision through a source that hands out nothing on the first question.
    fn ask_stingily(&mut self, envelope: &Envelope) -> Checked {
        let told = ar_core::decide(&self.rows, envelope);
        match stingy::decide(&self.rows, envelope) {
            Ok((answer, rounds)) if answer == told => {
                self.rounds = self.rounds.max(rounds);
                Ok(())
            }
            Ok((answer, _)) => broken("INV-17", format!("asked stingily: {answer:?}, freely: {told:?}")),
            Err(detail) => broken("INV-17", detail),
        }
    }

    /// After an accepted command: the log grew by whole records, the same everywhere.
    fn grow(&mut self, envelope: &Envelope) -> Checked {
        let log = self.subjects[0].log();
        checks::log_only_grows(&self.log, &log)?;
        for subject in &self.subjects {
            if subject.log() != log {
                return broken("INV-56", format!("{} stores other bytes", subject.name()));
            }
            if subject.root().is_some_and(|root| root != root_of(&log)) {
                return broken("INV-56", format!("{} has another root", subject.name()));
            }
        }
        if log.len() == self.log.len() {
            return broken("INV-69", format!("{envelope:?} was acknowledged and left no record"));
        }
        let fresh: Vec<Record> = decoded(&log[self.log.len()..])?;
        for record in fresh {
            let asked = (&envelope.book, &envelope.id, &envelope.actor, envelope.at);
            if (&record.book, &record.command, &record.actor, record.at) != asked {
                return broken("INV-62", format!("{envelope:?} is on record as {record:?}"));
            }
            self.rows.append(record);
        }
        self.log = log;
        Ok(())
    }

    /// After a refusal or a replay: nothing moved anywhere.
    fn unchanged(&self, what: &dyn std::fmt::Debug) -> Checked {
        for subject in &self.subjects {
            if subject.log() != self.log {
                return broken("INV-69", format!("{what:?} changed the log of {}", subject.name()));
            }
            if subject.rows().is_some_and(|rows| rows != self.rows) {
                return broken("INV-69", format!("{what:?} changed rows of {}", subject.name()));
            }
        }
        Ok(())
    }

    /// An act became a proposal exactly when it needs a second person; from now on the model knows its
    /// digest.
    fn waits(&mut self, outcome: &Outcome, deed: &Deed) -> Checked {
        let made = self.rows.proposals.get(&deed.key).map(|row| row.position);
        if made.is_some() != outcome.proposed {
            let (told, kept) = (outcome.proposed, made.is_some());
            let invariant = if told { "INV-37" } else { "INV-63" };
            return broken(invariant, format!("{deed:?} waits: {kept}, expected {told}"));
        }
        let place = made.and_then(|at| usize::try_from(at).ok());
        let record = place.and_then(|at| self.rows.records.get(at.checked_sub(1)?));
        if let Some(ar_core::Event::Proposed(made)) = record.map(|record| &record.event)
            && let Some(proposal) = self.model.proposals.iter_mut().find(|known| known.id == deed.key)
        {
            proposal.digest = Some(made.digest.to_string());
        }
        Ok(())
    }

    /// The settlements of an accepted act are those that the model expects; from now on it knows
    /// them by their ids.
    fn adopt(&mut self, outcome: &Outcome, deed: &Deed) -> Checked {
        let known: BTreeSet<LinkId> = self.model.links.iter().filter_map(|link| link.id.clone()).collect();
        let mut fresh: Vec<_> = self.rows.links.values().filter(|row| !known.contains(&row.link)).collect();
        for link in &mut self.model.links[outcome.links_from..] {
            let same = |row: &&ar_core::rows::LinkRow| {
                let side = |side: &Option<ar_core::rows::LinkSide>| {
                    side.as_ref().map(|side| (side.item.clone(), side.amount))
                };
                row.kind.name() == kind_name(link.kind)
                    && row.date == link.date
                    && (side(&row.credit), side(&row.debit)) == (link.credit.clone(), link.debit.clone())
                    && (row.discount, row.tolerance, row.withholding, row.memo)
                        == (link.discount, link.tolerance, link.withheld, link.memo)
            };
            match fresh.iter().position(same) {
                Some(place) => link.id = Some(fresh.remove(place).link.clone()),
                None => {
                    // The same two sides under another discount is a matter of the discount.
                    let sides = |row: &&ar_core::rows::LinkRow| {
                        let item =
                            |side: &Option<ar_core::rows::LinkSide>| side.as_ref().map(|s| s.item.clone());
                        let told = |side: &Option<(ItemId, i64)>| side.as_ref().map(|(item, _)| item.clone());
                        (item(&row.credit), item(&row.debit)) == (told(&link.credit), told(&link.debit))
                            && row.discount != link.discount
                    };
                    let invariant = if fresh.iter().any(sides) { "INV-30" } else { "INV-28" };
                    return broken(invariant, format!("{deed:?}: expected {link:?}, found {fresh:?}"));
                }
            }
        }
        learn(&mut self.model, &self.rows, &mut fresh);
        if let Some(extra) = fresh.first() {
            return broken("INV-28", format!("{deed:?} also made {extra:?}"));
        }
        if let Some(document) = &outcome.document
            && !self.rows.documents.contains_key(document)
        {
            return broken("INV-18", format!("{deed:?} should have made {document}"));
        }
        self.agrees()
    }

    /// The rows say what the model says, on every date touched.
    ///
    /// # Errors
    /// The first invariant found broken.
    pub fn agrees(&self) -> Checked {
        agrees(&self.model, &self.rows)
    }

    /// Signs a report on some dates, to be asked for again later.
    pub fn sign(&mut self) {
        let known = self.log.len() as u64;
        let dates: Vec<Date> = self.rows.dates().into_iter().collect();
        for day in dates.iter().step_by(dates.len() / 3 + 1).copied() {
            if let Some(report) = self.subjects[0].report(day, known) {
                self.signed.push((day, known, report.bytes()));
            }
        }
    }

    /// Everything that is too long for every step: all checks over the log and the rows that each
    /// book keeps, its own verification, reports, and what was signed before.
    ///
    /// # Errors
    /// The first invariant found broken.
    pub fn audit(&self) -> Checked {
        let records = decoded(&self.log)?;
        checks::all(Evidence { bytes: &self.log, records: &records, rows: &self.rows })?;
        for subject in &self.subjects {
            if let Some(rows) = subject.rows() {
                checks::all(Evidence { bytes: &self.log, records: &records, rows: &rows })?;
            }
            subject.verify()?;
            self.reports(&**subject)?;
        }
        Ok(())
    }

    fn reports(&self, subject: &dyn Subject) -> Checked {
        let known = self.log.len() as u64;
        for day in self.rows.dates() {
            let Some(report) = subject.report(day, known) else { continue };
            let told = Report::of(&self.rows, day);
            if report != told {
                return broken(
                    "INV-56",
                    format!("on {day} {} reports {report:?}, not {told:?}", subject.name()),
                );
            }
            let (aging, expected) = (&report.aging, self.model.aging(day));
            if *aging != expected {
                return broken("INV-40", format!("on {day} aging is {aging:?}, expected {expected:?}"));
            }
            let (kept, told) = (&report.exposure, self.model.exposures(day));
            if *kept != told {
                return broken("INV-52", format!("on {day} exposure is {kept:?}, expected {told:?}"));
            }
            for (currency, row) in aging {
                let open: i128 = open_in(&self.rows, &report, *currency);
                if open != row.total() {
                    return broken(
                        "INV-40",
                        format!("on {day} {open} {currency} is open, aging says {row:?}"),
                    );
                }
            }
        }
        crate::losing::compare(subject, &self.rows, known)?;
        for (day, known, bytes) in &self.signed {
            if subject.report(*day, *known).is_some_and(|report| report.bytes() != *bytes) {
                let name = subject.name();
                return broken("INV-39", format!("{name}: the report of {day} as known at {known} changed"));
            }
        }
        Ok(())
    }
}

fn open_in(rows: &Rows, report: &Report, currency: Currency) -> i128 {
    let of = |item: &ItemId| rows.items.get(item).is_some_and(|row| row.currency == currency);
    report.items.iter().filter(|(item, _)| of(item)).map(|(_, minor)| i128::from(*minor)).sum()
}

/// What a revaluation came to, which the checks prove and the model does not foresee.
fn learn(model: &mut Model, rows: &Rows, fresh: &mut Vec<&ar_core::rows::LinkRow>) {
    let revalues = |row: &&ar_core::rows::LinkRow| row.kind == ar_core::allocation::LinkKind::Revaluation;
    let side = |side: &Option<ar_core::rows::LinkSide>| side.as_ref().map(|s| (s.item.clone(), s.amount));
    let link = |row: &ar_core::rows::LinkRow| crate::model::Link {
        id: Some(row.link.clone()),
        kind: crate::model::LinkKind::Revaluation,
        date: row.date,
        credit: side(&row.credit),
        debit: side(&row.debit),
        discount: 0,
        tolerance: 0,
        withheld: 0,
        memo: false,
        paid: (0, 0),
        off: (0, 0),
        relief: BTreeMap::new(),
        relieves: false,
        allowed: false,
        recovers: None,
        undone: None,
    };
    let links = fresh.iter().copied().filter(revalues).map(link).collect();
    fresh.retain(|row| !revalues(row));
    let items = rows.items.values();
    let items = items.map(|row| (row.item.clone(), (row.revalued, row.revalued_on))).collect();
    model.learn(links, &items);
}

/// Whether rows say what a model says: items, open amounts on every date, accounts, orders, aging and
/// control balances.
///
/// # Errors
/// The first invariant found broken.
pub fn agrees(model: &Model, rows: &Rows) -> Checked {
    if model.items.len() != rows.items.len() {
        let told: Vec<_> = model.items.iter().map(|item| &item.id).collect();
        let kept: Vec<_> = rows.items.keys().collect();
        return broken("INV-15", format!("items are {kept:?}, expected {told:?}"));
    }
    crate::agreeing::agrees(model, rows)?;
    let mut dates = model.dates();
    dates.extend(rows.dates().into_iter().chain([Date::MAX]));
    for item in &model.items {
        let Some(row) = rows.items.get(&item.id) else {
            return broken("INV-15", format!("{} is not there", item.id));
        };
        let debit = row.side == Side::Debit;
        let kept =
            (debit, &row.account, row.currency, row.date, row.due, row.original, row.control.role.name());
        let told =
            (item.debit, &item.account, item.currency, item.date, item.due, item.original, item.control);
        if kept != told {
            let memo = item.kind == crate::model::Kind::CreditMemo;
            let invariant = if memo { "INV-23" } else { "INV-24" };
            return broken(invariant, format!("{} is {kept:?}, expected {told:?}", item.id));
        }
        if (row.counts.credit, row.counts.dunning) != item.counts {
            let detail = format!("{} counts for {:?}, expected {:?}", item.id, row.counts, item.counts);
            return broken("INV-52", detail);
        }
        if row.order != item.order {
            let detail = format!("{} is of order {:?}, expected {:?}", item.id, row.order, item.order);
            return broken("INV-36", detail);
        }
        if row.base_original.is_some() != item.rate.is_some() {
            return broken("INV-03", format!("{} has base {:?}", item.id, row.base_original));
        }
        let invariant = if debit { "INV-26" } else { "INV-25" };
        for day in &dates {
            let (kept, told) = (rows.open_on(row, *day).0, model.open_on(item, *day));
            if kept != told {
                let detail = format!("{} has {kept} open on {day}, expected {told}", item.id);
                return broken(invariant, detail);
            }
        }
        let told = model.charged.get(&item.id).map(|c| (c.through, c.interest, c.fees));
        let kept = row.charged.as_ref().map(|m| (Some(m.through), m.interest.minor(), m.fees.minor()));
        if (kept, row.late) != (told, model.late.contains(&item.id)) {
            let detail = format!("{} is charged {kept:?} (late {}), expected {told:?}", item.id, row.late);
            return broken("INV-46", detail);
        }
        if row.open != model.open_in_the_end(item) {
            return broken("INV-22", format!("{} keeps {} open", item.id, row.open));
        }
    }
    for day in &dates {
        let told = model.aging(*day);
        let kept = Report::of(rows, *day).aging;
        if kept != told {
            return broken("INV-40", format!("on {day} aging is {kept:?}, expected {told:?}"));
        }
        let mut kept: BTreeMap<(&'static str, Currency), i128> = BTreeMap::new();
        for line in rows.lines.iter().filter(|line| line.date <= *day && line.line.role.is_control()) {
            let key = (line.line.role.name(), line.currency);
            *kept.entry(key).or_default() += i128::from(line.line.amount.minor());
        }
        kept.retain(|_, sum| *sum != 0);
        if kept != model.controls(*day) {
            let told = model.controls(*day);
            return broken("INV-11", format!("on {day} control accounts say {kept:?}, expected {told:?}"));
        }
        let mut kept: BTreeMap<(&'static str, Currency), i128> = BTreeMap::new();
        let tax = |role: Role| matches!(role, Role::Tax | Role::DeferredTax);
        for line in rows.lines.iter().filter(|line| line.date <= *day && tax(line.line.role)) {
            let key = (line.line.role.name(), line.currency);
            *kept.entry(key).or_default() += i128::from(line.line.amount.minor());
        }
        kept.retain(|_, sum| *sum != 0);
        if kept != model.taxes(*day) {
            let told = model.taxes(*day);
            return broken("INV-29", format!("on {day} the tax accounts say {kept:?}, expected {told:?}"));
        }
    }
    crate::withheld::agrees(model, rows)?;
    crate::providing::agrees(model, rows, &dates)?;
    for account in &model.accounts {
        let kept = rows.accounts.get(&account.id);
        let kept = kept.map(|row| (row.version, row.hold.is_some(), row.closed.is_some()));
        let told = Some((account.version, account.hold != crate::model::Hold::No, account.closed));
        if kept != told {
            return broken("INV-53", format!("{} is {kept:?}, expected {told:?}", account.id));
        }
    }
    let told: BTreeMap<_, _> =
        model.proposals.iter().map(|p| (&p.id, (p.state, &p.maker, p.expires))).collect();
    let kept =
        rows.proposals.values().map(|row| (&row.proposal, (row.state.name(), &row.maker, row.expires)));
    let kept: BTreeMap<_, _> = kept.collect();
    if told != kept {
        return broken("INV-65", format!("proposals are {kept:?}, expected {told:?}"));
    }
    let mut kept = rows.written_off.clone();
    kept.retain(|_, minor| *minor != 0);
    let told = model.given_up_by_month();
    if kept != told {
        return broken("INV-37", format!("given up by month is {kept:?}, expected {told:?}"));
    }
    for order in &model.orders {
        let kept = rows.orders.get(&order.id).map(|row| row.open);
        if kept != Some(order.open.minor()) {
            return broken(
                "INV-52",
                format!("order {} has {kept:?} open, expected {}", order.id, order.open),
            );
        }
    }
    Ok(())
}

/// Plays a whole story.
///
/// # Errors
/// The first invariant found broken, with the place of the step.
pub fn play(
    world: &World,
    steps: &[Step],
    subjects: Vec<Box<dyn Subject>>,
) -> Result<Lockstep, (usize, Violation)> {
    let mut lockstep = Lockstep::open(world, subjects).map_err(|violation| (0, violation))?;
    for (place, step) in steps.iter().enumerate() {
        let at = |violation| (place, violation);
        lockstep.step(step).map_err(at)?;
        if place % 10 == 9 {
            lockstep.audit().map_err(at)?;
            lockstep.sign();
        }
    }
    lockstep.audit().map_err(|violation| (steps.len(), violation))?;
    Ok(lockstep)
}
