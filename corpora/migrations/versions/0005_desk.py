"""What clerks leave and find at their desk; when versions of items were recorded, to be looked up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the tables of the desk."""
    op.create_index("ix_item_versions_recorded_at", "item_versions", ["recorded_at"])
    op.create_table(
        "desk_acknowledgements",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("caller", sa.String(length=80), nullable=False),
        sa.Column("staff", sa.String(length=64), nullable=False),
        sa.Column("hall", sa.String(length=64), nullable=False),
        sa.Column("order_number", sa.String(length=64), nullable=False),
        sa.Column("screen", sa.String(length=64), nullable=False),
        sa.Column("codes", sa.Text, nullable=False),
        sa.Column("warnings", sa.Text, nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("index_version", sa.String(length=120), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_acknowledgements")),
        sa.CheckConstraint(
            "decision IN ('acknowledged', 'turned_back')",
            name=op.f("ck_desk_acknowledgements_decision"),
        ),
    )
    op.create_index(
        "ix_desk_acknowledgements_order_number",
        "desk_acknowledgements",
        ["order_number", "recorded_at"],
    )
    op.create_index(
        "ix_desk_acknowledgements_recorded_at", "desk_acknowledgements", ["recorded_at", "id"]
    )
    op.create_table(
        "desk_favourites",
        sa.Column("staff", sa.String(length=64), nullable=False),
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("sub_library", sa.String(length=16), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("staff", "item_id", name=op.f("pk_desk_favourites")),
    )
    op.create_table(
        "desk_feedback",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("caller", sa.String(length=80), nullable=False),
        sa.Column("staff", sa.String(length=64), nullable=False),
        sa.Column("hall", sa.String(length=64), nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("item_version", sa.Integer),
        sa.Column("sub_library", sa.String(length=16), nullable=False),
        sa.Column("facet", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("trace_id", sa.String(length=64), nullable=False),
        sa.Column("index_version", sa.String(length=120), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_feedback")),
        sa.CheckConstraint(
            "kind IN ('wrong', 'missing', 'outdated', 'suggestion')",
            name=op.f("ck_desk_feedback_kind"),
        ),
    )
    op.create_index("ix_desk_feedback_received_at", "desk_feedback", ["received_at", "id"])
    op.create_index("ix_desk_feedback_staff", "desk_feedback", ["staff", "received_at"])
    op.create_table(
        "desk_indexes",
        sa.Column("version", sa.String(length=120), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_desk_indexes")),
    )
    op.create_table(
        "desk_lookups",
        sa.Column("staff", sa.String(length=64), nullable=False),
        sa.Column("hall", sa.String(length=64), nullable=False),
        sa.Column("sense", sa.String(length=200), nullable=False),
        sa.Column("query", sa.String(length=200), nullable=False),
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("staff", "hall", "sense", name=op.f("pk_desk_lookups")),
    )
    op.create_index("ix_desk_lookups_at", "desk_lookups", ["at"])
    op.create_index("ix_desk_lookups_hall", "desk_lookups", ["hall", "at"])
    op.create_table(
        "desk_shifts",
        sa.Column("staff", sa.String(length=64), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shift_began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_seen_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("staff", name=op.f("pk_desk_shifts")),
    )


def downgrade() -> None:
    """Drops them, and with them what clerks said, acknowledged, looked up and kept."""
    op.drop_table("desk_shifts")
    op.drop_table("desk_lookups")
    op.drop_table("desk_indexes")
    op.drop_table("desk_feedback")
    op.drop_table("desk_favourites")
    op.drop_table("desk_acknowledgements")
    op.drop_index("ix_item_versions_recorded_at", "item_versions")
