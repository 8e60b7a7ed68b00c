"""`huashu transcribe`: recordings of calls in, call logs out."""
