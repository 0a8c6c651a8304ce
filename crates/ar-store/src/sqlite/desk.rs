//! The desk: where commands wait for the writer, and whose turn it is to write.
//!
//! Whoever has the turn takes everything that waits and commits it at once (INV-51): the writer's
//! own thread for callers that await, or a caller that waits in place and saves two hand-overs
//! between threads. A turn that panicked leaves the writer in an unknown state: nobody writes after
//! it, and whoever waits is told that the book is closed.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use ar_core::Envelope;
use ar_core::values::CommandId;
use futures_channel::oneshot;

use super::writer::{Answer, Unit, Writer};
use crate::failure::{BatchFailure, Failure, Unavailable};
use crate::receipt::{Preview, Receipt};

/// Most commands in one commit, unless one batch has more.
const GROUP_MAX: usize = 4_096;

/// Work for the writer.
pub(super) enum Job {
    /// Commands that stand each for itself.
    Each(Vec<Envelope>, oneshot::Sender<Vec<Result<Receipt, Failure>>>),
    /// Commands that stand together.
    All(Vec<Envelope>, oneshot::Sender<Result<Vec<Receipt>, BatchFailure>>),
}

impl Job {
    fn len(&self) -> usize {
        match self {
            Self::Each(commands, _) | Self::All(commands, _) => commands.len(),
        }
    }
}

/// Where an answer goes.
enum Reply {
    Each(usize, oneshot::Sender<Vec<Result<Receipt, Failure>>>),
    All(oneshot::Sender<Result<Vec<Receipt>, BatchFailure>>),
    /// To the caller that has the turn.
    Here(usize),
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    closed: bool,
}

pub(super) struct Desk {
    waiting: Mutex<Waiting>,
    /// Rung when something waits, or the desk closes.
    bell: Condvar,
    writer: Mutex<Writer>,
}

impl Desk {
    pub(super) fn new(writer: Writer) -> Self {
        Self { waiting: Mutex::default(), bell: Condvar::new(), writer: Mutex::new(writer) }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // Every change of what waits is whole.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves work for the writer's thread.
    pub(super) fn leave(&self, job: Job) -> Result<(), Failure> {
        let mut waiting = self.waiting();
        if waiting.closed {
            return Err(Unavailable::Closed.into());
        }
        waiting.jobs.push_back(job);
        drop(waiting);
        self.bell.notify_one();
        Ok(())
    }

    /// No more work is taken. What waits is still done.
    pub(super) fn close(&self) {
        self.waiting().closed = true;
        self.bell.notify_all();
    }

    /// Serves what waits until the desk is closed and empty.
    pub(super) fn run(&self) {
        let _leaving = Leaving(self);
        loop {
            let mut waiting = self.waiting();
            while waiting.jobs.is_empty() {
                if waiting.closed {
                    return;
                }
                waiting = self.bell.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            }
            drop(waiting);
            if self.turn(Vec::new()).is_err() {
                return;
            }
        }
    }

    /// Writes these units, after what waits, and gives their answers.
    pub(super) fn now(&self, units: Vec<Unit>) -> Result<Vec<Answer>, Failure> {
        if self.waiting().closed {
            return Err(Unavailable::Closed.into());
        }
        self.turn(units)
    }

    /// Plays commands and takes all of them back; nobody writes meanwhile.
    pub(super) fn trial(&self, commands: &[Envelope]) -> Result<Vec<Result<Preview, Failure>>, Failure> {
        if self.waiting().closed {
            return Err(Unavailable::Closed.into());
        }
        let mut writer = self.writer.lock().map_err(|_| Failure::from(Unavailable::Closed))?;
        writer.trial(commands)
    }

    /// One turn: everything that waits and the units of this caller in one commit.
    fn turn(&self, mine: Vec<Unit>) -> Result<Vec<Answer>, Failure> {
        let mut writer = self.writer.lock().map_err(|_| Failure::from(Unavailable::Closed))?;
        let (mut units, mut replies) = (Vec::new(), Vec::new());
        for job in self.take(mine.len()) {
            match job {
                Job::Each(commands, to) => {
                    replies.push(Reply::Each(commands.len(), to));
                    units.extend(commands.into_iter().map(Unit::One));
                }
                Job::All(commands, to) => {
                    replies.push(Reply::All(to));
                    units.push(Unit::All(commands));
                }
            }
        }
        replies.push(Reply::Here(mine.len()));
        units = if units.is_empty() { mine } else { units.into_iter().chain(mine).collect() };
        let answers = if units.is_empty() { Vec::new() } else { writer.serve(&units) };
        drop(writer);
        Ok(deliver(&units, answers, replies))
    }

    /// What waits, as much of it as fits beside this many commands.
    fn take(&self, mine: usize) -> Vec<Job> {
        let mut waiting = self.waiting();
        let (mut jobs, mut commands) = (Vec::new(), mine);
        while let Some(next) = waiting.jobs.front() {
            commands = commands.saturating_add(next.len());
            if commands > GROUP_MAX && (!jobs.is_empty() || mine > 0) {
                break;
            }
            jobs.extend(waiting.jobs.pop_front());
        }
        jobs
    }
}

/// Hands out the answers, in the order of the units; those of this caller are given back.
fn deliver(units: &[Unit], answers: Vec<Answer>, replies: Vec<Reply>) -> Vec<Answer> {
    let mut done = units.iter().zip(answers);
    let mut here = Vec::new();
    for reply in replies {
        // A caller that is gone finds its answer by sending the command again.
        match reply {
            Reply::Each(count, to) => {
                let answers = done.by_ref().take(count).map(|(_, answer)| one_receipt(answer));
                let _ = to.send(answers.collect());
            }
            Reply::All(to) => {
                if let Some((unit, answer)) = done.next() {
                    let _ = to.send(batch_answer(answer, |n| Some(unit.commands().get(n)?.id.clone())));
                }
            }
            Reply::Here(count) => here.extend(done.by_ref().take(count).map(|(_, answer)| answer)),
        }
    }
    here
}

/// However the writer's thread ends, nobody waits for it afterwards.
struct Leaving<'d>(&'d Desk);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        let mut waiting = self.0.waiting();
        waiting.closed = true;
        // Whoever waits for an answer learns that none will come.
        waiting.jobs.clear();
    }
}

/// The answer to a command that stands for itself.
pub(super) fn one_receipt(answer: Answer) -> Result<Receipt, Failure> {
    match answer {
        Ok(receipts) => receipts.into_iter().next().ok_or(Failure::Unavailable(Unavailable::Closed)),
        Err((_, failure)) => Err(failure),
    }
}

/// The answer to a batch, whose commands are found by their place. One without commands is done.
pub(super) fn batch_answer(
    answer: Answer,
    command: impl FnOnce(usize) -> Option<CommandId>,
) -> Result<Vec<Receipt>, BatchFailure> {
    let (index, failure) = match answer {
        Ok(receipts) => return Ok(receipts),
        Err(failed) => failed,
    };
    match command(index) {
        Some(command) => Err(BatchFailure { index, command, failure }),
        None => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use ar_core::values::BookId;

    use super::*;
    use crate::sqlite::schema::{Role, connect, prepare};

    fn desk(folder: &std::path::Path) -> Desk {
        let path = folder.join("book.db");
        let book = BookId::parse("main").unwrap();
        let mut conn = connect(&path, Role::Writer { create: true }).unwrap();
        prepare(&mut conn, &path, Some(&book)).unwrap();
        Desk::new(Writer::new(conn, book, Arc::new(Mutex::new(None))))
    }

    #[test]
    fn inv_55_after_a_turn_that_panicked_every_caller_is_told_that_the_book_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let desk = desk(folder.path());
        // Before it, empty turns are answered.
        assert!(desk.now(Vec::new()).is_ok());
        let ended = std::thread::scope(|scope| {
            scope
                .spawn(|| {
                    let _turn = desk.writer.lock();
                    panic!("on purpose");
                })
                .join()
        });
        assert!(ended.is_err());
        let closed = Err(Failure::Unavailable(Unavailable::Closed));
        assert_eq!(desk.now(Vec::new()).map(|answers| answers.len()), closed);
        // Who awaits is not left waiting: the thread ends, and with it every answer still owed.
        let (to, mut answer) = oneshot::channel();
        desk.leave(Job::Each(Vec::new(), to)).unwrap();
        desk.run();
        assert!(answer.try_recv().is_err());
        let (to, _) = oneshot::channel();
        assert_eq!(desk.leave(Job::Each(Vec::new(), to)), closed.map(|_: usize| ()));
    }
}
