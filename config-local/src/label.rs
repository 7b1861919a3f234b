//! `LabelParameterVersion` and `UnlabelParameterVersion`.

use crate::Refusal;
use crate::limits::{self, Constraints};
use crate::parameter::Version;
use crate::store::{Store, not_found, version_not_found};

/// What became of the labels in a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Labelled {
    pub(crate) version: i64,
    pub(crate) done: Vec<String>,
    pub(crate) invalid: Vec<String>,
}

impl Store {
    /// Attaches labels to a version, the latest one without a number. A label another version has moves.
    pub(crate) fn label(&mut self, name: &str, number: Option<i64>, labels: &[String]) -> Result<Labelled, Refusal> {
        check_shape(name, labels)?;
        let (valid, invalid): (Vec<_>, Vec<_>) = labels.iter().cloned().partition(|label| limits::label(label));
        let versions = self.versions(name)?;
        let number = number.unwrap_or_else(|| versions.last().map_or(1, |version| version.number));
        let target = versions
            .iter()
            .find(|version| version.number == number)
            .ok_or_else(|| version_not_found(&number.to_string(), name))?;
        let added = valid.iter().filter(|label| !target.labels.contains(label)).count();
        if target.labels.len() + added > limits::LABELS_PER_VERSION {
            return Err(Refusal::client("ParameterVersionLabelLimitExceeded", TOO_MANY));
        }
        for version in versions {
            let is_target = version.number == number;
            version.labels.retain(|label| is_target || !valid.contains(label));
            if is_target {
                let new: Vec<_> = valid.iter().filter(|label| !version.labels.contains(label)).cloned().collect();
                version.labels.extend(new);
            }
        }
        Ok(Labelled { version: number, done: valid, invalid })
    }

    /// Takes labels off a version.
    pub(crate) fn unlabel(&mut self, name: &str, number: i64, labels: &[String]) -> Result<Labelled, Refusal> {
        check_shape(name, labels)?;
        let versions = self.versions(name)?;
        let target = versions
            .iter_mut()
            .find(|version| version.number == number)
            .ok_or_else(|| version_not_found(&number.to_string(), name))?;
        let (done, invalid) = labels.iter().cloned().partition(|label| target.labels.contains(label));
        target.labels.retain(|label| !labels.contains(label));
        Ok(Labelled { version: number, done, invalid })
    }

    fn versions(&mut self, name: &str) -> Result<&mut Vec<Version>, Refusal> {
        let name = self.name_of_arn(name).unwrap_or(name);
        limits::name_to_read(name)?;
        let parameter = self.parameters.get_mut(&Self::key(name)).ok_or_else(|| not_found(name))?;
        Ok(&mut parameter.versions)
    }
}

fn check_shape(name: &str, labels: &[String]) -> Result<(), Refusal> {
    let mut constraints = Constraints::default();
    constraints.length("name", name, 1, limits::NAME_IN_REQUEST);
    constraints.count("labels", labels, 1, limits::LABELS_PER_CALL);
    if labels.iter().any(|label| label.is_empty() || label.chars().count() > limits::LABEL) {
        constraints.broken("labels", &format!("'[{}]'", labels.join(", ")), LABEL_LENGTH);
    }
    constraints.check()
}

const LABEL_LENGTH: &str = "Member must satisfy constraint: [Member must have length less than or equal to 100, Member must \
    have length greater than or equal to 1]";
const TOO_MANY: &str = "An error occurred (ParameterVersionLabelLimitExceeded) when calling the LabelParameterVersion \
    operation: A parameter version can have maximum 10 labels. Move one or more labels to another version and try again.";
