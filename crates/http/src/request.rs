//! One question to an API.

/// A request that changes nothing at the source, relative to the base of its [`crate::Api`]: GET, or with a body POST.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Get {
    /// Below the base: `api/now/table/incident`. No query in it.
    pub path: String,
    /// Names and values, not encoded.
    pub query: Vec<(String, String)>,
    /// JSON text, where the API takes a question that is too long for an address: then it is sent by POST, and repeated like
    /// any other, because it only reads.
    pub body: Option<String>,
    /// Headers beside those that every request has.
    pub headers: Vec<(String, String)>,
    /// What an answer must look like.
    pub expect: Expect,
    /// Statuses by which this API says "nothing there": 404 for a list, if the API itself says so in JSON; 204 without a body.
    pub empty_statuses: &'static [u16],
}

impl Get {
    /// Asks for any JSON.
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    /// Adds to the query.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Asks by POST, with this JSON text. Only for questions: what is sent may be sent again.
    pub fn body(mut self, json: impl Into<String>) -> Self {
        self.body = Some(json.into());
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Says what an answer must look like.
    pub fn expect(mut self, expect: Expect) -> Self {
        self.expect = expect;
        self
    }

    /// Says which statuses mean "nothing there".
    pub fn empty_statuses(mut self, statuses: &'static [u16]) -> Self {
        self.empty_statuses = statuses;
        self
    }
}

/// What an answer must look like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Expect {
    /// Any complete JSON value.
    #[default]
    Json,
    /// An object with at least one of these members.
    Keys(&'static [&'static str]),
    /// An array.
    Array,
}
