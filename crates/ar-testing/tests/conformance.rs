//! The stores pass the suite; stores broken on purpose do not (INV-16, INV-48, INV-50, INV-56,
//! INV-64, INV-69).

use std::path::Path;

use ar_core::values::BookId;
use ar_core::{Envelope, Position};
use ar_store::{BatchFailure, Failure, Head, Memory, Page, Preview, Receipt, Store, Verdict};
use ar_testing::conformance;
use ar_testing::world::{BOOK, id};

#[test]
fn inv_56_the_memory_store_conforms() {
    conformance::run(&|| Memory::new(id(BOOK))).unwrap_or_else(|violation| panic!("{violation}"));
}

#[cfg(feature = "sqlite")]
#[test]
fn inv_56_the_sqlite_store_conforms() {
    let folder = tempfile::tempdir().expect("a directory");
    let made = std::cell::Cell::new(0);
    let make = || {
        made.set(made.get() + 1);
        let file = folder.path().join(format!("{}.book", made.get()));
        ar_store::Sqlite::open(&file, id(BOOK)).expect("a new book opens")
    };
    conformance::run(&make).unwrap_or_else(|violation| panic!("{violation}"));
}

/// How a store is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Broken {
    /// A batch is done command by command, up to the first that fails.
    BatchInPieces,
    /// One refusal stops the rest of a group.
    StopsAtRefusal,
    /// Answers of a group come in another order.
    ShufflesAnswers,
    /// A preview is executed.
    PreviewWrites,
    /// A trial is executed.
    TrialWrites,
    /// Every command of a trial is played by itself.
    TrialForgets,
    /// A page loses its last entry.
    ShortPages,
    /// A page is counted from the wrong place.
    PagesFromElsewhere,
    /// Commands of other books are taken.
    AnyBook,
    /// A command that fails is sent again under another key.
    PostsAgain,
    /// A replayed command is answered as a new one.
    HidesReplays,
    /// Reads are of the store as it was at first.
    SaysSoundAndForgets,
}

/// A memory store that is broken.
struct Saboteur {
    inner: Memory,
    how: Broken,
}

impl Saboteur {
    fn one(&self, mut command: Envelope) -> Result<Receipt, Failure> {
        if self.how == Broken::AnyBook {
            command.book = self.inner.book().clone();
        }
        let first = self.inner.execute_now(&command);
        match (self.how, first) {
            (Broken::PostsAgain, Ok(receipt)) if receipt.replayed => {
                command.id = id(&format!("{}-again", command.id));
                self.inner.execute_now(&command)
            }
            (Broken::HidesReplays, Ok(receipt)) => Ok(Receipt { replayed: false, ..receipt }),
            (Broken::SaysSoundAndForgets, Ok(receipt)) if receipt.positions.first == 20 => {
                Ok(Receipt { events: Vec::new(), ..receipt })
            }
            (_, answer) => answer,
        }
    }
}

impl Store for Saboteur {
    type View = <Memory as Store>::View;

    fn book(&self) -> &BookId {
        self.inner.book()
    }

    async fn execute_each(&self, commands: Vec<Envelope>) -> Vec<Result<Receipt, Failure>> {
        let mut answers = Vec::new();
        for command in commands {
            let stop = self.how == Broken::StopsAtRefusal && matches!(answers.last(), Some(Err(_)));
            if stop {
                answers.push(Err(Failure::Unavailable(ar_store::Unavailable::Closed)));
                continue;
            }
            answers.push(self.one(command));
        }
        if self.how == Broken::ShufflesAnswers {
            answers.reverse();
        }
        answers
    }

    async fn execute_all(&self, commands: Vec<Envelope>) -> Result<Vec<Receipt>, BatchFailure> {
        if self.how != Broken::BatchInPieces {
            return self.inner.execute_all(commands).await;
        }
        let mut receipts = Vec::new();
        for (index, command) in commands.into_iter().enumerate() {
            let key = command.id.clone();
            match self.one(command) {
                Ok(receipt) => receipts.push(receipt),
                Err(failure) => return Err(BatchFailure { index, command: key, failure }),
            }
        }
        Ok(receipts)
    }

    async fn preview(&self, command: Envelope) -> Result<Preview, Failure> {
        if self.how == Broken::PreviewWrites {
            self.inner.execute_now(&command)?;
        }
        self.inner.preview(command).await
    }

    async fn trial(&self, commands: Vec<Envelope>) -> Result<Vec<Result<Preview, Failure>>, Failure> {
        if self.how == Broken::TrialWrites {
            let answers = self.inner.trial(commands.clone()).await;
            commands.iter().for_each(|command| drop(self.inner.execute_now(command)));
            return answers;
        }
        if self.how == Broken::TrialForgets {
            let mut answers = Vec::new();
            for command in commands {
                answers.push(self.inner.preview(command).await);
            }
            return Ok(answers);
        }
        self.inner.trial(commands).await
    }

    async fn read<T, F>(&self, query: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&Self::View) -> T + Send + 'static,
    {
        self.inner.read(query).await
    }

    async fn events(&self, after: Position, limit: usize) -> Result<Page, Failure> {
        let after = if self.how == Broken::PagesFromElsewhere && after > 2 { after + 1 } else { after };
        let mut page = self.inner.events(after, limit).await?;
        if self.how == Broken::ShortPages && page.entries.len() > 5 {
            page.entries.remove(1);
        }
        Ok(page)
    }

    async fn head(&self) -> Result<Head, Failure> {
        self.inner.head().await
    }

    async fn verify(&self) -> Result<Verdict, Failure> {
        self.inner.verify().await
    }

    async fn backup(&self, to: &Path) -> Result<(), Failure> {
        self.inner.backup(to).await
    }
}

/// What the suite says about a broken store. A panic of a check counts as caught: a suite that stops
/// with a reason has noticed.
fn caught(how: Broken) -> Option<String> {
    let run = || conformance::run(&|| Saboteur { inner: Memory::new(id(BOOK)), how });
    match std::panic::catch_unwind(run) {
        Ok(Ok(())) => None,
        Ok(Err(violation)) => Some(violation.invariant.to_owned()),
        Err(reason) => {
            let text = reason.downcast_ref::<String>().cloned();
            text.or_else(|| reason.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        }
    }
}

macro_rules! sabotaged {
    ($(fn $name:ident() = $how:ident, $number:literal;)*) => {$(
        #[test]
        fn $name() {
            let found = caught(Broken::$how).expect(concat!(stringify!($how), " passes the suite"));
            assert!(found.contains($number), "{}: {found}", stringify!($how));
        }
    )*};
}

sabotaged! {
    fn inv_50_a_batch_done_in_pieces_does_not_conform() = BatchInPieces, "INV-50";
    fn inv_56_a_group_that_stops_at_a_refusal_does_not_conform() = StopsAtRefusal, "INV-56";
    fn inv_56_answers_in_another_order_do_not_conform() = ShufflesAnswers, "INV-56";
    fn inv_69_a_preview_that_writes_does_not_conform() = PreviewWrites, "INV-69";
    fn inv_69_a_trial_that_writes_does_not_conform() = TrialWrites, "INV-69";
    fn inv_17_a_trial_of_each_command_by_itself_does_not_conform() = TrialForgets, "INV-17";
    fn inv_16_a_log_with_a_gap_does_not_conform() = ShortPages, "INV-16";
    fn inv_16_pages_that_skip_records_do_not_conform() = PagesFromElsewhere, "INV-16";
    fn inv_64_a_store_that_takes_any_book_does_not_conform() = AnyBook, "INV-64";
    fn inv_48_a_retry_posted_under_another_key_does_not_conform() = PostsAgain, "INV-";
    fn inv_48_a_retry_told_as_new_does_not_conform() = HidesReplays, "INV-48";
    fn inv_56_a_receipt_without_its_events_does_not_conform() = SaysSoundAndForgets, "INV-";
}
