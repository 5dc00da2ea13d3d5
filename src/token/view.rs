//! A text as its readers may decode it.

use std::ops::Range;

use secrecy::zeroize::Zeroizing;

use crate::model::printable::is_invisible;

/// So many layers of `%`-encoding are looked through, and the text as it is.
const MOST_VIEWS: usize = 4;

/// Eight characters take so many in base64.
const SHORTEST_BASE64: usize = 11;

/// The bytes of a text as a reader may see them.
pub struct View {
    pub bytes: Zeroizing<Vec<u8>>,
    /// Where each byte begins in the text, and the end of the text.
    places: Vec<usize>,
}

/// A part of a text that may be base64, in a view of the text, and what it may stand for.
pub struct Base64 {
    pub range: Range<usize>,
    /// By where in the part the encoded text may begin.
    pub decoded: [Zeroizing<Vec<u8>>; 4],
}

impl View {
    /// The text as it is, and with `%41` read as `A`, as often as that changes it.
    pub fn all(text: &str) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(Self::of(text)), Self::decoded).take(MOST_VIEWS)
    }

    /// Without what is invisible, or stands for it.
    fn of(text: &str) -> Self {
        if text.bytes().all(|b| matches!(b, b'\n' | b' '..=b'~')) {
            return Self { bytes: text.as_bytes().to_vec().into(), places: (0..=text.len()).collect() };
        }
        let mut view =
            Self { bytes: Vec::with_capacity(text.len()).into(), places: Vec::with_capacity(text.len() + 1) };
        for (place, c) in text.char_indices() {
            if c == '\n' || (c != char::REPLACEMENT_CHARACTER && !is_invisible(c)) {
                let end = place + c.len_utf8();
                view.bytes.extend_from_slice(&text.as_bytes()[place..end]);
                view.places.resize(view.bytes.len(), place);
            }
        }
        view.places.push(text.len());
        view
    }

    /// With `%41` read as `A`; absent where that changes nothing.
    fn decoded(&self) -> Option<Self> {
        let mut view = Self { bytes: Vec::with_capacity(self.bytes.len()).into(), places: Vec::new() };
        let mut at = 0;
        while let Some(byte) = self.bytes.get(at) {
            let encoded = percent_encoded(&self.bytes[at..]);
            view.bytes.push(encoded.unwrap_or(*byte));
            view.places.push(self.places[at]);
            at += if encoded.is_some() { 3 } else { 1 };
        }
        view.places.extend(self.places.last());
        (view.bytes.len() < self.bytes.len()).then_some(view)
    }

    /// Every part that may be base64 of as much as must not be shown.
    pub fn base64(&self) -> impl Iterator<Item = Base64> {
        let mut at = 0;
        let next = move || {
            at += self.bytes[at..].iter().position(|b| is_base64(*b))?;
            let start = at;
            at += self.bytes[at..].iter().take_while(|b| is_base64(**b)).count();
            Some(start..at)
        };
        let ranges = std::iter::from_fn(next).filter(|range| range.len() >= SHORTEST_BASE64);
        ranges.map(|range| {
            let decoded = [0, 1, 2, 3].map(|skipped| from_base64(&self.bytes[range.start + skipped..range.end]));
            Base64 { range, decoded }
        })
    }

    /// The range of the text that these bytes are from; it is made of whole characters.
    pub fn place(&self, range: &Range<usize>) -> Range<usize> {
        let last = self.places[range.end - 1];
        let end = self.places[range.end..].iter().find(|place| **place > last);
        self.places[range.start]..end.copied().unwrap_or(last)
    }
}

/// The byte that `%41` stands for.
fn percent_encoded(text: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = text else { return None };
    let digit = |b: &u8| char::from(*b).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

fn is_base64(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_')
}

/// What a run of [`is_base64`] stands for, in either alphabet; an end that is not whole is left out.
fn from_base64(run: &[u8]) -> Zeroizing<Vec<u8>> {
    let value = |b: u8| match b {
        b'A'..=b'Z' => b - b'A',
        b'a'..=b'z' => b - b'a' + 26,
        b'0'..=b'9' => b - b'0' + 52,
        b'+' | b'-' => 62,
        _ => 63,
    };
    let mut decoded = Zeroizing::new(Vec::with_capacity(run.len()));
    for group in run.chunks(4) {
        let bits = group.iter().fold(0_u32, |bits, b| bits << 6 | u32::from(value(*b))) << (6 * (4 - group.len()));
        decoded.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    decoded
}
