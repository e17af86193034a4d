"""create order lines

Revision ID: 4e0d92b7a1c6
Revises: 3b6f17c2d805
Create Date: 2024-02-08 10:38:00

"""
import sqlalchemy as sa
from alembic import op

revision = "4e0d92b7a1c6"
down_revision = "3b6f17c2d805"
branch_labels = None
depends_on = None

INDEXES = [("order_lines", "product_id"), ("orders", "customer_id"), ("orders", "placed_at"), ("products", "title")]


def upgrade():
    op.create_table(
        "order_lines",
        sa.Column("order_id", sa.BigInteger, sa.ForeignKey("orders.id"), primary_key=True),
        sa.Column("line", sa.SmallInteger, primary_key=True),
        sa.Column("product_id", sa.Integer, sa.ForeignKey("products.id"), nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("price", sa.Numeric(10, 2)),
    )
    for table, column in INDEXES:
        op.create_index(f"ix_{table}_{column}", table, [column])


def downgrade():
    for table, column in reversed(INDEXES):
        op.drop_index(f"ix_{table}_{column}", table_name=table)
    op.drop_table("order_lines")
