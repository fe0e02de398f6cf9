"""Every case changes to the wanted bytes or is refused with its line, and its oracle agrees."""

from __future__ import annotations

import pytest

from jitsi_tui.configs.document import ConfigError
from tests.oracles.cases import Case, OracleGetter, load
from tests.oracles.laws import DOCUMENTS, check, perform

CASES = load()
UNREADABLE = {
    "meet/broken-far-away": "browsers refuse the whole file until it is mended",
    "meet/comma-missing-elsewhere": "browsers refuse the whole file until it is mended",
    "hocon/include-for-a-new-key": "the included file is required, and not here",
}
"""Cases that no oracle can read, and why."""


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 160


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_case_changes_to_the_wanted_bytes_or_is_refused(case: Case) -> None:
    def change() -> str:
        document = DOCUMENTS[case.dialect].parse(case.before, "case")
        for step in case.steps:
            document = perform(document, step).document
        text: str = document.text
        return text

    if case.refusal is None:
        assert change() == case.after
        return
    with pytest.raises(ConfigError) as refused:
        change()
    assert refused.value.line == case.refusal["line"], refused.value.message
    assert case.refusal["found"] in refused.value.message


@pytest.mark.parametrize("case", [case for case in CASES if case.refusal is None], ids=str)
def test_the_oracles_agree_with_a_case(case: Case, oracles_of: OracleGetter) -> None:
    outcome = check(case.dialect, case.before, case.steps, oracles_of(case.dialect))
    assert outcome.after == case.after
    assert outcome.oracle_read is (str(case) not in UNREADABLE)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_reading_and_writing_back_loses_nothing(case: Case) -> None:
    try:
        document = DOCUMENTS[case.dialect].parse(case.before, "case")
    except ConfigError:
        return
    assert document.text == case.before
