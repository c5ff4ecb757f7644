//! Query strings and posted forms, decoded strictly. A library would repair what is broken; a
//! parameter that cannot be decoded must be refused.

use percent_encoding::percent_decode_str;

/// A decoded value, or the fact that it cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Text(String),
    /// Broken percent-encoding or not UTF-8. No parameter accepts it.
    Undecodable,
}

/// Names and values in their order. Names are case-sensitive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, Value)>);

/// The values of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<'a> {
    Nothing,
    One(&'a str),
    Undecodable,
    MoreThanOne,
}

impl Query {
    /// Reads `application/x-www-form-urlencoded`, where `+` is a space. Skips a pair whose name cannot
    /// be decoded: no parameter has such a name.
    pub fn parse(raw: &str) -> Self {
        let pairs = raw.split('&').filter(|pair| !pair.is_empty()).filter_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode(name)?, decode(value).map_or(Value::Undecodable, Value::Text)))
        });
        Self(pairs.collect())
    }

    /// Takes pairs that the gateway has decoded.
    pub fn from_decoded<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        Self(pairs.map(|(name, value)| (name.to_owned(), Value::Text(value.to_owned()))).collect())
    }

    pub fn find(&self, name: &str) -> Found<'_> {
        let mut values = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value);
        match (values.next(), values.next()) {
            (None, _) => Found::Nothing,
            (Some(Value::Text(text)), None) => Found::One(text),
            (Some(Value::Undecodable), None) => Found::Undecodable,
            (Some(_), Some(_)) => Found::MoreThanOne,
        }
    }
}

fn decode(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    let mut rest = text.split('%');
    rest.next();
    let well_formed =
        rest.all(|after| after.as_bytes().get(..2).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)));
    if !well_formed {
        return None;
    }
    percent_decode_str(&text).decode_utf8().ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_decoded_strictly() {
        let query = Query::parse("a=1&b=x%20y+z&c=%zz&d=%ff&e=%4&f&g=1&g=1&=x&&A=2&h=%D1%9E=%3D");
        assert_eq!(query.find("a"), Found::One("1"));
        assert_eq!(query.find("b"), Found::One("x y z"));
        assert_eq!(query.find("c"), Found::Undecodable);
        assert_eq!(query.find("d"), Found::Undecodable);
        assert_eq!(query.find("e"), Found::Undecodable);
        assert_eq!(query.find("f"), Found::One(""));
        assert_eq!(query.find("g"), Found::MoreThanOne);
        assert_eq!(query.find("h"), Found::One("ў=="));
        assert_eq!(query.find("A"), Found::One("2"));
        assert_eq!(query.find("z"), Found::Nothing);
    }

    proptest! {
        #[test]
        fn any_text_is_read(raw in any::<String>()) {
            let _ = Query::parse(&raw);
        }

        #[test]
        fn an_encoded_value_is_read_back(value in any::<String>()) {
            let raw = format!("name={}", utf8_percent_encode(&value, NON_ALPHANUMERIC));
            let query = Query::parse(&raw);
            prop_assert_eq!(query.find("name"), Found::One(value.as_str()));
        }
    }
}
