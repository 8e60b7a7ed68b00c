"""What a call was worth: facts folded from the log, conditions on them, rules, and the grade with its proof."""
