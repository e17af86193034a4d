"""The line between client and server is cut at each message once, in front of it and behind it."""

import pytest

from proxy import Cut, Proxy
from runs import WAIT, Done, applied, either, empty, finish, gate, nothing_left, run, version
from support import Project, TestDatabase

CHAIN = ("CREATE TABLE t1 ();", "BEGIN; CREATE TABLE t2 (); COMMIT;", "CREATE TABLE t3 (); SELECT 1;")


@either
@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.AFTER], ids=["before", "after"])
def test_a_line_cut_at_any_message_leaves_a_clean_version_and_the_truth_is_told(
    project: Project, database: TestDatabase, command: str, cut: Cut
) -> None:
    project.chain(*CHAIN)
    problems = []
    for number in range(1, messages_of_a_run(project, database, command) + 1):
        empty(database)
        with Proxy(database.url) as proxy:
            proxy.cut_at(number, cut)
            project.url = proxy.url
            done = run(project, command, "up")
            # The last one, by which the client takes its leave, may still be on its way.
            message = proxy.messages[number - 1 : number]
            said = f"at message {number}, {message}: exit {done.returncode}, {done.stderr}"
            problems += [f"{problem} {said}" for problem in untruths(done, database)]
            project.url = database.url
            assert run(project, command, "up").returncode == 0, said
            assert (version(database), database.tables()) == (3, {"t1", "t2", "t3"})
    assert problems == []


def messages_of_a_run(project: Project, database: TestDatabase, command: str) -> int:
    with Proxy(database.url) as proxy:
        project.url = proxy.url
        assert run(project, command, "up").returncode == 0
        return len(proxy.messages)


def untruths(done: Done, database: TestDatabase) -> list[str]:
    """What a run said that is not so."""
    nothing_left(database)
    reached = version(database)
    told = len(applied(done)) + ("the file was applied and recorded" in done.stderr)
    found = []
    if database.tables() != {f"t{number}" for number in range(1, reached + 1)}:
        found.append(f"version {reached} with {database.tables()}")
    if told != reached:
        found.append(f"told that {told} are applied, and {reached} are")
    if done.returncode == 0 and reached != len(CHAIN):
        found.append(f"exit 0 at version {reached}")
    if done.returncode != 0 and "error: " not in done.stderr:
        found.append("no word of what went wrong")
    return found


@either
def test_a_file_that_the_server_still_runs_is_told_of_and_then_recorded(
    project: Project, database: TestDatabase, command: str
) -> None:
    project.chain(*CHAIN[:2], f"CREATE TABLE t3 (); {WAIT}")
    with gate(database) as closed, Proxy(database.url) as proxy:
        proxy.cut_at(b"CREATE TABLE t3", Cut.MEANWHILE)
        project.url = proxy.url
        done = finish(project.start(command, "up"))
        pid = closed.wait()
        closed.open()

    assert done.returncode == 1
    assert f"its server process {pid} is still at work" in done.stderr
    project.url = database.url
    assert run(project, command, "up").returncode == 0
    assert (version(database), database.tables()) == (3, {"t1", "t2", "t3"})
