//! One request and its answer, whatever protocol it came over.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::fault::Kind;
use super::http::{Request, Response};
use super::state::HubState;

/// What the connections of a Hub have in common.
pub(super) struct Shared {
    state: HubState,
    log: Arc<Mutex<Vec<Request>>>,
    /// Requests that are being answered.
    busy: AtomicUsize,
    peak: Arc<AtomicUsize>,
    /// Per fault, the requests it has looked at.
    struck: Vec<AtomicUsize>,
}

impl Shared {
    /// A Hub in this state, with its log and its count of requests at one time.
    pub(super) fn new(state: HubState, log: &Arc<Mutex<Vec<Request>>>, peak: &Arc<AtomicUsize>) -> Self {
        Self {
            struck: state.faults.iter().map(|_| AtomicUsize::new(0)).collect(),
            state,
            log: Arc::clone(log),
            busy: AtomicUsize::new(0),
            peak: Arc::clone(peak),
        }
    }

    /// Takes a request in, whatever it came over: it is logged and counted, and a fault may strike it.
    pub(super) fn turn<'a>(&'a self, request: &'a Request) -> Turn<'a> {
        self.log.lock().expect("the log").push(request.clone());
        self.peak.fetch_max(self.busy.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let fault = self.state.faults.iter().zip(&self.struck).find(|(fault, struck)| {
            fault.strikes(request) && {
                let at = struck.fetch_add(1, Ordering::Relaxed);
                at >= fault.after && at - fault.after < fault.times
            }
        });
        Turn { hub: self, request, fault: fault.map(|(fault, _)| &fault.kind) }
    }
}

/// A request that is being answered. It ends before the answer is sent: the client may ask again the moment it has it.
pub(super) struct Turn<'a> {
    hub: &'a Shared,
    request: &'a Request,
    pub(super) fault: Option<&'a Kind>,
}

impl Turn<'_> {
    /// The right answer, which ends the turn.
    pub(super) fn answer(self) -> Response {
        let response = self.hub.state.answer(self.request);
        if self.request.method == "HEAD" { response.without_body() } else { response }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.hub.busy.fetch_sub(1, Ordering::SeqCst);
    }
}
