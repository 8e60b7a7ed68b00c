"""What calls have decided leaves the server here: signed, at least once, do-not-call first."""
