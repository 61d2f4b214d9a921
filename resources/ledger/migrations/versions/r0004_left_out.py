"""Fields of a write that were not sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep beside each write which of its fields were left out."""
    op.add_column("intents", sa.Column("left_out", sa.Text(), nullable=True))
