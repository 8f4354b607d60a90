"""Plays the places where people are told: Slack, Microsoft Teams, GitHub and a mailbox."""
