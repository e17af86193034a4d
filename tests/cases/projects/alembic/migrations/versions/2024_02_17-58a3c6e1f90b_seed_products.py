"""seed products

Revision ID: 58a3c6e1f90b
Revises: 4e0d92b7a1c6
Create Date: 2024-02-17 10:55:00

"""
from decimal import Decimal

import sqlalchemy as sa
from alembic import op

revision = "58a3c6e1f90b"
down_revision = "4e0d92b7a1c6"
branch_labels = None
depends_on = None

products = sa.table("products", sa.column("id", sa.Integer), sa.column("title", sa.String), sa.column("price", sa.Numeric))
stock = sa.table("stock", sa.column("product_id", sa.Integer), sa.column("amount", sa.Integer))


def upgrade():
    op.bulk_insert(
        products,
        [
            {"id": 1, "title": "O'Brien's tea; black", "price": Decimal("4.50")},
            {"id": 2, "title": "Käse 45% i.Tr.", "price": Decimal("12.00")},
            {"id": 3, "title": "a:b \\\\ -- no comment", "price": Decimal("0.99")},
        ],
    )
    op.bulk_insert(stock, [{"product_id": number, "amount": 10 * number} for number in (1, 2, 3)])


def downgrade():
    op.execute(stock.delete().where(stock.c.product_id.in_([1, 2, 3])))
    op.execute(products.delete().where(products.c.id.in_([1, 2, 3])))
