"""Many calls at a time: where logs come from, who works on them, and how work that was stopped goes on."""
