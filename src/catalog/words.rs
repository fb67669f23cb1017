//! GitLab's interface words per language, and the names of the months.
//!
//! A page shows some facts only as words in the language of its viewer: roles, "never", a variable's badges, dates. What
//! is in no table is unknown to the reader, never guessed.

use std::sync::OnceLock;

use super::table;

/// The languages of `ui_words.csv`, as `html[lang]` writes them.
pub const LANGUAGES: [&str; 18] = [
    "en", "de", "es", "fr", "ga-IE", "it", "ja", "ko", "pt-BR", "zh-CN", "zh-TW", "ru", "ro-RO", "uk", "da-DK",
    "nb-NO", "si-LK", "tr-TR",
];

struct Word {
    key: &'static str,
    texts: [&'static str; 18],
}

fn words() -> &'static [Word] {
    static TABLE: OnceLock<Vec<Word>> = OnceLock::new();
    TABLE.get_or_init(|| {
        table::rows("ui_words.csv", table::columns!("ui_words.csv": "key" "en" "de" "es" "fr" "ga-IE" "it" "ja" "ko" "pt-BR" "zh-CN" "zh-TW" "ru" "ro-RO" "uk" "da-DK" "nb-NO" "si-LK" "tr-TR"), |row| Word {
            key: row.cell("key"),
            texts: LANGUAGES.map(|language| row.cell(language)),
        })
    })
}

fn language_index(lang: &str) -> usize {
    LANGUAGES.iter().position(|known| known.eq_ignore_ascii_case(lang)).unwrap_or(0)
}

/// The words that stand for `key` on a page in `lang`: the translation, and English, which GitLab shows where one is
/// missing. Nothing for an unknown key.
pub fn shown(key: &str, lang: &str) -> impl Iterator<Item = &'static str> {
    let texts = words().iter().find(|word| word.key == key).map(|word| &word.texts);
    let translated = texts.and_then(|texts| texts.get(language_index(lang)).copied());
    let english = texts.and_then(|texts| texts.first().copied());
    translated.into_iter().chain(english).filter(|text| !text.is_empty())
}

/// Which of `keys` does `text` stand for on a page in `lang`? The page's language first, then English; `None` when no
/// word fits, or when one word of the language stands for several of the keys.
#[must_use]
pub fn find<'k>(text: &str, lang: &str, keys: &[&'k str]) -> Option<&'k str> {
    let text = fold(text);
    let language = language_index(lang);
    for column in [language, 0] {
        let mut found = keys.iter().filter(|key| {
            words().iter().any(|word| {
                word.key == **key
                    && word.texts.get(column).is_some_and(|shown| !shown.is_empty() && is_same(shown, &text))
            })
        });
        if let Some(key) = found.next() {
            return found.next().is_none().then_some(*key);
        }
    }
    None
}

/// As [`find`], over every language: for pages whose language is not in the table.
#[must_use]
pub fn find_anywhere<'k>(text: &str, keys: &[&'k str]) -> Option<&'k str> {
    let text = fold(text);
    let mut found = keys.iter().filter(|key| {
        words().iter().any(|word| word.key == **key && word.texts.iter().any(|shown| is_same(shown, &text)))
    });
    let key = found.next()?;
    (found.next().is_none() && !text.is_empty()).then_some(*key)
}

/// Is this one of the table's languages?
#[must_use]
pub fn knows(lang: &str) -> bool {
    LANGUAGES.iter().any(|known| known.eq_ignore_ascii_case(lang))
}

/// Case, and the kinds of blank that translations differ in, do not count.
fn folded(text: &str) -> impl Iterator<Item = char> {
    let mut characters = text.trim().chars().peekable();
    let folded = std::iter::from_fn(move || {
        let character = characters.next()?;
        if character.is_whitespace() {
            while characters.next_if(|next| next.is_whitespace()).is_some() {}
            return Some(' ');
        }
        Some(character)
    });
    folded.flat_map(char::to_lowercase)
}

fn fold(text: &str) -> String {
    folded(text).collect()
}

/// Does it come to the same as a text that is folded already? Nearly always the first character says no.
fn is_same(shown: &str, text: &str) -> bool {
    folded(shown).eq(text.chars())
}

struct Months {
    lang: &'static str,
    /// Lower case, without full stops and blanks.
    names: [String; 12],
}

fn months() -> &'static [Months] {
    static TABLE: OnceLock<Vec<Months>> = OnceLock::new();
    TABLE.get_or_init(|| {
        table::rows("months.csv", table::columns!("months.csv": "lang" "jan" "feb" "mar" "apr" "may" "jun" "jul" "aug" "sep" "oct" "nov" "dec"), |row| Months {
            lang: row.cell("lang"),
            names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
                .map(|column| month_key(row.cell(column))),
        })
    })
}

fn month_key(word: &str) -> String {
    word.chars()
        .filter(|character| !character.is_whitespace() && *character != '.')
        .flat_map(char::to_lowercase)
        .collect()
}

/// The month (1–12) that a word names. The page's language decides first, then English, then all languages: a browser
/// writes some dates in its own language. `None` for a word that two languages use for different months.
#[must_use]
pub fn month(word: &str, lang: &str) -> Option<u8> {
    let word = month_key(word);
    if word.is_empty() {
        return None;
    }
    for language in [Some(lang), Some("en"), None] {
        let mut found = None;
        let mut clash = false;
        for row in months().iter().filter(|row| language.is_none_or(|wanted| row.lang.eq_ignore_ascii_case(wanted))) {
            for (number, _) in (1_u8..).zip(&row.names).filter(|(_, name)| **name == word) {
                clash |= found.is_some_and(|earlier| earlier != number);
                found = Some(number);
            }
        }
        if found.is_some() {
            return found.filter(|_| !clash);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_the_pages_language_then_in_english() {
        let roles = ["role_owner", "role_maintainer", "role_developer", "role_reporter"];
        assert_eq!(find("Betreuer(in)", "de", &roles), Some("role_maintainer"));
        assert_eq!(find("メンテナー", "ja", &roles), Some("role_maintainer"));
        assert_eq!(find("Maintainer", "tr-TR", &roles), Some("role_maintainer"));
        assert_eq!(find("Betreuer(in)", "fr", &roles), None);
        assert_eq!(find_anywhere("Betreuer(in)", &roles), Some("role_maintainer"));
        assert_eq!(find("", "en", &roles), None);
        assert_eq!(find_anywhere("", &roles), None);
    }

    #[test]
    fn a_word_that_stands_for_two_things_is_unknown() {
        // In Chinese "masked" and "hidden" are the same word.
        assert_eq!(find("隐藏", "zh-CN", &["var_masked", "var_hidden"]), None);
        assert_eq!(find("隐藏", "zh-CN", &["var_masked", "var_file"]), Some("var_masked"));
    }

    #[test]
    fn every_english_word_is_there() {
        for word in words() {
            assert!(!word.texts[0].is_empty(), "{}", word.key);
        }
    }

    #[test]
    fn months_are_known_in_many_languages_and_never_guessed() {
        for (word, lang, want) in [
            ("Feb", "en", Some(2)),
            ("févr.", "fr", Some(2)),
            ("März", "de", Some(3)),
            ("Sept", "en", Some(9)),
            ("M. Fómh", "ga-IE", Some(9)),
            ("września", "en", Some(9)),
            ("дек.", "ru", Some(12)),
            ("lip", "en", None), // July in Polish, June in Croatian
            ("lip", "pl", Some(7)),
            ("moon", "en", None),
        ] {
            assert_eq!(month(word, lang), want, "{word} {lang}");
        }
    }

    /// `words::find` must give each of the catalog's words its own key, or none.
    #[test]
    fn no_word_is_taken_for_another() {
        for word in words() {
            for (text, lang) in word.texts.iter().zip(LANGUAGES).filter(|(text, _)| !text.is_empty()) {
                let all: Vec<_> = words().iter().map(|word| word.key).collect();
                let found = find(text, lang, &all);
                assert!(found.is_none() || found == Some(word.key), "{lang} {text}");
            }
        }
    }
}
