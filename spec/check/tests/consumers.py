"""Reads the reports in a folder with other people's readers, and says what they took them for, as JSON.

The folder has NAME.json, NAME.junit, NAME.tap, NAME.markdown and NAME.gradescope for each run NAME.
"""

import json
import pathlib
import sys

import jsonschema
import junitparser
import markdown_it
import tap.parser
import yaml

folder, schema = pathlib.Path(sys.argv[1]), json.loads(pathlib.Path(sys.argv[2]).read_text())
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)

# What Gradescope documents of results.json: whatever it does not name is a mistake.
VISIBILITY = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
FORMAT = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
GRADESCOPE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["tests"],
    "properties": {
        "score": {"type": "number", "minimum": 0},
        "execution_time": {"type": "number", "minimum": 0},
        "output": {"type": "string"},
        "output_format": FORMAT,
        "test_output_format": FORMAT,
        "test_name_format": FORMAT,
        "visibility": VISIBILITY,
        "stdout_visibility": VISIBILITY,
        "extra_data": {"type": "object"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["score"],
                "properties": {
                    "score": {"type": "number", "minimum": 0},
                    "max_score": {"type": "number", "minimum": 0},
                    "status": {"enum": ["passed", "failed"]},
                    "name": {"type": "string"},
                    "name_format": FORMAT,
                    "number": {"type": "string"},
                    "output": {"type": "string"},
                    "output_format": FORMAT,
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "visibility": VISIBILITY,
                    "extra_data": {"type": "object"},
                },
            },
        },
    },
}


def by_json(path):
    report = json.loads(path.read_text())
    validator.validate(report)
    return report["summary"]


def by_junit(path):
    xml = junitparser.JUnitXml.fromfile(str(path))
    counts = {"pass": 0, "fail": 0, "error": 0, "skip": 0}
    kinds = {junitparser.Failure: "fail", junitparser.Error: "error", junitparser.Skipped: "skip"}
    for suite in xml:
        before = dict(counts)
        for case in suite:
            results = [kinds[type(result)] for result in case.result]
            assert len(results) < 2, results
            counts[results[0] if results else "pass"] += 1
        now = {kind: counts[kind] - before[kind] for kind in counts}
        said = {"fail": suite.failures, "error": suite.errors, "skip": suite.skipped}
        assert said == {kind: now[kind] for kind in said}, (said, now)
        assert suite.tests == sum(now.values())
    assert (xml.tests, xml.failures, xml.errors) == (sum(counts.values()), counts["fail"], counts["error"])
    return counts


def by_tap(path):
    counts = {"pass": 0, "fail": 0, "skip": 0, "bail": 0, "yaml": 0}
    plan = None
    for line in tap.parser.Parser().parse_file(str(path)):
        if line.category == "plan":
            plan = line.expected_tests
        elif line.category == "bail":
            counts["bail"] += 1
        elif line.category == "test":
            counts["skip" if line.skip else "pass" if line.ok else "fail"] += 1
            assert not line.todo, line
            if line.yaml_block is not None:
                assert line.yaml_block["severity"] in ("fail", "warn", "error")
                counts["yaml"] += 1
        else:
            assert line.category in ("version", "diagnostic"), (line.category, str(line))
    assert plan == counts["pass"] + counts["fail"] + counts["skip"], plan
    return counts


def by_markdown(path):
    """What an attacker would want is in no token: there are headings, tables, text, and code."""
    tokens = markdown_it.MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(path.read_text())
    kinds = set()
    rows = 0
    for token in tokens:
        rows += token.type == "tr_open"
        for one in [token, *(token.children or [])]:
            kinds.add(one.type.removesuffix("_open").removesuffix("_close"))
            text = one.content if one.type == "text" else ""
            assert not any(bad in text for bad in ("http", "@", "<", "alert")), text
    allowed = {"heading", "inline", "text", "code_inline", "paragraph", "fence", "strong",
               "table", "thead", "tbody", "tr", "th", "td", "softbreak"}
    assert kinds <= allowed, kinds - allowed
    return rows


def by_gradescope(path):
    report = json.loads(path.read_text())
    jsonschema.validate(report, GRADESCOPE, jsonschema.Draft202012Validator)
    assert abs(report["score"] - sum(test["score"] for test in report["tests"])) < 1e-6
    assert all(test["score"] <= test["max_score"] for test in report["tests"])
    return len(report["tests"])


read = {
    path.stem: {
        "json": by_json(path),
        "junit": by_junit(path.with_suffix(".junit")),
        "tap": by_tap(path.with_suffix(".tap")),
        "markdown": by_markdown(path.with_suffix(".markdown")),
        "gradescope": by_gradescope(path.with_suffix(".gradescope")),
    }
    for path in sorted(folder.glob("*.json"))
}
print(json.dumps(read))
