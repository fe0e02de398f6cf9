"""Every fault at every step of a change, on real hosts."""
