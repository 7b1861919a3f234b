//! Names and ARNs of functions, with their qualifiers: `name`, `name:live`, `123456789012:function:name`, or a whole ARN.

use std::sync::LazyLock;

use regex_lite::Regex;

use super::list::broken;
use super::{Functions, access_denied, invalid_parameter, not_found};
use crate::{Operation, Refusal};

/// The parts of a function's name in a request.
pub(super) struct FunctionName {
    region: Option<String>,
    account: Option<String>,
    pub(super) name: String,
    pub(super) qualifier: Option<String>,
}

impl FunctionName {
    pub(super) fn parse(text: &str) -> Option<Self> {
        static PARTS: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(
                r"^(?:arn:aws[a-zA-Z-]*:lambda:)?(?:([a-z]{2}(?:-gov)?-[a-z]+-\d):)?(?:(\d{12}):)?(?:function:)?([a-zA-Z0-9-_]+)(?::(\$LATEST|[a-zA-Z0-9-_]+))?$",
            )
            .expect("the pattern is one")
        });
        let parts = PARTS.captures(text)?;
        let part = |index| parts.get(index).map(|part| part.as_str().to_owned());
        Some(Self { region: part(1), account: part(2), name: part(3)?, qualifier: part(4) })
    }

    /// The name of the function itself.
    fn unqualified(self) -> Result<String, Refusal> {
        if self.qualifier.is_some() { Err(invalid_parameter(QUALIFIED)) } else { Ok(self.name) }
    }
}

/// The name of a function of this region and account.
pub(super) fn own(text: &str) -> Result<String, Refusal> {
    parse(text)?.unqualified()
}

impl Functions {
    /// `arn:aws:lambda:us-east-1:123456789012:function:name`, with the qualifier at its end.
    pub(super) fn arn(&self, name: &str, qualifier: Option<&str>) -> String {
        let arn = format!("arn:aws:lambda:{}:{}:function:{name}", self.region, self.account);
        qualifier.map_or_else(|| arn.clone(), |qualifier| format!("{arn}:{qualifier}"))
    }

    /// What a path names, if that is of this region and account.
    pub(super) fn asked(&self, operation: Operation, text: &str, caller: &str) -> Result<FunctionName, Refusal> {
        let parsed = parse(text)?;
        if let Some(region) = parsed.region.as_deref().filter(|region| *region != self.region) {
            let text = format!("Functions from '{region}' are not reachable in this region ('{}')", self.region);
            return Err(not_found(text));
        }
        if let Some(account) = parsed.account.as_deref().filter(|account| *account != self.account) {
            let resource = format!("arn:aws:lambda:{}:{account}:function:{}", self.region, parsed.name);
            return Err(access_denied(operation, &resource, caller, "resource"));
        }
        Ok(parsed)
    }

    /// As [`asked`](Self::asked), of an operation that knows no versions.
    pub(super) fn asked_unqualified(&self, operation: Operation, text: &str, caller: &str) -> Result<String, Refusal> {
        self.asked(operation, text, caller)?.unqualified()
    }
}

fn parse(text: &str) -> Result<FunctionName, Refusal> {
    let rule = format!("Member must satisfy regular expression pattern: {PATTERN}");
    FunctionName::parse(text).ok_or_else(|| broken("functionName", text, &rule))
}

/// The model, `FunctionName`.
const PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?";
const QUALIFIED: &str = "This operation is permitted on Lambda functions only. Aliases and versions do not support this \
    operation. Please specify either a function name or an unqualified function ARN.";
