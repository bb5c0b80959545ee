//! The account that asks: its secrets, its zone and its language. It checks nothing itself.

/// An account of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Of Basic: `integration@gym.example` in Cloud, `integration` in Data Center.
    pub user: String,
    /// Of Basic: the API token in Cloud, the password in Data Center.
    pub token: String,
    /// The personal access token of Data Center, a bearer.
    pub personal_token: String,
    /// Of OAuth 2.0.
    pub client_id: String,
    /// Of OAuth 2.0.
    pub client_secret: String,
    /// The refresh token that the consent gave; the first use ends it.
    pub refresh_token: String,
    /// Part of the addresses behind the gateway: `/ex/jira/{cloud_id}`.
    pub cloud_id: String,
    /// An IANA name. Moments are written in it, and literals of JQL are read in it.
    pub zone: String,
    /// Of names: `en` or `de`.
    pub language: String,
}

impl Account {
    pub(crate) fn new(user: &str) -> Self {
        Self {
            user: user.into(),
            token: "gym".into(),
            personal_token: "gym-personal-token".into(),
            client_id: "gym-client".into(),
            client_secret: "gym-client-secret".into(),
            refresh_token: "gym-refresh".into(),
            cloud_id: "11111111-2222-3333-4444-555555555555".into(),
            zone: "UTC".into(),
            language: "en".into(),
        }
    }

    /// The same account with another zone in its profile.
    pub fn in_zone(mut self, zone: &str) -> Self {
        zone.clone_into(&mut self.zone);
        self
    }

    /// The same account with another API token or password.
    pub fn with_token(mut self, token: &str) -> Self {
        token.clone_into(&mut self.token);
        self
    }
}
