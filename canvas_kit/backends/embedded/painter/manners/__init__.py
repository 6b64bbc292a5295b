"""The manners of finishing a picture: what makes a drawing, a print, a photograph."""
