//! The fake Hub over HTTP/2, as the `CloudFront` before the real Hub speaks it.

use std::io::{self, Cursor};
use std::net::TcpStream;
use std::sync::Arc;

use h2::RecvStream;
use h2::server::{self, SendResponse};
use rustls::{ServerConfig, ServerConnection};
use tokio::runtime;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

use super::exchange::Shared;
use super::fault::{Kind, SILENCE};
use super::http::{Request, Response};

/// What `CloudFront` announces.
const STREAMS_AT_A_TIME: u32 = 128;

type Body = Cursor<Vec<u8>>;

/// Answers every request of a connection whose handshake is done.
pub(super) fn requests(hub: &Arc<Shared>, config: &Arc<ServerConfig>, connection: ServerConnection, stream: TcpStream) {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    // What goes wrong here is the client's doing, and ends its connection.
    let _ = runtime.block_on(async {
        stream.set_nonblocking(true)?;
        let stream = tokio::net::TcpStream::from_std(stream)?;
        let acceptor = TlsAcceptor::from(Arc::clone(config));
        let stream = acceptor.accept_with(stream, |fresh| *fresh = connection).await?;
        let mut builder = server::Builder::new();
        builder.max_concurrent_streams(STREAMS_AT_A_TIME);
        let mut connection = builder.handshake::<_, Body>(stream).await.map_err(io::Error::other)?;
        while let Some(Ok((request, responder))) = connection.accept().await {
            let hub = Arc::clone(hub);
            tokio::spawn(async move { answer(&hub, &as_read(&request), responder).await });
        }
        io::Result::Ok(())
    });
}

async fn answer(hub: &Shared, request: &Request, mut responder: SendResponse<Body>) -> Result<(), h2::Error> {
    let turn = hub.turn(request);
    let response = match turn.fault {
        None => turn.answer(),
        Some(Kind::Instead(response)) => {
            drop(turn);
            response.clone()
        }
        Some(Kind::Late(delay)) => {
            sleep(*delay).await;
            turn.answer()
        }
        Some(Kind::Silence) => {
            sleep(SILENCE).await;
            return Ok(());
        }
        Some(Kind::Http2Error(code)) => {
            responder.send_reset((*code).into());
            return Ok(());
        }
        Some(Kind::Raw(_) | Kind::Endless { .. } | Kind::Drip(..)) => unreachable!("a fault of bytes speaks HTTP/1.1"),
    };
    let Response { status, headers, body, length } = response;
    let mut head = http::Response::builder().status(status).header("content-length", length);
    for (name, value) in headers {
        head = head.header(name, value);
    }
    responder.send_response(head.body(()).expect("a head"), false)?.send_data(Cursor::new(body), true)
}

/// As the log has it.
fn as_read(request: &http::Request<RecvStream>) -> Request {
    let text = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    Request {
        method: request.method().to_string(),
        path: path.into(),
        headers: request.headers().iter().map(text).collect(),
        body: Vec::new(),
    }
}
