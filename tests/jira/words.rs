//! The words of a site: statuses, priorities, types and fields, as they change.

use crate::compare::{Equal, equals, newest, record_of, says};
use crate::estate::{DIALECTS, EDITIONS, Estate, Setup};
use crate::held::versions;
use crate::switches::on;
use counterfoil_gym::jira::{Instance, Switches};
use counterfoil_model::{Field, Kind};

/// Kind and source's id of every event, in the order of the log, from this one on.
fn told(estate: &Estate, from: usize) -> Vec<(Kind, String)> {
    let all = versions(estate.ledger.as_ref());
    let one = |one: &counterfoil_pipeline::ports::StoredVersion| {
        (counterfoil_wire::decode_event(&one.event.body).unwrap().kind, one.id.parts().2.to_owned())
    };
    all.iter().skip(from).map(one).collect()
}

#[tokio::test(start_paused = true)]
async fn a_new_status_is_told_before_the_first_issue_that_has_it() {
    for dialect in DIALECTS {
        let estate = Estate::new(Setup::random(dialect, 14, 6, Switches::default())).await;
        estate.both().await;
        let before = versions(estate.ledger.as_ref()).len();
        let id = estate.instance().oracle().issues.into_keys().next().unwrap();
        {
            let mut instance = estate.instance();
            instance.advance(60);
            instance.add_status("10900", "Waiting for the moon", "3");
            instance.update(&id, &[("status", "10900")]);
            instance.advance(60);
        }
        let report = estate.both().await;
        let expected = [(Kind::Catalogue, "status:10900".to_owned()), (Kind::Incident, id.clone())];
        assert_eq!(told(&estate, before), expected, "{dialect:?}");
        equals(&estate, &format!("{dialect:?}"), &Equal::default().to_the_letter());
        // Its category says what it is, and the record says that it was only the category.
        let held = newest(estate.ledger.as_ref(), "issue");
        let record = record_of(&held[&id].stored);
        assert_eq!(says(&record, Field::State), "in_progress", "{dialect:?}");
        assert!(
            report.noted.iter().any(|noted| noted.raw.contains("10900") || noted.raw.contains("moon")),
            "{report:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_renamed_status_is_an_event_of_the_catalogue_and_no_other_status() {
    for dialect in DIALECTS {
        let mut instance = Instance::random(dialect.edition, 14, 6);
        let id = instance.oracle().issues.into_keys().next().unwrap();
        instance.update(&id, &[("status", "3")]);
        // What was changed within the overlap is looked at again in every pass.
        instance.advance(3_600);
        instance.create("NET", &[("summary", "an hour later")]);
        instance.advance(600);
        let estate = Estate::new(Setup::of(dialect, instance, Switches::default())).await;
        estate.both().await;
        let before = versions(estate.ledger.as_ref()).len();
        estate.instance().rename_status("3", "Being done");
        estate.instance().advance(60);
        estate.both().await;
        assert_eq!(told(&estate, before), [(Kind::Catalogue, "status:3".to_owned())], "{dialect:?}");
        // The issues say so when everything is read again.
        estate.settle().await;
        equals(&estate, &format!("{dialect:?}"), &Equal::default());
        let held = newest(estate.ledger.as_ref(), "issue");
        let record = record_of(&held[&id].stored);
        assert_eq!(record.text(Field::StateNative), Some("Being done"), "{dialect:?}");
        assert_eq!(says(&record, Field::State), "in_progress", "{dialect:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn another_language_of_the_account_changes_words_and_no_meaning() {
    for dialect in DIALECTS {
        let estate = Estate::new(Setup::random(dialect, 15, 10, Switches::default())).await;
        estate.both().await;
        let before = versions(estate.ledger.as_ref()).len();
        let meaning = |estate: &Estate| {
            let held = newest(estate.ledger.as_ref(), "issue");
            let of = |field| held.values().map(move |one| says(&record_of(&one.stored), field));
            of(Field::State).chain(of(Field::Priority)).chain(of(Field::ReopenCount)).collect::<Vec<_>>()
        };
        let was = meaning(&estate);
        {
            let mut instance = estate.instance();
            let mut account = instance.account().clone();
            account.language = "de".into();
            instance.set_account(account);
            instance.advance(60);
        }
        estate.both().await;
        let words = told(&estate, before).into_iter().filter(|(kind, _)| *kind == Kind::Catalogue).count();
        assert!(words > 15, "{dialect:?}: {words}");
        estate.settle().await;
        assert_eq!(meaning(&estate), was, "{dialect:?}");
        equals(&estate, &format!("{dialect:?}"), &Equal::default());
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_denied_later_takes_no_word_away() {
    for dialect in EDITIONS {
        for list in ["priority", "status", "field"] {
            let estate = Estate::new(Setup::random(dialect, 16, 6, Switches::default())).await;
            estate.both().await;
            let before = versions(estate.ledger.as_ref()).len();
            estate.server.set_switches(Switches { denied: vec![list.into()], ..Switches::default() });
            for _ in 0..3 {
                estate.instance().advance(86_400);
                let report = estate.patiently("catalogue").await;
                let gap = report.gaps.iter().any(|gap| gap.code == "jira::catalogue-denied");
                assert!(gap, "{list}: {:?}", report.gaps);
            }
            assert_eq!(told(&estate, before), [], "{dialect:?}: {list}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_fields_of_one_name_are_two_records() {
    for dialect in EDITIONS {
        let mut instance = Instance::random(dialect.edition, 17, 6);
        let id = instance.oracle().issues.into_keys().next().unwrap();
        instance.update(&id, &[("customfield_10050", "one"), ("customfield_10051", "other")]);
        instance.advance(600);
        let estate = Estate::new(Setup::of(dialect, instance, on(&["slow-drip"]))).await;
        estate.both().await;
        equals(&estate, "two fields", &Equal::default().to_the_letter());
        let held = newest(estate.ledger.as_ref(), "catalogue");
        let [one, other] = ["field:customfield_10050", "field:customfield_10051"].map(|id| record_of(&held[id].stored));
        assert_eq!(one.text(Field::Title), other.text(Field::Title), "{dialect:?}");
        assert_eq!(one.text(Field::State), Some("active"), "{dialect:?}: what is listed can be chosen");
        assert_ne!(one.text(Field::CatalogueValue), other.text(Field::CatalogueValue), "{dialect:?}");
    }
}
