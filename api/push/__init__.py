"""Messages that are planned, stored, sent and followed: everything after a message was rendered."""
