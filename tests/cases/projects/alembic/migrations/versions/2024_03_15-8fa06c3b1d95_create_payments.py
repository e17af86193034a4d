"""create payments

Revision ID: 8fa06c3b1d95
Revises: 70b5d2f6a9e4
Create Date: 2024-03-15 11:46:00

"""
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "8fa06c3b1d95"
down_revision = "70b5d2f6a9e4"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid, server_default=sa.text("gen_random_uuid()"), primary_key=True),
        sa.Column("order_id", sa.BigInteger, sa.ForeignKey("orders.id"), nullable=False),
        sa.Column("paid", sa.Numeric(10, 2), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text), server_default="{}", nullable=False),
    )


def downgrade():
    op.drop_table("payments")
