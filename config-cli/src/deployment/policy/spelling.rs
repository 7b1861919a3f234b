//! How a policy is spelled: as a document of its own, for CloudFormation, for Terraform.

use serde_json::{Value as Json, json};

use super::{Condition, Operand, Policy, Resource, Statement};

/// The form of a policy, with what it calls partition, region and account.
pub(crate) struct Spelling {
    partition: String,
    region: String,
    account: String,
    /// Whether a text with `${` must be told from one without.
    is_cloudformation: bool,
}

impl Spelling {
    /// A document of its own. What is not known is `*`.
    pub(crate) fn document(region: Option<&str>, account: Option<&str>) -> Spelling {
        Spelling {
            partition: partition(region.unwrap_or_default()).to_owned(),
            region: region.unwrap_or("*").to_owned(),
            account: account.unwrap_or("*").to_owned(),
            is_cloudformation: false,
        }
    }

    /// With CloudFormation's pseudo parameters.
    pub(crate) fn cloudformation(account: Option<&str>) -> Spelling {
        Spelling {
            partition: "${AWS::Partition}".to_owned(),
            region: "${AWS::Region}".to_owned(),
            account: account.unwrap_or("${AWS::AccountId}").to_owned(),
            is_cloudformation: true,
        }
    }

    /// With Terraform's data sources of this name.
    pub(crate) fn terraform(account: Option<&str>, name: &str) -> Spelling {
        let of_caller = || format!("${{data.aws_caller_identity.{name}.account_id}}");
        Spelling {
            partition: format!("${{data.aws_partition.{name}.partition}}"),
            region: format!("${{data.aws_region.{name}.id}}"),
            account: account.map_or_else(of_caller, str::to_owned),
            is_cloudformation: false,
        }
    }

    fn arn(&self, service: &str, rest: &str) -> String {
        let Spelling { partition, region, account, .. } = self;
        format!("arn:{partition}:{service}:{region}:{account}:{rest}")
    }

    fn resource(&self, resource: &Resource) -> Json {
        self.text(match resource {
            Resource::Parameter(path) => self.arn("ssm", &format!("parameter{path}")),
            Resource::Key(id) => self.arn("kms", &format!("key/{id}")),
            Resource::Arn(arn) => arn.clone(),
        })
    }

    fn operand(&self, operand: &Operand) -> Json {
        self.text(match operand {
            Operand::Text(text) => text.clone(),
            Operand::Parameter(path) => self.arn("ssm", &format!("parameter{path}")),
            Operand::Ssm => format!("ssm.{}.amazonaws.com", self.region),
        })
    }

    fn text(&self, text: String) -> Json {
        if self.is_cloudformation && text.contains("${") { json!({ "Fn::Sub": text }) } else { text.into() }
    }
}

/// The partition of a region.
fn partition(region: &str) -> &'static str {
    match region.split('-').collect::<Vec<_>>()[..] {
        ["cn", ..] => "aws-cn",
        ["us", "gov", ..] => "aws-us-gov",
        ["us", "iso", ..] => "aws-iso",
        ["us", "isob", ..] => "aws-iso-b",
        ["eusc", ..] => "aws-eusc",
        _ => "aws",
    }
}

impl Policy {
    /// The document.
    pub(crate) fn document(&self, spelling: &Spelling) -> Json {
        let statements = self.statements.iter().map(|statement| statement.document(spelling));
        json!({ "Version": VERSION, "Statement": statements.collect::<Vec<_>>() })
    }

    /// The body of Terraform's `data "aws_iam_policy_document"`.
    pub(crate) fn terraform(&self, spelling: &Spelling) -> Json {
        let statements = self.statements.iter().map(|statement| statement.terraform(spelling));
        json!({ "statement": statements.collect::<Vec<_>>() })
    }

    /// The document with the longest names that AWS has, for its size: that of an account and a region.
    pub(crate) fn longest_document(&self) -> Json {
        self.document(&Spelling::document(Some("ap-southeast-1"), Some("123456789012")))
    }
}

impl Statement {
    fn document(&self, spelling: &Spelling) -> Json {
        let resources = one_or_many(self.resources.iter().map(|resource| spelling.resource(resource)));
        let mut document = json!({ "Sid": self.sid, "Effect": "Allow", "Action": self.action, "Resource": resources });
        let mut conditions = json!({});
        for Condition { test, key, values } in &self.conditions {
            conditions[test][key] = one_or_many(values.iter().map(|value| spelling.operand(value)));
        }
        if !self.conditions.is_empty() {
            document["Condition"] = conditions;
        }
        document
    }

    fn terraform(&self, spelling: &Spelling) -> Json {
        let condition = |Condition { test, key, values }: &Condition| {
            let values: Vec<Json> = values.iter().map(|value| spelling.operand(value)).collect();
            json!({ "test": test, "variable": key, "values": values })
        };
        let resources: Vec<Json> = self.resources.iter().map(|resource| spelling.resource(resource)).collect();
        let mut statement =
            json!({ "sid": self.sid, "effect": "Allow", "actions": [self.action], "resources": resources });
        if !self.conditions.is_empty() {
            statement["condition"] = self.conditions.iter().map(condition).collect();
        }
        statement
    }
}

fn one_or_many(values: impl Iterator<Item = Json>) -> Json {
    let mut values: Vec<Json> = values.collect();
    if values.len() == 1 { values.remove(0) } else { Json::Array(values) }
}

const VERSION: &str = "2012-10-17";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_partition_is_that_of_the_region() {
        let regions =
            ["eu-west-1", "cn-north-1", "us-gov-east-1", "us-iso-east-1", "us-isob-east-1", "eusc-de-east-1", ""];
        let expected = ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-eusc", "aws"];
        assert_eq!(regions.map(partition), expected);
    }
}
