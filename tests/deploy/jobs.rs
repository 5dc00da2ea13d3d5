//! The Jobs API, as far as the genuine `hf jobs run` goes with it: it takes a job, and says that it has failed.

use std::io::BufReader;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use serde_json::{Value, json};

use testkit::fake_hub::http::{Request, Response};

/// A server for one `hf`, and what was posted to it.
pub struct Jobs {
    pub endpoint: String,
    pub posted: Receiver<Value>,
}

impl Jobs {
    /// Serves on loopback; every job ends with this status.
    pub fn start(status: u8) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let (sender, posted) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let sender = sender.clone();
                thread::spawn(move || serve(stream, status, &sender));
            }
        });
        Self { endpoint, posted }
    }
}

fn serve(stream: TcpStream, status: u8, posted: &Sender<Value>) {
    let mut stream = BufReader::new(stream);
    while let Ok(Some(request)) = Request::read(&mut stream) {
        if request.method == "POST" {
            let _ = posted.send(serde_json::from_slice(&request.body).unwrap_or_default());
        }
        if answer(&request, status).write(stream.get_mut()).is_err() {
            return;
        }
    }
}

fn answer(request: &Request, status: u8) -> Response {
    let json = |value: Value| Response::new(200, "application/json; charset=utf-8", value.to_string());
    if request.path.contains("/logs") || request.path.contains("/events") {
        return Response::new(200, "text/event-stream", "");
    }
    if request.path.contains("/whoami") {
        return json(json!({"type": "user", "name": "alice", "orgs": [], "auth": {"type": "access_token"}}));
    }
    json(
        json!({"id": "0123456789abcdef", "createdAt": "2026-10-06T13:15:23.159Z", "dockerImage": "image", "environment": {},
        "owner": {"id": "1", "name": "alice", "type": "user"}, "flavor": "a10g-large",
        "status": {"stage": "ERROR", "message": format!("Job failed with exit code: {status}")}}),
    )
}
