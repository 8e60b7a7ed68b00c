"""What travels beside the media: how calls come about and end, and the commands that no media socket has words for."""
