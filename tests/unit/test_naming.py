"""What the name of a migration says: its kind and its inputs."""

import pytest

from migratekit.authoring.kinds import read_kinds
from migratekit.authoring.naming import Known, infer, slug, without_verb
from migratekit.errors import UsageError
from migratekit.render import Templates
from support import ROOT

PATTERNS = [pattern for kind in read_kinds(Templates(ROOT)).values() for pattern in kind.patterns]

NAMES = {
    "create_projects_table": ("table", {"table": "projects"}),
    "create_order_table": ("table", {"table": "order"}),
    "create_task_statuses_table": ("table", {"table": "task_statuses"}),
    "create_table_table": ("table", {"table": "table"}),
    "add_email_to_users": ("column", {"columns": "email", "table": "users"}),
    "add_email_and_phone_to_users": ("column", {"columns": "email_and_phone", "table": "users"}),
    "add_reply_to_to_messages": ("column", {"columns": "reply_to", "table": "messages"}),
    "add_email_column_to_users": ("column", {"columns": "email", "table": "users"}),
    "add_index_on_users_email_name": ("index", {"table": "users", "columns": "email_and_name"}),
    "add_index_to_users_on_email_and_name": ("index", {"table": "users", "columns": "email_and_name"}),
    "create_users_email_index": ("index", {"table": "users", "columns": "email"}),
    "create_users_index": ("index", {"table": "users"}),
    "add_projects_fk_to_tasks": ("foreign-key", {"to": "projects", "table": "tasks"}),
    "add_unique_email_to_users": ("unique", {"columns": "email", "table": "users"}),
    "make_email_unique_on_users": ("unique", {"columns": "email", "table": "users"}),
    "add_amount_check_to_invoices": ("check", {"rule": "amount", "table": "invoices"}),
    "make_email_not_null_on_users": ("not-null", {"column": "email", "table": "users"}),
    "make_users_first_name_not_null": ("not-null", {"table": "users", "column": "first_name"}),
    "change_amount_type_on_invoices": ("type", {"column": "amount", "table": "invoices"}),
    "change_amount_to_bigint_on_invoices": ("type", {"column": "amount", "type": "bigint", "table": "invoices"}),
    "rename_name_to_full_name_on_users": ("rename", {"column": "name", "new": "full_name", "table": "users"}),
    "rename_people_to_users": ("rename-table", {"table": "people", "new": "users"}),
    "drop_projects": ("drop", {"table": "projects"}),
    "drop_projects_table": ("drop", {"table": "projects"}),
    "drop_email_from_users": ("drop-column", {"names": "email", "table": "users"}),
    "remove_email_and_phone_from_users": ("drop-column", {"names": "email_and_phone", "table": "users"}),
    "add_archived_to_status_enum": ("enum", {"value": "archived", "type": "status"}),
    "create_active_users_view": ("view", {"view": "active_users"}),
    "create_balance_function": ("function", {"function": "balance"}),
    "create_touch_trigger": ("trigger", {"trigger": "touch"}),
    "create_touch_trigger_on_users": ("trigger", {"trigger": "touch", "table": "users"}),
    "create_pg_trgm_extension": ("extension", {"extension": "pg_trgm"}),
    "rescore_users_script": ("script", {"task": "rescore", "table": "users"}),
    "run_rescoring_on_users": ("script", {"task": "rescoring", "table": "users"}),
    "drop_old_script": ("drop", {"table": "old_script"}),
    "seed_script": ("seed", {"table": "script"}),
}
# A table is not what these drop.
RAW = ["drop_users_email_index", "drop_touch_function", "drop_old_view", "drop_users_email_column", "drop_status_enum"]
NONE = ["add_complexity_analysis", "add_users_email", "x", "fix", "create_users", "7_up", "remove_users"]


@pytest.mark.parametrize(("name", "expected"), NAMES.items(), ids=NAMES)
def test_the_name_says_kind_and_inputs(name: str, expected: tuple[str, dict[str, str]]) -> None:
    assert infer(name, PATTERNS, Known({})) == expected


@pytest.mark.parametrize("name", RAW)
def test_a_name_that_drops_something_else_does_not_drop_a_table(name: str) -> None:
    assert infer(name, PATTERNS, Known({}))[0] == "raw"


@pytest.mark.parametrize("name", NONE)
def test_a_name_that_fits_nothing_says_nothing(name: str) -> None:
    assert infer(name, PATTERNS, Known({})) == ("", {})


def cut(name: str, known: Known) -> dict[str, str]:
    return infer(name, PATTERNS, known)[1]


def test_a_table_that_the_chain_makes_is_known() -> None:
    known = Known({}, tables=lambda: ["user", "user_accounts", "users"])
    assert cut("create_user_accounts_email_index", known) == {"table": "user_accounts", "columns": "email"}
    assert cut("create_user_email_index", known) == {"table": "user", "columns": "email"}
    assert cut("create_user_accounts_index", known) == {"table": "user_accounts"}


def test_a_table_that_is_given_is_known() -> None:
    known = Known({"table": "app.user_accounts"})
    assert cut("create_user_accounts_email_index", known) == {"table": "app.user_accounts", "columns": "email"}
    assert cut("create_something_else_index", known) == {"table": "app.user_accounts"}


def test_columns_that_are_given_are_known() -> None:
    known = Known({}, columns=["first_name", "last_name"])
    for name in (
        "create_user_accounts_first_name_last_name_index",
        "create_user_accounts_first_name_and_last_name_index",
    ):
        assert cut(name, known) == {"table": "user_accounts"}


SLUGS = {
    "Create users table": "create_users_table",
    "ADD-X": "add_x",
    "a  -  b": "a_b",
    "7 up": "7_up",
    "x" * 63: "x" * 63,
}


@pytest.mark.parametrize(("text", "expected"), SLUGS.items(), ids=SLUGS.values())
def test_a_name_becomes_a_slug(text: str, expected: str) -> None:
    assert slug(text) == expected


ODD = ["", " ", "_", " a", "a ", "a/b", "../a", "a\nb", "a'b", 'a"b', "a;b", "größe", "x" * 64, "'; drop table x; --"]


@pytest.mark.parametrize("text", ODD, ids=ascii)
def test_an_odd_name_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        slug(text)


def test_the_verb_can_be_left_out() -> None:
    assert without_verb("create_users_email_index") == "users_email_index"
    assert without_verb("create") == "create"
    assert without_verb("import_users") == "import_users"
