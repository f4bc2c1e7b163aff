"""From records to the weekly digest."""
