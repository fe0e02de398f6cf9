"""Accounts in numbers: names, passphrases, lists in and out, and what Prosody does for us."""
