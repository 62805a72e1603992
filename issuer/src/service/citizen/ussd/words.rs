//! What the screens say. Every text is ASCII and at most 160 characters with what stands before it: one message on any
//! network. No name is ever shown.

use std::fmt;

use axum::http::StatusCode;
use hati_store::Correction;

use crate::service::language::Language;

/// A screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Screen {
    goes_on: bool,
    text: String,
    status: StatusCode,
}

impl Screen {
    /// What it would be outside of USSD, to be counted as.
    pub(super) const fn status(&self) -> StatusCode {
        self.status
    }

    /// The screen of a refusal that came before the language was known.
    pub(super) fn of_status(status: StatusCode) -> Self {
        let text = match status {
            StatusCode::TOO_MANY_REQUESTS => {
                "Too many requests. Try again later. / Maombi ni mengi mno. Jaribu tena baadaye."
            }
            _ => "The service failed. Dial again. / Huduma imeshindwa. Piga tena.",
        };
        Self { goes_on: false, text: text.to_owned(), status }
    }
}

impl fmt::Display for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", if self.goes_on { "CON" } else { "END" }, self.text)
    }
}

/// The screens in a language.
#[derive(Clone, Copy)]
pub(super) struct Words(pub(super) Language);

impl Words {
    pub(super) fn menu(self, is_understood: bool) -> Screen {
        self.again(
            is_understood,
            self.0.pick(
                "Hati\n1. Lock my ID\n2. My request for correction\n3. Kiswahili",
                "Hati\n1. Funga kitambulisho changu\n2. Ombi langu la marekebisho\n3. English",
            ),
        )
    }

    pub(super) fn which(self, is_understood: bool) -> Screen {
        self.again(
            is_understood,
            self.0.pick(
                "Several people have this number. Whose ID? Type the last 4 or more digits of the UPI",
                "Watu kadhaa wana nambari hii. Ni cha nani? Andika tarakimu 4 au zaidi za mwisho za UPI",
            ),
        )
    }

    pub(super) fn sure(self, ending: &str, is_understood: bool) -> Screen {
        let text = match self.0 {
            Language::En => {
                format!("Lock every ID of UPI ...{ending}? Only an officer can unlock.\n1. Yes\n2. No")
            }
            Language::Sw => {
                format!(
                    "Funga vitambulisho vyote vya UPI ...{ending}? Ni afisa tu anayefungua.\n1. Ndiyo\n2. Hapana"
                )
            }
        };
        self.again(is_understood, &text)
    }

    pub(super) fn locked(self) -> Screen {
        self.end(
            "Your ID is locked. To unlock it, go to a service centre in person.",
            "Kitambulisho chako kimefungwa. Ili kukifungua, nenda kituo cha huduma wewe mwenyewe.",
        )
    }

    pub(super) fn not_locked(self) -> Screen {
        self.end("Nothing was locked.", "Hakuna kilichofungwa.")
    }

    pub(super) fn nothing_to_lock(self) -> Screen {
        self.end(
            "No valid ID was issued to you, so there is none to lock.",
            "Hujapewa kitambulisho halali, kwa hiyo hakuna cha kufunga.",
        )
    }

    pub(super) fn unknown_number(self) -> Screen {
        self.end(
            "This number is nobody's in the register. Go to a service centre.",
            "Nambari hii haipo katika rejista. Nenda kituo cha huduma.",
        )
    }

    /// How far the newest request is, and neither what it says nor why it was answered so.
    pub(super) fn correction(self, newest: Option<&Correction>) -> Screen {
        match newest.map(|newest| newest.answer.as_ref().map(|answer| answer.granted)) {
            None => self.end("You have no request for correction.", "Huna ombi la marekebisho."),
            Some(None) => self.end(
                "Your request for correction waits for an officer.",
                "Ombi lako la marekebisho linasubiri afisa.",
            ),
            Some(Some(true)) => {
                self.end("Your request for correction was granted.", "Ombi lako la marekebisho limekubaliwa.")
            }
            Some(Some(false)) => self.end(
                "Your request for correction was refused. Ask why at a service centre.",
                "Ombi lako la marekebisho limekataliwa. Uliza sababu katika kituo cha huduma.",
            ),
        }
    }

    pub(super) fn too_often(self) -> Screen {
        let screen = self.end(
            "Too many requests from this number. Try again later.",
            "Maombi ni mengi mno kutoka nambari hii. Jaribu tena baadaye.",
        );
        Screen { status: StatusCode::TOO_MANY_REQUESTS, ..screen }
    }

    pub(super) fn not_understood(self) -> Screen {
        self.end("This was not understood. Dial again.", "Haikueleweka. Piga tena.")
    }

    pub(super) fn failed(self) -> Screen {
        let screen = self.end("The service failed. Dial again.", "Huduma imeshindwa. Piga tena.");
        Screen { status: StatusCode::INTERNAL_SERVER_ERROR, ..screen }
    }

    /// A screen that asks, and says so where the answer before was none.
    fn again(self, is_understood: bool, text: &str) -> Screen {
        let before = if is_understood { "" } else { self.0.pick("Not understood. ", "Haikueleweka. ") };
        Screen { goes_on: true, text: format!("{before}{text}"), status: StatusCode::OK }
    }

    fn end(self, english: &str, swahili: &str) -> Screen {
        Screen { goes_on: false, text: self.0.pick(english, swahili).to_owned(), status: StatusCode::OK }
    }
}

#[cfg(test)]
mod tests {
    use hati_store::{CorrectionAnswer, CorrectionId};

    use super::*;

    #[test]
    fn every_screen_is_one_message() {
        let answered = |granted| Correction {
            id: CorrectionId::new(0, [0; 8]),
            upi: "1".into(),
            claim: "family_name".into(),
            wanted: "Kamau".into(),
            evidence: "birth certificate".into(),
            at: 0,
            answer: Some(CorrectionAnswer { granted, reason: "secret".into(), officer: "o".into(), at: 0 }),
        };
        for words in [Words(Language::En), Words(Language::Sw)] {
            let screens = [
                words.menu(false),
                words.which(false),
                words.sure("0017", false),
                words.locked(),
                words.not_locked(),
                words.nothing_to_lock(),
                words.unknown_number(),
                words.correction(None),
                words.correction(Some(&Correction { answer: None, ..answered(true) })),
                words.correction(Some(&answered(true))),
                words.correction(Some(&answered(false))),
                words.too_often(),
                words.not_understood(),
                words.failed(),
                Screen::of_status(StatusCode::TOO_MANY_REQUESTS),
                Screen::of_status(StatusCode::REQUEST_TIMEOUT),
            ];
            for text in screens.map(|screen| screen.to_string()) {
                assert!(text.is_ascii() && text.len() <= 160, "{}: {text}", text.len());
                assert!(!text.contains("Kamau") && !text.contains("secret"), "{text}");
            }
        }
    }
}
