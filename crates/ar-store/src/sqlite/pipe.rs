//! Large groups: while the writer decides and writes rows, a thread beside it computes digests,
//! bytes and leaves. The log receives its records in order before the commit, and before anything
//! in the group asks for one of them.

use std::collections::HashSet;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use ar_core::values::CommandId;
use ar_core::{Decision, Envelope};

use super::turn::{Decided, Turn};
use super::writer::{Answer, Broken, Unit};
use crate::engine::Sealed;
use crate::failure::Failure;

/// Decisions on their way at most; bounds memory.
const QUEUE: usize = 256;

/// Does the units in order; the answers are in the order of the units.
pub(super) fn piped(turn: &mut Turn<'_>, units: &[Unit]) -> Result<Vec<Answer>, Broken> {
    std::thread::scope(|scope| {
        let (decisions, to_seal) = sync_channel::<(usize, Decision)>(QUEUE);
        let (to_log, sealed) = sync_channel(QUEUE.saturating_mul(2));
        scope.spawn(move || {
            for (n, decision) in to_seal {
                let Some(Unit::One(command)) = units.get(n) else { return };
                if to_log.send((n, Sealed::of(decision, command))).is_err() {
                    return;
                }
            }
        });
        let mut pipe = Pipe {
            turn,
            units,
            decisions,
            sealed,
            answers: units.iter().map(|_| None).collect(),
            waiting: HashSet::new(),
            rows: 0,
        };
        for n in 0..units.len() {
            pipe.unit(n)?;
        }
        pipe.drain()?;
        let lost = || Broken(Failure::corrupt("INV-16", "a command was left without an answer"));
        pipe.answers.into_iter().map(|answer| answer.ok_or_else(lost)).collect()
    })
}

struct Pipe<'w, 'c, 'u> {
    turn: &'w mut Turn<'c>,
    units: &'u [Unit],
    decisions: SyncSender<(usize, Decision)>,
    sealed: Receiver<(usize, Result<Sealed, Failure>)>,
    answers: Vec<Option<Answer>>,
    /// Commands whose rows are written and whose records are not.
    waiting: HashSet<&'u CommandId>,
    /// Records of those commands.
    rows: u64,
}

impl<'u> Pipe<'_, '_, 'u> {
    fn unit(&mut self, n: usize) -> Result<(), Broken> {
        match self.units.get(n) {
            Some(Unit::One(command)) => self.command(n, command),
            Some(Unit::All(commands)) => {
                self.drain()?;
                let answer = self.turn.batch(commands)?;
                self.answer(n, answer);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn command(&mut self, n: usize, command: &'u Envelope) -> Result<(), Broken> {
        // A key is looked up in the log.
        if self.waiting.contains(&command.id) {
            self.drain()?;
        }
        let mut decided = self.turn.decided(command)?;
        if matches!(decided, Decided::Later(_)) {
            self.drain()?;
            decided = self.turn.decided(command)?;
        }
        let decision = match decided {
            Decided::New(decision) => decision,
            Decided::Done(answer) => {
                self.answer(n, answer.map(|receipt| vec![receipt]).map_err(|failure| (0, failure)));
                return Ok(());
            }
            Decided::Later(missing) => {
                let detail = format!("facts are missing for ever: {:?}", missing.needs);
                return Err(Broken(Failure::corrupt("INV-68", detail)));
            }
        };
        let first = self.turn.size()?.saturating_add(self.rows).saturating_add(1);
        self.turn.rows(first, &decision)?;
        let events = u64::try_from(decision.events.len()).unwrap_or(u64::MAX);
        self.rows = self.rows.saturating_add(events);
        self.waiting.insert(&command.id);
        // What is ready is taken first, so that neither side waits for the other.
        while let Ok((n, sealed)) = self.sealed.try_recv() {
            self.log(n, sealed)?;
        }
        let gone = |_| Broken(Failure::corrupt("INV-50", "the thread that encodes records ended"));
        self.decisions.send((n, decision)).map_err(gone)
    }

    /// Writes every record whose rows are written.
    fn drain(&mut self) -> Result<(), Broken> {
        while !self.waiting.is_empty() {
            let gone = |_| Broken(Failure::corrupt("INV-50", "the thread that encodes records ended"));
            let (n, sealed) = self.sealed.recv().map_err(gone)?;
            self.log(n, sealed)?;
        }
        Ok(())
    }

    fn log(&mut self, n: usize, sealed: Result<Sealed, Failure>) -> Result<(), Broken> {
        let Some(Unit::One(command)) = self.units.get(n) else { return Ok(()) };
        let sealed = sealed?;
        let records = u64::try_from(sealed.records.len()).unwrap_or(u64::MAX);
        let receipt = self.turn.log(command, sealed)?;
        self.rows = self.rows.saturating_sub(records);
        self.waiting.remove(&command.id);
        self.answer(n, Ok(vec![receipt]));
        Ok(())
    }

    fn answer(&mut self, n: usize, answer: Answer) {
        if let Some(slot) = self.answers.get_mut(n) {
            *slot = Some(answer);
        }
    }
}
