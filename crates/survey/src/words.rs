//! What surveys say besides their questions, in the languages that we speak; English where we do not.
//!
//! **To add a language** add a line to [`LANGUAGES`].

use serde::Serialize;

use crate::answers::Wrong;
use crate::definition::Kind;

/// Everything that is said, in one language. In texts, `{}` is a number or a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Words {
    /// On the button that ends a survey.
    pub send: &'static str,
    /// On the button that leads to further questions.
    pub next: &'static str,
    /// On the button that closes the widget.
    pub close: &'static str,
    /// Behind a question that need not be answered.
    pub optional: &'static str,
    /// Beside a choice of several.
    pub several: &'static str,
    /// Above a mark that a link has chosen.
    pub confirm: &'static str,
    /// After the end.
    pub thanks: &'static str,
    /// Above further questions, when the mark is taken.
    pub taken: &'static str,
    /// Something is missing or wrong.
    pub mend: &'static str,
    /// Nothing was answered at all.
    pub nothing: &'static str,
    /// The person has answered.
    pub already: &'static str,
    /// The link was good until a time.
    pub expired: &'static str,
    /// The link's end is missing.
    pub incomplete: &'static str,
    /// The link is not valid.
    pub invalid: &'static str,
    /// There is no such survey, or it is not open.
    pub closed: &'static str,
    /// It could not be kept now.
    pub later: &'static str,
    /// What is wrong with an answer: missing, no mark, no option, too many, too long, no text.
    pub wrong: [&'static str; 6],
    /// What the lowest and the highest mark mean: likelihood to recommend, satisfaction, ease.
    pub marks: [[&'static str; 2]; 3],
}

impl Words {
    /// In a language; of `de-AT`, in `de`.
    pub fn of(language: &str) -> &'static Words {
        let base = language.split('-').next().unwrap_or_default();
        let found = LANGUAGES.iter().find(|(code, _)| *code == base);
        found.map_or(&LANGUAGES[0].1, |(_, words)| words)
    }

    /// What is wrong with an answer.
    pub fn wrong(&self, wrong: Wrong) -> &'static str {
        Wrong::ALL.iter().position(|known| *known == wrong).map_or("", |place| self.wrong[place])
    }

    /// What the lowest and the highest mark of a kind mean, where that is said; stars speak for themselves.
    pub fn ends(&self, kind: Kind) -> Option<[&'static str; 2]> {
        match kind {
            Kind::Nps => Some(self.marks[0]),
            Kind::Csat => Some(self.marks[1]),
            Kind::Ces => Some(self.marks[2]),
            _ => None,
        }
    }
}

/// Whether a language is written from right to left.
pub fn is_from_right(language: &str) -> bool {
    let base = language.split('-').next().unwrap_or_default();
    ["ar", "fa", "he", "ur", "yi", "ps", "sd", "ug", "dv"].contains(&base)
}

/// Every language that we speak. The first is for those who speak none of them.
pub static LANGUAGES: &[(&str, Words)] = &[
    (
        "en",
        Words {
            send: "Send",
            next: "Next",
            close: "Close",
            optional: "optional",
            several: "Choose all that apply",
            confirm: "Please look at your answer and send it.",
            thanks: "Thank you for your answer.",
            taken: "Thank you. Your answer has been saved. Would you tell us more?",
            mend: "Please look at what is marked.",
            nothing: "Please answer at least one question.",
            already: "You have already answered. Thank you.",
            expired: "This link could be used until {}. Thank you for wanting to answer.",
            incomplete: "This link is not complete: its end is missing. Please copy all of it from the message, or click on it there.",
            invalid: "This link is not valid. Please use the link from the message that you received.",
            closed: "This survey is not open.",
            later: "Your answer could not be saved just now. Please try again in a moment.",
            wrong: [
                "Please answer this question.",
                "Please choose one of the marks.",
                "Please choose one of the options.",
                "Please choose one option.",
                "The text is too long: {} characters are possible.",
                "The text has characters that cannot be saved.",
            ],
            marks: [["Not at all likely", "Extremely likely"], ["Very dissatisfied", "Very satisfied"], ["Very difficult", "Very easy"]],
        },
    ),
    (
        "de",
        Words {
            send: "Senden",
            next: "Weiter",
            close: "Schließen",
            optional: "freiwillig",
            several: "Mehreres ist möglich",
            confirm: "Bitte prüfen Sie Ihre Antwort und senden Sie sie ab.",
            thanks: "Danke für Ihre Antwort.",
            taken: "Danke. Ihre Antwort ist gespeichert. Möchten Sie uns mehr dazu sagen?",
            mend: "Bitte prüfen Sie, was markiert ist.",
            nothing: "Bitte beantworten Sie mindestens eine Frage.",
            already: "Sie haben bereits geantwortet. Danke.",
            expired: "Dieser Link galt bis {}. Danke, dass Sie antworten wollten.",
            incomplete: "Dieser Link ist nicht vollständig: Sein Ende fehlt. Bitte kopieren Sie ihn ganz aus der Nachricht, oder klicken Sie ihn dort an.",
            invalid: "Dieser Link ist nicht gültig. Bitte nehmen Sie den Link aus der Nachricht, die Sie bekommen haben.",
            closed: "Diese Umfrage ist nicht geöffnet.",
            later: "Ihre Antwort konnte gerade nicht gespeichert werden. Bitte versuchen Sie es gleich noch einmal.",
            wrong: [
                "Bitte beantworten Sie diese Frage.",
                "Bitte wählen Sie eine der Noten.",
                "Bitte wählen Sie eine der Antworten.",
                "Bitte wählen Sie eine Antwort.",
                "Der Text ist zu lang: {} Zeichen sind möglich.",
                "Der Text enthält Zeichen, die nicht gespeichert werden können.",
            ],
            marks: [
                ["Sehr unwahrscheinlich", "Sehr wahrscheinlich"],
                ["Sehr unzufrieden", "Sehr zufrieden"],
                ["Sehr schwierig", "Sehr einfach"],
            ],
        },
    ),
    (
        "fr",
        Words {
            send: "Envoyer",
            next: "Suivant",
            close: "Fermer",
            optional: "facultatif",
            several: "Plusieurs réponses possibles",
            confirm: "Veuillez vérifier votre réponse et l’envoyer.",
            thanks: "Merci pour votre réponse.",
            taken: "Merci. Votre réponse est enregistrée. Voulez-vous nous en dire plus ?",
            mend: "Veuillez vérifier ce qui est signalé.",
            nothing: "Veuillez répondre à au moins une question.",
            already: "Vous avez déjà répondu. Merci.",
            expired: "Ce lien était valable jusqu’au {}. Merci d’avoir voulu répondre.",
            incomplete: "Ce lien est incomplet : la fin manque. Veuillez le copier en entier depuis le message, ou cliquer dessus.",
            invalid: "Ce lien n’est pas valable. Veuillez utiliser celui du message que vous avez reçu.",
            closed: "Cette enquête n’est pas ouverte.",
            later: "Votre réponse n’a pas pu être enregistrée. Veuillez réessayer dans un instant.",
            wrong: [
                "Veuillez répondre à cette question.",
                "Veuillez choisir une des notes.",
                "Veuillez choisir une des réponses.",
                "Veuillez choisir une seule réponse.",
                "Le texte est trop long : {} caractères au maximum.",
                "Le texte contient des caractères qui ne peuvent pas être enregistrés.",
            ],
            marks: [["Pas du tout probable", "Très probable"], ["Très insatisfait", "Très satisfait"], ["Très difficile", "Très facile"]],
        },
    ),
    (
        "es",
        Words {
            send: "Enviar",
            next: "Siguiente",
            close: "Cerrar",
            optional: "opcional",
            several: "Puede elegir varias",
            confirm: "Revise su respuesta y envíela.",
            thanks: "Gracias por su respuesta.",
            taken: "Gracias. Su respuesta se ha guardado. ¿Quiere contarnos más?",
            mend: "Revise lo que está marcado.",
            nothing: "Responda al menos a una pregunta.",
            already: "Ya ha respondido. Gracias.",
            expired: "Este enlace fue válido hasta el {}. Gracias por querer responder.",
            incomplete: "Este enlace no está completo: falta el final. Cópielo entero del mensaje o haga clic en él.",
            invalid: "Este enlace no es válido. Use el del mensaje que recibió.",
            closed: "Esta encuesta no está abierta.",
            later: "Su respuesta no se ha podido guardar ahora. Inténtelo de nuevo en un momento.",
            wrong: [
                "Responda a esta pregunta.",
                "Elija una de las notas.",
                "Elija una de las opciones.",
                "Elija una sola opción.",
                "El texto es demasiado largo: caben {} caracteres.",
                "El texto tiene caracteres que no se pueden guardar.",
            ],
            marks: [["Nada probable", "Muy probable"], ["Muy insatisfecho", "Muy satisfecho"], ["Muy difícil", "Muy fácil"]],
        },
    ),
    (
        "it",
        Words {
            send: "Invia",
            next: "Avanti",
            close: "Chiudi",
            optional: "facoltativo",
            several: "Sono possibili più risposte",
            confirm: "Controlli la sua risposta e la invii.",
            thanks: "Grazie per la sua risposta.",
            taken: "Grazie. La sua risposta è stata salvata. Vuole dirci di più?",
            mend: "Controlli ciò che è segnalato.",
            nothing: "Risponda ad almeno una domanda.",
            already: "Ha già risposto. Grazie.",
            expired: "Questo link era valido fino al {}. Grazie per aver voluto rispondere.",
            incomplete: "Questo link non è completo: manca la fine. Lo copi per intero dal messaggio, oppure lo apra da lì.",
            invalid: "Questo link non è valido. Usi quello del messaggio che ha ricevuto.",
            closed: "Questo sondaggio non è aperto.",
            later: "Non è stato possibile salvare la sua risposta. Riprovi tra poco.",
            wrong: [
                "Risponda a questa domanda.",
                "Scelga uno dei voti.",
                "Scelga una delle risposte.",
                "Scelga una sola risposta.",
                "Il testo è troppo lungo: sono possibili {} caratteri.",
                "Il testo contiene caratteri che non si possono salvare.",
            ],
            marks: [
                ["Per niente probabile", "Molto probabile"],
                ["Molto insoddisfatto", "Molto soddisfatto"],
                ["Molto difficile", "Molto facile"],
            ],
        },
    ),
    (
        "nl",
        Words {
            send: "Versturen",
            next: "Verder",
            close: "Sluiten",
            optional: "niet verplicht",
            several: "Meer antwoorden mogelijk",
            confirm: "Controleer uw antwoord en verstuur het.",
            thanks: "Bedankt voor uw antwoord.",
            taken: "Bedankt. Uw antwoord is opgeslagen. Wilt u ons meer vertellen?",
            mend: "Controleer wat gemarkeerd is.",
            nothing: "Beantwoord ten minste één vraag.",
            already: "U hebt al geantwoord. Bedankt.",
            expired: "Deze link was geldig tot {}. Bedankt dat u wilde antwoorden.",
            incomplete: "Deze link is niet volledig: het einde ontbreekt. Kopieer hem helemaal uit het bericht, of klik hem daar aan.",
            invalid: "Deze link is niet geldig. Gebruik de link uit het bericht dat u hebt ontvangen.",
            closed: "Deze enquête is niet open.",
            later: "Uw antwoord kon nu niet worden opgeslagen. Probeer het zo nog eens.",
            wrong: [
                "Beantwoord deze vraag.",
                "Kies een van de cijfers.",
                "Kies een van de antwoorden.",
                "Kies één antwoord.",
                "De tekst is te lang: {} tekens zijn mogelijk.",
                "De tekst bevat tekens die niet kunnen worden opgeslagen.",
            ],
            marks: [
                ["Zeer onwaarschijnlijk", "Zeer waarschijnlijk"],
                ["Zeer ontevreden", "Zeer tevreden"],
                ["Zeer moeilijk", "Zeer makkelijk"],
            ],
        },
    ),
    (
        "pt",
        Words {
            send: "Enviar",
            next: "Continuar",
            close: "Fechar",
            optional: "opcional",
            several: "Pode escolher várias",
            confirm: "Verifique a sua resposta e envie-a.",
            thanks: "Obrigado pela sua resposta.",
            taken: "Obrigado. A sua resposta foi guardada. Quer contar-nos mais?",
            mend: "Verifique o que está assinalado.",
            nothing: "Responda a pelo menos uma pergunta.",
            already: "Já respondeu. Obrigado.",
            expired: "Este link foi válido até {}. Obrigado por querer responder.",
            incomplete: "Este link não está completo: falta o fim. Copie-o inteiro da mensagem ou clique nele.",
            invalid: "Este link não é válido. Use o da mensagem que recebeu.",
            closed: "Este inquérito não está aberto.",
            later: "Não foi possível guardar a sua resposta agora. Tente de novo dentro de momentos.",
            wrong: [
                "Responda a esta pergunta.",
                "Escolha uma das notas.",
                "Escolha uma das opções.",
                "Escolha uma só opção.",
                "O texto é longo demais: cabem {} caracteres.",
                "O texto tem caracteres que não podem ser guardados.",
            ],
            marks: [["Nada provável", "Muito provável"], ["Muito insatisfeito", "Muito satisfeito"], ["Muito difícil", "Muito fácil"]],
        },
    ),
    (
        "pl",
        Words {
            send: "Wyślij",
            next: "Dalej",
            close: "Zamknij",
            optional: "nieobowiązkowe",
            several: "Można wybrać kilka",
            confirm: "Proszę sprawdzić odpowiedź i ją wysłać.",
            thanks: "Dziękujemy za odpowiedź.",
            taken: "Dziękujemy. Odpowiedź została zapisana. Czy chcesz powiedzieć nam więcej?",
            mend: "Proszę sprawdzić zaznaczone miejsca.",
            nothing: "Proszę odpowiedzieć na co najmniej jedno pytanie.",
            already: "Odpowiedź została już wysłana. Dziękujemy.",
            expired: "Ten link był ważny do {}. Dziękujemy za chęć odpowiedzi.",
            incomplete: "Ten link jest niepełny: brakuje jego końca. Proszę skopiować go w całości z wiadomości lub kliknąć go tam.",
            invalid: "Ten link jest nieprawidłowy. Proszę użyć linku z otrzymanej wiadomości.",
            closed: "Ta ankieta nie jest otwarta.",
            later: "Nie udało się teraz zapisać odpowiedzi. Proszę spróbować za chwilę.",
            wrong: [
                "Proszę odpowiedzieć na to pytanie.",
                "Proszę wybrać jedną z ocen.",
                "Proszę wybrać jedną z odpowiedzi.",
                "Proszę wybrać tylko jedną odpowiedź.",
                "Tekst jest za długi: możliwych znaków jest {}.",
                "Tekst zawiera znaki, których nie można zapisać.",
            ],
            marks: [
                ["Bardzo mało prawdopodobne", "Bardzo prawdopodobne"],
                ["Bardzo niezadowolony", "Bardzo zadowolony"],
                ["Bardzo trudno", "Bardzo łatwo"],
            ],
        },
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_unsaid_in_any_language() {
        for (code, words) in LANGUAGES {
            let told = serde_json::to_value(words).unwrap();
            let mut texts: Vec<&serde_json::Value> = told.as_object().unwrap().values().collect();
            while let Some(text) = texts.pop() {
                match text {
                    serde_json::Value::Array(list) => texts.extend(list),
                    text => assert!(!text.as_str().unwrap().is_empty(), "{code}"),
                }
            }
            assert!(words.expired.contains("{}") && words.wrong(Wrong::TooLong).contains("{}"), "{code}");
            assert_eq!(Words::of(&format!("{code}-XX")), words);
        }
        assert_eq!(Words::of("xx"), Words::of("en"));
        assert!(is_from_right("ar-EG") && !is_from_right("en"));
    }
}
