"""The French catalogue is complete, compiled and uses the parameters of its sources."""

from fundadmin.management.commands import catalogue


def test_every_sentence_is_in_french() -> None:
    assert catalogue.faults(catalogue.merged()) == []


def test_the_compiled_catalogue_is_the_written_one() -> None:
    assert catalogue.MO.read_bytes() == catalogue.compiled(catalogue.merged())
    assert catalogue.PO.read_bytes() == catalogue.written(catalogue.merged())


def test_templates_and_code_are_read() -> None:
    sources = {path for message in catalogue.sentences() for path, _line in message.locations}
    assert {"templates/base.html", "grants/enums.py", "landlords/enums.py"} <= sources


def test_no_line_begins_with_a_colon() -> None:
    assert (
        catalogue.spaced("« Déposer » : oui ; le 01/01 à 10:30") == "«\xa0Déposer\xa0»\xa0: oui\xa0; le 01/01 à 10:30"
    )
