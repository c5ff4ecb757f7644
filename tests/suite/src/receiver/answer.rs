//! What the server writes after a request, and what it does then.

use std::time::Duration;

/// Bytes, and what follows them.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Lines, each with its end. Empty if the answer is not HTTP.
    head: String,
    body: Vec<u8>,
    pub(super) ending: Ending,
}

/// What the server does after the bytes of an answer.
#[derive(Clone, Copy, Debug)]
pub enum Ending {
    /// Reads the next request.
    KeepOpen,
    /// Closes the connection, with TLS without the farewell (`close_notify`).
    Close,
    /// Writes nothing more, until the sender closes the connection.
    Hang,
    /// Writes these bytes again and again, with a pause after each time.
    Repeat { bytes: &'static [u8], pause: Duration },
}

impl Answer {
    /// An empty answer with this status.
    pub fn status(status: u16) -> Self {
        Self { head: format!("HTTP/1.1 {status} Status\r\n"), body: Vec::new(), ending: Ending::KeepOpen }
    }

    /// These bytes and nothing else.
    pub fn raw(bytes: impl Into<Vec<u8>>, ending: Ending) -> Self {
        Self { head: String::new(), body: bytes.into(), ending }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.head += &format!("{name}: {value}\r\n");
        self
    }

    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }

    pub fn then(self, ending: Ending) -> Self {
        Self { ending, ..self }
    }

    /// The sender is told to go elsewhere.
    pub fn redirect(location: &str) -> Self {
        Self::status(302).header("location", location)
    }

    /// No byte of an answer, and the connection stays open.
    pub fn hang() -> Self {
        Self::raw("", Ending::Hang)
    }

    /// No byte of an answer, and the connection is closed.
    pub fn close() -> Self {
        Self::raw("", Ending::Close)
    }

    /// A body without end, as fast as it is read.
    pub fn endless_body(status: u16) -> Self {
        Self::status(status)
            .header("content-length", "1000000000000")
            .then(Ending::Repeat { bytes: &[b'x'; 8192], pause: Duration::ZERO })
    }

    /// A body that comes with one byte a second.
    pub fn slow_body(status: u16) -> Self {
        Self::status(status)
            .header("content-length", "16000")
            .then(Ending::Repeat { bytes: b"x", pause: Duration::from_secs(1) })
    }

    /// A body of which one byte comes, and then nothing.
    pub fn stalled_body(status: u16) -> Self {
        Self::status(status).header("content-length", "2").body("x").then(Ending::Hang)
    }

    /// A body that ends before its length.
    pub fn cut_body(status: u16) -> Self {
        Self::status(status).header("content-length", "2").body("x").then(Ending::Close)
    }

    /// Headers without end, as fast as they are read.
    pub fn endless_headers(status: u16) -> Self {
        let head = format!("HTTP/1.1 {status} Status\r\n");
        Self::raw(head, Ending::Repeat { bytes: b"x-more: of the same\r\n", pause: Duration::ZERO })
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head.clone().into_bytes();
        if !self.head.is_empty() {
            // What ends otherwise says itself how long it is, or is as long as its connection.
            if matches!(self.ending, Ending::KeepOpen) {
                bytes.extend(format!("content-length: {}\r\n", self.body.len()).bytes());
            }
            bytes.extend(b"\r\n");
        }
        bytes.extend(&self.body);
        bytes
    }
}
