"""What bot/ must do."""
