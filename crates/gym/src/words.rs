//! What tickets are about: words of real ones, and some that attack whoever shows them.

use crate::dice::Dice;
use crate::provider::Provider;

/// The language of a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
}

/// A title and the provider's category of it.
pub(crate) fn title(dice: &mut Dice, service: &str, language: Language) -> (String, &'static str) {
    let (category, templates) = templates(service, language);
    let template = dice.pick(templates);
    let mut title = String::with_capacity(template.len() + 8);
    for c in template.chars() {
        match c {
            '#' => title.push_str(&(2 + dice.below(97)).to_string()),
            '~' => title.push_str(dice.pick(PLACES)),
            _ => title.push(c),
        }
    }
    (title, category)
}

/// The hostile titles that a provider's files can carry.
pub(crate) fn hostile(provider: Provider, language: Language) -> &'static [&'static str] {
    match (provider, language) {
        (Provider::Kumo, Language::English) => &[MARKUP, FORMULA, BIDI, QUOTES],
        (Provider::Kumo, Language::German) => &[FORMULA, BREAKS, MARKUP],
        (Provider::Acme | Provider::Nordlicht | Provider::Tarn, _) => &[MARKUP, FORMULA, ESCAPES, BREAKS, BIDI, QUOTES],
    }
}

/// A script in a page.
const MARKUP: &str = "<script>alert('ticket')</script><img src=x onerror=alert(1)> cannot log in";
/// A command in a spreadsheet.
const FORMULA: &str = "=cmd|' /C calc'!A0";
/// A cleared screen, a window title and a bell on a terminal.
const ESCAPES: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{1b}[31mall systems down\u{1b}[0m";
/// A second line in a log or a header.
const BREAKS: &str = "printer offline\r\nX-Priority: 1\r\n\r\nsecond body";
/// Letters that are shown in another order than they stand.
const BIDI: &str = "invoice \u{202e}fdp.exe\u{202c} will not open \u{200b}";
/// What closes a field, a string or a statement.
const QUOTES: &str = "user \"O'Brien\"; DROP TABLE incident; -- \\ , {{7*7}} ${env}";

const PLACES: &[&str] = &["Hamburg", "Leeds", "Warsaw", "Porto", "München", "Malmö", "Lyon", "Köln", "Zürich"];

fn templates(service: &str, language: Language) -> (&'static str, &'static [&'static str]) {
    match (service, language) {
        ("Corporate Network", _) => ("Network", NETWORK),
        ("Remote Access", _) => ("Network", REMOTE),
        ("Digital Workplace", _) => ("Workplace", WORKPLACE),
        ("Telephony", _) => ("Telephony", TELEPHONY),
        ("Virtuelle Server", _) => ("Server", SERVERS),
        ("Datensicherung", _) => ("Sicherung", BACKUPS),
        ("Datenbankplattform", _) => ("Datenbank", DATABASES),
        ("Order Interface" | "Warehouse Interface", _) => ("Interface", INTERFACES),
        ("Identity and Access", _) => ("Identity", IDENTITIES),
        (_, Language::German) => ("Anwendung", SOFTWARE_GERMAN),
        (_, Language::English) => ("Application", SOFTWARE),
    }
}

// `#` stands for a number, `~` for a place.
const NETWORK: &[&str] = &[
    "No network on floor # in ~",
    "Switch sw-#-01 in ~ drops packets",
    "VLAN # not reachable from the warehouse",
    "Slow file transfer between ~ and the data centre",
    "DNS lookup of intranet fails intermittently",
    "Access point ap-# offline",
    "Firewall blocks supplier portal since the last change",
    "Network printer # in ~ not found",
    "Packet loss of # % on the line to ~",
];
const REMOTE: &[&str] = &[
    "VPN disconnects every # minutes",
    "VPN client asks for the token twice",
    "Cannot connect from home office, error 80#",
    "Certificate of laptop expired",
    "Remote desktop freezes after sleep",
    "Token lost, needs replacement",
];
const WORKPLACE: &[&str] = &[
    "Laptop does not start after update",
    "Outlook crashes when opening shared mailbox",
    "Docking station does not recognise second screen",
    "Password expired, account locked",
    "Printer in ~ jams on every page",
    "OneDrive does not sync # files",
    "Blue screen on # devices after patch day",
    "Keyboard layout changes by itself",
    "Excel add-in missing after migration",
];
const TELEPHONY: &[&str] = &[
    "Hotline queue # does not ring",
    "No dial tone on extension 4#",
    "Headset has no sound in calls",
    "Voicemail of ~ office is full",
    "Call recording stopped",
];
const SERVERS: &[&str] = &[
    "Server srv-app-# antwortet nicht",
    "CPU-Auslastung auf srv-web-# dauerhaft über 9# %",
    "Dateisystem /var auf srv-db-# ist voll",
    "Anmeldung per SSH schlägt fehl („Permission denied“)",
    "Zeitabweichung von # Sekunden auf srv-app-#",
    "VM startet nach Wartungsfenster nicht",
    "Virtuelle Netzwerkkarte verliert Verbindung",
    "Zertifikat auf srv-web-# läuft in # Tagen ab",
];
const BACKUPS: &[&str] = &[
    "Sicherung von srv-app-# fehlgeschlagen",
    "Rücksicherung der Datei „Umsätze #.xlsx“ benötigt",
    "Bandlaufwerk # meldet Lesefehler",
    "Sicherungsfenster um # Minuten überschritten",
    "Speicherpool # zu 9# % belegt",
];
const DATABASES: &[&str] = &[
    "Datenbank LAGER# nicht erreichbar",
    "Abfragen auf VERKAUF dauern über # Sekunden",
    "Verklemmung (Deadlock) im Nachtlauf",
    "Tablespace USERS# fast voll",
    "Replikation hängt # Minuten zurück",
    "Benutzer kann sich nach Passwortänderung nicht anmelden",
];
const INTERFACES: &[&str] = &[
    "Orders of ~ arrive # minutes late",
    "Message queue # is not emptied",
    "Delivery notes are sent twice",
    "Partner in ~ rejects every #th message",
    "Field mapping wrong since release #",
    "Certificate of the interface expires in # days",
    "Stock figures of ~ are those of yesterday",
    "File transfer to ~ stops after # files",
];
const IDENTITIES: &[&str] = &[
    "Single sign-on fails for users in ~",
    "Second factor is not asked for",
    "Account locked # times a day",
    "New colleague in ~ has no roles",
    "Group membership is synchronised # hours late",
    "Former colleague can still sign in",
];
const SOFTWARE: &[&str] = &[
    "Page loads forever after login",
    "Export of report # is empty",
    "Signature request not delivered to ~",
    "Receipt upload fails with error #",
    "Duplicate contacts after import",
    "Wrong currency on expense #",
    "Single sign-on loops back to the login page",
    "Dashboard shows yesterday's figures",
    "API returns 50# for large accounts",
    "Mail notification arrives # hours late",
];
const SOFTWARE_GERMAN: &[&str] = &[
    "Seite lädt nach Anmeldung endlos",
    "Bericht # enthält keine Zeilen",
    "Beleg für ~ lässt sich nicht hochladen",
    "Währung „€“ fehlt in Abrechnung #",
    "Kontakte nach Import doppelt – bitte prüfen",
    "Übersetzung der Oberfläche unvollständig",
];

/// What is asked for in the service requests among nordlicht's incidents.
pub(crate) const REQUESTS: &[&str] =
    &["Neuer Server für Testumgebung", "Speicher um 200 GB erweitern", "Zugang für neuen Mitarbeiter"];
