"""What happens on a call, and its record: events in, actions out, the phases of the line, the log."""
