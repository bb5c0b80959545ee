//! The account that asks: its secrets, what it may see, and how it wants to see it. It checks nothing itself.

/// What happens when an account asks for a table that it has no right to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// 403.
    Forbidden,
    /// An answer without rows, which looks like a table without rows.
    Silently,
}

/// How the account reads dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateFormat {
    /// `2026-06-30 22:00:00`, in the account's zone.
    Iso,
    /// `06/30/2026 10:00:00 PM`, in the account's zone.
    American,
    /// `30.06.2026 22:00:00`, in the account's zone.
    German,
}

/// An account of the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The name; `integration` unless it is set.
    pub user: String,
    /// Of Basic, and of the grant `password`.
    pub password: String,
    /// Of OAuth.
    pub client_id: String,
    /// Of OAuth.
    pub client_secret: String,
    /// An IANA name. Only display values depend on it.
    pub zone: String,
    /// Only display values depend on it.
    pub dates: DateFormat,
    /// Of labels: `en` or `de`.
    pub language: String,
    /// Tables that it may not read.
    pub denied: Vec<(String, Denial)>,
    /// Columns that it may not read: table and column. They vanish from rows, and conditions on them are dropped.
    pub hidden_columns: Vec<(String, String)>,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            user: "integration".into(),
            password: "gym".into(),
            client_id: "gym-client".into(),
            client_secret: "gym-client-secret".into(),
            zone: "UTC".into(),
            dates: DateFormat::Iso,
            language: "en".into(),
            denied: Vec::new(),
            hidden_columns: Vec::new(),
        }
    }
}

impl Account {
    /// The account `integration` with this password.
    pub fn with_password(password: &str) -> Self {
        Self { password: password.to_owned(), ..Self::default() }
    }

    /// The same account without the right to read a table.
    pub fn without(mut self, table: &str, denial: Denial) -> Self {
        self.denied.push((table.to_owned(), denial));
        self
    }

    pub(crate) fn denial(&self, table: &str) -> Option<Denial> {
        self.denied.iter().find(|(name, _)| name == table).map(|(_, denial)| *denial)
    }

    pub(crate) fn may_read(&self, table: &str, column: &str) -> bool {
        !self.hidden_columns.iter().any(|(in_table, name)| in_table == table && name == column)
    }
}
