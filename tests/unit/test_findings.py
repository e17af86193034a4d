"""How findings are judged, and that the page about them says what the rules are."""

import re

import pytest

from migratekit.checks._findings import POLICIES, RULES, Finding, Level, exit_code, found, judge
from migratekit.errors import ExitCode
from support import ROOT


def of(*rules: str) -> list[Finding]:
    return [found(rule, "1_a.up.sql", "is wrong", "mend it") for rule in rules]


def judged(rules: list[str], policies: dict[str, str]) -> list[tuple[str, str]]:
    return [(finding.level, finding.rule) for finding in judge(of(*rules), policies)]


def test_a_rule_counts_what_it_does_by_default_unless_a_policy_says_otherwise() -> None:
    assert judged(["syntax", "gap"], {}) == [("error", "syntax"), ("warning", "gap")]
    assert judged(["syntax", "gap"], {"gap": "error", "syntax": "warn"}) == [("error", "gap"), ("warning", "syntax")]
    assert judged(["syntax", "gap"], {"syntax": "off"}) == [("warning", "gap")]


def test_errors_come_first_and_one_rule_stays_together() -> None:
    assert judged(["gap", "syntax", "pair", "gap", "dirty"], {}) == [
        ("error", "dirty"),
        ("error", "syntax"),
        ("warning", "pair"),
        ("warning", "gap"),
        ("warning", "gap"),
    ]


@pytest.mark.parametrize(
    ("rules", "policies", "code"),
    [
        ([], {}, ExitCode.DONE),
        (["pair"], {}, ExitCode.DONE),
        (["pair"], {"pair": "error"}, ExitCode.FAILED),
        (["syntax", "pair"], {}, ExitCode.FAILED),
        (["syntax", "changed"], {}, ExitCode.DIRTY),
        (["changed"], {"changed": "warn"}, ExitCode.DONE),
        (["order"], {"order": "error"}, ExitCode.DIRTY),
        (["invalid-index"], {"invalid-index": "error"}, ExitCode.FAILED),
    ],
)
def test_the_gravest_error_gives_the_exit_code(rules: list[str], policies: dict[str, str], code: ExitCode) -> None:
    assert exit_code(judge(of(*rules), policies)) == code


def test_a_place_is_written_as_editors_read_it() -> None:
    finding = Finding("error", "syntax", "1_a.up.sql", "is wrong", "mend it", 1, 3, 7)
    assert finding.place == "1_a.up.sql:3:7"
    assert of("gap")[0].place == "1_a.up.sql"


def test_the_page_about_validation_lists_each_rule_as_it_is() -> None:
    page = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+) \| (off|warn|error) \|$", page, re.MULTILINE)
    assert {rule: (meaning, POLICIES[policy]) for rule, meaning, policy in rows} == {
        rule: (spec.meaning, spec.default) for rule, spec in RULES.items()
    }
    assert len(rows) == len(RULES)
    assert Level.OFF not in {spec.default for spec in RULES.values()}
