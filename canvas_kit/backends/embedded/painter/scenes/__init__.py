"""The places a picture can show, each painted from a plan."""
