"""Migrations of FastAPI and Starlette applications: at their start, and in their health checks."""

from .health import health_route as health_route
from .health import health_router as health_router
from .starting import NotMigrated as NotMigrated
from .starting import ensure_migrated as ensure_migrated
from .starting import migrations_lifespan as migrations_lifespan
