"""Trains hashed linear models; needs scikit-learn, which scoring does not."""
