"""Question → ranked items → answer → message."""
