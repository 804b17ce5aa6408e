"""Speed and size at scale: ``python -m benchmarks.run`` builds 160,000 passages and measures."""
