//! Changes that are no everyday work: settings, accounts, rates, notes, orders, refunds and the ends of
//! documents.

use ar_core::account::Account;
use ar_core::book::BookConfig;
use ar_core::rows::{AllowanceKind, RefundRow};
use ar_core::values::*;
use ar_core::{Change, Position};
use rusqlite::params;

use super::{Done, Write, json};
use crate::failure::{Corruption, Failure};
use crate::gathered::Gathered;
use crate::sqlite::codes::{Code, sql};
use crate::sqlite::rows;

impl Write<'_> {
    pub(super) fn rare(&mut self, position: Position, change: &Change, cache: &Gathered) -> Done {
        match change {
            Change::Book { base, settings } => {
                let mut config = BookConfig::standard(*base);
                settings.iter().for_each(|setting| config.set(setting));
                self.settings(&config)
            }
            Change::Setting { setting, version } => {
                let mut config = cache
                    .config()
                    .cloned()
                    .ok_or_else(|| Failure::corrupt("INV-14", "a setting of a book that is not open"))?;
                config.set(setting);
                config.version = *version;
                self.settings(&config)
            }
            Change::Period(delta) => {
                let mut config = cache
                    .config()
                    .cloned()
                    .ok_or_else(|| Failure::corrupt("INV-14", "a period of a book that is not open"))?;
                config.set_period(delta);
                self.settings(&config)
            }
            Change::Rate(rate) => self
                .run(
                    "INSERT INTO rate (currency, date, rate, source) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (currency, date) DO UPDATE SET rate = excluded.rate, source = excluded.source",
                    params![
                        rate.currency.code(),
                        rate.date.day_number(),
                        rate.rate.to_string(),
                        rate.source.as_str()
                    ],
                )
                .map(drop),
            Change::Allowance(by) => {
                self.run(
                    "INSERT INTO allowance_move (position, kind, currency, date, minor, base)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    params![
                        sql(by.position),
                        by.kind.code(),
                        by.currency.code(),
                        by.date.day_number(),
                        by.minor,
                        by.base
                    ],
                )?;
                let ran = (by.kind == AllowanceKind::Run).then(|| by.date.day_number());
                self.run(
                    "INSERT INTO allowance (currency, minor, base, ran) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (currency) DO UPDATE SET minor = minor + excluded.minor,
                       base = base + excluded.base,
                       ran = CASE WHEN excluded.ran IS NULL OR ran >= excluded.ran THEN ran ELSE excluded.ran END",
                    params![by.currency.code(), by.minor, by.base, ran],
                )
                .map(drop)
            }
            Change::DocumentEnded { document, date } => self.run_one(
                "UPDATE document SET ended = ?2 WHERE number = ?1 AND ended IS NULL",
                params![document.as_str(), date.day_number()],
                || format!("document {document}"),
            ),
            Change::DocumentDelivered { document, date } => self.run_one(
                "UPDATE document SET delivered = ?2 WHERE number = ?1",
                params![document.as_str(), date.day_number()],
                || format!("document {document}"),
            ),
            Change::DocumentParts { document, parts, account } => {
                let account = account.as_ref().map(|id| self.account(id)).transpose()?;
                self.run_one(
                    "UPDATE document SET parts = ?2, account = coalesce(?3, account) WHERE number = ?1",
                    params![document.as_str(), parts, account],
                    || format!("document {document}"),
                )
            }
            Change::Note(row) => {
                let document = self.document(&row.document)?;
                let (po, note) = (row.po_number.as_ref(), row.note.as_ref());
                self.run(
                    "INSERT INTO note (position, document, date, po_number, note) VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![
                        sql(row.position),
                        document,
                        row.date.day_number(),
                        po.map(Text::as_str),
                        note.map(Text::as_str)
                    ],
                )
                .map(drop)
            }
            other => self.rarer(position, other, cache),
        }
    }

    fn rarer(&mut self, position: Position, change: &Change, cache: &Gathered) -> Done {
        match change {
            Change::Credited { invoice, entries } => {
                let document = self.document(invoice)?;
                for entry in entries {
                    self.run(
                        "INSERT INTO credited (document, bound, minor) VALUES (?1, ?2, ?3)
                         ON CONFLICT (document, bound) DO UPDATE SET minor = minor + excluded.minor",
                        params![document, entry.key.as_str(), entry.amount.minor()],
                    )?;
                }
                Ok(())
            }
            Change::Order(row) => {
                let account = self.account(&row.account)?;
                self.run(
                    "INSERT INTO sales_order (code, account, currency, open, stage) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (code) DO UPDATE SET account = excluded.account, currency = excluded.currency,
                       open = excluded.open, stage = excluded.stage",
                    params![row.order.as_str(), account, row.currency.code(), row.open, row.stage.code()],
                )
                .map(drop)
            }
            Change::OrderBilled { order, open } => self.run_one(
                "UPDATE sales_order SET open = ?2 WHERE code = ?1",
                params![order.as_str(), open],
                || format!("order {order}"),
            ),
            Change::Refund(row) => {
                let account = self.account(&row.account)?;
                self.run(
                    "INSERT INTO refund (code, account, refund) VALUES (?1, ?2, ?3)",
                    params![row.refund.as_str(), account, json(row)?],
                )
                .map(drop)
            }
            Change::RefundState { refund, state } => {
                let row = cache.refund_row(refund);
                let row =
                    row.ok_or_else(|| Failure::corrupt("INV-14", format!("refund {refund} is not there")))?;
                let after = RefundRow { state: *state, ..row.clone() };
                self.run_one(
                    "UPDATE refund SET refund = ?2 WHERE code = ?1",
                    params![refund.as_str(), json(&after)?],
                    || format!("refund {refund}"),
                )
            }
            Change::Withholding(row) => {
                let account = self.account(&row.account)?;
                self.run(
                    "INSERT INTO withholding (link, account, withholding) VALUES (?1, ?2, ?3)",
                    params![row.link.as_str(), account, json(row)?],
                )
                .map(drop)
            }
            Change::WithholdingMoved { link, by } => {
                let row = cache.withholding_row(link).cloned();
                let mut row =
                    row.ok_or_else(|| Failure::corrupt("INV-14", format!("nothing is withheld in {link}")))?;
                row.moved(by.clone());
                self.run_one(
                    "UPDATE withholding SET withholding = ?2 WHERE link = ?1",
                    params![link.as_str(), json(&row)?],
                    || format!("the tax withheld in {link}"),
                )
            }
            Change::Certificate(row) => {
                let account = self.account(&row.account)?;
                self.run(
                    "INSERT INTO certificate (account, code, certificate) VALUES (?1, ?2, ?3)
                     ON CONFLICT (account, code) DO UPDATE SET certificate = excluded.certificate",
                    params![account, row.certificate.as_str(), json(row)?],
                )
                .map(drop)
            }
            Change::Proposal(row) if row.decided.is_none() => {
                let account = row.account.as_ref().map(|id| self.account(id)).transpose()?;
                self.run(
                    "INSERT INTO proposal (position, code, account, maker, state, proposal)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    params![
                        sql(row.position),
                        row.proposal.as_str(),
                        account,
                        row.maker.as_str(),
                        row.state.code(),
                        json(row)?
                    ],
                )
                .map(drop)
            }
            Change::Proposal(row) => self.run_one(
                "UPDATE proposal SET state = ?2, decided = ?3, decider = ?4, proposal = ?5 WHERE position = ?1",
                params![
                    sql(row.position),
                    row.state.code(),
                    row.decided.map(sql),
                    row.by.as_ref().map(ActorId::as_str),
                    json(row)?
                ],
                || format!("proposal {}", row.proposal),
            ),
            Change::WrittenOff(delta) => {
                let account = self.account(&delta.account)?;
                let key = params![account, delta.currency.code(), delta.month.day_number(), delta.minor];
                // An insert of less than nothing would be refused before it met the row that is there.
                let moved = "UPDATE written_off SET minor = minor + ?4
                     WHERE account = ?1 AND currency = ?2 AND month = ?3";
                match self.run(moved, key)? {
                    0 => self.run(
                        "INSERT INTO written_off (account, currency, month, minor) VALUES (?1, ?2, ?3, ?4)",
                        key,
                    ),
                    rows => Ok(rows),
                }
                .map(drop)
            }
            Change::Agreement(row) => {
                let account = self.account(&row.account)?;
                let (kind, code) = rows::agreement_key(&row.id);
                self.run(
                    "INSERT INTO agreement (kind, code, account, agreed) VALUES (?1, ?2, ?3, ?4)",
                    params![kind, code, account, json(row)?],
                )
                .map(drop)
            }
            Change::AgreementEnded { id, date, position } => {
                let (kind, code) = rows::agreement_key(id);
                self.run_one(
                    "UPDATE agreement SET ended_date = ?3, ended_position = ?4
                     WHERE kind = ?1 AND code = ?2 AND ended_date IS NULL",
                    params![kind, code, date.day_number(), sql(*position)],
                    || format!("agreement {id:?}"),
                )
            }
            other => {
                let detail = format!("a change this store does not know: {other:?}");
                Err(Corruption::new("INV-14", Some(position), detail).into())
            }
        }
    }

    fn settings(&self, config: &BookConfig) -> Done {
        self.run(
            "INSERT INTO settings (id, settings) VALUES (1, ?1)
             ON CONFLICT (id) DO UPDATE SET settings = excluded.settings",
            [json(config)?],
        )
        .map(drop)
    }

    pub(super) fn account_is(&mut self, position: Position, row: &Account) -> Done {
        self.run(
            "INSERT INTO account (code, changed, account) VALUES (?1, ?2, ?3)
             ON CONFLICT (code) DO UPDATE SET changed = excluded.changed, account = excluded.account",
            params![row.id.as_str(), sql(position), json(row)?],
        )?;
        if let Some(parent) = &row.profile.parent {
            let (parent, account) = (self.account(parent)?, self.account(&row.id)?);
            self.run("INSERT OR IGNORE INTO member (parent, account) VALUES (?1, ?2)", [parent, account])?;
        }
        Ok(())
    }
}
