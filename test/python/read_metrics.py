"""What Prometheus' own client makes of an exposition: standard input to JSON, by family."""
import json
import sys

from prometheus_client.parser import text_string_to_metric_families

given = json.load(sys.stdin)["text"]
seen = set()
families = {}
for family in text_string_to_metric_families(given):
    samples = []
    for sample in family.samples:
        series = (sample.name, tuple(sorted(sample.labels.items())))
        if series in seen:
            raise SystemExit(f"twice: {series}")
        seen.add(series)
        samples.append({"name": sample.name, "labels": sample.labels, "value": sample.value})
    if family.name in families:
        raise SystemExit(f"two families are called {family.name}")
    families[family.name] = {"type": family.type, "help": family.documentation, "samples": samples}
json.dump(families, sys.stdout)
