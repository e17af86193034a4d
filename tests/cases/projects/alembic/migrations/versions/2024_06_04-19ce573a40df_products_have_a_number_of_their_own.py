"""products have a number of their own

Revision ID: 19ce573a40df
Revises: 08bd46293fce
Create Date: 2024-06-04 14:19:00

"""
import sqlalchemy as sa
from alembic import op

revision = "19ce573a40df"
down_revision = "08bd46293fce"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("products", sa.Column("sku", sa.Text))
    op.execute("UPDATE products SET sku = 'P-' || lpad(id::text, 4, '0')")
    with op.get_context().autocommit_block():
        op.create_index("products_sku_key", "products", ["sku"], unique=True, postgresql_concurrently=True)
    op.execute("ALTER TABLE products ADD CONSTRAINT products_sku_key UNIQUE USING INDEX products_sku_key")
    op.alter_column("products", "sku", nullable=False)


def downgrade():
    op.drop_column("products", "sku")
