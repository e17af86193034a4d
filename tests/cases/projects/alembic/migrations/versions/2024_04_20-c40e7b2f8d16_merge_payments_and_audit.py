"""merge payments and audit

Revision ID: c40e7b2f8d16
Revises: 91c7e05d4ab8, b3f19a7d05c2
Create Date: 2024-04-20 12:54:00

"""

revision = "c40e7b2f8d16"
down_revision = ("91c7e05d4ab8", "b3f19a7d05c2")
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    pass
