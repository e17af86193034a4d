"""Options under the rules of Go's flag package."""

from collections.abc import Mapping

import pytest

from migratekit.compat.golang.flags import BadFlags, Flags, HelpAsked, Value, boolean, parse, unsigned

DEFAULTS: Mapping[str, Value] = {"path": "", "verbose": False, "prefetch": 10, "digits": 6}


def read(*arguments: str) -> Flags:
    return parse(arguments, DEFAULTS, signed=frozenset({"digits"}))


GOOD = {
    "nothing": ([], {}, []),
    "one dash": (["-path", "m", "up"], {"path": "m"}, ["up"]),
    "two dashes": (["--path", "m", "up"], {"path": "m"}, ["up"]),
    "equals sign": (["-path=m", "up"], {"path": "m"}, ["up"]),
    "a value with an equals sign": (["--path=a=b"], {"path": "a=b"}, []),
    "an empty value": (["-path=", "up"], {"path": ""}, ["up"]),
    "a value that looks like an option": (["-path", "-verbose", "up"], {"path": "-verbose"}, ["up"]),
    "a switch takes no next word": (["-verbose", "false"], {"verbose": True}, ["false"]),
    "a switch off": (["-verbose=F", "up"], {"verbose": False}, ["up"]),
    "the last one counts": (["-path", "a", "-path", "b"], {"path": "b"}, []),
    "words end the options": (["up", "-verbose"], {}, ["up", "-verbose"]),
    "a dash alone is a word": (["-", "-verbose"], {}, ["-", "-verbose"]),
    "two dashes alone end the options": (["-verbose", "--", "-1"], {"verbose": True}, ["-1"]),
    "a number": (["-prefetch", "0"], {"prefetch": 0}, []),
    "a hexadecimal number": (["-prefetch=0x1F"], {"prefetch": 31}, []),
    "a binary number with an underscore": (["-prefetch", "0b1_0"], {"prefetch": 2}, []),
    "an octal number": (["-prefetch", "0o17"], {"prefetch": 15}, []),
    "an octal number in the old way": (["-prefetch", "017"], {"prefetch": 15}, []),
    "the largest number": (["-prefetch", str(2**64 - 1)], {"prefetch": 2**64 - 1}, []),
    "a signed number": (["-digits", "-3"], {"digits": -3}, []),
}


@pytest.mark.parametrize(("arguments", "given", "words"), GOOD.values(), ids=GOOD)
def test_options_are_read_as_go_reads_them(arguments: list[str], given: dict[str, Value], words: list[str]) -> None:
    flags = read(*arguments)
    assert dict(flags.values) == {**DEFAULTS, **given}
    assert flags.given == given.keys()
    assert list(flags.words) == words


BAD = {
    "unknown": (["-nope"], "flag provided but not defined: -nope"),
    "unknown, with a value": (["--nope=1"], "flag provided but not defined: -nope"),
    "names are case-sensitive": (["-Path", "m"], "flag provided but not defined: -Path"),
    "no short forms": (["-p", "m"], "flag provided but not defined: -p"),
    "a negative word": (["-1"], "flag provided but not defined: -1"),
    "no value": (["-path"], "flag needs an argument: -path"),
    "three dashes": (["---path=m"], "bad flag syntax: ---path=m"),
    "no name": (["-=m"], "bad flag syntax: -=m"),
    "no switch": (["-verbose=yes"], 'invalid boolean value "yes" for -verbose: parse error'),
    "an empty switch": (["-verbose="], 'invalid boolean value "" for -verbose: parse error'),
    "no number": (["-prefetch", "ten"], 'invalid value "ten" for flag -prefetch: parse error'),
    "an empty number": (["-prefetch="], 'invalid value "" for flag -prefetch: parse error'),
    "a signed number where none may be": (["-prefetch", "-1"], 'invalid value "-1" for flag -prefetch: parse error'),
    "a plus sign": (["-prefetch", "+1"], 'invalid value "+1" for flag -prefetch: parse error'),
    "a blank": (["-prefetch", " 1"], 'invalid value " 1" for flag -prefetch: parse error'),
    "a fraction": (["-prefetch", "1.5"], 'invalid value "1.5" for flag -prefetch: parse error'),
    "digits of other scripts": (["-prefetch", "١"], 'invalid value "١" for flag -prefetch: parse error'),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_bad_options_are_named_in_gos_words(arguments: list[str], message: str) -> None:
    with pytest.raises(BadFlags) as raised:
        read(*arguments)
    assert str(raised.value) == message


def test_a_number_beyond_64_bits_is_out_of_range() -> None:
    with pytest.raises(BadFlags) as raised:
        read("-prefetch", str(2**64))
    assert str(raised.value) == f'invalid value "{2**64}" for flag -prefetch: value out of range'


@pytest.mark.parametrize("name", ["-h", "-help", "--help"])
def test_help_is_asked_for_where_it_is_no_option(name: str) -> None:
    with pytest.raises(HelpAsked):
        read("-verbose", name)


def test_help_is_an_option_where_one_is_defined() -> None:
    assert parse(["-help"], {"help": False}).on("help")


def test_values_are_had_by_type() -> None:
    flags = read("-path", "m", "-verbose")
    assert (flags.text("path"), flags.on("verbose"), flags.number("prefetch")) == ("m", True, 10)


@pytest.mark.parametrize("text", ["1", "t", "T", "TRUE", "true", "True"])
def test_true_in_gos_spellings(text: str) -> None:
    assert boolean(text) is True


@pytest.mark.parametrize("text", ["0", "f", "F", "FALSE", "false", "False"])
def test_false_in_gos_spellings(text: str) -> None:
    assert boolean(text) is False


@pytest.mark.parametrize("text", ["", "yes", "on", "tRUE", "2", " 1"])
def test_no_other_spelling_is_a_boolean(text: str) -> None:
    assert boolean(text) is None


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), (str(2**64 - 1), 2**64 - 1)])
def test_unsigned_numbers(text: str, number: int) -> None:
    assert unsigned(text) == number


@pytest.mark.parametrize("text", ["", "-1", "+1", " 1", "1_0", "0x1", "1e3", "²", "١", str(2**64)])
def test_no_other_text_is_an_unsigned_number(text: str) -> None:
    assert unsigned(text) is None
