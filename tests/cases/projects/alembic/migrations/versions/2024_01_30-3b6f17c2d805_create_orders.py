"""create orders

Revision ID: 3b6f17c2d805
Revises: 27c4a9d0e6f2
Create Date: 2024-01-30 10:21:00

"""
import sqlalchemy as sa
from alembic import op

revision = "3b6f17c2d805"
down_revision = "27c4a9d0e6f2"
branch_labels = None
depends_on = None

status = sa.Enum("new", "paid", "sent", name="order_status")


def upgrade():
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("customer_id", sa.BigInteger, sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("status", status, server_default="new", nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )


def downgrade():
    op.drop_table("orders")
    status.drop(op.get_bind())
