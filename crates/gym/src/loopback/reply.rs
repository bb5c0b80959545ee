//! An answer before it is sent: status, headers, body, and how the body breaks off. It opens no socket.

/// An answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) sent: Sent,
    /// Rows in it.
    pub(crate) rows: u64,
}

/// How much of the body is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Sent {
    #[default]
    Whole,
    /// All of it, without a `Content-Length`.
    Chunked,
    /// Half of it, then the connection ends before the last chunk.
    CutChunked,
    /// Half of it, then the connection ends before the `Content-Length` is reached.
    CutLength,
}

impl Sent {
    /// Whether the body breaks off.
    pub(crate) fn is_cut(self) -> bool {
        matches!(self, Self::CutChunked | Self::CutLength)
    }
}

impl Reply {
    pub(crate) fn json(status: u16, body: Vec<u8>) -> Self {
        let headers = vec![("content-type", "application/json;charset=UTF-8".to_owned())];
        Self { status, headers, body, ..Self::default() }
    }

    pub(crate) fn html(status: u16, title: &str) -> Self {
        let body = format!("<!DOCTYPE html><html><head><title>{title}</title></head><body>{title}</body></html>");
        let headers = vec![("content-type", "text/html;charset=UTF-8".to_owned())];
        Self { status, headers, body: body.into_bytes(), ..Self::default() }
    }

    /// An error of the API.
    pub(crate) fn error(status: u16, message: &str, detail: &str) -> Self {
        let body = serde_json::json!({"error": {"message": message, "detail": detail}, "status": "failure"});
        Self::json(status, body.to_string().into_bytes())
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}
