use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;
use tower_layer::Layer;
use tower_service::Service;

/// A first connection that takes longer keeps nobody waiting.
const WORTH_WAITING: Duration = Duration::from_secs(1);

/// Holds back all questions but one until a connection stands, because over HTTP/2 they all go over it: asked at once on a
/// cold pool, each would open its own. Over HTTP/1.1 this costs the time of one handshake. A connection that fails, or takes
/// long, lets everybody try.
#[derive(Clone)]
pub struct ConnectionGate {
    permits: Arc<Semaphore>,
    /// None after the first connection.
    held_back: Arc<AtomicUsize>,
    has_connected: Arc<AtomicBool>,
}

impl ConnectionGate {
    /// There are to be so many `seats` in the end.
    pub fn of(permits: &Arc<Semaphore>, in_the_end: usize) -> Self {
        let held_back = AtomicUsize::new(in_the_end - permits.available_permits());
        Self { permits: Arc::clone(permits), held_back: Arc::new(held_back), has_connected: Arc::default() }
    }

    /// Whether there has been a connection, TLS included.
    pub fn has_connected(&self) -> bool {
        self.has_connected.load(Ordering::Relaxed)
    }

    fn admit_all(&self) {
        self.permits.add_permits(self.held_back.swap(0, Ordering::Relaxed));
    }
}

impl<S> Layer<S> for ConnectionGate {
    type Service = Watched<S>;

    fn layer(&self, connector: S) -> Watched<S> {
        Watched { connector, first: self.clone() }
    }
}

/// A connector whose first connection is watched.
#[derive(Clone)]
pub struct Watched<S> {
    connector: S,
    first: ConnectionGate,
}

impl<S, Target> Service<Target> for Watched<S>
where
    S: Service<Target>,
    S::Future: Send + 'static,
    S::Response: Send,
    S::Error: Send,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, target: Target) -> Self::Future {
        let connecting = self.connector.call(target);
        let first = self.first.clone();
        Box::pin(async move {
            let mut connecting = std::pin::pin!(connecting);
            let connected = timeout(WORTH_WAITING, &mut connecting).await;
            first.admit_all();
            let connected = match connected {
                Ok(connected) => connected,
                Err(_) => connecting.await,
            };
            first.has_connected.fetch_or(connected.is_ok(), Ordering::Relaxed);
            connected
        })
    }
}
