//! Who is let in. Nobody who is not ever takes an empty answer for the truth.

use crate::compare::{Equal, equals};
use crate::estate::{DIALECTS, Dialect, EDITIONS, Entry, Estate, Setup};
use crate::held::versions;
use crate::switches::{lives, on};
use counterfoil_gym::jira::Switches;
use counterfoil_pipeline::sync::SyncError;
use counterfoil_sdk::PullErrorKind;

async fn pulled(dialect: Dialect) -> (Estate, usize) {
    let estate = Estate::new(Setup::random(dialect, 13, 14, Switches::default())).await;
    estate.both().await;
    let held = versions(estate.ledger.as_ref()).len();
    (estate, held)
}

/// Passes that fail for this reason and change nothing; then the site is as it was and everything is there.
async fn is_kept_out(dialect: Dialect, switches: Switches, is_reason: impl Fn(&PullErrorKind) -> bool) {
    let (mut estate, held) = pulled(dialect).await;
    estate.live(8);
    estate.server.set_switches(switches);
    for _ in 0..3 {
        for stream in ["catalogue", "issue"] {
            estate.instance().advance(86_400);
            let Err(SyncError::Pull(error)) = estate.pass(stream).await else { panic!("the pass goes on") };
            assert!(is_reason(&error.kind), "{dialect:?}: {error:?}");
        }
    }
    assert_eq!(versions(estate.ledger.as_ref()).len(), held, "{dialect:?}");
    estate.server.set_switches(Switches::default());
    estate.settle().await;
    equals(&estate, &format!("{dialect:?}"), &Equal::default());
}

#[tokio::test(start_paused = true)]
async fn a_captcha_stops_the_pass_and_deletes_nothing() {
    for dialect in DIALECTS {
        is_kept_out(dialect, on(&["captcha"]), |kind| matches!(kind, PullErrorKind::Forbidden { .. })).await;
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_became_a_stranger_deletes_nothing() {
    let unauthenticated = |kind: &PullErrorKind| matches!(kind, PullErrorKind::Unauthenticated { .. });
    for dialect in DIALECTS {
        for anonymous in [true, false] {
            let switches = Switches { credentials_lapse: 1, anonymous, ..Switches::default() };
            is_kept_out(dialect, switches, unauthenticated).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_that_lapse_in_the_middle_never_look_like_an_end() {
    for dialect in DIALECTS {
        let more = [1, 4][usize::from(dialect.jsm)];
        for after in (1..34).map(|nth| nth * more) {
            let estate = Estate::new(Setup::random(dialect, 13, 12, Switches::default()).pages_of(3)).await;
            let switches = Switches { credentials_lapse: after, ..on(&["anonymous"]) };
            estate.server.set_switches(switches);
            for _ in 0..3 {
                for stream in ["catalogue", "issue"] {
                    // It may come to its end before they lapse.
                    drop(estate.pass(stream).await);
                }
            }
            let gone = versions(estate.ledger.as_ref()).into_iter().filter(|one| one.raw.as_str().contains("missed"));
            assert_eq!(gone.count(), 0, "{dialect:?}: lapsed after {after}");
            estate.server.set_switches(Switches::default());
            estate.both().await;
            equals(&estate, &format!("{dialect:?}: lapsed after {after}"), &Equal::default());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_with_scopes_works_behind_the_gateway() {
    for dialect in [DIALECTS[0], DIALECTS[2]] {
        let setup = || Setup::random(dialect, 13, 14, on(&["scoped-token"]));
        lives(setup().entering_by(Entry::Scoped), "scoped", &Equal::default()).await;
        let estate = Estate::new(setup()).await;
        let Err(SyncError::Pull(error)) = estate.pass("issue").await else { panic!("the pass goes on") };
        assert!(error.kind.to_string().contains("api.atlassian.com/ex/jira"), "{}", error.kind);
    }
}

#[tokio::test(start_paused = true)]
async fn a_personal_token_works_where_passwords_do_not() {
    for dialect in [DIALECTS[1], DIALECTS[3]] {
        let setup = || Setup::random(dialect, 13, 14, on(&["basic-disabled"]));
        lives(setup().entering_by(Entry::Personal), "personal", &Equal::default()).await;
        let estate = Estate::new(setup()).await;
        let Err(SyncError::Pull(error)) = estate.pass("issue").await else { panic!("the pass goes on") };
        assert!(matches!(error.kind, PullErrorKind::Forbidden { .. }), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_consent_that_rotates_survives_every_restart() {
    for token_uses in [3, 9] {
        let switches = Switches { token_uses, token_life_secs: 600, ..Switches::default() };
        let setup = Setup::random(DIALECTS[0], 13, 14, switches).entering_by(Entry::Consent);
        let mut estate = Estate::new(setup).await;
        for _ in 0..3 {
            estate.both().await;
            estate.live(5);
            estate.instance().advance(700);
            estate.restart();
        }
        estate.settle().await;
        equals(&estate, "rotated", &Equal::default());
    }
}

#[tokio::test(start_paused = true)]
async fn a_scope_of_the_configuration_that_does_not_exist_stops_the_first_pass() {
    for dialect in EDITIONS {
        let setup = Setup::random(dialect, 13, 14, Switches::default()).within("project = NOWHERE");
        let estate = Estate::new(setup).await;
        let Err(SyncError::Pull(error)) = estate.pass("issue").await else { panic!("the pass goes on") };
        assert!(matches!(error.kind, PullErrorKind::Contract { .. }), "{error:?}");
        assert!(versions(estate.ledger.as_ref()).is_empty());
    }
}
