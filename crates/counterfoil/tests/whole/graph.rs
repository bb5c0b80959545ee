//! Microsoft Graph as its users meet it: a simulated mailbox served by `gym` and read with the section that it prints.

use crate::ledger;
use crate::program::Desk;

#[test]
fn what_the_gym_prints_reads_a_mailbox_and_a_second_pass_makes_no_event() {
    let printing = Desk::empty();
    let mut gym = printing.start(&["gym", "--tool", "mail-graph", "--incidents", "6", "--switch", "fresh-links"]);
    gym.until("Ctrl-C stops it");
    let introduction = gym.said();
    let (_, section) = introduction.split_once("`\n").unwrap();
    let (section, _) = section.split_once("\nCtrl-C").unwrap();
    let desk = Desk::empty().variable("GYM_SECRET", "gym-client-secret");
    desk.write("counterfoil.toml", section);
    desk.ends(0, &["check"]);
    let doctor = desk.ends(0, &["doctor"]).out;
    assert!(doctor.contains("find Suppliers/Archive") && doctor.contains("read a mail as it came"), "{doctor}");
    desk.ends(0, &["sync"]);
    let before = desk.ends(0, &["events", "--json"]).out;
    assert!(before.lines().count() > 30, "{before}");
    desk.ends(0, &["sync"]);
    assert_eq!(desk.ends(0, &["events", "--json"]).out, before);
    ledger::is_whole(&desk);
    // Another secret is refused, and not told.
    let stranger = Desk::empty().variable("GYM_SECRET", "CANARY-77");
    stranger.write("counterfoil.toml", section);
    let refused = stranger.ends(4, &["doctor"]);
    assert!(refused.out.contains("client_secret") && !format!("{}{}", refused.out, refused.err).contains("CANARY"));
    gym.signal("INT");
    let (_, said, _) = gym.end();
    assert!(said.contains("$value") && said.contains("token") && said.contains("spent on answering"), "{said}");
}
