//! CloudWatch's filter patterns on JSON lines, as far as the template uses them: `=` and `!=` between a
//! member and a quoted text, `&&`, `||` and parentheses (Amazon CloudWatch Logs User Guide, "Filter
//! pattern syntax for metric filters", "Match terms in JSON log events").

use serde_json::Value;

/// A parsed pattern.
#[derive(Debug, PartialEq, Eq)]
pub enum FilterPattern {
    Is { path: Vec<String>, text: String },
    IsNot { path: Vec<String>, text: String },
    All(Vec<FilterPattern>),
    Any(Vec<FilterPattern>),
}

impl FilterPattern {
    /// # Panics
    /// If the pattern is not of the known part of the syntax.
    pub fn parse(pattern: &str) -> Self {
        let inner = pattern.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let mut parser = Parser { rest: inner.unwrap_or_else(|| panic!("no JSON pattern: {pattern}")) };
        let parsed = parser.group();
        assert!(parser.rest.trim().is_empty(), "left of {pattern}: {}", parser.rest);
        parsed
    }

    /// Returns whether `line` matches. Without the member, nothing is known of it: no match.
    pub fn matches(&self, line: &Value) -> bool {
        match self {
            Self::Is { path, text } => member(line, path) == Some(text),
            Self::IsNot { path, text } => member(line, path).is_some_and(|found| found != text),
            Self::All(parts) => parts.iter().all(|part| part.matches(line)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(line)),
        }
    }
}

/// The text under `path`. A number is no text.
fn member<'a>(line: &'a Value, path: &[String]) -> Option<&'a str> {
    path.iter().try_fold(line, |value, name| value.get(name))?.as_str()
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn take(&mut self, token: &str) -> bool {
        match self.rest.trim_start().strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Parts with one operator between them. To mix the two, a pattern has parentheses.
    fn group(&mut self) -> FilterPattern {
        let mut parts = vec![self.part()];
        let operator = ["&&", "||"].into_iter().find(|operator| self.take(operator));
        let Some(operator) = operator else { return parts.remove(0) };
        parts.push(self.part());
        while self.take(operator) {
            parts.push(self.part());
        }
        if operator == "&&" { FilterPattern::All(parts) } else { FilterPattern::Any(parts) }
    }

    fn part(&mut self) -> FilterPattern {
        if self.take("(") {
            let group = self.group();
            assert!(self.take(")"), "no ) before {}", self.rest);
            return group;
        }
        assert!(self.take("$."), "no member at {}", self.rest);
        let end = self.rest.find([' ', '=', '!']).unwrap();
        let path = self.rest[..end].split('.').map(str::to_owned).collect();
        self.rest = &self.rest[end..];
        let is_not = self.take("!=");
        assert!(is_not || self.take("="), "no operator at {}", self.rest);
        assert!(self.take("\""), "no text at {}", self.rest);
        let (text, rest) = self.rest.split_once('"').unwrap();
        self.rest = rest;
        let text = text.to_owned();
        if is_not { FilterPattern::IsNot { path, text } } else { FilterPattern::Is { path, text } }
    }
}

#[test]
fn a_pattern_is_read_as_cloudwatch_reads_it() {
    let pattern = FilterPattern::parse(r#"{ ($.a.b = "1") && (($.c != "x") || ($.c = "x")) }"#);
    for (line, matches) in [
        (r#"{"a":{"b":"1"},"c":"y"}"#, true),
        (r#"{"a":{"b":"1"},"c":"x"}"#, true),
        (r#"{"a":{"b":"1"}}"#, false),
        (r#"{"a":{"b":1},"c":"y"}"#, false),
        (r#"{"a":{"b":"2"},"c":"y"}"#, false),
        (r#"{"c":"y"}"#, false),
    ] {
        assert_eq!(pattern.matches(&serde_json::from_str(line).unwrap()), matches, "{line}");
    }
}
