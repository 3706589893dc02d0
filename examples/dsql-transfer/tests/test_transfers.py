"""Money on a real PostgreSQL at serializable isolation: conflicts come at COMMIT and before it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("psycopg", reason="needs psycopg: pip install 'psycopg[binary]'")

import psycopg
from transfer import handler as function
from transfer.pool import Pool
from transfer.transfers import Transfer, perform

if TYPE_CHECKING:
    from collections.abc import Callable

TABLES = Path(__file__).parents[1] / "transfer" / "tables.sql"
ACCOUNTS, EACH = 4, 1000
SECONDS = 60.0


@pytest.fixture
def admin(server: str) -> Iterator[psycopg.Connection]:
    """A connection of the tests' own, to a database with a few accounts and no transactions."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
        connection.execute(TABLES.read_text("utf-8"))
        for account in range(ACCOUNTS):
            connection.execute("INSERT INTO accounts VALUES (%s, %s)", (account, EACH))
        yield connection


@pytest.fixture
def pool(server: str, admin: psycopg.Connection) -> Iterator[Pool]:
    made = Pool(lambda: psycopg.connect(server, autocommit=True))
    yield made
    made.close()


def move(pool: Pool, payer: int, payee: int, amount: int, **more: Any) -> dict[str, Any]:
    order = Transfer(payer=payer, payee=payee, amount=amount)
    return perform(pool, order, ends=time.monotonic() + SECONDS, **more)


def balances(admin: psycopg.Connection) -> dict[int, int]:
    return dict(admin.execute("SELECT id, balance FROM accounts").fetchall())


def recorded(admin: psycopg.Connection) -> Counter[tuple[int, int, int]]:
    rows = admin.execute("SELECT payer_id, payee_id, amount FROM transactions").fetchall()
    return Counter(map(tuple, rows))


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)


@contextmanager
def held(server: str, admin: psycopg.Connection, waiting: int) -> Iterator[None]:
    """All accounts are written by a transaction that commits when so many others wait for it.

    Whoever waits has read what was there before, so each of them has lost.
    """
    with psycopg.connect(server, autocommit=True) as first:
        first.execute("BEGIN")
        first.execute("UPDATE accounts SET balance = balance")
        yield
        wait_until(
            lambda: (
                admin.execute(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE accounts%'"
                ).fetchone()
                == (waiting,)
            )
        )
        first.execute("COMMIT")


def test_a_transfer_moves_money_and_is_recorded(admin: psycopg.Connection, pool: Pool) -> None:
    assert move(pool, 0, 1, 30) == {"balance": EACH - 30, "retries": 0}
    assert balances(admin) == {0: EACH - 30, 1: EACH + 30, 2: EACH, 3: EACH}
    assert recorded(admin) == Counter({(0, 1, 30): 1})


def test_who_was_overtaken_tries_again(server: str, admin: psycopg.Connection, pool: Pool) -> None:
    with ThreadPoolExecutor(1) as threads:
        with held(server, admin, waiting=1):
            answer = threads.submit(move, pool, 0, 1, 30)
        assert answer.result(SECONDS) == {"balance": EACH - 30, "retries": 1}
    assert recorded(admin) == Counter({(0, 1, 30): 1})


def test_parallel_transfers_lose_nothing(
    server: str, admin: psycopg.Connection, pool: Pool
) -> None:
    """Eight at once, all of the same moment at first, and then fifteen more each."""
    workers, more = 8, 15

    def work(number: int) -> list[dict[str, Any]]:
        orders = [(number + n) % ACCOUNTS for n in range(more + 1)]
        return [move(pool, payer, (payer + 1) % ACCOUNTS, 1 + number) for payer in orders]

    with ThreadPoolExecutor(workers) as threads:
        with held(server, admin, waiting=workers):
            futures = [threads.submit(work, number) for number in range(workers)]
        answers = [answer for one in futures for answer in one.result(SECONDS)]

    wanted = Counter(
        ((number + n) % ACCOUNTS, (number + n + 1) % ACCOUNTS, 1 + number)
        for number in range(workers)
        for n in range(more + 1)
    )
    assert [answer for answer in answers if "error" in answer] == []
    assert recorded(admin) == wanted
    assert sum(balances(admin).values()) == ACCOUNTS * EACH
    moved = Counter({account: EACH for account in range(ACCOUNTS)})
    for (payer, payee, amount), times in wanted.items():
        moved[payer] -= amount * times
        moved[payee] += amount * times
    assert balances(admin) == dict(moved)
    assert sum(answer["retries"] for answer in answers) >= workers


def _conflicts_at_commit(admin: psycopg.Connection, times: int) -> None:
    """So many commits fail as they do on DSQL, where all is checked at the end.

    The count is a sequence's, which no ROLLBACK takes back.
    """
    admin.execute("CREATE SEQUENCE conflicts")
    admin.execute(
        "CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF nextval('conflicts') <= {times} THEN"
        " RAISE EXCEPTION 'change conflicts with another transaction' USING ERRCODE = '40001';"
        " END IF; RETURN NULL; END $$"
    )
    admin.execute(
        "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON transactions"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION conflict()"
    )


def test_a_conflict_at_commit_is_tried_again(admin: psycopg.Connection, pool: Pool) -> None:
    _conflicts_at_commit(admin, 3)
    assert move(pool, 0, 1, 30) == {"balance": EACH - 30, "retries": 3}
    assert recorded(admin) == Counter({(0, 1, 30): 1})
    assert sum(balances(admin).values()) == ACCOUNTS * EACH


def test_it_gives_up_before_its_own_time_is_up(admin: psycopg.Connection, pool: Pool) -> None:
    """The function is killed at its deadline, and its caller would hear nothing of the conflict."""
    _conflicts_at_commit(admin, 1_000_000)
    ticks = iter(range(100))
    answer = perform(
        pool, Transfer(payer=0, payee=1, amount=1), ends=5.0, clock=lambda: next(ticks)
    )
    assert (answer["errorCode"], answer["retries"]) == ("40001", 5)
    assert balances(admin)[0] == EACH
    assert recorded(admin) == Counter()


def test_too_little_money_is_refused(admin: psycopg.Connection, pool: Pool) -> None:
    answer = move(pool, 0, 1, EACH + 1)
    assert (answer["errorCode"], answer["retries"]) == ("INSUFFICIENT_BALANCE", 0)
    assert move(pool, 0, 9, 1)["errorCode"] == "NO_SUCH_ACCOUNT"
    assert balances(admin) == dict.fromkeys(range(ACCOUNTS), EACH)
    assert recorded(admin) == Counter()


def test_other_errors_of_the_database_have_their_code(
    admin: psycopg.Connection, pool: Pool
) -> None:
    admin.execute("ALTER TABLE accounts ADD CHECK (balance < 1010)")
    answer = move(pool, 0, 1, 30)
    assert (answer["errorCode"], answer["retries"]) == ("23514", 0)
    assert recorded(admin) == Counter()
    assert move(pool, 0, 1, 3)["balance"] == EACH - 3  # on the same connection


def test_a_connection_that_cannot_be_rolled_back_is_thrown_away(
    admin: psycopg.Connection, server: str
) -> None:
    made: list[psycopg.Connection] = []

    def connect() -> psycopg.Connection:
        made.append(psycopg.connect(server, autocommit=True))
        return made[-1]

    pool = Pool(connect)
    assert "balance" in move(pool, 0, 1, 1)
    pid = made[0].info.backend_pid
    admin.execute("SELECT pg_terminate_backend(%s)", (pid,))
    wait_until(
        lambda: (
            admin.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", (pid,)).fetchone()
            is None
        )
    )
    broken = move(pool, 0, 1, 1)
    assert broken["errorCode"] == "57P01"  # what the server said before it hung up
    assert made[0].closed
    assert move(pool, 0, 1, 1) == {"balance": EACH - 2, "retries": 0}
    assert len(made) == 2
    pool.close()


def test_what_is_no_error_of_the_database_is_raised(admin: psycopg.Connection, pool: Pool) -> None:
    def refuse() -> psycopg.Connection:
        raise OSError("no token")

    with pytest.raises(OSError, match="no token"):
        move(Pool(refuse), 0, 1, 1)
    with pytest.raises(psycopg.OperationalError):
        move(Pool(lambda: psycopg.connect("host=/nowhere")), 0, 1, 1)


def test_the_function_answers_what_its_event_asks(
    admin: psycopg.Connection, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return 30_000

    monkeypatch.setattr(function, "pool", lambda: pool)
    event = {"payerId": 0, "payeeId": 1, "amount": 10}
    assert function.handler(event, Context()) == {"balance": EACH - 10, "retries": 0}
    for wrong, named in (
        ({**event, "amount": 0}, "amount"),
        ({**event, "amount": True}, "amount"),
        ({**event, "payeeId": 0}, "payeeId"),
        ({"payerId": 0}, "payeeId"),
    ):
        answer = function.handler(wrong, Context())
        assert answer["errorCode"] == "BAD_REQUEST"
        assert named in answer["error"]


def test_invocations_share_one_pool() -> None:
    assert function.pool() is function.pool()
