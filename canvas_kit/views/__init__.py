"""What a notebook shows: results as pictures and texts, work under way as widgets, a form.

A view draws values and listens to events; it decides nothing. Nothing here is loaded before a front
end asks for it.
"""
