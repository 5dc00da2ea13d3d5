//! Work that may not hold up the verdict.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

/// The result of `work`, or `None` if it is not there in time. The work has its own thread, so that the caller goes on even
/// where the work never looks at a timer: a peer that keeps the processor busy, a system call that does not return.
/// Where the process may not start a thread, the work runs on the caller's, and `until` does not bound it.
pub fn in_time<T: Send + 'static>(until: Instant, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let slots = Arc::new((Mutex::new(Some(work)), Mutex::new(None)));
    let (theirs, caller) = (Arc::clone(&slots), thread::current());
    let spawned = thread::Builder::new().spawn(move || {
        let work = lock(&theirs.0).take();
        if let Some(work) = work {
            *lock(&theirs.1) = Some(work());
            caller.unpark();
        }
    });
    if spawned.is_err() {
        let work = lock(&slots.0).take();
        return work.map(|work| work());
    }
    loop {
        let done = lock(&slots.1).take();
        let left = until.saturating_duration_since(Instant::now());
        if done.is_some() || left.is_zero() {
            return done;
        }
        thread::park_timeout(left);
    }
}

/// The content, whatever happened to the other thread: a panic there ends the process.
fn lock<T>(slot: &Mutex<T>) -> MutexGuard<'_, T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn late_work_is_not_waited_for() {
        let (started, second) = (Instant::now(), Duration::from_secs(1));
        assert_eq!(in_time(started + 20 * second, || 7), Some(7));
        assert!(started.elapsed() < 10 * second);
        assert_eq!(in_time(started + second, move || thread::sleep(60 * second)), None);
        assert!(started.elapsed() < 20 * second);
        assert_eq!(in_time(started, || thread::sleep(Duration::from_secs(60))), None);
    }
}
