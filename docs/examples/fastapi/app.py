"""A FastAPI application that serves only on a migrated database, and says how that is.

pip install "migratekit[fastapi,pool]" uvicorn
export DATABASE_URL=postgresql://app@localhost/app
uvicorn app:app                             # refuses to start: 2 migrations are pending
migratekit --database "$DATABASE_URL" up    # what a release does in front of the application
uvicorn app:app
curl -i localhost:8000/health/database

MIGRATE_AT_START=1 uvicorn app:app --workers 8   # or let it migrate itself; one of the eight does
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from psycopg_pool import AsyncConnectionPool

from migratekit import AsyncMigrator
from migratekit.compat.fastapi import ensure_migrated, health_router

URL = os.environ["DATABASE_URL"]
migrator = AsyncMigrator(URL, Path(__file__).with_name("migrations"))
pool = AsyncConnectionPool(URL, min_size=1, max_size=10, open=False)


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """In front of everything else that uses the database."""
    await ensure_migrated(migrator, at_start="migrate" if os.environ.get("MIGRATE_AT_START") == "1" else "check")
    async with pool:
        yield


app = FastAPI(lifespan=lifespan)
app.include_router(health_router(migrator, pool))


@app.get("/notes")
async def notes() -> list[str]:
    """What has been noted, the latest first."""
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT body FROM notes ORDER BY created_at DESC LIMIT 100")
        return [body for (body,) in await cursor.fetchall()]
