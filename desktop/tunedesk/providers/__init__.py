"""The door to whoever trains and answers: one Protocol, one client, profiles as data."""
