"""Columns in short form."""

import pytest

from migratekit.authoring.columns import Column, Reference, read_columns
from migratekit.authoring.types import read_result, read_type
from migratekit.quoting import Name


def one(text: str) -> Column:
    (column,) = read_columns(text)
    return column


def test_the_example() -> None:
    name, email, owner, amount = read_columns(
        "name:text! email:varchar(255)!:unique owner:references(users) amount:numeric(10,2)!=0"
    )
    assert (name.name, str(name.type), name.not_null, name.unique) == ("name", "text", True, False)
    assert (str(email.type), email.not_null, email.unique) == ("varchar(255)", True, True)
    assert (str(owner.type), owner.references) == ("bigint", Reference(Name("users"), "id"))
    assert amount.definition == "amount numeric(10,2) NOT NULL DEFAULT 0"


DEFINITIONS = {
    "a:int": "a int",
    "a:int!": "a int NOT NULL",
    "a:int=1!": "a int NOT NULL DEFAULT 1",
    "a!:int": "a int NOT NULL",
    "order:text": '"order" text',
    '"a b":text': '"a b" text',
    '"a""b":text': '"a""b" text',
    "Name:TEXT": '"Name" text',
    "größe:text": '"größe" text',
    "a':text": '"a\'" text',
    "a;drop:text": '"a;drop" text',
    "a:numeric(10, 2)": "a numeric(10,2)",
    "a:timestamp with time zone": "a timestamp with time zone",
    "a:timestamp(3) with time zone!": "a timestamp(3) with time zone NOT NULL",
    "a:double precision": "a double precision",
    "a:character varying(20)[]": "a character varying(20)[]",
    "a:text[]='{}'": "a text[] DEFAULT '{}'",
    "a:app.mood": "a app.mood",
    'a:"My Type"': 'a "My Type"',
    "a:vector(1536)": "a vector(1536)",
    "a:geometry(Point,4326)": "a geometry(Point,4326)",
    "a:text='it''s = : ! ok'": "a text DEFAULT 'it''s = : ! ok'",
    "a:text='back\\slash'": "a text DEFAULT E'back\\\\slash'",
    "a:bool=TRUE": "a bool DEFAULT true",
    "a:text=null": "a text",
    "a:timestamptz=now()": "a timestamptz DEFAULT now()",
    "a:timestamptz=current_timestamp": "a timestamptz DEFAULT CURRENT_TIMESTAMP",
    "a:uuid=app.make_key()": "a uuid DEFAULT app.make_key()",
    "a:text=(lower('X)') || now()::text)": "a text DEFAULT (lower('X)') || now()::text)",
    "a:bigint:identity": "a bigint GENERATED ALWAYS AS IDENTITY",
    "a:identity": "a bigint GENERATED ALWAYS AS IDENTITY",
}


@pytest.mark.parametrize(("text", "expected"), DEFINITIONS.items(), ids=DEFINITIONS)
def test_a_column_is_written(text: str, expected: str) -> None:
    assert one(text).definition == expected


def test_commas_and_blanks_divide() -> None:
    assert [column.name for column in read_columns(" a:int,b:text ,\n c:numeric(1, 0)\td:int ")] == list("abcd")


REFERENCES = {
    "users": Reference(Name("users"), "id"),
    "users.key": Reference(Name("users"), "key"),
    "app.users.key": Reference(Name("users", "app"), "key"),
    '"us.ers"."a key"': Reference(Name("us.ers"), "a key"),
}


@pytest.mark.parametrize(("text", "expected"), REFERENCES.items(), ids=REFERENCES)
def test_a_reference_names_a_table_and_perhaps_its_key(text: str, expected: Reference) -> None:
    assert one(f"a:int:references({text})").references == expected


def test_names_alone_will_do_where_no_type_is_wanted() -> None:
    assert [column.name for column in read_columns("email name", typed=False)] == ["email", "name"]


REFUSED = {
    "": "names no column",
    "a": "has no type",
    "a:": "a type",
    ":text": "does not begin with the name",
    "a:text a:int": "twice",
    "a:text:int": "two types",
    "a:text:unique:unique": "twice",
    "a:serial": "write bigint:identity",
    "a:text:identity": "identity goes with",
    "a:bigint:identity=1": "identity goes with",
    "a:text=abc": "needs quotes",
    "a:text=lower('x')": "default of column a",
    "a:int='5'": "does not go with int",
    "a:text='open": "default of column a",
    "a:text=(1": "never ends",
    "a:text=(1;2)": "semicolon",
    "a:text=(1 -- x\n)": "comment",
    "a:text=1'x'": "default of column a",
    "a:text)": "is not understood",
    "a:text; DROP TABLE users": "is no type",
    "a:text;DROP": "is no type",
    "a:text'": "is not understood",
    "a:numeric(1;2)": "is no type",
    "a:int[1": "is no type",
    "a:int:references()": "is no name",
    "a:int:references(a.b.c.d)": "is not TABLE",
    f"{'x' * 64}:text": "longer than a name",
    f"{'ä' * 32}:text": "longer than a name",
    "a:double nothing": "no type",
}


@pytest.mark.parametrize(("text", "why"), REFUSED.items(), ids=ascii)
def test_what_makes_no_sense_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why.replace("(", r"\(")):
        read_columns(text)


SHOWN = {
    "int": "integer",
    "varchar": "character varying",
    "varchar(5)": "character varying(5)",
    "char": "character(1)",
    "char(3)": "character(3)",
    "numeric": "numeric",
    "decimal(5)": "numeric(5,0)",
    "numeric(5,2)[]": "numeric(5,2)[]",
    "timestamptz": "timestamp with time zone",
    "timestamptz(3)": "timestamp(3) with time zone",
    "timestamp without time zone": "timestamp without time zone",
    "float(10)": "real",
    "float": "double precision",
    "bit": "bit(1)",
    "varbit(3)": "bit varying(3)",
    "int[][]": "integer[][]",
}


@pytest.mark.parametrize(("text", "expected"), SHOWN.items(), ids=SHOWN)
def test_a_type_is_shown_as_the_catalogs_do(text: str, expected: str) -> None:
    assert read_type(text).catalog == f"'{expected}'"


def test_a_type_of_the_user_is_asked_for() -> None:
    assert read_type("app.Mood[]").catalog == "'app.mood[]'::regtype"
    assert read_result("setof mood").catalog == "format('SETOF %s', 'mood'::regtype)"


def test_a_default_of_its_own_for_each_row_is_volatile() -> None:
    volatile = {
        text: one(f"a:text={text}").default for text in ("now()", "CURRENT_USER", "1", "gen_random_uuid()", "f()")
    }
    assert [text for text, default in volatile.items() if default and default.is_volatile] == [
        "gen_random_uuid()",
        "f()",
    ]
