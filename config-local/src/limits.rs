//! AWS's numbers and the rules for names, labels and values, with the source of each. The text of a rule for names stands
//! beside it, that of an operation in its file.
//!
//! Sources: *model* is the service model of the SDKs (`ssm/2014-11-06`), *guide* the Systems Manager User Guide (pages
//! "Requirements and constraints for parameter names", "Managing parameter tiers", "Working with parameter versions",
//! "Working with parameter labels"), *quotas* the page "Systems Manager endpoints and quotas" of the General Reference.

use crate::{Refusal, Tier};

/// Names in one `GetParameters` or `DeleteParameters`; model, `ParameterNameList`.
pub(crate) const NAMES_PER_CALL: usize = 10;
/// Parameters in one page of `GetParametersByPath`; model, `GetParametersByPathMaxResults`.
pub(crate) const PATH_PAGE: usize = 10;
/// Entries in one page of `GetParameterHistory` and `DescribeParameters`; model, `MaxResults`.
pub(crate) const PAGE: usize = 50;
/// A name in a request; model, `PSParameterName`.
pub(crate) const NAME_IN_REQUEST: usize = 2048;
/// A new parameter's ARN, the part before the name included; model, documentation of `PutParameter.Name`.
pub(crate) const NEW_NAME: usize = 1011;
/// Levels of a hierarchy; guide.
pub(crate) const LEVELS: usize = 15;
/// A Standard value, in characters as the error says; quotas say 4 KB.
pub(crate) const STANDARD_VALUE: usize = 4096;
/// An Advanced value; quotas say 8 KB.
pub(crate) const ADVANCED_VALUE: usize = 8192;
/// Versions of one parameter that are kept; guide.
pub(crate) const VERSIONS: usize = 100;
/// Labels of one version; guide.
pub(crate) const LABELS_PER_VERSION: usize = 10;
/// Characters of a label; model, `ParameterLabel`.
pub(crate) const LABEL: usize = 100;
/// Labels in one request; model, `ParameterLabelList`.
pub(crate) const LABELS_PER_CALL: usize = 10;
/// Characters of a description; model, `ParameterDescription`.
pub(crate) const DESCRIPTION: usize = 1024;
/// Characters of an allowed pattern; model, `AllowedPattern`.
pub(crate) const ALLOWED_PATTERN: usize = 1024;
/// Characters of a data type; model, `ParameterDataType`.
pub(crate) const DATA_TYPE: usize = 128;
/// Characters of a key's id; model, `ParameterKeyId`.
pub(crate) const KEY_ID: usize = 256;
/// Tags of one resource; guide.
const TAGS: usize = 50;
/// Standard parameters of one account and region; quotas.
pub(crate) const STANDARD_PARAMETERS: usize = 10_000;
/// Advanced parameters of one account and region; quotas.
pub(crate) const ADVANCED_PARAMETERS: usize = 100_000;
/// Seconds a signature may be off the server's clock; the texts of `InvalidSignatureException` name it.
pub(crate) const CLOCK_SKEW: i64 = 5 * 60;
/// Read calls a second of one account and region (`GetParameter`, `GetParameters`, `GetParametersByPath` together)
/// without the higher-throughput setting; quotas.
pub(crate) const READS_PER_SECOND: f64 = 40.0;
/// The largest request the server reads. Not AWS's number: large enough for every legal request.
pub(crate) const REQUEST: usize = 1024 * 1024;

/// Broken constraints of a request's shape, which AWS reports together.
#[derive(Debug, Default)]
pub(crate) struct Constraints {
    broken: Vec<String>,
}

impl Constraints {
    /// `shown` is what AWS quotes. It must not be a parameter's value.
    pub(crate) fn broken(&mut self, member: &str, shown: &str, rule: &str) {
        self.broken.push(format!("Value {shown} at '{member}' failed to satisfy constraint: {rule}"));
    }

    /// Of a sensitive member AWS quotes nothing.
    pub(crate) fn broken_sensitive(&mut self, member: &str, rule: &str) {
        self.broken.push(format!("Value at '{member}' failed to satisfy constraint: {rule}"));
    }

    pub(crate) fn length(&mut self, member: &str, text: &str, min: usize, max: usize) {
        let length = text.chars().count();
        if length < min {
            self.broken(member, &quoted(text), &format!("Member must have length greater than or equal to {min}"));
        } else if length > max {
            self.broken(member, &quoted(text), &format!("Member must have length less than or equal to {max}"));
        }
    }

    pub(crate) fn count(&mut self, member: &str, items: &[String], min: usize, max: usize) {
        let shown = format!("'[{}]'", items.join(", "));
        if items.len() < min {
            self.broken(member, &shown, &format!("Member must have length greater than or equal to {min}"));
        } else if items.len() > max {
            self.broken(member, &shown, &format!("Member must have length less than or equal to {max}"));
        }
    }

    pub(crate) fn range(&mut self, member: &str, number: Option<i64>, max: usize) {
        let Some(number) = number else { return };
        let shown = quoted(&number.to_string());
        if number < 1 {
            self.broken(member, &shown, "Member must have value greater than or equal to 1");
        } else if usize::try_from(number).is_ok_and(|number| number > max) {
            self.broken(member, &shown, &format!("Member must have value less than or equal to {max}"));
        }
    }

    /// A required member that is absent.
    pub(crate) fn missing(&mut self, member: &str) {
        self.broken(member, "null", "Member must not be null");
    }

    pub(crate) fn check(self) -> Result<(), Refusal> {
        let number = self.broken.len();
        if number == 0 {
            return Ok(());
        }
        let plural = if number == 1 { "" } else { "s" };
        Err(Refusal::validation(format!("{number} validation error{plural} detected: {}", self.broken.join("; "))))
    }
}

fn quoted(text: &str) -> String {
    format!("'{text}'")
}

/// Whether a parameter may be created under this name. `arn` is the one it would have.
pub(crate) fn new_name(name: &str, arn: &str) -> Result<(), Refusal> {
    if arn.len() > NEW_NAME {
        return Err(Refusal::validation(NAME_TOO_LONG));
    }
    if reserved(name) {
        let is_path = name.matches('/').count() > 1;
        if is_path && lower(name).starts_with("/aws") {
            return Err(Refusal::client(
                "AccessDeniedException",
                format!("No access to reserved parameter name: {name}."),
            ));
        }
        return Err(Refusal::validation(if is_path { NAME_RULE } else { RESERVED }));
    }
    if !name.starts_with('/') && name.contains('/') {
        return Err(Refusal::validation(NOT_QUALIFIED));
    }
    if !well_formed(name) {
        return Err(Refusal::validation(NAME_RULE));
    }
    if levels(name) > LEVELS {
        return Err(Refusal::client("HierarchyLevelLimitExceededException", TOO_DEEP));
    }
    Ok(())
}

/// Whether a parameter may be asked for under this name (selector and ARN prefix taken off).
pub(crate) fn name_to_read(name: &str) -> Result<(), Refusal> {
    let public = lower(name).starts_with("/aws/");
    let bad = !well_formed(name) || (!name.starts_with('/') && name.contains('/')) || (reserved(name) && !public);
    if bad { Err(Refusal::validation(NAME_RULE)) } else { Ok(()) }
}

/// Whether `GetParametersByPath` takes this path.
pub(crate) fn path(path: &str) -> Result<(), Refusal> {
    let trimmed = path.strip_suffix('/').unwrap_or(path);
    let root = path == "/";
    if !path.starts_with('/') || (!root && !well_formed(trimmed)) || path.contains("//") {
        return Err(Refusal::validation(PATH_RULE));
    }
    if reserved(path) && !lower(path).starts_with("/aws/") {
        return Err(Refusal::validation(PATH_RULE));
    }
    if levels(trimmed) > LEVELS {
        return Err(Refusal::client("HierarchyLevelLimitExceededException", TOO_DEEP));
    }
    Ok(())
}

/// The tier a value is stored in. `current` is that of the parameter it replaces.
pub(crate) fn tier(asked: Option<Tier>, current: Option<Tier>, length: usize, policies: bool) -> Result<Tier, Refusal> {
    let was_advanced = current == Some(Tier::Advanced);
    let tier = match asked {
        Some(Tier::IntelligentTiering) if was_advanced || policies || length > STANDARD_VALUE => Tier::Advanced,
        Some(Tier::IntelligentTiering) => Tier::Standard,
        Some(tier) => tier,
        None => current.unwrap_or(Tier::Standard),
    };
    if was_advanced && tier == Tier::Standard {
        return Err(Refusal::validation(NO_DOWNGRADE));
    }
    if tier == Tier::Standard && length > STANDARD_VALUE {
        return Err(Refusal::validation(STANDARD_TOO_LARGE));
    }
    if length > ADVANCED_VALUE {
        return Err(Refusal::validation(ADVANCED_TOO_LARGE));
    }
    if tier == Tier::Standard && policies {
        return Err(Refusal::validation(POLICIES_NEED_ADVANCED));
    }
    Ok(tier)
}

/// Whether AWS would attach this label; one it would not is listed in `InvalidLabels`.
pub(crate) fn label(label: &str) -> bool {
    let lower = lower(label);
    let starts_well = label.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '.' | '-'));
    starts_well
        && !lower.starts_with("aws")
        && !lower.starts_with("ssm")
        && label.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
}

/// Whether a parameter may have so many tags.
pub(crate) fn tags(count: usize) -> Result<(), Refusal> {
    if count > TAGS { Err(Refusal::client("TooManyTagsError", TOO_MANY_TAGS)) } else { Ok(()) }
}

/// A value with a part in double brackets, as in `{{ssm:name}}`; model, documentation of `PutParameter.Value`.
pub(crate) fn nests_a_parameter(value: &str) -> bool {
    value.split_once("{{").is_some_and(|(_, rest)| rest.contains("}}"))
}

fn well_formed(name: &str) -> bool {
    let path = name.strip_prefix('/').unwrap_or(name);
    !path.is_empty()
        && path.split('/').all(|part| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
        })
}

fn reserved(name: &str) -> bool {
    let lower = lower(name.strip_prefix('/').unwrap_or(name));
    lower.starts_with("aws") || lower.starts_with("ssm")
}

fn levels(name: &str) -> usize {
    name.strip_prefix('/').unwrap_or(name).split('/').count()
}

fn lower(text: &str) -> String {
    text.to_ascii_lowercase()
}

/// Issues of other projects quote it in full, such as boto/boto3#1499 and localstack/localstack#7712.
const NAME_RULE: &str = "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can \
    consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the \
    following 3 symbols .-_";
const RESERVED: &str = "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).";
const NOT_QUALIFIED: &str = "Parameter name must be a fully qualified name";
const PATH_RULE: &str = "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a \
    forward slash \"/\". It can't be prefixed with \\\"aws\\\" or \\\"ssm\\\" (case-insensitive). It must use only letters, \
    numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All \
    sub-paths, if specified, must use the forward slash symbol \"/\". Valid example: /get/parameters2-/by1./path0_.";
/// The number is documented, the sentence is ours.
const NAME_TOO_LONG: &str = "Parameter name must not be longer than 1011 characters, the ARN's prefix included.";
const TOO_DEEP: &str = "A hierarchy can have a maximum of 15 levels. For more information, see Requirements and \
    constraints for parameter names in the AWS Systems Manager User Guide.";
const NO_DOWNGRADE: &str = "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the \
    advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and \
    recreate it as a standard parameter.";
const STANDARD_TOO_LARGE: &str = "Standard tier parameters support a maximum parameter value of 4096 characters. To create \
    a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see \
    https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html";
const ADVANCED_TOO_LARGE: &str = "The specified parameter value is too large. Advanced-tier parameters support a maximum \
    parameter value of 8192 characters.";
const TOO_MANY_TAGS: &str =
    "The Targets parameter includes too many tags. Remove one or more tags and try the command again.";
const POLICIES_NEED_ADVANCED: &str = "Standard tier parameters don't support parameter policies. To use parameter \
    policies, upgrade the parameter to use the advanced-parameter tier.";
