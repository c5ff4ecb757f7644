#!/usr/bin/env python3
"""Looks at what CloudFormation receives: template.yaml as SAM translates it, without an account.

A changed parameter of a function must give another version, and no deployment may end in a circle of resources."""

import json
import re
import subprocess
import sys
import tempfile

from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform


class NoManagedPolicies:
    def load(self):
        return {}


def translate(changed):
    """Returns the translated template and the values of its parameters."""
    with open("template.yaml", encoding="utf-8") as file:
        template = yaml_parse(file.read())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            # Where `sam deploy` puts the code.
            resource["Properties"]["CodeUri"] = "s3://bucket/" + resource["Properties"]["CodeUri"]
    values = {name: str(one["Default"]) for name, one in template["Parameters"].items()} | changed
    place = {"AWS::Region": "eu-central-1", "AWS::Partition": "aws"}
    return transform(template, values | place, NoManagedPolicies()), values


def versions(changed):
    """Returns each version with the description that CloudFormation gives it. Another one is another version."""
    template, values = translate(changed)
    resources = template["Resources"].items()
    found = {name: one["Properties"] for name, one in resources if one["Type"] == "AWS::Lambda::Version"}
    fill = lambda text: re.sub(r"\$\{(\w+)\}", lambda match: values[match[1]], text)
    return {name: fill(one["Description"]["Fn::Sub"]) for name, one in found.items()}


def main():
    usual = {
        "PublicUrl": "https://pay.example.uz", "PaymeMerchantId": 24 * "0", "ClickServiceId": "12345", "ClickMerchantId": "12345",
        "PaymeAddresses": "185.234.113.1-185.234.113.15",
        "PaymeSecretId": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:tophamyon/payme-AbCdEf",
    }
    first, second = versions(usual | {"SecretsRevision": "1"}), versions(usual | {"SecretsRevision": "2"})
    changed = sorted(re.sub("Version.*", "", name) for name, text in first.items() if second.get(name) != text)
    expected = ["ClickCompleteFunction", "ClickPrepareFunction", "PaymeFunction"]
    if changed != expected:
        sys.exit(f"another SecretsRevision publishes {changed}, and not {expected}")
    others = versions(usual | {"TablesRevision": "2"})
    same = [name for name, text in versions(usual).items() if others[name] == text]
    if same:
        sys.exit(f"another TablesRevision publishes no version of {same}")
    long = {name: len(text) for name, text in first.items() if len(text) > 256}
    if long:
        sys.exit(f"a description has 256 characters: {long}")
    for preference in ["off", "Canary10Percent5Minutes"]:
        template, _ = translate({"DeploymentPreference": preference})
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(template, file)
            file.flush()
            # Circles alone: SAM's own output has warnings.
            subprocess.run(["cfn-lint", "--ignore-checks", "W", "I", "--", file.name], check=True)


if __name__ == "__main__":
    main()
