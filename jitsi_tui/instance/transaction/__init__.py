"""The transaction on the server: driven, followed, proved, and what its backups tell."""
