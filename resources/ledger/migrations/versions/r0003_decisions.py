"""What people decided about who is who."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the table of decisions."""
    op.create_table(
        "decisions",
        sa.Column("decision_no", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("left_source", sa.String(length=80), nullable=False),
        sa.Column("left_id", sa.String(length=255), nullable=False),
        sa.Column("right_source", sa.String(length=80), nullable=False),
        sa.Column("right_id", sa.String(length=255), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("decided_by", sa.String(length=120), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("origin", sa.String(length=255), nullable=False),
        sa.Column("line_hash", sa.String(length=64), nullable=True),
        sa.Column("replaced_by", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("decision_no"),
    )
    op.create_index("decisions_of_line", "decisions", ["line_hash"], unique=False)
