//! What the account may do, and what is told when it may not.

use crate::support::{CANARY, chain, connect, connect_with, estate, of, on, section, serve};
use counterfoil_gym::graph::{Instance, Switches};
use counterfoil_record::Position;
use counterfoil_sdk::{Examination, PullErrorKind, Verdict};
use counterfoil_testkit::suites::{context, drain};

fn verdict<'a>(found: &'a [Examination], what: &str) -> &'a Verdict {
    let examination = found.iter().find(|found| found.what.contains(what));
    &examination.unwrap_or_else(|| panic!("nothing about {what}: {found:?}")).verdict
}

#[tokio::test]
async fn whoever_lacks_a_right_is_told_which() {
    let server = serve(Instance::of_estate(&estate(40, 2)), on(&["no-right"])).await;
    let error = of(&server).check().await.unwrap_err();
    assert!(matches!(error.kind, PullErrorKind::Forbidden { .. }), "{error:?}");
    assert!(chain(&error).contains("`Mail.Read`"), "{}", chain(&error));
    server.set_switches(on(&["no-mailbox"]));
    let error = of(&server).check().await.unwrap_err();
    assert!(
        matches!(error.kind, PullErrorKind::NotFound { .. }) && chain(&error).contains("`user`"),
        "{}",
        chain(&error)
    );
    // Mails may be listed and not read: the check cannot know it, the pass and the doctor do.
    server.set_switches(on(&["read-basic"]));
    of(&server).check().await.unwrap();
    let error = drain(&*of(&server), "mails", &Position::default(), 5).await.unwrap_err();
    assert!(matches!(error.kind, PullErrorKind::Forbidden { .. }) && chain(&error).contains("Mail.ReadBasic"));
    let found = of(&server).examine(context(5)).await;
    assert!(matches!(verdict(&found, "read a mail"), Verdict::Broken { .. }), "{found:?}");
}

#[tokio::test]
async fn a_secret_that_is_refused_is_not_told() {
    let server = serve(Instance::empty(), Switches::default()).await;
    let connector = connect_with(&section(&server, &server.url()), CANARY);
    let error = connector.check().await.unwrap_err();
    assert!(matches!(error.kind, PullErrorKind::Unauthenticated { status: 401, .. }), "{error:?}");
    assert!(chain(&error).contains("AADSTS7000215"), "{}", chain(&error));
    let found = connector.examine(context(5)).await;
    assert!(!format!("{error:?} {} {found:?}", chain(&error)).contains(CANARY));
    let [only] = &found[..] else { panic!("{found:?}") };
    assert!(matches!(&only.verdict, Verdict::Broken { remedy, .. } if remedy.contains("client_secret")), "{only:?}");
}

#[tokio::test]
async fn folders_are_found_by_their_names_in_any_language_and_within_others() {
    for names in [&[][..], &["names-localised"], &["folders-paged"]] {
        let server = serve(Instance::of_estate(&estate(41, 2)), on(names)).await;
        of(&server).check().await.unwrap();
        let found = of(&server).examine(context(5)).await;
        assert!(found.iter().all(|one| matches!(one.verdict, Verdict::Fine(_))), "{found:?}");
        assert!(matches!(verdict(&found, "find INBOX"), Verdict::Fine(mails) if mails.ends_with(" mails")));
        let text = section(&server, &server.url()).replace("Suppliers/Archive", "suppliers/archives");
        let error = connect(&text).check().await.unwrap_err();
        assert!(
            matches!(error.kind, PullErrorKind::NotFound { .. }) && chain(&error).contains("`Archive`"),
            "{}",
            chain(&error)
        );
    }
}
