"""Compares objects with the schemas of Kubernetes, without unknown fields, and answers what is wrong with each."""

import json
import sys

import kubernetes_validate

given = json.load(sys.stdin)
problems = []
for one in given["objects"]:
    try:
        kubernetes_validate.validate(one, given["version"], strict=True)
    except kubernetes_validate.ValidationError as error:
        path = ".".join(str(part) for part in error.path)
        problems.append(f"{one['kind']} {one['metadata']['name']}: {path}: {error.message}")
json.dump(problems, sys.stdout)
