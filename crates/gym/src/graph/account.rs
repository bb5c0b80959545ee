//! The application that reads the mailbox, and whose mailbox it is.

use crate::mail::US;

/// Who asks, and for whose mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The directory that the application is registered in.
    pub tenant: String,
    /// The application.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// What a consent gave, for the grant `refresh_token`.
    pub refresh_token: String,
    /// The address of the mailbox.
    pub user: String,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            tenant: "gym-tenant".to_owned(),
            client_id: "gym-client".to_owned(),
            client_secret: "gym-client-secret".to_owned(),
            refresh_token: "gym-refresh".to_owned(),
            user: US.desk.address.to_owned(),
        }
    }
}
