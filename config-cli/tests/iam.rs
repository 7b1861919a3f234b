//! `iam` and `schema`: what others need to know.

#[path = "synth/run.rs"]
mod run;

use run::Folder;

const DECLARATION: &str = r#"app = "orders"
kms_key = "alias/orders"
[secrets]
KEY = "docs"
"own-key" = { docs = "docs", fallback = false }
[parameters]
TERMS = { value = "x", fetch = true }
[stages.prod]
kms_key = "1234abcd-12ab-34cd-56ef-1234567890ab"
[functions]
api = { bind = ["KEY", "own-key", "TERMS"] }
idle = { }
"#;

const MANIFEST: &str = r#"{ "format": "bind-manifest", "version": 1, "app": "orders",
    "bindings": { "KEY": { "kind": "secret" } }, "functions": { "api": { "bind": ["KEY"] } } }"#;

#[test]
fn the_policy_of_a_function_names_what_it_reads_and_with_which_keys() {
    let folder = Folder::with(&[("bind.toml", DECLARATION)]);

    folder.run(&["iam", "api", "--stage", "prod", "--account", "123456789012", "--region", "eu-west-1"]).is(
        0,
        r#"{
  "Statement": [
    {
      "Action": "ssm:GetParameters",
      "Effect": "Allow",
      "Resource": [
        "arn:aws:ssm:eu-west-1:123456789012:parameter/sst/orders/prod/Secret/KEY/value",
        "arn:aws:ssm:eu-west-1:123456789012:parameter/sst/orders/prod/Secret/own_key/value",
        "arn:aws:ssm:eu-west-1:123456789012:parameter/sst/orders/.fallback/Secret/KEY/value",
        "arn:aws:ssm:eu-west-1:123456789012:parameter/sst/orders/prod/Parameter/TERMS/value"
      ],
      "Sid": "BindConfigRead"
    },
    {
      "Action": "kms:Decrypt",
      "Condition": {
        "StringLike": {
          "kms:EncryptionContext:PARAMETER_ARN": "arn:aws:ssm:eu-west-1:123456789012:parameter/sst/orders/prod/Secret/*",
          "kms:ViaService": "ssm.eu-west-1.amazonaws.com"
        }
      },
      "Effect": "Allow",
      "Resource": "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
      "Sid": "BindConfigDecrypt"
    },
    {
      "Action": "kms:Decrypt",
      "Condition": {
        "ForAnyValue:StringEquals": {
          "kms:ResourceAliases": "alias/orders"
        },
        "StringLike": {
          "kms:EncryptionContext:PARAMETER_ARN": "arn:aws:ssm:eu-west-1:123456789012:parameter/sst/orders/.fallback/Secret/*",
          "kms:ViaService": "ssm.eu-west-1.amazonaws.com"
        }
      },
      "Effect": "Allow",
      "Resource": "arn:aws:kms:eu-west-1:123456789012:key/*",
      "Sid": "BindConfigDecryptFallback"
    }
  ],
  "Version": "2012-10-17"
}
"#,
        "",
    );
}

#[test]
fn a_manifest_alone_is_enough() {
    let folder = Folder::with(&[("bindings.json", MANIFEST)]);

    folder.run(&["iam", "--stage", "dev", "--format", "cloudformation", "--grants", "prefix", "--kms-key", "alias/aws/ssm"]).is(
        0,
        r#"{
  "Statement": [
    {
      "Action": "ssm:GetParameters",
      "Effect": "Allow",
      "Resource": [
        {
          "Fn::Sub": "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/sst/orders/dev/Secret/*"
        },
        {
          "Fn::Sub": "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/sst/orders/.fallback/Secret/*"
        }
      ],
      "Sid": "BindConfigRead"
    }
  ],
  "Version": "2012-10-17"
}
"#,
        "",
    );
}

#[test]
fn terraform_gets_a_document_with_the_data_sources_that_it_needs() {
    let folder = Folder::with(&[("bindings.json", MANIFEST)]);
    let key = "arn:aws:kms:eu-west-1:123456789012:alias/orders";

    folder.run(&["iam", "api", "--stage", "dev", "--format", "terraform", "--kms-key", key]).is(
        0,
        r#"{
  "data": {
    "aws_caller_identity": {
      "bind_config_api": {}
    },
    "aws_iam_policy_document": {
      "bind_config_api": {
        "statement": [
          {
            "actions": [
              "ssm:GetParameters"
            ],
            "effect": "Allow",
            "resources": [
              "arn:${data.aws_partition.bind_config_api.partition}:ssm:${data.aws_region.bind_config_api.id}:${data.aws_caller_identity.bind_config_api.account_id}:parameter/sst/orders/dev/Secret/KEY/value",
              "arn:${data.aws_partition.bind_config_api.partition}:ssm:${data.aws_region.bind_config_api.id}:${data.aws_caller_identity.bind_config_api.account_id}:parameter/sst/orders/.fallback/Secret/KEY/value"
            ],
            "sid": "BindConfigRead"
          },
          {
            "actions": [
              "kms:Decrypt"
            ],
            "condition": [
              {
                "test": "StringLike",
                "values": [
                  "ssm.${data.aws_region.bind_config_api.id}.amazonaws.com"
                ],
                "variable": "kms:ViaService"
              },
              {
                "test": "StringLike",
                "values": [
                  "arn:${data.aws_partition.bind_config_api.partition}:ssm:${data.aws_region.bind_config_api.id}:${data.aws_caller_identity.bind_config_api.account_id}:parameter/sst/orders/dev/Secret/*",
                  "arn:${data.aws_partition.bind_config_api.partition}:ssm:${data.aws_region.bind_config_api.id}:${data.aws_caller_identity.bind_config_api.account_id}:parameter/sst/orders/.fallback/Secret/*"
                ],
                "variable": "kms:EncryptionContext:PARAMETER_ARN"
              },
              {
                "test": "ForAnyValue:StringEquals",
                "values": [
                  "alias/orders"
                ],
                "variable": "kms:ResourceAliases"
              }
            ],
            "effect": "Allow",
            "resources": [
              "arn:aws:kms:eu-west-1:123456789012:key/*"
            ],
            "sid": "BindConfigDecrypt"
          }
        ]
      }
    },
    "aws_partition": {
      "bind_config_api": {}
    },
    "aws_region": {
      "bind_config_api": {}
    }
  }
}
"#,
        "",
    );
}

#[test]
fn what_cannot_be_asked_is_said() {
    let folder = Folder::with(&[("bind.toml", DECLARATION)]);
    for (arguments, code, says) in [
        (&["iam", "appi", "--stage", "dev"][..], 2, "error: there is no function `appi`: did you mean `api`?\n"),
        (&["iam", "billing", "--stage", "dev"], 2, "error: there is no function `billing`: there are `api`, `idle`\n"),
        (
            &["iam", "idle", "--stage", "dev"],
            1,
            "error: function `idle` fetches nothing at start: it needs no policy\n",
        ),
        (
            &["iam", "api", "--stage", "dev", "--account", "1"],
            2,
            "error: `--account`: an AWS account is twelve digits\n",
        ),
        (
            &["iam", "api", "--stage", "dev", "--kms-key", "a b"],
            2,
            "error: `--kms-key`: give the id of a KMS key, an alias (`alias/NAME`) or an ARN\n",
        ),
    ] {
        folder.run(arguments).is(code, "", says);
    }
}

#[test]
fn a_policy_that_iam_does_not_take_is_printed_with_a_warning() {
    let secrets = (0..50).map(|n| format!("SECRET_{n} = \"docs\"\n")).collect::<Vec<_>>().concat();
    let folder = Folder::with(&[("bind.toml", &format!("app = \"orders\"\n[secrets]\n{secrets}"))]);
    let run = folder.run(&["iam", "--stage", "dev"]);
    assert_eq!(run.code, Some(0));
    assert_eq!(
        run.stderr,
        "warning: the policy of the app (no functions are declared) has 9,402 characters, IAM takes 6,144 as a managed policy: \
         `--grants prefix` makes it short\n"
    );
    assert!(run.stdout.starts_with("{\n  \"Statement\""));
}

#[test]
fn the_schema_is_that_of_the_manifest() {
    let folder = Folder::with(&[]);
    let run = folder.run(&["schema"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let schema: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(schema["title"], "bindings.json");
    assert!(run.stdout.ends_with("}\n"));
}
