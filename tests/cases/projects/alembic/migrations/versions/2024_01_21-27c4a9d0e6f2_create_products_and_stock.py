"""create products and stock

Revision ID: 27c4a9d0e6f2
Revises: 1d5e8f0a2b31
Create Date: 2024-01-21 10:04:00

"""
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "27c4a9d0e6f2"
down_revision = "1d5e8f0a2b31"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "products",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("title", sa.String(80), nullable=False),
        sa.Column("price", sa.Numeric(10, 2), nullable=False),
        sa.Column("traits", postgresql.JSONB, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.CheckConstraint("price >= 0", name="price_not_negative"),
    )
    op.create_table(
        "stock",
        sa.Column("product_id", sa.Integer, sa.ForeignKey("products.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("amount", sa.Integer, server_default="0", nullable=False),
    )


def downgrade():
    op.drop_table("stock")
    op.drop_table("products")
