//! Scenarios: business stories as JSON that an accountant reads, and the runner that plays one on
//! any store.
//!
//! The runner trusts nothing it is told: every command is previewed first and the preview must be
//! what happens; a refusal must leave the log as it was; after every step the sub-ledger ties out
//! to the control accounts on every date touched (see [`tie_out`]), and in the end the log is
//! replayed against the rows.

mod figures;
pub mod tie_out;

use std::collections::{BTreeMap, BTreeSet};

use ar_core::query::View;
use ar_core::{AccountId, Change, Date, Envelope, Event, ItemId};
use ar_store::{Failure, Ledger, Receipt, Store};
use serde::Deserialize;
use serde_json::{Value, json};

pub const BOOK: &str = "STORY";

/// One story.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What happens, in a sentence.
    pub title: String,
    /// The rule that it shows.
    pub rule: String,
    /// Base currency of the book.
    #[serde(default = "eur")]
    pub base: String,
    /// Settings beside the common ones.
    #[serde(default)]
    pub settings: Vec<Value>,
    /// Accounts opened before it begins: an id, or the fields of `open_account`.
    #[serde(default)]
    pub accounts: Vec<Value>,
    /// What happens.
    pub steps: Vec<Step>,
}

fn eur() -> String {
    "EUR".to_owned()
}

/// A command with its answer, or figures that must stand in the book.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// When it is entered; by default 2026-01-01T09:00:00Z.
    #[serde(default)]
    pub at: Option<String>,
    /// A remark for the reader.
    #[serde(default)]
    pub note: Option<String>,
    /// Id of the command; by default the number of the step.
    #[serde(default)]
    pub id: Option<String>,
    /// Who asks.
    #[serde(default)]
    pub by: Option<String>,
    /// The command.
    #[serde(rename = "do", default)]
    pub command: Option<Value>,
    /// Events that it gives, in order.
    #[serde(default)]
    pub gives: Option<Vec<String>>,
    /// Codes of the warnings that come with it.
    #[serde(default)]
    pub warns: Vec<String>,
    /// Whether the answer is a repeated one.
    #[serde(default)]
    pub replayed: bool,
    /// The rule that an allocation fired, or `none`.
    #[serde(default)]
    pub rule: Option<String>,
    /// The number that a document got.
    #[serde(default)]
    pub number: Option<String>,
    /// The code it is refused with.
    #[serde(default)]
    pub refused: Option<String>,
    /// What must stand in the book now.
    #[serde(default)]
    pub figures: Option<Figures>,
}

/// Figures as of a day. Each table given is complete: what is not in it must be zero.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// The day.
    pub on: Date,
    /// The currency of the tables below; by default the base currency.
    #[serde(default)]
    pub currency: Option<String>,
    /// Open items, credits negative.
    #[serde(default)]
    pub open: Option<BTreeMap<ItemId, String>>,
    /// Due dates of open items; need not be complete.
    #[serde(default)]
    pub due: BTreeMap<ItemId, Date>,
    /// Aging of all accounts by due date: buckets, `unapplied`, `total`.
    #[serde(default)]
    pub aging: Option<BTreeMap<String, String>>,
    /// Journal balances by role, debit positive.
    #[serde(default)]
    pub journal: Option<BTreeMap<String, String>>,
    /// Journal balances by role in base currency, over all currencies.
    #[serde(default)]
    pub journal_base: Option<BTreeMap<String, String>>,
    /// Accounts on hold, now.
    #[serde(default)]
    pub on_hold: Option<BTreeSet<String>>,
    /// Closed accounts, now.
    #[serde(default)]
    pub closed: Option<BTreeSet<String>>,
    /// How promises stand.
    #[serde(default)]
    pub promises: Option<BTreeMap<String, String>>,
    /// How payment plans stand, with what is overdue and since when a default is cured.
    #[serde(default)]
    pub plans: Option<BTreeMap<String, String>>,
    /// What counts against the limit of accounts, each with its group; need not be complete.
    #[serde(default)]
    pub exposure: BTreeMap<AccountId, String>,
    /// Open items that are left out of credit, of dunning, or of both.
    #[serde(default)]
    pub left_out: Option<BTreeMap<String, String>>,
    /// Open items that bill an order or are kept for one.
    pub of_order: Option<BTreeMap<String, String>>,
}

/// Settings of every story: reasons, taxes and terms that the steps name.
fn common_settings() -> Vec<Value> {
    let reason = |code: &str, text: &str| json!({"reason": {"code": code, "text": text}});
    let tax =
        |code: &str, percent: &str| json!({"tax": {"code": code, "percent": percent, "kind": "standard"}});
    let net = |days: u16| json!({"net": {"days": days}});
    vec![
        reason("error", "entered in error"),
        reason("goodwill", "goodwill"),
        reason("insolvent", "debtor is insolvent"),
        reason("overpaid", "paid too much"),
        reason("price", "wrong price"),
        reason("return", "goods returned"),
        tax("S", "19"),
        tax("R", "7"),
        json!({"terms": {"id": "2-10-30", "terms": {
            "due": net(30), "discounts": [{"percent": "2", "days": 10}]
        }}}),
        json!({"terms": {"id": "30-70", "terms": {"due": net(30), "instalments": [
            {"portion": {"percent": "30"}, "due": net(10)}, {"portion": "remainder", "due": net(40)}
        ]}}}),
    ]
}

/// The story's first commands: the book and its accounts.
fn setup(story: &Scenario) -> Vec<(String, Value)> {
    let mut settings = common_settings();
    settings.extend(story.settings.iter().cloned());
    let open = json!({"open_book": {"base": story.base, "settings": settings}});
    let mut commands = vec![("book".to_owned(), open)];
    for account in &story.accounts {
        let form = match account {
            Value::String(id) => json!({"account": id, "date": "2026-01-01"}),
            other => other.clone(),
        };
        let id = form["account"].as_str().unwrap_or("?").to_owned();
        commands.push((format!("open-{id}"), json!({"open_account": form})));
    }
    commands
}

/// Reads a command through the boundary that every command comes in by.
fn envelope(id: &str, command: &Value, step: &Step) -> Result<Envelope, Failure> {
    let actor = step.by.as_deref().unwrap_or("ann");
    let at = step.at.as_deref().unwrap_or("2026-01-01T09:00:00Z");
    let form = json!({"book": BOOK, "id": id, "actor": actor, "at": at, "command": command});
    Ok(ar_core::wire::read_envelope(form.to_string().as_bytes())?)
}

/// A story being played on a store.
pub struct Player<'a, S> {
    ledger: &'a Ledger<S>,
    base: String,
    /// Every item there ever was.
    items: BTreeSet<ItemId>,
    /// Every date on which something happened.
    dates: BTreeSet<Date>,
    /// Digests of proposals by their ids.
    shown: BTreeMap<String, String>,
}

impl<'a, S: Store> Player<'a, S>
where
    S::View: View,
    <S::View as View>::Error: std::fmt::Debug,
{
    /// Plays a story.
    ///
    /// # Errors
    /// The first step whose answer or figures are not as told, in words.
    pub fn play(ledger: &'a Ledger<S>, story: &Scenario) -> Result<(), String> {
        let mut player = Self {
            ledger,
            base: story.base.clone(),
            items: BTreeSet::new(),
            dates: BTreeSet::new(),
            shown: BTreeMap::new(),
        };
        for (id, command) in setup(story) {
            let envelope =
                envelope(&id, &command, &Step::default()).map_err(|e| format!("setup {id}: {e}"))?;
            player.accepted(envelope).map_err(|e| format!("setup {id}: {} {e}", e.code()))?;
        }
        for (n, step) in (1..).zip(&story.steps) {
            let note = step.note.as_deref().unwrap_or_default();
            player.step(n, step).map_err(|problem| format!("step {n}: {problem} {note}"))?;
            player.ties_out().map_err(|problem| format!("after step {n}: {problem}"))?;
        }
        let verdict = pollster::block_on(ledger.verify()).map_err(|e| e.to_string())?;
        if verdict.is_ok() { Ok(()) } else { Err(format!("verify: {verdict:?}")) }
    }

    fn step(&mut self, n: usize, step: &Step) -> Result<(), String> {
        if let Some(command) = &step.command {
            let id = step.id.clone().unwrap_or_else(|| n.to_string());
            let before = self.head();
            let command = self.as_shown(command);
            let answer = envelope(&id, &command, step).and_then(|envelope| self.accepted(envelope));
            match (&step.refused, answer) {
                (Some(code), Err(failure)) => {
                    same("refusal", code, &failure.code().to_owned())?;
                    same("log after a refusal", &before, &self.head())?;
                }
                (Some(code), Ok(receipt)) => {
                    return Err(format!("refused with {code} was told, and it gives {:?}", names(&receipt)));
                }
                (None, Err(failure)) => return Err(format!("{}: {failure}", failure.code())),
                (None, Ok(receipt)) => answered(step, &receipt)?,
            }
        }
        match &step.figures {
            None => Ok(()),
            Some(figures) => self.compare(figures),
        }
    }

    /// An approval of what was `shown` names the proposal's own digest.
    fn as_shown(&self, command: &Value) -> Value {
        let mut command = command.clone();
        let approval = command.get_mut("approve").and_then(Value::as_object_mut);
        if let Some(approval) = approval.filter(|approval| approval["digest"] == "shown")
            && let Some(digest) = approval["proposal"].as_str().and_then(|id| self.shown.get(id))
        {
            approval["digest"] = json!(digest);
        }
        command
    }

    /// Executes a command after a preview, which must tell what happens.
    fn accepted(&mut self, envelope: Envelope) -> Result<Receipt, Failure> {
        let preview = pollster::block_on(self.ledger.preview(envelope.clone()));
        let answer = pollster::block_on(self.ledger.execute(envelope));
        match (&preview, &answer) {
            (Ok(preview), Ok(receipt)) => {
                assert_eq!((&preview.events, &preview.warnings), (&receipt.events, &receipt.warnings));
            }
            (Err(preview), Err(answer)) => assert_eq!(preview, answer),
            other => panic!("preview and answer differ: {other:?}"),
        }
        let receipt = answer?;
        for event in &receipt.events {
            self.learn(event);
        }
        Ok(receipt)
    }

    fn learn(&mut self, event: &Event) {
        if let Event::Proposed(made) = event {
            self.shown.insert(made.content.proposal.to_string(), made.digest.to_string());
        }
        if let Event::DocumentIssued(issued) = event {
            assert!(
                issued.content.foots(),
                "INV-05: {} does not foot: {:?}",
                issued.document,
                issued.content
            );
        }
        if let Some((date, _, _)) = event.posting() {
            self.dates.insert(date);
        }
        let mut changes = Vec::new();
        ar_core::changes(1, event, &mut changes);
        for change in changes {
            if let Change::Item(row) = change {
                self.items.insert(row.item);
            }
        }
    }

    fn head(&self) -> String {
        let head = pollster::block_on(self.ledger.head()).expect("the store answers");
        format!("{} {}", head.size, head.hex())
    }
}

fn names(receipt: &Receipt) -> Vec<&'static str> {
    receipt.events.iter().map(Event::name).collect()
}

/// Whether a receipt is the one told.
fn answered(step: &Step, receipt: &Receipt) -> Result<(), String> {
    let Some(gives) = &step.gives else {
        return Err(format!("a step tells what it gives or is refused with; it gives {:?}", names(receipt)));
    };
    same("events", gives, &names(receipt).into_iter().map(str::to_owned).collect())?;
    let warnings = receipt.warnings.iter().map(|w| w.code.to_string()).collect();
    same("warnings", &step.warns, &warnings)?;
    same("replayed", &step.replayed, &receipt.replayed)?;
    if let Some(rule) = &step.rule {
        let fired = receipt.events.iter().find_map(|event| match event {
            Event::CreditAllocated(e) => Some(e.explanation.rule.to_string()),
            Event::PaymentReceived(e) => e.explanation.as_ref().map(|why| why.rule.to_string()),
            _ => None,
        });
        same("rule", &Some(rule.clone()), &fired)?;
    }
    if let Some(number) = &step.number {
        let given = receipt.events.iter().find_map(|event| match event {
            Event::DocumentIssued(e) => Some(e.document.to_string()),
            _ => None,
        });
        same("number", &Some(number.clone()), &given)?;
    }
    Ok(())
}

/// Compares what was told with what was found.
pub fn same<T: PartialEq + std::fmt::Debug>(what: &str, told: &T, found: &T) -> Result<(), String> {
    if told == found { Ok(()) } else { Err(format!("{what}: told {told:?}, found {found:?}")) }
}
