"""orders can be returned

Revision ID: d58a13f60c9b
Revises: c40e7b2f8d16
Create Date: 2024-04-29 13:11:00

"""
from alembic import op

revision = "d58a13f60c9b"
down_revision = "c40e7b2f8d16"
branch_labels = None
depends_on = None


def upgrade():
    with op.get_context().autocommit_block():
        op.execute("ALTER TYPE order_status ADD VALUE IF NOT EXISTS 'returned'")


def downgrade():
    pass
