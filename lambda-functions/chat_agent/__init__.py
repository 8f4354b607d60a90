"""Answers to what people ask about their services and pipelines."""
