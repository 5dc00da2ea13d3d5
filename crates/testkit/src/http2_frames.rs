//! HTTP/2 by hand: servers that break its rules in every place.

use std::io::{self, Read, Write};

use crate::raw_server::{RawServer, Tls};

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const PRIORITY: u8 = 2;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PUSH_PROMISE: u8 = 5;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;

pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;
pub const PADDED: u8 = 8;

/// A frame.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    let length = u32::try_from(payload.len()).expect("a length").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The SETTINGS that every server begins with.
pub fn settings(values: &[(u16, u32)]) -> Vec<u8> {
    let value = |(name, value): &(u16, u32)| [&name.to_be_bytes()[..], &value.to_be_bytes()].concat();
    frame(SETTINGS, 0, 0, values.iter().flat_map(value).collect::<Vec<_>>())
}

/// Fields as HPACK has them, in full and not to be remembered.
pub fn fields(fields: &[(&str, &str)]) -> Vec<u8> {
    let text = |text: &str| [&number(text.len()), text.as_bytes()].concat();
    fields.iter().flat_map(|(name, value)| [vec![0], text(name), text(value)].concat()).collect()
}

/// A number behind a prefix of seven bits that are all its own.
pub fn number(value: usize) -> Vec<u8> {
    let Some(mut rest) = value.checked_sub(127) else { return vec![u8::try_from(value).expect("seven bits")] };
    let mut bytes = vec![127];
    while rest >= 128 {
        bytes.push(u8::try_from(rest % 128 + 128).expect("a byte"));
        rest /= 128;
    }
    bytes.push(u8::try_from(rest).expect("seven bits"));
    bytes
}

/// A peer that says `start`; to every request `answer`, which is given the number of its stream; and behind the first
/// of these `again`, without end, if it is anything.
pub fn server(
    start: impl Into<Vec<u8>>,
    answer: impl Fn(u32) -> Vec<u8> + Send + Sync + 'static,
    again: impl Into<Vec<u8>>,
) -> RawServer {
    let (start, again) = (start.into(), again.into());
    accept(move |stream| {
        stream.write_all(&start)?;
        loop {
            stream.flush()?;
            let (kind, number, _) = read(stream)?;
            if kind == HEADERS {
                stream.write_all(&answer(number))?;
                while !again.is_empty() {
                    stream.write_all(&again)?;
                }
            }
        }
    })
}

/// A peer whose every answer begins with `head` and has a body that never ends, and keeps to the windows.
pub fn endless(head: Vec<u8>) -> RawServer {
    const MOST: usize = 16_384;
    accept(move |stream| {
        stream.write_all(&settings(&[]))?;
        let (mut window, mut initial, mut streams) = (65_535, 65_535, Vec::<(u32, usize)>::new());
        loop {
            stream.flush()?;
            let open = streams.iter_mut().find(|(_, left)| *left >= MOST);
            if let Some((number, left)) = open.filter(|_| window >= MOST) {
                stream.write_all(&frame(DATA, 0, *number, [b'a'; MOST]))?;
                (window, *left) = (window - MOST, *left - MOST);
                continue;
            }
            let (kind, number, payload) = read(stream)?;
            let value = |at: usize| payload[at..at + 4].iter().fold(0, |value, byte| value << 8 | usize::from(*byte));
            match kind {
                SETTINGS => {
                    let of_window = (0..payload.len() / 6).find(|at| payload[at * 6 + 1] == 4);
                    initial = of_window.map_or(initial, |at| value(at * 6 + 2));
                }
                HEADERS => {
                    stream.write_all(&frame(HEADERS, END_HEADERS, number, &head))?;
                    streams.push((number, initial));
                }
                WINDOW_UPDATE if number == 0 => window += value(0),
                WINDOW_UPDATE => {
                    streams.iter_mut().filter(|(known, _)| *known == number).for_each(|(_, left)| *left += value(0));
                }
                RST_STREAM => streams.retain(|(known, _)| *known != number),
                _ => {}
            }
        }
    })
}

fn accept(act: impl Fn(&mut Tls) -> io::Result<()> + Send + Sync + 'static) -> RawServer {
    RawServer::accept(
        |config| config.alpn_protocols = vec![b"h2".to_vec()],
        move |mut stream| {
            let mut preface = [0; 24];
            let _ = stream.read_exact(&mut preface).and_then(|()| act(&mut stream));
        },
    )
}

/// The kind, the stream and the payload of the next frame.
fn read(stream: &mut Tls) -> io::Result<(u8, u32, Vec<u8>)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head)?;
    let mut payload = vec![0; usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2])];
    stream.read_exact(&mut payload)?;
    Ok((head[3], u32::from_be_bytes([head[5], head[6], head[7], head[8]]), payload))
}
