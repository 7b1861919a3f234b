//! Reads the members of a request's body. What has the wrong JSON type is a `SerializationException`; what nobody knows is
//! ignored, as AWS does.

use serde_json::{Map, Value};

use crate::Refusal;

/// A request's body.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a>(&'a Map<String, Value>);

impl<'a> Input<'a> {
    pub(crate) fn new(body: &'a Value) -> Result<Self, Refusal> {
        body.as_object().map(Self).ok_or_else(|| Refusal::serialization(NOT_AN_OBJECT))
    }

    pub(crate) fn text(self, name: &str) -> Result<Option<&'a str>, Refusal> {
        self.member(name).map(string).transpose()
    }

    pub(crate) fn flag(self, name: &str) -> Result<bool, Refusal> {
        match self.member(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(other) => Err(misfit(other, "Boolean")),
        }
    }

    pub(crate) fn integer(self, name: &str) -> Result<Option<i64>, Refusal> {
        match self.member(name) {
            None => Ok(None),
            Some(Value::Number(number)) => number
                .as_i64()
                .map(Some)
                .ok_or_else(|| Refusal::serialization("NUMBER_VALUE cannot be converted to Long")),
            Some(other) => Err(misfit(other, "Long")),
        }
    }

    pub(crate) fn texts(self, name: &str) -> Result<Option<Vec<String>>, Refusal> {
        let Some(items) = self.list(name)? else { return Ok(None) };
        items.iter().map(|item| string(item).map(str::to_owned)).collect::<Result<_, _>>().map(Some)
    }

    pub(crate) fn objects(self, name: &str) -> Result<Vec<Input<'a>>, Refusal> {
        self.list(name)?.unwrap_or_default().iter().map(Input::new).collect()
    }

    pub(crate) fn object(self, name: &str) -> Result<Option<Input<'a>>, Refusal> {
        self.member(name).map(Input::new).transpose()
    }

    /// A map of texts.
    pub(crate) fn entries(self) -> Result<Vec<(&'a str, &'a str)>, Refusal> {
        self.0.iter().map(|(key, value)| Ok((key.as_str(), string(value)?))).collect()
    }

    fn list(self, name: &str) -> Result<Option<&'a [Value]>, Refusal> {
        match self.member(name) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(Value::Object(_)) => Err(Refusal::serialization(NOT_EXPECTED)),
            Some(_) => Err(Refusal::serialization("Expected list or null")),
        }
    }

    /// `null` is as good as absent.
    fn member(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }
}

fn string(value: &Value) -> Result<&str, Refusal> {
    value.as_str().ok_or_else(|| misfit(value, "String"))
}

/// Names the type that came, never what came.
fn misfit(value: &Value, expected: &str) -> Refusal {
    let found = match value {
        Value::Array(_) | Value::Object(_) => return Refusal::serialization(NOT_EXPECTED),
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
    };
    Refusal::serialization(format!("{found} cannot be converted to {expected}"))
}

const NOT_AN_OBJECT: &str = "Unexpected token";
const NOT_EXPECTED: &str = "Start of structure or map found where not expected.";
