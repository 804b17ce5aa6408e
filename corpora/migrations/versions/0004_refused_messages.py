"""Messages may end as ``refused``: their gateway reports that the customer wants none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_NAME = "ck_push_messages_state"
_BEFORE = (
    "state IN ('queued', 'claimed', 'sending', 'sent', 'uncertain', 'delivered', 'failed', 'dead',"
    " 'withdrawn')"
)
_AFTER = (
    "state IN ('queued', 'claimed', 'sending', 'sent', 'uncertain', 'delivered', 'failed', 'refused',"
    " 'dead', 'withdrawn')"
)


def upgrade() -> None:
    """Allows the state."""
    _allow(_AFTER)


def downgrade() -> None:
    """Without the state; what had it is ``failed``, and the customer's refusal stays."""
    op.execute(sa.text("UPDATE push_messages SET state = 'failed' WHERE state = 'refused'"))
    _allow(_BEFORE)


def _allow(condition: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        # the table is copied, and its checks are not: they are not read back
        with op.batch_alter_table("push_messages", recreate="always") as batch:
            batch.create_check_constraint(op.f(_NAME), sa.text(condition))
        return
    op.drop_constraint(op.f(_NAME), "push_messages", type_="check")
    op.create_check_constraint(op.f(_NAME), "push_messages", sa.text(condition))
