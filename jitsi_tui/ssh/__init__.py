"""The way to a server: SSH, or this machine; what runs there is all the same here."""
