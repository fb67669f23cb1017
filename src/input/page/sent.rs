//! Lists that GitLab's server put into an attribute as JSON.

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// What stands at a key, if it is not `null`.
#[derive(Clone, Copy)]
pub(super) enum Holds {
    Number,
    Text,
    Texts,
    Flag,
    Object,
}

impl Holds {
    fn fits(self, value: &Value) -> bool {
        value.is_null()
            || match self {
                Self::Number => value.is_u64(),
                Self::Text => value.is_string(),
                Self::Texts => value.as_array().is_some_and(|texts| texts.iter().all(Value::is_string)),
                Self::Flag => value.is_boolean(),
                Self::Object => value.is_object(),
            }
    }
}

/// The rows of a list, with the values of some keys; what stands at others, a credential maybe, is skipped and nowhere kept.
/// `None` where it is no list of objects, or where a key holds something else: then nothing is known of its form.
pub(super) fn rows(text: &str, keys: &[(&str, Holds)]) -> Option<Vec<Sent>> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let Value::Array(rows) = Keys(keys).deserialize(&mut deserializer).ok()? else { return None };
    deserializer.end().ok()?;
    rows.into_iter().map(|row| row.is_object().then_some(Sent(row))).collect()
}

/// A row as it was sent.
pub(super) struct Sent(Value);

impl Sent {
    /// The object at a key.
    pub(super) fn object(&mut self, key: &str) -> Option<Self> {
        self.0.get_mut(key).filter(|value| value.is_object()).map(|value| Self(value.take()))
    }

    /// The number at a key: an id.
    pub(super) fn number(&self, key: &str) -> Option<u64> {
        self.0.get(key)?.as_u64()
    }

    /// The text at a key.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.as_str()
    }

    /// The texts at a key.
    pub(super) fn texts(&self, key: &str) -> Option<impl Iterator<Item = &str>> {
        self.0.get(key)?.as_array().map(|texts| texts.iter().filter_map(Value::as_str))
    }

    /// Yes or no, at a key.
    pub(super) fn is(&self, key: &str) -> Option<bool> {
        self.0.get(key)?.as_bool()
    }
}

/// Reads a value, of objects no keys but these.
#[derive(Clone, Copy)]
struct Keys<'k>(&'k [(&'k str, Holds)]);

impl<'de> DeserializeSeed<'de> for Keys<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Keys<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while let Some(value) = values.next_element_seed(self)? {
            read.push(value);
        }
        Ok(read.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut values: A) -> Result<Value, A::Error> {
        let mut read = serde_json::Map::new();
        while let Some(key) = values.next_key::<String>()? {
            let Some((_, holds)) = self.0.iter().find(|(known, _)| *known == key) else {
                values.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = values.next_value_seed(self)?;
            if !holds.fits(&value) {
                return Err(A::Error::custom("something else"));
            }
            read.insert(key, value);
        }
        Ok(read.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &[(&str, Holds)] = &[
        ("id", Holds::Number),
        ("owner", Holds::Object),
        ("name", Holds::Text),
        ("on", Holds::Flag),
        ("no", Holds::Flag),
        ("scopes", Holds::Texts),
    ];

    #[test]
    fn what_is_not_asked_for_is_not_kept() {
        let text = r#"[{"id": 7, "token": "secret", "owner": {"name": "a", "token": ["secret"]}, "on": true, "no": null,
            "scopes": ["api", "read_user"]}]"#;
        let mut rows = rows(text, KEYS).unwrap();
        assert!(!rows[0].0.to_string().contains("secret"), "{}", rows[0].0);
        let row = &mut rows[0];
        assert_eq!((row.number("id"), row.number("absent")), (Some(7), None));
        assert_eq!((row.is("on"), row.is("no"), row.is("absent")), (Some(true), None, None));
        assert_eq!(row.texts("scopes").unwrap().collect::<Vec<_>>(), ["api", "read_user"]);
        assert_eq!(row.object("owner").unwrap().text("name"), Some("a"));
        assert!(row.texts("no").is_none() && row.object("absent").is_none());
    }

    #[test]
    fn what_is_no_list_of_objects_is_not_read() {
        for text in ["", "[", "{}", "[1]", "[{}] more", "[{}, null]", "null"] {
            assert!(rows(text, KEYS).is_none(), "{text}");
        }
        assert_eq!(rows("[]", KEYS).unwrap().len(), 0);
    }

    #[test]
    fn a_key_that_holds_something_else_tells_an_unknown_form() {
        for other in ["0.5", "-1", "\"7\"", "true", "[7]", "{}"] {
            assert!(rows(&format!("[{{\"id\": 7}}, {{\"id\": {other}}}]"), KEYS).is_none(), "{other}");
            let known = rows(&format!("[{{\"other\": {other}}}]"), KEYS).unwrap();
            assert_eq!(known[0].number("other"), None);
        }
        for row in
            [r#""scopes": ["api", 3]"#, r#""owner": "a""#, r#""owner": {"name": 7}"#, r#""on": "yes""#, r#""name": []"#]
        {
            assert!(rows(&format!("[{{{row}}}]"), KEYS).is_none(), "{row}");
        }
    }
}
