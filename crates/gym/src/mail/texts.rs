//! What people and desks say, in three languages.

use super::cast::Tongue;
use crate::dice::Dice;

/// What a person wants to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Say {
    /// Something does not work.
    Open,
    /// Somebody looks at it.
    Working,
    /// The customer has to answer.
    Ask,
    /// A supplier of the supplier has to act.
    Await,
    /// The customer answers.
    Answer,
    /// It works again.
    Fixed,
    /// It does not.
    NotFixed,
    /// It is ended.
    Closed,
    /// Something that changes nothing.
    Note,
    /// The customer is content.
    Thanks,
}

/// A text of some sentences.
pub(super) fn text(say: Say, tongue: Tongue, subject: &str, dice: &mut Dice) -> String {
    let of = |dice: &mut Dice, choices: &[&str]| dice.pick(choices).replace('@', subject);
    let said = match (say, tongue) {
        (Say::Open, Tongue::English) => of(
            dice,
            &[
                "since this morning we have the following fault: @.\n\nSeveral colleagues are affected. Could you have a look at it?",
                "we see this here: @\n\nIt began after the weekend, a restart did not change anything.",
            ],
        ),
        (Say::Open, Tongue::German) => of(
            dice,
            &[
                "seit heute früh haben wir folgende Störung: @.\n\nMehrere Kolleginnen und Kollegen sind betroffen. Können Sie sich das bitte ansehen?",
                "bei uns tritt das hier auf: @\n\nAngefangen hat es nach dem Wochenende, ein Neustart änderte nichts.",
            ],
        ),
        (Say::Open, Tongue::French) => of(
            dice,
            &[
                "depuis ce matin nous constatons la panne suivante : @.\n\nPlusieurs collègues sont touchés. Pourriez-vous regarder ?",
            ],
        ),
        (Say::Working, Tongue::English) => {
            of(dice, &["we are working on it and will come back to you.", "I have started to investigate this."])
        }
        (Say::Working, Tongue::German) => of(
            dice,
            &["wir arbeiten daran und melden uns wieder.", "Ihr Anliegen ist in Bearbeitung, wir melden uns wieder."],
        ),
        (Say::Working, Tongue::French) => of(
            dice,
            &[
                "nous y travaillons et revenons vers vous.",
                "votre demande est en cours de traitement, nous revenons vers vous.",
            ],
        ),
        (Say::Ask, Tongue::English) => of(
            dice,
            &[
                "we need more information from you: please send us the log of the client.",
                "could you please tell us which devices are affected? We are waiting for your reply.",
            ],
        ),
        (Say::Ask, Tongue::German) => of(
            dice,
            &[
                "wir benötigen noch Informationen von Ihnen: bitte senden Sie uns das Protokoll.",
                "bitte teilen Sie uns mit, welche Geräte betroffen sind. Wir warten auf Ihre Rückmeldung.",
            ],
        ),
        (Say::Ask, Tongue::French) => of(
            dice,
            &[
                "nous avons besoin d'informations supplémentaires : merci de nous envoyer le journal.",
                "nous sommes en attente de votre réponse : quels postes sont touchés ?",
            ],
        ),
        (Say::Await, Tongue::English) => of(dice, &["we are waiting for the vendor."]),
        (Say::Await, Tongue::German) => of(dice, &["wir warten auf den Hersteller."]),
        (Say::Await, Tongue::French) => of(dice, &["nous sommes en attente du fournisseur."]),
        (Say::Answer, Tongue::English) => {
            of(dice, &["here is what you asked for: devices 12 to 19 on the second floor.", "the log is attached."])
        }
        (Say::Answer, Tongue::German) => of(
            dice,
            &["hier die Angaben: betroffen sind die Geräte 12 bis 19 im zweiten Stock.", "das Protokoll liegt bei."],
        ),
        (Say::Answer, Tongue::French) => of(dice, &["voici les informations : postes 12 à 19, deuxième étage."]),
        (Say::Fixed, Tongue::English) => {
            of(dice, &["the problem has been resolved, a cable was replaced.", "the issue is fixed since 10 o'clock."])
        }
        (Say::Fixed, Tongue::German) => {
            of(dice, &["die Störung ist behoben, ein Kabel wurde getauscht.", "das Problem wurde gelöst."])
        }
        (Say::Fixed, Tongue::French) => {
            of(dice, &["le problème est résolu, un câble a été remplacé.", "la panne a été résolue ce matin."])
        }
        (Say::NotFixed, Tongue::English) => of(dice, &["unfortunately it still does not work, it happened again."]),
        (Say::NotFixed, Tongue::German) => {
            of(dice, &["leider besteht das Problem weiterhin, es trat eben wieder auf."])
        }
        (Say::NotFixed, Tongue::French) => {
            of(dice, &["malheureusement cela ne fonctionne toujours pas, le problème persiste."])
        }
        (Say::Closed, Tongue::English) => of(dice, &["we have closed this ticket. Thank you for your patience."]),
        (Say::Closed, Tongue::German) => of(dice, &["wir haben den Vorgang geschlossen. Danke für Ihre Geduld."]),
        (Say::Closed, Tongue::French) => of(dice, &["le ticket est clôturé. Merci de votre patience."]),
        (Say::Note, Tongue::English) => of(
            dice,
            &[
                "for your information: the colleague in charge is Mrs Byrne, extension 417.",
                "the appointment on Thursday at 9 stands.",
            ],
        ),
        (Say::Note, Tongue::German) => of(
            dice,
            &[
                "zur Kenntnis: Ansprechpartnerin bei uns ist Frau Jäger, Durchwahl 417.",
                "der Termin am Donnerstag um 9 Uhr steht.",
            ],
        ),
        (Say::Note, Tongue::French) => {
            of(dice, &["pour information : votre interlocutrice est Mme Lefèvre, poste 417."])
        }
        (Say::Thanks, Tongue::English) => {
            of(dice, &["thank you for the quick help.", "many thanks, best wishes to the team."])
        }
        (Say::Thanks, Tongue::German) => of(dice, &["vielen Dank für die schnelle Hilfe.", "besten Dank an das Team."]),
        (Say::Thanks, Tongue::French) => of(dice, &["merci beaucoup pour votre aide rapide."]),
    };
    format!("{}\n\n{said}", greeting(tongue))
}

fn greeting(tongue: Tongue) -> &'static str {
    match tongue {
        Tongue::English => "Hello,",
        Tongue::German => "Guten Tag,",
        Tongue::French => "Bonjour,",
    }
}

/// How a mail ends.
pub(super) fn farewell(tongue: Tongue) -> &'static str {
    match tongue {
        Tongue::English => "Kind regards",
        Tongue::German => "Mit freundlichen Grüßen",
        Tongue::French => "Cordialement",
    }
}

/// Subject and text of an answer by a machine while its owner is away.
pub(super) fn absence(tongue: Tongue, subject: &str) -> (String, String) {
    match tongue {
        Tongue::English => (
            format!("Automatic reply: {subject}"),
            "I am out of the office until 20 July with limited access to e-mail.".to_owned(),
        ),
        Tongue::German => (
            format!("Automatische Antwort: {subject}"),
            "ich bin bis 20. Juli nicht im Büro und lese keine E-Mails. In dringenden Fällen hilft das Team."
                .to_owned(),
        ),
        Tongue::French => {
            (format!("Réponse automatique : {subject}"), "je suis absente du bureau jusqu'au 20 juillet.".to_owned())
        }
    }
}

/// Subject and text of a machine that thanks for every mail.
pub(super) fn receipt(tongue: Tongue, subject: &str) -> (String, String) {
    match tongue {
        Tongue::English => (
            format!("Re: {subject}"),
            "Thank you for your message. This mail was made by a machine; somebody will read yours.".to_owned(),
        ),
        Tongue::German => (
            format!("AW: {subject}"),
            "vielen Dank für Ihre Nachricht. Diese Mail wurde automatisch erstellt; Ihre wird gelesen.".to_owned(),
        ),
        Tongue::French => {
            (format!("RE: {subject}"), "merci pour votre message. Ceci est une réponse automatique.".to_owned())
        }
    }
}
