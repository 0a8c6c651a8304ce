//! Readers: a few threads with a connection each. Every job sees one snapshot; none waits for the
//! writer, and the writer waits for none.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use futures_channel::oneshot;

use super::schema::{Role, connect};
use super::view::SqliteView;
use crate::failure::{Failure, OpenError, Unavailable};

type Job = Box<dyn FnOnce(Result<&mut SqliteView, Failure>) + Send>;

/// Threads that read.
const THREADS: usize = 2;

/// The pool. Threads start when there is something to read.
pub(crate) struct Readers {
    path: PathBuf,
    jobs: Option<Sender<Job>>,
    queue: Arc<Mutex<Receiver<Job>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Readers {
    pub(crate) fn new(path: &Path) -> Self {
        let (jobs, queue) = channel();
        Self {
            path: path.to_owned(),
            jobs: Some(jobs),
            queue: Arc::new(Mutex::new(queue)),
            threads: Mutex::new(Vec::new()),
        }
    }

    /// Runs a job on one snapshot.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&SqliteView) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let (to, answer) = oneshot::channel();
        let job: Job = Box::new(move |view| {
            let done = view.and_then(|view| view.snapshot(job));
            // A caller that is gone wants no answer.
            let _ = to.send(done);
        });
        self.start();
        let closed = || Failure::Unavailable(Unavailable::Closed);
        self.jobs.as_ref().ok_or_else(closed)?.send(job).map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    fn start(&self) {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        while threads.len() < THREADS {
            let (path, queue) = (self.path.clone(), Arc::clone(&self.queue));
            let spawned = std::thread::Builder::new()
                .name("arledger-reader".to_owned())
                .spawn(move || serve(&path, &queue));
            match spawned {
                Ok(thread) => threads.push(thread),
                // Fewer readers serve as well; with none, the caller is told that it is closed.
                Err(_) => break,
            }
        }
    }
}

fn serve(path: &Path, queue: &Mutex<Receiver<Job>>) {
    let mut view: Option<SqliteView> = None;
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        if view.is_none() {
            match connect(path, Role::Reader) {
                Ok(conn) => view = Some(SqliteView::new(conn)),
                Err(OpenError::Failed(failure)) => {
                    job(Err(failure));
                    continue;
                }
                Err(other) => {
                    job(Err(Unavailable::StorageIo { detail: other.to_string() }.into()));
                    continue;
                }
            }
        }
        if let Some(view) = &mut view {
            job(Ok(view));
        }
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.jobs = None;
        let threads = std::mem::take(self.threads.get_mut().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            let _ = thread.join();
        }
    }
}
