//! Who is let in: bearer tokens from the token endpoint of the directory. It knows no mail.

use super::instance::Instance;
use super::wire::error;
use crate::bulk::mix;
use crate::loopback::reply::Reply;
use crate::loopback::request::{Request, form};
use serde_json::json;

const TOKEN_LIFE: i64 = 3_599;

/// Tokens that were given out.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    access: Vec<Access>,
    /// The one that is good, where it rotates; none is the one of the account.
    refresh: Option<String>,
    given: u64,
}

#[derive(Debug)]
struct Access {
    token: String,
    until: i64,
    uses: u32,
}

impl Tokens {
    /// `None` for whoever may come in.
    pub(crate) fn entry(&mut self, instance: &Instance, request: &Request) -> Option<Reply> {
        let token = request.header("authorization").strip_prefix("Bearer ").unwrap_or_default().trim();
        if token.is_empty() {
            return Some(error(401, "InvalidAuthenticationToken", "Access token is empty."));
        }
        let most = instance.switches.token_uses;
        let found = self.access.iter_mut().find(|access| access.token == token);
        let is_good = found.is_some_and(|access| {
            access.uses += 1;
            instance.now < access.until && (most == 0 || access.uses <= most)
        });
        let refused = || error(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.");
        (!is_good).then(refused)
    }

    /// `/{tenant}/oauth2/v2.0/token`: forms only.
    pub(crate) fn give(&mut self, instance: &Instance, request: &Request) -> Reply {
        if request.method != "POST" {
            return refusal(405, "invalid_request", "AADSTS900561: The endpoint only accepts POST requests.");
        }
        if !request.header("content-type").starts_with("application/x-www-form-urlencoded") {
            return refusal(400, "invalid_request", "AADSTS900144: The request body must contain 'grant_type'.");
        }
        let fields = form(&String::from_utf8_lossy(&request.body));
        let field = |name: &str| fields.get(name).map_or("", String::as_str);
        let account = &instance.account;
        if field("client_id") != account.client_id || field("client_secret") != account.client_secret {
            return refusal(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.");
        }
        if !field("scope").ends_with("/.default") {
            return refusal(400, "invalid_scope", "AADSTS1002012: The provided value for scope is not valid.");
        }
        let refresh = match field("grant_type") {
            "client_credentials" => None,
            "refresh_token" if field("refresh_token") == self.refresh.as_deref().unwrap_or(&account.refresh_token) => {
                if instance.switches.token_rotates {
                    self.refresh = Some(self.next("refresh"));
                }
                Some(self.refresh.as_deref().unwrap_or(&account.refresh_token).to_owned())
            }
            "refresh_token" => return refusal(400, "invalid_grant", "AADSTS70008: The refresh token has expired."),
            _ => return refusal(400, "unsupported_grant_type", "AADSTS70003: The grant type is not supported."),
        };
        self.issue(instance, refresh.as_deref())
    }

    fn issue(&mut self, instance: &Instance, refresh: Option<&str>) -> Reply {
        let life = match instance.switches.token_life_secs {
            0 => TOKEN_LIFE,
            secs => i64::from(secs),
        };
        if instance.switches.token_rotates {
            self.access.clear();
        }
        let token = self.next("access");
        let mut body =
            json!({"token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": token});
        if let Some(refresh) = refresh {
            body["refresh_token"] = refresh.into();
        }
        self.access.push(Access { token, until: instance.now + life, uses: 0 });
        Reply::json(200, body.to_string().into_bytes())
    }

    fn next(&mut self, word: &str) -> String {
        self.given += 1;
        format!("{word}-{:016x}", mix(self.given ^ 0x6ea9))
    }
}

fn refusal(status: u16, error: &str, description: &str) -> Reply {
    let body = json!({"error": error, "error_description": description, "error_codes": [7_000_215]});
    Reply::json(status, body.to_string().into_bytes())
}
