"""What the bot does next: the state of a call, and the one step that folds an event into it."""
