//! Who is let in: Basic, and bearer tokens from `/oauth_token.do`. It knows no table.

use super::instance::Instance;
use crate::bulk::mix;
use crate::loopback::reply::Reply;
use crate::loopback::request::{Request, form};
use data_encoding::BASE64;

const TOKEN_LIFE_SECS: i64 = 1_800;
const REFRESH_LIFE_SECS: i64 = 8_640_000;

/// Tokens that were given out.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    access: Option<Access>,
    /// Token, and until when it is good.
    refresh: Vec<(String, i64)>,
    given: u64,
}

#[derive(Debug)]
struct Access {
    token: String,
    until_secs: i64,
    uses: u32,
    refresh: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    Granted,
    Refused,
}

impl Tokens {
    pub(crate) fn entry(&mut self, instance: &Instance, request: &Request) -> Entry {
        let header = request.header("authorization");
        let account = &instance.account;
        let granted = match header.split_once(' ') {
            Some(("Basic", secret)) => {
                let expected = BASE64.encode(format!("{}:{}", account.user, account.password).as_bytes());
                secret.trim() == expected
            }
            Some(("Bearer", token)) => self.uses(instance, token.trim()),
            _ => false,
        };
        if granted { Entry::Granted } else { Entry::Refused }
    }

    fn uses(&mut self, instance: &Instance, token: &str) -> bool {
        let Some(access) = self.access.as_mut().filter(|access| access.token == token) else { return false };
        let most = instance.switches.token_uses;
        access.uses += 1;
        instance.now_secs < access.until_secs && (most == 0 || access.uses <= most)
    }

    /// `/oauth_token.do`: forms only.
    pub(crate) fn give(&mut self, instance: &Instance, request: &Request) -> Reply {
        if request.method != "POST" {
            return refusal(405, "invalid_request", "only POST");
        }
        if !request.header("content-type").starts_with("application/x-www-form-urlencoded") {
            return refusal(400, "invalid_request", "Missing parameters");
        }
        let fields = form(&String::from_utf8_lossy(&request.body));
        let field = |name: &str| fields.get(name).map_or("", String::as_str);
        let account = &instance.account;
        if field("client_id") != account.client_id || field("client_secret") != account.client_secret {
            return refusal(401, "invalid_client", "access_denied");
        }
        let refreshes = match field("grant_type") {
            "client_credentials" => false,
            "password" if field("username") == account.user && field("password") == account.password => true,
            "password" => return refusal(401, "access_denied", "access_denied"),
            "refresh_token" => {
                let token = field("refresh_token");
                let good = self.refresh.iter().any(|(other, until)| other == token && instance.now_secs < *until);
                if !good {
                    return refusal(401, "invalid_grant", "refresh token is invalid or expired");
                }
                if instance.switches.rotated_refresh_tokens {
                    self.refresh.retain(|(other, _)| other != token);
                }
                // What was given before ends with it.
                self.access = None;
                if !instance.switches.rotated_refresh_tokens {
                    return self.issue(instance, Some(token.to_owned()));
                }
                true
            }
            _ => return refusal(400, "unsupported_grant_type", "grant type"),
        };
        let most = instance.switches.token_uses;
        let valid = |access: &Access| instance.now_secs < access.until_secs && (most == 0 || access.uses < most);
        if self.access.as_ref().is_some_and(|access| valid(access) && access.refresh.is_some() == refreshes) {
            return self.told(instance);
        }
        let refresh = refreshes.then(|| self.next("refresh"));
        self.issue(instance, refresh)
    }

    fn issue(&mut self, instance: &Instance, refresh: Option<String>) -> Reply {
        if let Some(token) = &refresh
            && !self.refresh.iter().any(|(other, _)| other == token)
        {
            self.refresh.push((token.clone(), instance.now_secs + REFRESH_LIFE_SECS));
        }
        let life_secs = match instance.switches.token_life_secs {
            0 => TOKEN_LIFE_SECS,
            secs => i64::from(secs),
        };
        let token = self.next("access");
        self.access = Some(Access { token, until_secs: instance.now_secs + life_secs, uses: 0, refresh });
        self.told(instance)
    }

    /// The token that is valid, with the life that is left of it.
    fn told(&self, instance: &Instance) -> Reply {
        let access = self.access.as_ref().expect("a token was issued before it is told");
        let mut body = serde_json::json!({
            "access_token": access.token,
            "scope": "useraccount",
            "token_type": "Bearer",
            "expires_in": access.until_secs - instance.now_secs,
        });
        if let Some(refresh) = &access.refresh {
            body["refresh_token"] = refresh.as_str().into();
        }
        Reply::json(200, body.to_string().into_bytes())
    }

    fn next(&mut self, word: &str) -> String {
        self.given += 1;
        format!("{word}-{:016x}", mix(self.given))
    }
}

fn refusal(status: u16, error: &str, description: &str) -> Reply {
    let body = serde_json::json!({"error": error, "error_description": description});
    Reply::json(status, body.to_string().into_bytes())
}
