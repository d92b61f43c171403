"""The API under `/api/`: what the forms do, for programs."""
