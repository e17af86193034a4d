"""seed reasons

Revision ID: b3f19a7d05c2
Revises: a2d84f6079ce
Create Date: 2024-04-11 12:37:00

"""
import sqlalchemy as sa
from alembic import op

revision = "b3f19a7d05c2"
down_revision = "a2d84f6079ce"
branch_labels = None
depends_on = None


def upgrade():
    reasons = op.create_table("reasons", sa.Column("code", sa.Text, primary_key=True), sa.Column("final", sa.Boolean))
    op.bulk_insert(reasons, [{"code": "lost", "final": True}, {"code": "late", "final": None}])


def downgrade():
    op.drop_table("reasons")
