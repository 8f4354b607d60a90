"""What may be done, who decides, doing it once, and seeing whether it helped."""
