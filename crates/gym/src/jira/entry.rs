//! Who is let in, and as whom: Basic, personal tokens, and OAuth 2.0 with refresh tokens that rotate. It knows no issue.

use super::instance::{Edition, Instance, Sight};
use super::wire::json_reply;
use crate::bulk::mix;
use crate::loopback::reply::Reply;
use crate::loopback::request::{Request, form};
use data_encoding::BASE64;
use serde_json::{Value, json};

const TOKEN_LIFE: i64 = 3_600_000;

/// What `grant_type=authorization_code` takes.
const CODE: &str = "gym-code";

/// Tokens that were given out.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    access: Option<Access>,
    /// The one that is good; none is the one of the account, until it was used.
    refresh: Option<String>,
    given: u64,
}

#[derive(Debug)]
struct Access {
    token: String,
    until: i64,
    uses: u32,
}

pub(crate) enum Entry {
    In(Sight),
    Out(Reply),
}

impl Tokens {
    /// `asked` counts requests, this one included.
    pub(crate) fn entry(&mut self, instance: &Instance, request: &Request, gateway: Option<&str>, asked: u64) -> Entry {
        let header = request.header("authorization");
        if header.is_empty() && gateway.is_none() {
            return Entry::In(Sight::Anonymous);
        }
        let switches = &instance.switches;
        let account = &instance.account;
        let cloud = instance.edition == Edition::Cloud;
        if gateway.is_some_and(|id| id != account.cloud_id || !cloud) {
            return Entry::Out(json_reply(404, &json!({"code": 404, "message": "Not Found"}), 0));
        }
        let lapsed = switches.credentials_lapse > 0 && asked > u64::from(switches.credentials_lapse);
        let good = match header.split_once(' ') {
            Some(("Basic", _)) if switches.basic_disabled && !cloud => {
                let body = json!({"message": "Basic Authentication has been disabled on this instance."});
                return Entry::Out(json_reply(403, &body, 0));
            }
            Some(("Basic", secret)) => {
                let expected = BASE64.encode(format!("{}:{}", account.user, account.token).as_bytes());
                secret.trim() == expected && (!switches.scoped_token || gateway.is_some())
            }
            Some(("Bearer", token)) if gateway.is_some() => self.uses(instance, token.trim()),
            Some(("Bearer", token)) => !cloud && token.trim() == account.personal_token,
            _ => false,
        };
        if good && switches.captcha {
            let reply = json_reply(403, &json!({"message": "Forbidden"}), 0)
                .with("x-seraph-loginreason", "AUTHENTICATION_DENIED")
                .with("x-authentication-denied-reason", "CAPTCHA_CHALLENGE; login-url=http://127.0.0.1/login.jsp");
            return Entry::Out(reply);
        }
        match (good && !lapsed, gateway) {
            (true, _) => Entry::In(Sight::Account),
            (false, Some(_)) => Entry::Out(json_reply(401, &json!({"code": 401, "message": "Unauthorized"}), 0)),
            (false, None) if switches.anonymous => Entry::In(Sight::Anonymous),
            (false, None) => {
                let body =
                    json!({"message": "Client must be authenticated to access this resource.", "status-code": 401});
                let reply = json_reply(401, &body, 0)
                    .with("x-seraph-loginreason", "AUTHENTICATED_FAILED")
                    .with("www-authenticate", "OAuth realm=\"http%3A%2F%2F127.0.0.1\"");
                Entry::Out(reply)
            }
        }
    }

    fn uses(&mut self, instance: &Instance, token: &str) -> bool {
        let Some(access) = self.access.as_mut().filter(|access| access.token == token) else { return false };
        let most = instance.switches.token_uses;
        access.uses += 1;
        instance.now < access.until && (most == 0 || access.uses <= most)
    }

    /// `/oauth/token`: JSON or a form.
    pub(crate) fn give(&mut self, instance: &Instance, request: &Request) -> Reply {
        if request.method != "POST" {
            return refusal(405, "invalid_request", "only POST");
        }
        let text = String::from_utf8_lossy(&request.body);
        let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        let fields = form(&text);
        let field = |name: &str| body[name].as_str().or(fields.get(name).map(String::as_str)).unwrap_or_default();
        let account = &instance.account;
        if field("client_id") != account.client_id || field("client_secret") != account.client_secret {
            return refusal(401, "access_denied", "Unauthorized");
        }
        match field("grant_type") {
            "refresh_token" => {
                let good = self.refresh.as_deref().unwrap_or(&account.refresh_token);
                if field("refresh_token") != good {
                    return refusal(403, "invalid_grant", "Unknown or invalid refresh token.");
                }
            }
            "authorization_code" if field("code") == CODE => {}
            "authorization_code" => return refusal(403, "invalid_grant", "Invalid authorization code"),
            "client_credentials" => return self.issue(instance, None),
            _ => return refusal(400, "unsupported_grant_type", "grant type"),
        }
        let refresh = self.next("refresh");
        self.issue(instance, Some(refresh))
    }

    fn issue(&mut self, instance: &Instance, refresh: Option<String>) -> Reply {
        let life = match instance.switches.token_life_secs {
            0 => TOKEN_LIFE,
            secs => i64::from(secs) * 1_000,
        };
        let token = self.next("access");
        let mut body = json!({
            "access_token": token,
            "expires_in": life / 1_000,
            "token_type": "Bearer",
            "scope": "read:jira-work read:jira-user read:servicedesk-request offline_access",
        });
        if let Some(refresh) = refresh {
            body["refresh_token"] = refresh.as_str().into();
            self.refresh = Some(refresh);
        }
        self.access = Some(Access { token, until: instance.now + life, uses: 0 });
        json_reply(200, &body, 0)
    }

    /// `/oauth/token/accessible-resources`.
    pub(crate) fn resources(&mut self, instance: &Instance, request: &Request, base: &str) -> Reply {
        let token = request.header("authorization").strip_prefix("Bearer ").unwrap_or_default().trim().to_owned();
        if !self.uses(instance, &token) {
            return json_reply(401, &json!({"code": 401, "message": "Unauthorized"}), 0);
        }
        let site = json!({
            "id": instance.account.cloud_id, "url": base, "name": "gym", "avatarUrl": "",
            "scopes": ["read:jira-work", "read:jira-user", "read:servicedesk-request"],
        });
        json_reply(200, &json!([site]), 1)
    }

    fn next(&mut self, word: &str) -> String {
        self.given += 1;
        format!("{word}-{:016x}", mix(self.given ^ 0x71a))
    }
}

fn refusal(status: u16, error: &str, description: &str) -> Reply {
    json_reply(status, &json!({"error": error, "error_description": description}), 0)
}
