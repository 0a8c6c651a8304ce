-- A book in one file. The law decides what is written; the constraints here are a second line that
-- holds even against a program that is not ours (INV-12, INV-18, INV-25, INV-26). A constraint is
-- named after the invariant it keeps, and the store reports it under that name.
--
-- Dates are days since 1970-01-01, amounts are minor units, kinds are small numbers (see
-- src/sqlite/codes.rs), and an item's id is its document's times 65536 plus its part.

CREATE TABLE book (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  name TEXT NOT NULL,
  position INTEGER NOT NULL CONSTRAINT "INV-16" CHECK (position >= 0),
  frontier BLOB NOT NULL
) STRICT;

CREATE TABLE settings (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  settings TEXT NOT NULL
) STRICT;

CREATE TABLE log (
  position INTEGER PRIMARY KEY CONSTRAINT "INV-16" CHECK (position > 0),
  -- The command's key, on its first event.
  command TEXT,
  bytes BLOB NOT NULL,
  leaf BLOB NOT NULL CONSTRAINT "INV-60" CHECK (length(leaf) = 32)
) STRICT;
CREATE UNIQUE INDEX log_command ON log (command) WHERE command IS NOT NULL;

CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  -- Position of the event that made the row what it is; absent on the suspense account.
  changed INTEGER,
  account TEXT
) STRICT;

-- Accounts that name another as their parent, or did once.
CREATE TABLE member (
  parent INTEGER NOT NULL,
  account INTEGER NOT NULL,
  PRIMARY KEY (parent, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE totals (
  account INTEGER NOT NULL,
  -- 0: the account's own figures; 1: those of the accounts that name it as their parent.
  of_group INTEGER NOT NULL,
  currency TEXT NOT NULL,
  debit INTEGER NOT NULL CONSTRAINT "INV-11" CHECK (debit >= 0),
  -- The part of it that is left out of exposure.
  uncounted INTEGER NOT NULL CONSTRAINT "INV-52" CHECK (uncounted BETWEEN 0 AND debit),
  credit INTEGER NOT NULL CONSTRAINT "INV-11" CHECK (credit >= 0),
  orders INTEGER NOT NULL CONSTRAINT "INV-11" CHECK (orders >= 0),
  latest_credit INTEGER,
  PRIMARY KEY (account, of_group, currency)
) STRICT, WITHOUT ROWID;

-- Which records are about an account.
CREATE TABLE touched (
  account INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (account, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE document (
  id INTEGER PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,
  kind INTEGER NOT NULL,
  account INTEGER NOT NULL REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
  currency TEXT NOT NULL,
  rate TEXT,
  document_date INTEGER NOT NULL,
  date INTEGER NOT NULL,
  value_date INTEGER,
  total INTEGER NOT NULL CONSTRAINT "INV-01" CHECK (total >= 0),
  parts INTEGER NOT NULL,
  position INTEGER NOT NULL,
  reference TEXT,
  text_reference TEXT,
  bank TEXT,
  ended INTEGER,
  delivered INTEGER,
  attributes TEXT
) STRICT;
CREATE INDEX document_account ON document (account);

CREATE TABLE item (
  id INTEGER PRIMARY KEY,
  number TEXT NOT NULL,
  kind INTEGER NOT NULL,
  side INTEGER NOT NULL CHECK (side IN (0, 1)),
  account INTEGER NOT NULL REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
  currency TEXT NOT NULL,
  document_date INTEGER NOT NULL,
  date INTEGER NOT NULL,
  value_date INTEGER NOT NULL,
  due INTEGER NOT NULL,
  original INTEGER NOT NULL,
  open INTEGER NOT NULL,
  base_original INTEGER,
  base_open INTEGER,
  credited INTEGER NOT NULL CONSTRAINT "INV-29" CHECK (credited >= 0),
  discount_taken INTEGER NOT NULL CONSTRAINT "INV-29" CHECK (discount_taken >= 0),
  discounts TEXT,
  terms TEXT,
  aged_from INTEGER,
  control_role INTEGER NOT NULL,
  control_code TEXT NOT NULL,
  reinstated INTEGER,
  live_links INTEGER NOT NULL CONSTRAINT "INV-29" CHECK (live_links >= 0),
  dunning_level INTEGER NOT NULL,
  deferred INTEGER NOT NULL DEFAULT 0 CHECK (deferred IN (0, 1)),
  position INTEGER NOT NULL,
  revalued INTEGER NOT NULL,
  revalued_on INTEGER,
  -- How far it is charged for being late, and whether an assessment has to look at it although
  -- nothing is open.
  charged_through INTEGER,
  charged_interest INTEGER,
  charged_fees INTEGER,
  charged_known INTEGER,
  late INTEGER NOT NULL DEFAULT 0 CHECK (late IN (0, 1)),
  -- Whether it counts for credit and for dunning, as its reason said when it was opened.
  for_credit INTEGER NOT NULL CHECK (for_credit IN (0, 1)),
  for_dunning INTEGER NOT NULL CHECK (for_dunning IN (0, 1)),
  -- The order that a debit bills or that a credit is kept for.
  sales_order TEXT,
  CONSTRAINT "INV-46" CHECK (charged_through IS NULL
    OR charged_interest >= 0 AND charged_fees >= 0 AND charged_known > 0),
  CONSTRAINT "INV-25" CHECK (side = 0 OR (open >= 0 AND open <= original)),
  CONSTRAINT "INV-26" CHECK (side = 1 OR (open >= 0 AND open <= original))
) STRICT;
-- Allocation order, and what an exact amount finds.
CREATE INDEX item_open ON item (account, currency, side, due, document_date, number) WHERE open > 0;
CREATE INDEX item_order ON item (sales_order, account, currency, side, due, document_date, number)
  WHERE open > 0 AND sales_order IS NOT NULL;
CREATE INDEX item_exact ON item (account, currency, open, due, document_date, number)
  WHERE open > 0 AND side = 0;
-- Settled debts that an assessment has to look at; finance charges (kind 10) apart, since most policies
-- pass them over.
CREATE INDEX item_late ON item (account, currency, side, due, document_date, number)
  WHERE open = 0 AND late = 1 AND kind <> 10;
CREATE INDEX item_late_charge ON item (account, currency, side, due, document_date, number)
  WHERE open = 0 AND late = 1 AND kind = 10;
CREATE INDEX item_account ON item (account, side, date);
-- Cash that settles nothing yet, by what it stands on (unapplied, unidentified).
CREATE INDEX item_receipt ON item (control_role, date, number, id)
  WHERE open > 0 AND side = 1;

-- What settles an open debit item under each of its discounts, and until when.
CREATE TABLE quote (
  item INTEGER NOT NULL,
  until INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  account INTEGER NOT NULL,
  currency TEXT NOT NULL,
  PRIMARY KEY (item, until, amount)
) STRICT, WITHOUT ROWID;
CREATE INDEX quote_exact ON quote (account, currency, amount, until);

CREATE TABLE link (
  id INTEGER PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  kind INTEGER NOT NULL,
  currency TEXT NOT NULL,
  date INTEGER NOT NULL,
  position INTEGER NOT NULL,
  credit_item INTEGER REFERENCES item (id) DEFERRABLE INITIALLY DEFERRED,
  credit_account INTEGER,
  credit_amount INTEGER CONSTRAINT "INV-25" CHECK (credit_amount >= 0),
  credit_base INTEGER,
  debit_item INTEGER REFERENCES item (id) DEFERRABLE INITIALLY DEFERRED,
  debit_account INTEGER,
  debit_amount INTEGER CONSTRAINT "INV-26" CHECK (debit_amount >= 0),
  debit_base INTEGER,
  discount INTEGER NOT NULL CONSTRAINT "INV-30" CHECK (discount >= 0),
  tolerance INTEGER NOT NULL,
  withholding INTEGER NOT NULL,
  memo INTEGER NOT NULL,
  undone_date INTEGER CONSTRAINT "INV-13" CHECK (undone_date >= date),
  undone_position INTEGER CONSTRAINT "INV-13" CHECK (undone_position > position),
  credit_revalued INTEGER,
  debit_revalued INTEGER,
  -- What was given up or recovered with it, as JSON.
  bad_debt TEXT,
  CONSTRAINT "INV-28" CHECK (
    credit_amount IS NULL OR debit_amount IS NULL
    OR debit_amount = credit_amount + discount + tolerance + withholding)
) STRICT;
CREATE INDEX link_credit ON link (credit_item, date) WHERE credit_item IS NOT NULL;
CREATE INDEX link_debit ON link (debit_item, date) WHERE debit_item IS NOT NULL;
-- Recoveries of a write-off; write-offs (kind 1) and recoveries (kind 9) of an account.
CREATE INDEX link_recovers ON link (json_extract(bad_debt, '$.write_off'))
  WHERE bad_debt IS NOT NULL;
CREATE INDEX link_bad_debt ON link (kind) WHERE bad_debt IS NOT NULL;
CREATE INDEX link_taken ON link (debit_account, date) WHERE debit_account IS NOT NULL;
CREATE INDEX link_given ON link (credit_account, date) WHERE credit_account IS NOT NULL;
CREATE INDEX link_credit_undone ON link (credit_item, undone_date)
  WHERE undone_date IS NOT NULL AND credit_item IS NOT NULL;
CREATE INDEX link_debit_undone ON link (debit_item, undone_date)
  WHERE undone_date IS NOT NULL AND debit_item IS NOT NULL;

-- Journal lines; the id is the record's position times 65536 plus the line's place in it.
CREATE TABLE line (
  id INTEGER PRIMARY KEY,
  date INTEGER NOT NULL,
  currency TEXT NOT NULL,
  role INTEGER NOT NULL,
  code TEXT NOT NULL,
  amount INTEGER NOT NULL,
  base INTEGER,
  account INTEGER,
  partner TEXT,
  dimensions TEXT
) STRICT;

CREATE TABLE series (
  series TEXT NOT NULL,
  year INTEGER NOT NULL,
  last INTEGER NOT NULL,
  last_date INTEGER NOT NULL,
  PRIMARY KEY (series, year)
) STRICT, WITHOUT ROWID;

CREATE TABLE credited (
  document INTEGER NOT NULL,
  bound TEXT NOT NULL,
  minor INTEGER NOT NULL,
  PRIMARY KEY (document, bound)
) STRICT, WITHOUT ROWID;

-- What is allowed for by currency, and what moved it.
CREATE TABLE allowance (
  currency TEXT PRIMARY KEY,
  minor INTEGER NOT NULL,
  base INTEGER NOT NULL,
  ran INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE allowance_move (
  position INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  currency TEXT NOT NULL,
  date INTEGER NOT NULL,
  minor INTEGER NOT NULL,
  base INTEGER NOT NULL,
  PRIMARY KEY (position, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX allowance_day ON allowance_move (currency, date);

CREATE TABLE rate (
  currency TEXT NOT NULL,
  date INTEGER NOT NULL,
  rate TEXT NOT NULL,
  source TEXT NOT NULL,
  PRIMARY KEY (currency, date)
) STRICT, WITHOUT ROWID;

CREATE TABLE sales_order (
  code TEXT NOT NULL PRIMARY KEY,
  account INTEGER NOT NULL,
  currency TEXT NOT NULL,
  open INTEGER NOT NULL CHECK (open >= 0),
  stage INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sales_order_account ON sales_order (account);

CREATE TABLE refund (
  code TEXT NOT NULL PRIMARY KEY,
  account INTEGER NOT NULL,
  refund TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Tax withheld in a settlement, and the certificates that accounts gave for it.
CREATE TABLE withholding (
  link TEXT NOT NULL PRIMARY KEY,
  account INTEGER NOT NULL,
  withholding TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX withholding_account ON withholding (account);

CREATE TABLE certificate (
  account INTEGER NOT NULL,
  code TEXT NOT NULL,
  certificate TEXT NOT NULL,
  PRIMARY KEY (account, code)
) STRICT, WITHOUT ROWID;

-- Acts that wait for a second person, or did. Whoever made one does not approve it.
CREATE TABLE proposal (
  position INTEGER PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  account INTEGER,
  maker TEXT NOT NULL,
  -- 0: it waits.
  state INTEGER NOT NULL,
  decided INTEGER CONSTRAINT "INV-65" CHECK (decided > position),
  decider TEXT,
  proposal TEXT NOT NULL,
  CONSTRAINT "INV-65" CHECK ((state = 0) = (decided IS NULL) AND (state = 0) = (decider IS NULL)),
  CONSTRAINT "INV-63" CHECK (state <> 1 OR decider <> maker)
) STRICT;
CREATE INDEX proposal_account ON proposal (account, position);
CREATE INDEX proposal_decided ON proposal (decided, position);

-- What is given up of an account's debts, by the first day of the month.
CREATE TABLE written_off (
  account INTEGER NOT NULL,
  currency TEXT NOT NULL,
  month INTEGER NOT NULL,
  minor INTEGER NOT NULL CONSTRAINT "INV-37" CHECK (minor >= 0),
  PRIMARY KEY (account, currency, month)
) STRICT, WITHOUT ROWID;

-- What customers agreed to: promises (1) and plans (2).
CREATE TABLE agreement (
  kind INTEGER NOT NULL CHECK (kind IN (1, 2)),
  code TEXT NOT NULL,
  account INTEGER NOT NULL,
  agreed TEXT NOT NULL,
  ended_date INTEGER,
  ended_position INTEGER,
  PRIMARY KEY (kind, code)
) STRICT, WITHOUT ROWID;
CREATE INDEX agreement_account ON agreement (account);

CREATE TABLE note (
  position INTEGER PRIMARY KEY,
  document INTEGER NOT NULL,
  date INTEGER NOT NULL,
  po_number TEXT,
  note TEXT
) STRICT;
CREATE INDEX note_document ON note (document);

-- Persons' data, beside the log: erasing a row changes no event (INV-66).
CREATE TABLE vault (
  id INTEGER PRIMARY KEY,
  subject TEXT NOT NULL,
  digest TEXT NOT NULL,
  party TEXT NOT NULL
) STRICT;
CREATE INDEX vault_subject ON vault (subject);

-- Append only. REPLACE deletes without firing a trigger, so an insert checks as well.
CREATE TRIGGER log_insert BEFORE INSERT ON log
WHEN NEW.position <> (SELECT coalesce(max(position), 0) + 1 FROM log)
BEGIN SELECT raise(ROLLBACK, 'INV-16: the log takes its next position only'); END;
CREATE TRIGGER log_update BEFORE UPDATE ON log
BEGIN SELECT raise(ROLLBACK, 'INV-12: a record is never changed'); END;
CREATE TRIGGER log_delete BEFORE DELETE ON log
BEGIN SELECT raise(ROLLBACK, 'INV-12: a record is never deleted'); END;

CREATE TRIGGER line_insert BEFORE INSERT ON line
WHEN EXISTS (SELECT 1 FROM line WHERE id = NEW.id)
BEGIN SELECT raise(ROLLBACK, 'INV-12: a journal line is never replaced'); END;
CREATE TRIGGER line_update BEFORE UPDATE ON line
BEGIN SELECT raise(ROLLBACK, 'INV-12: a journal line is never changed'); END;
CREATE TRIGGER line_delete BEFORE DELETE ON line
BEGIN SELECT raise(ROLLBACK, 'INV-12: a journal line is never deleted'); END;

CREATE TRIGGER link_insert BEFORE INSERT ON link
WHEN EXISTS (SELECT 1 FROM link WHERE id = NEW.id) OR EXISTS (SELECT 1 FROM link WHERE code = NEW.code)
BEGIN SELECT raise(ROLLBACK, 'INV-12: a settlement is never replaced'); END;
CREATE TRIGGER link_currency BEFORE INSERT ON link
WHEN EXISTS (
  SELECT 1 FROM item WHERE id IN (NEW.credit_item, NEW.debit_item) AND currency <> NEW.currency)
BEGIN SELECT raise(ROLLBACK, 'INV-03: a settlement has one currency'); END;
CREATE TRIGGER link_update BEFORE UPDATE OF
  id, code, kind, currency, date, position, credit_item, credit_account, credit_amount, credit_base,
  debit_item, debit_account, debit_amount, debit_base, discount, tolerance, withholding, memo, bad_debt ON link
BEGIN SELECT raise(ROLLBACK, 'INV-12: a settlement is never changed, it is undone'); END;
CREATE TRIGGER link_undone BEFORE UPDATE ON link
WHEN OLD.undone_position IS NOT NULL
BEGIN SELECT raise(ROLLBACK, 'INV-13: a settlement is undone once'); END;
CREATE TRIGGER link_delete BEFORE DELETE ON link
BEGIN SELECT raise(ROLLBACK, 'INV-12: a settlement is never deleted'); END;

CREATE TRIGGER proposal_insert BEFORE INSERT ON proposal
WHEN EXISTS (SELECT 1 FROM proposal WHERE position = NEW.position OR code = NEW.code)
BEGIN SELECT raise(ROLLBACK, 'INV-65: a proposal is never replaced'); END;
CREATE TRIGGER proposal_update BEFORE UPDATE ON proposal
WHEN OLD.state <> 0 OR NEW.position <> OLD.position OR NEW.code <> OLD.code OR NEW.maker <> OLD.maker
BEGIN SELECT raise(ROLLBACK, 'INV-65: a proposal is decided once and its content never changes'); END;
CREATE TRIGGER proposal_delete BEFORE DELETE ON proposal
BEGIN SELECT raise(ROLLBACK, 'INV-65: a proposal is never deleted'); END;

CREATE TRIGGER document_insert BEFORE INSERT ON document
WHEN EXISTS (SELECT 1 FROM document WHERE id = NEW.id)
  OR EXISTS (SELECT 1 FROM document WHERE number = NEW.number)
BEGIN SELECT raise(ROLLBACK, 'INV-18: a number is given once'); END;
CREATE TRIGGER document_update BEFORE UPDATE OF
  id, number, kind, currency, rate, document_date, date, value_date, total, position, reference,
  text_reference, bank, attributes ON document
BEGIN SELECT raise(ROLLBACK, 'INV-21: an issued document is never changed'); END;
CREATE TRIGGER document_delete BEFORE DELETE ON document
BEGIN SELECT raise(ROLLBACK, 'INV-12: a document is never deleted'); END;

CREATE TRIGGER item_insert BEFORE INSERT ON item
WHEN EXISTS (SELECT 1 FROM item WHERE id = NEW.id)
BEGIN SELECT raise(ROLLBACK, 'INV-12: an item is never replaced'); END;
CREATE TRIGGER item_update BEFORE UPDATE OF
  id, number, kind, side, account, currency, document_date, date, value_date, due, original,
  base_original, discounts, terms, aged_from, control_role, control_code, position ON item
BEGIN SELECT raise(ROLLBACK, 'INV-12: an item never becomes another'); END;
CREATE TRIGGER item_delete BEFORE DELETE ON item
BEGIN SELECT raise(ROLLBACK, 'INV-12: an item is never deleted'); END;
