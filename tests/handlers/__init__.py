"""What handlers/ must do."""
