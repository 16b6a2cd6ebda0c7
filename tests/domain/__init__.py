"""What domain/ must do."""
