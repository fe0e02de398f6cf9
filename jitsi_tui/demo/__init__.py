"""The practice server: an SSH server in this process over a sandboxed instance."""
