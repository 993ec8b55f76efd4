"""What stands in the place of a removed value, and how the value comes back."""
