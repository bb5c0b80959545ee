//! The mailbox: walks find everything that lies in it, whatever happens meanwhile, and nobody can write.

use super::instance::{ARCHIVE, INBOX};
use super::links::Links;
use super::route::{Asking, answer};
use super::*;
use crate::dice::Dice;
use crate::loopback::request::Request;
use crate::mail::{Estate, Scale};
use serde_json::Value;
use std::collections::BTreeSet;

fn estate(seed: u64) -> Estate {
    Estate::generate(seed, Scale { tickets: 6 }, crate::mail::Switches { copies: true, ..Default::default() })
}

fn ask(instance: &Instance, links: &mut Links, path: &str, query: &str) -> (u16, Value) {
    let mut request = Request::new("GET", path, query);
    request.headers.insert("prefer".into(), "IdType=\"ImmutableId\", odata.maxpagesize=4".into());
    let reply = answer(instance, links, &Asking { request: &request, base: "http://gym" });
    (reply.status, serde_json::from_slice(&reply.body).unwrap_or(Value::Null))
}

/// One walk over a folder from a query; ids, and the query of the delta link.
fn walk(
    instance: &mut Instance,
    links: &mut Links,
    folder: usize,
    mut query: String,
    dice: &mut Option<Dice>,
) -> Result<(Vec<String>, String), u16> {
    let mut ids = Vec::new();
    let path =
        format!("/v1.0/users/{}/mailFolders/{}/messages/delta", instance.account.user, Instance::folder_id(folder));
    for _ in 0..1_000 {
        let (status, body) = ask(instance, links, &path, &query);
        if status != 200 {
            return Err(status);
        }
        let rows = body["value"].as_array().unwrap().iter().filter(|row| row.get("@removed").is_none());
        ids.extend(rows.map(|row| row["id"].as_str().unwrap().to_owned()));
        if let Some(dice) = dice {
            instance.mutate(dice);
        }
        let link = |member: &str| body[member].as_str().map(|link| link.split_once('?').unwrap().1.to_owned());
        match (link("@odata.nextLink"), link("@odata.deltaLink")) {
            (Some(next), None) => query = next,
            (None, Some(delta)) => return Ok((ids, delta)),
            other => panic!("{other:?}"),
        }
    }
    panic!("a walk without end");
}

#[test]
fn walks_find_everything_whatever_happens_meanwhile() {
    for seed in 0..12 {
        let mut instance = Instance::arriving(&estate(seed));
        instance.some_arrive(20);
        let switches = ["short-pages", "replays", "fresh-links", "change-type-ignored"];
        if seed > 2 {
            switches.iter().for_each(|name| assert!(instance.switches.turn(name)));
        }
        let (mut links, mut dice) = (Links::default(), Some(Dice::new(seed, 3)));
        let mut found: BTreeSet<String> = BTreeSet::new();
        let mut queries = vec!["changeType=created".to_owned(); instance.folders.len()];
        for round in 0..4 {
            for (folder, query) in queries.iter_mut().enumerate() {
                let mut still = if round < 3 { dice.take() } else { None };
                let (ids, delta) = walk(&mut instance, &mut links, folder, query.clone(), &mut still).unwrap();
                found.extend(ids);
                *query = delta;
                dice = dice.or(still);
            }
        }
        let there: BTreeSet<String> = (0..instance.items.len())
            .filter(|at| !instance.items[*at].is_gone)
            .map(|at| instance.item_id(at, true))
            .collect();
        assert!(there.is_subset(&found), "seed {seed}: {:?}", there.difference(&found).collect::<Vec<_>>());
        let again = walk(&mut instance, &mut links, INBOX, queries[INBOX].clone(), &mut None).unwrap();
        assert_eq!(again.0, Vec::<String>::new(), "seed {seed}");
        assert_eq!(again.1 == queries[INBOX], seed <= 2, "seed {seed}: the link of an unchanged folder");
    }
}

#[test]
fn states_are_forgotten_as_the_switches_say() {
    let mut instance = Instance::of_estate(&estate(1));
    let mut links = Links::default();
    let (_, delta) = walk(&mut instance, &mut links, INBOX, String::new(), &mut None).unwrap();
    instance.forget_states();
    assert_eq!(walk(&mut instance, &mut links, INBOX, delta.clone(), &mut None), Err(410));
    assert_eq!(walk(&mut instance, &mut links, ARCHIVE, delta, &mut None), Err(400));
    assert_eq!(walk(&mut instance, &mut links, INBOX, "$deltatoken=nonsense".into(), &mut None), Err(400));
    instance.switches.turn("generations");
    let (_, first) = walk(&mut instance, &mut links, INBOX, String::new(), &mut None).unwrap();
    for _ in 0..3 {
        assert!(walk(&mut instance, &mut links, INBOX, first.clone(), &mut None).is_ok());
    }
    assert_eq!(walk(&mut instance, &mut links, INBOX, first, &mut None), Err(410));
}

#[test]
fn a_mail_that_is_moved_keeps_its_immutable_id_and_no_other() {
    let mut instance = Instance::of_estate(&estate(2));
    let (stays, goes) = (instance.item_id(0, true), instance.item_id(0, false));
    let of = |id: &str, instance: &Instance| instance.item_of(id);
    assert_eq!((of(&stays, &instance), of(&goes, &instance)), (Some(0), Some(0)));
    instance.move_to(0, ARCHIVE);
    assert_eq!((of(&stays, &instance), of(&goes, &instance)), (Some(0), None));
    instance.delete(0);
    assert_eq!(of(&stays, &instance), None);
}

#[test]
fn folders_are_listed_level_by_level() {
    let mut instance = Instance::of_estate(&estate(3));
    instance.switches.turn("folders-paged");
    let user = instance.account.user.clone();
    let (mut names, mut query) = (Vec::new(), String::new());
    loop {
        let (status, body) = ask(&instance, &mut Links::default(), &format!("/v1.0/users/{user}/mailFolders"), &query);
        assert_eq!(status, 200);
        names.extend(
            body["value"].as_array().unwrap().iter().map(|one| one["displayName"].as_str().unwrap().to_owned()),
        );
        let Some(next) = body["@odata.nextLink"].as_str() else { break };
        query = next.split_once('?').unwrap().1.to_owned();
    }
    assert_eq!(names, ["Inbox", "Sent Items", "Suppliers", "Drafts"]);
    let (_, inbox) = ask(&instance, &mut Links::default(), &format!("/v1.0/users/{user}/mailFolders/inbox"), "");
    assert_eq!(inbox["id"], Instance::folder_id(INBOX));
}
