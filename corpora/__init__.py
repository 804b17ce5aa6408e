"""What the company knows: types, files, checks, and the store of versions."""
