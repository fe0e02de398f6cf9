"""A connection in a process of its own, as ssh(1) is: what it computes holds up no drawing.

``host`` is our end, ``process`` the other one; ``talk`` is what lies between.
"""
