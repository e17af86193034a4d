"""summary of sales

Revision ID: 9146dfb2c857
Revises: 8035cea1b746
Create Date: 2024-08-15 16:35:00

"""
from alembic import op

revision = "9146dfb2c857"
down_revision = "8035cea1b746"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("CREATE MATERIALIZED VIEW sales AS SELECT product_id, count(*) AS lines FROM order_lines GROUP BY 1")
    op.create_index("sales_product", "sales", ["product_id"], unique=True)
    op.create_table_comment("orders", "What was bought, see sales", existing_comment=None)


def downgrade():
    op.drop_table_comment("orders")
    op.execute("DROP MATERIALIZED VIEW sales")
