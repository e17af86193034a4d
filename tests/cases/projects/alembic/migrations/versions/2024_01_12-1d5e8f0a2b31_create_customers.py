"""create customers

Revision ID: 1d5e8f0a2b31
Revises: 
Create Date: 2024-01-12 09:47:00

"""
import sqlalchemy as sa
from alembic import op

revision = "1d5e8f0a2b31"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "customers",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("email", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("since", sa.Date, server_default=sa.func.current_date(), nullable=False),
        comment="Who buys: 100% of them",
    )


def downgrade():
    op.drop_table("customers")
