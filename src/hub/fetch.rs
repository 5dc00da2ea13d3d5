//! One question over HTTP, again and again where the connection and not the server is to blame.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::LazyLock;
use std::task::Poll;
use std::time::Duration;

use reqwest::Client;
use rustls::ClientConfig;
use tokio::time::timeout;
use url::Url;

use crate::hub::interpret::page::RawResponse;
use crate::hub::net::{errors, tls};

/// A server may end a connection whenever it likes; a question that it did not take goes to the next one at once, so often. Each
/// connection may have taken another one of those in flight.
const MOST_RETURNS: usize = 12;

/// A question whose connection ended before the answer is asked again at once, so often. A kept connection may end just as the
/// next question is written to it.
const MOST_REPEATS: usize = 1;

/// A question without a response for so long is asked again over another connection.
const SWALLOWED_AFTER: Duration = Duration::from_secs(8);

/// The same client twice. The second one is for a server whose HTTP/2 is broken: the Python client speaks only HTTP/1.1, and gets through.
pub struct Clients {
    /// HTTP/2 where the server speaks it.
    any: Client,
    /// Made when it is needed.
    http1: LazyLock<reqwest::Result<Client>, MakeClient>,
}

type MakeClient = Box<dyn FnOnce() -> reqwest::Result<Client> + Send>;

impl Clients {
    /// Both clients, which `make` makes for a configuration of TLS.
    pub fn made_by(
        make: impl Fn(ClientConfig) -> reqwest::Result<Client> + Send + 'static,
        tls: ClientConfig,
    ) -> reqwest::Result<Self> {
        let any = make(tls.clone())?;
        Ok(Self { any, http1: LazyLock::new(Box::new(move || make(tls::for_http1(&tls)))) })
    }

    /// The response to a GET, its body read until there is one byte more than `most`.
    pub async fn fetch(&self, url: &Url, most: usize) -> reqwest::Result<RawResponse> {
        let mut returns = 0..MOST_RETURNS;
        let mut repeats = 0..MOST_REPEATS;
        loop {
            match self.ask_twice_if_slow(url, most).await {
                Err(error) if errors::is_unread(&error) && returns.next().is_some() => {}
                Err(error) if errors::is_unanswered(&error) && repeats.next().is_some() => {}
                Err(error) if errors::is_of_http2(&error) => {
                    let over_http1 = match &*self.http1 {
                        Ok(client) => download(client, url, most).await.ok(),
                        Err(_) => None,
                    };
                    // What HTTP/2 came to says more than what a server that speaks nothing else makes of HTTP/1.1.
                    return over_http1.ok_or(error);
                }
                done => return done,
            }
        }
    }

    /// Asks again over another connection where the first one may have swallowed the question: a path that died after the handshake
    /// says nothing. The first response counts.
    async fn ask_twice_if_slow(&self, url: &Url, most: usize) -> reqwest::Result<RawResponse> {
        let mut first = pin!(download(&self.any, url, most));
        if let Ok(done) = timeout(SWALLOWED_AFTER, &mut first).await {
            return done;
        }
        match &*self.http1 {
            Ok(client) => race(first, pin!(download(client, url, most))).await,
            Err(_) => first.await,
        }
    }
}

/// The response of whichever has one first; the error of the first where neither has.
async fn race<T, E, F: Future<Output = Result<T, E>>>(first: Pin<&mut F>, second: Pin<&mut F>) -> Result<T, E> {
    let mut open = [Some(first), Some(second)];
    let mut errors = [None, None];
    poll_fn(move |context| {
        for (slot, error) in open.iter_mut().zip(&mut errors) {
            match slot.as_mut().map(|future| future.as_mut().poll(context)) {
                Some(Poll::Ready(Ok(response))) => return Poll::Ready(Ok(response)),
                Some(Poll::Ready(Err(failed))) => {
                    *slot = None;
                    *error = Some(failed);
                }
                Some(Poll::Pending) | None => {}
            }
        }
        match &mut errors {
            [first @ Some(_), Some(_)] => first.take().map_or(Poll::Pending, |error| Poll::Ready(Err(error))),
            _ => Poll::Pending,
        }
    })
    .await
}

async fn download(client: &Client, url: &Url, most: usize) -> reqwest::Result<RawResponse> {
    let mut response = client.get(url.clone()).send().await?;
    let (status, headers) = (response.status().as_u16(), std::mem::take(response.headers_mut()));
    let mut body = Vec::new();
    let mut is_whole = true;
    loop {
        let chunk = match response.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            // The status of a server's error says enough: its body may break off.
            Err(_) if status >= 500 => {
                is_whole = false;
                break;
            }
            Err(error) => return Err(error),
        };
        body.extend_from_slice(&chunk[..chunk.len().min(most + 1 - body.len())]);
        if body.len() > most {
            is_whole = false;
            break;
        }
    }
    Ok(RawResponse { status, headers, body, is_whole })
}
