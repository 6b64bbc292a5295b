"""Makes the picture of the README anew: one prompt, as it is and intercepted; one seed."""

from pathlib import Path

from PIL import Image

from canvas_kit import Canvas, Collector, Generation, Input, Interception, run

PRESETS = ("none", "theopposite", "technicaldrawing", "overdrive")
EDGE, GAP = 360, 12

words = Input("A weekly market at dawn, rain on the awnings, a woman selling pomegranates")
canvas = Canvas(*(words >> Interception(name) >> Generation() >> Collector() for name in PRESETS))
result = run(canvas, seed=11, record=False).result()
sheet = Image.new("RGB", (len(PRESETS) * (EDGE + GAP) - GAP, EDGE), "white")
for position, picture in enumerate(result.images):
    small = picture.open().convert("RGB").resize((EDGE, EDGE), Image.Resampling.LANCZOS)
    sheet.paste(small, (position * (EDGE + GAP), 0))
sheet.save(Path(__file__).with_suffix(".jpg"), quality=88)
