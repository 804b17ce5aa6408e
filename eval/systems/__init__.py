"""What can be measured: the index, a running service, and whatever else a team may have."""
