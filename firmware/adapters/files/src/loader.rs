use crate::prompts::{PromptError, PromptLibrary};
use graph::{AudioFound, LoaderEnd};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{JoinHandle, Thread, park_timeout};
use std::time::Duration;

/// Between two looks at the rings if nobody wakes it: what the engine let go of is freed by then.
const PAUSE: Duration = Duration::from_millis(250);

/// The thread that reads prompts for the engine.
pub struct Loader {
    thread: JoinHandle<()>,
    stop: Arc<AtomicBool>,
}

impl Loader {
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Who asks for audio wakes it by `unpark`: cheap while it is awake, and never waits.
    pub fn thread(&self) -> Thread {
        self.thread.thread().clone()
    }

    pub fn stop(self) -> io::Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.thread().unpark();
        self.thread.join().map_err(|_| io::Error::other("the prompt loader panicked"))
    }
}

/// Starts it. `report` hears of every file that could not be used.
pub fn spawn_loader(
    mut library: PromptLibrary,
    mut end: LoaderEnd,
    mut report: impl FnMut(PromptError) + Send + 'static,
) -> io::Result<Loader> {
    let stop = Arc::new(AtomicBool::new(false));
    let told = stop.clone();
    let thread = std::thread::Builder::new().name("prompts".into()).spawn(move || {
        while !told.load(Ordering::Relaxed) {
            if !serve(&mut library, &mut end, &mut report) {
                park_timeout(PAUSE);
            }
        }
    })?;
    Ok(Loader { thread, stop })
}

/// Answers one wish, if there is one and room for the answer; frees what the engine let go of.
fn serve(library: &mut PromptLibrary, end: &mut LoaderEnd, report: &mut impl FnMut(PromptError)) -> bool {
    while let Ok(memory) = end.discarded.pop() {
        drop(memory);
    }
    if end.found.slots() == 0 {
        return false;
    }
    let Ok(wanted) = end.wanted.pop() else { return false };
    let audio = library.load(&wanted.name, &mut *report).map_err(|error| {
        report(error);
        (*wanted.name).clone()
    });
    // There was room, and nobody else fills the ring.
    end.found.push(AudioFound { ticket: wanted.ticket, audio }).is_ok()
}
