"""*sketch*, the embedded image model: it paints from the words of the prompt.

It looks words up and nothing more: colours, light, weather, place, mood, number, order, relations
and manners, in English and German. About a hundred and sixty things, plants, animals and buildings
have a drawing; every other noun, whatever it names, becomes a form grown from its letters. It draws
no people. :func:`.painting.paint` makes a picture.
"""
