//! What registers are handed on as, and every problem of them in one run.

use crate::fake::{codes, handed, read, rendered};

const CONTRACTS: &str = r#"
[party.acme]
name = "ACME Networks Ltd"
role = "external_supplier"
country = "PT"
identifiers = [{ type = "email_domain", value = "acme.example" }, { type = "vat", value = "PT5" }]

[party.acme.roles.lead]
role = "lead_supplier"
service = "mail"
agreement = "acme-mail"
valid_from = 2026-04-01

[party.house]
name = "The house"
role = "organization"

[calendar.office]
name = "Office hours"
zone = "Europe/Lisbon"
weekly_hours = "mon-fri 08:00-17:00"
holidays = [2026-12-25, "2026-01-01", 2026-12-25]
valid_to = 2026-12-31

[service.mail]
name = "E-Mail"

[group.network]
name = "Network Operations"
party = "acme"
escalation_level = 2

[agreement.house-mail]
agreement_kind = "service_level_agreement"
provider_party = "house"
consumer_party = "house"
covers = "mail"
valid_from = "2026-01-01T00:00:00Z"

[agreement.acme-mail]
name = "Mail, underpinning"
agreement_kind = "external_supplier_contract"
provider_party = "acme"
consumer_party = "house"
covers = ["mail", "Mail relay"]
supports = ["house-mail"]
valid_from = 2026-07-01
valid_to = 2027-06-30
notice_period = "90 days"
auto_renew = true
owner = "Supplier management"
review_interval = "26 weeks"
subcontracting = "with_approval"

[agreement.acme-mail.target.p1-resolution]
metric = "resolution"
applies_kind = "incident"
applies_priorities = ["P1", "P2"]
target_value = "4 hours"
percentile_required = "95 %"
target_window = "P1M"
calendar = "office"
pauses = ["awaiting_customer", "awaiting_schedule"]

[agreement.acme-mail.target.uptime]
metric = "availability"
target_value = "99.95%"

[agreement.acme-mail.target.raw]
metric = "response"
target_value = 900
target_unit = "seconds"
comparator = "less_than"

[agreement.acme-mail.limit.incidents]
measure = "incident"
limit = 120.5
target_window = "P1M"

[agreement.acme-mail.tier.first]
party = "acme"
rank = 1

[reporting]
zone = "Europe/Lisbon"
"#;

#[test]
fn every_section_is_handed_on_as_a_record_with_the_names_of_its_fields() {
    let parsed = read(CONTRACTS, &[]);
    assert_eq!(codes(&parsed), ["config::no-connector"], "{}", rendered(&parsed));
    let config = parsed.config.unwrap();
    let register = config.register.unwrap();
    assert_eq!((register.name.as_str(), register.kind, config.register_sections), ("register", "registry", 15));
    let mappings: Vec<&str> = register.mappings.iter().map(|mapping| &*mapping.name).collect();
    assert_eq!(mappings, ["register/agreement"], "logs are files");
    assert!(config.instances.is_empty() && config.parties.len() == 2);
    insta::assert_snapshot!(handed());
}

#[test]
fn a_file_that_only_says_who_takes_part_has_no_registers() {
    let parsed = read("[party.acme]\nname = \"ACME\"\nrole = \"external_supplier\"\n", &[]);
    let config = parsed.config.unwrap();
    assert_eq!((config.register_sections, config.register.is_some(), &*handed()), (0, true, ""));
}

#[test]
fn every_problem_of_the_registers_is_named_in_one_run() {
    let broken = CONTRACTS
        .replace("\"Europe/Lisbon\"\nweekly", "\"Europe/Lisbom\"\nweekly")
        .replace("mon-fri 08:00-17:00", "mon-fri 8-17")
        .replace("\"2026-01-01\", 2026", "\"01.01.2026\", 2026")
        .replace("party = \"acme\"\nescalation", "party = \"acmee\"\nescalation")
        .replace("notice_period = \"90 days\"", "notice_period = \"3 months\"")
        .replace("subcontracting = \"with_approval\"", "subcontracting = \"approval\"")
        .replace("\"P1\", \"P2\"", "\"P1\", \"P9\"")
        .replace("\"4 hours\"", "\"1 day\"")
        .replace("\"P1M\"\ncalendar", "\"monthly\"\ncalendar")
        .replace("\"99.95%\"", "\"101%\"")
        .replace("target_unit = \"seconds\"\n", "")
        .replace("rank = 1", "rank = 0\nrnak = 1")
        .replace("owner = \"Supplier management\"", "owner = \"\"")
        .replace("\"Mail relay\"", "\"a;b\"")
        .replace("valid_from = 2026-07-01\n", "");
    let parsed = read(&broken, &[]);
    assert!(parsed.config.is_none());
    insta::assert_snapshot!(rendered(&parsed));
}

#[test]
fn text_of_any_sort_does_not_make_the_reader_fall_over() {
    for value in [
        "0",
        "\"\"",
        "[]",
        "{}",
        "[[]]",
        "true",
        "-1",
        "1e400",
        "\"99999999999999999999 weeks\"",
        "1979-05-27T07:32:00",
    ] {
        for key in
            ["valid_from", "notice_period", "covers", "supports", "target", "tier", "auto_renew", "owner", "limit"]
        {
            let text = format!("[agreement.a]\n{key} = {value}\n");
            assert!(read(&text, &[]).config.is_none(), "{text}");
        }
        let text = format!("agreement = {value}\ncalendar = {value}\n[service]\na = {value}\n");
        let _parsed = read(&text, &[]);
    }
}
