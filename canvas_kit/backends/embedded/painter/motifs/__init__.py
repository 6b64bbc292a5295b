"""Everything the painter can draw: what it looks like, how tall it is, where it belongs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from .look import Draw, Look, colour

__all__ = ["Draw", "Look", "Motif", "colour", "motif", "names"]


@dataclass(frozen=True, slots=True)
class Motif:
    """One kind of thing.

    Attributes:
        draw: Draws it.
        height: Natural height in metres or so; only the order of magnitude matters.
        wide: Width of the drawing over its height.
        home: ``land``, ``water``, ``air``, ``under``, ``space``, ``table``, ``room`` or ``plane``.
        colours: Names of colours it may have when none is asked for.
        second: Names for its second colour.
    """

    draw: Draw
    height: float
    wide: float
    home: str
    colours: tuple[str, ...] = ()
    second: tuple[str, ...] = ()


_TABLE = """
person 1.7 .45 land * charcoal,navy,brown
man 1.8 .45 land charcoal,navy,brown,olive,grey charcoal,brown
woman 1.7 .45 land * cream,navy,brown
child 1.1 .5 land * navy,rust,ochre
crowd 1.7 2.6 land * *
astronaut 1.9 .6 space white,silver grey
robot 1.8 .75 land silver,teal,steel,rust copper,red
ghost 1.7 .6 land white,cream grey
angel 1.9 1.1 land cream,skyblue,gold white
monster 2.0 .9 land green,violet,teal,crimson cream
snowman 1.6 .8 land white grey
scarecrow 1.9 .8 land ochre,rust,navy brown
cat .5 .95 land grey,orange,charcoal,cream,brown,rust cream
dog .7 1.35 land brown,beige,charcoal,ochre,rust,cream cream
wolf .9 1.6 land grey,silver cream
fox .6 1.7 land rust,orange cream
horse 1.8 1.45 land brown,rust,beige,charcoal,white charcoal
zebra 1.6 1.45 land white black
cow 1.5 1.6 land white,brown,cream brown,black
sheep 1.0 1.45 land cream,white charcoal
pig .9 1.5 land pink,peach brown
deer 1.7 1.2 land rust,brown,beige cream
elephant 3.0 1.75 land grey,steel cream
giraffe 4.6 1.05 land ochre,amber brown
tiger 1.0 1.7 land orange,amber black
lion 1.1 1.65 land ochre,amber rust
bear 1.5 1.55 land brown,charcoal,rust cream
raccoon .5 1.5 land grey,steel black
monkey .9 .9 land brown,rust skin
rabbit .4 .75 land beige,grey,cream,brown white
mouse .2 1.35 land grey,beige,rust pink
bird .25 1.2 air skyblue,red,green,navy,ochre,coral amber,orange,cream
flying .4 1.0 air white,charcoal,cream,skyblue amber
owl .5 .6 land brown,ochre,grey cream
penguin .8 .6 land charcoal,navy white
duck .5 1.25 water cream,white,brown,ochre amber
chicken .5 1.1 land cream,rust,white,brown crimson,teal
heron 1.3 .8 water silver,white,pink,steel charcoal
fish .3 1.4 under coral,gold,orange,skyblue,turquoise cream,navy
whale 4 2.0 under navy,steel,blue silver
octopus .8 1.3 under coral,violet,crimson,orange pink
turtle .4 1.5 land olive,green,teal ochre
snake .5 1.7 land green,olive,emerald yellow
frog .2 1.25 land green,lime,emerald amber
butterfly .2 1.0 air orange,blue,yellow,violet gold,coral
bee .12 1.2 air gold,amber,yellow black
snail .12 1.3 land brown,amber,rust beige
dinosaur 4 1.5 land green,teal,crimson,olive ochre
house 6 1.5 land cream,ochre,beige,brick,white,skyblue rust,brick,charcoal,brown
church 18 1.0 land cream,white,stone rust,charcoal,teal
castle 20 1.3 land stone,silver,beige navy,rust,teal
tower 20 .4 land stone,cream,brick rust,teal,charcoal
eiffel 60 .7 land brown,steel,charcoal brown
skyscraper 50 .5 land steel,beige,silver,rust,cream,teal charcoal
lighthouse 18 .7 water red,crimson,navy,rust white
windmill 14 .9 land cream,white,brown brown,charcoal
bridge 8 2.6 water stone,beige,brick brown
pyramid 40 1.75 land beige,ochre,stone brown
tent 3 1.5 land red,navy,olive,orange cream
stall 2.6 1.35 land red,green,blue,orange,teal brown
temple 15 1.6 land cream,stone,beige brown
factory 20 1.5 land brick,grey,rust charcoal
wall 2.5 2.9 land brick,rust,stone grey
fence 1.2 2.6 land white,wood,brown brown
door 2.2 .7 room teal,red,navy,green,wood cream,stone
window 1.4 1.0 room white,wood,cream brown
stairs 3 1.2 room stone,cream,brick brown
fountain 3 1.3 land stone,silver skyblue
statue 4 .55 land stone,silver,teal,cream stone
gravestone 1.1 .7 land stone,grey olive
tree 8 .8 land leaf,green,olive,emerald brown
conifer 9 .7 land emerald,teal,leaf brown
palm 9 .9 land green,leaf brown
cactus 3 .6 land green,emerald,leaf pink
branch 2 2.2 land brown leaf,olive,pink
bush 1.3 1.3 land leaf,green,olive brown
flower .5 .55 table red,pink,yellow,violet,coral,white,crimson,orange gold
sunflower 1.6 .6 land gold,yellow brown
leaf .15 .6 table leaf,rust,gold,green brown
mushroom .15 .9 land red,brown,rust cream
rock 1.5 1.5 land stone,grey,steel olive
cloud 1 1.6 sky white,cream grey
sun 1 1.0 sky yellow,gold,orange gold
moon 1 1.0 sky cream,white gold
star 1 1.0 sky yellow,cream gold
planet 1 1.7 space ochre,coral,teal,blue,rust beige,turquoise
rainbow 1 2.0 sky red blue
fire 1.2 .9 land orange,red yellow
firework 2 1.7 sky gold,red,cyan pink,lime
iceberg 12 1.8 water white,skyblue skyblue
tornado 30 .95 land grey,charcoal charcoal
pomegranate .11 .95 table crimson,red,maroon gold
apple .1 1.0 table red,green,crimson,lime brown
pear .13 .75 table lime,olive,ochre brown
orangefruit .1 1.0 table orange,amber,peach leaf
pineapple .3 .6 table ochre,amber,gold leaf
lemon .09 1.3 table yellow,lime leaf
banana .14 1.4 table yellow,gold brown
grapes .2 .9 table violet,emerald,navy,maroon leaf
pumpkin .3 1.2 table orange,amber,rust leaf
carrot .2 .5 table orange,coral leaf
bread .14 1.6 table ochre,amber,rust cream
cake .18 1.3 table pink,cream,brown crimson,cream
cheese .12 1.4 table gold,yellow ochre
egg .08 .8 table cream,beige,white skyblue
icecream .2 .5 table pink,mint,cream ochre
table .8 1.6 room wood,brown,white brown
chair 1.0 .65 room wood,red,teal,ochre brown
bench .9 2.0 land wood,green,brown charcoal
sofa .9 2.0 room teal,red,ochre,olive,navy cream
bed .9 1.8 room wood,white cream,skyblue
lamp 1.6 .5 room ochre,red,teal brown
streetlamp 4 .4 land charcoal gold
candle .22 .35 table cream,red,white gold
book .22 1.2 table red,navy,teal,ochre,green cream
newspaper .35 .8 table cream,white charcoal
cup .1 1.2 table white,blue,red,teal,ochre cream
teapot .2 1.4 table blue,white,copper,teal,red gold
bottle .32 .38 table green,olive,amber,teal cream
wineglass .22 .5 table silver,white crimson
vase .35 .65 table blue,rust,teal,white,ochre gold
bowl .12 1.9 table blue,white,rust,teal red,green
plate .06 3.2 table white,skyblue,cream orange
clock .4 1.0 table white,cream,wood gold,brown
mirror .8 .8 room gold,wood skyblue
umbrella 1.0 1.0 land red,blue,yellow,black black
hat .25 1.7 table charcoal,brown,navy,red crimson
crown .2 1.2 table gold red
shoe .2 1.7 table brown,red,navy cream
shirt .8 1.2 table white,blue,red navy
glasses .08 2.4 table black,brown skyblue
bag .4 1.0 table brown,red,teal gold
box .4 1.2 table wood,red,blue gold
key .2 .45 table gold,steel gold
sword 1.0 .35 table silver,steel brown
flag 4 .9 land red,blue,green,yellow white
sign 2.2 1.1 land white,yellow,green,red charcoal
heart .3 1.05 plane red,pink,crimson pink
ball .3 1.0 table red,orange,white,blue white
balloon 1.0 .75 sky red,yellow,blue,orange,violet yellow
kite 1.0 .9 sky red,yellow,turquoise blue
violin .8 .45 table rust,brown,amber charcoal
guitar 1.0 .45 table amber,rust,brown charcoal
piano 1.3 1.5 room black,brown,wood white
drum .6 1.1 room red,blue cream
trumpet .5 2.0 table gold,copper gold
headphones .2 1.0 table charcoal,red,white silver
microphone .25 .5 table charcoal,silver gold
camera .15 1.4 table charcoal,black silver
phone .15 .6 table charcoal,red skyblue
computer .35 1.4 table silver,charcoal skyblue
machine 2.0 1.3 room steel,copper,teal,rust copper,red
gear 1 1.0 plane steel,copper,gold rust
chess .12 .5 table black,cream,wood cream
skull .22 .85 table cream,beige charcoal
hand .3 .8 plane skin brown
eye .3 1.7 plane blue,green,brown cream
mask .3 .85 plane white,gold,red red
feather .3 .45 table white,teal,skyblue brown
swing 2.5 1.0 land brown red
anchor 1.2 .8 plane steel,navy rust
boat 4 1.05 water white,red,teal,ochre,rust cream,white
ship 18 1.9 water charcoal,white,navy red,white
car 1.5 2.3 land red,blue,teal,yellow,cream,green silver
truck 2.4 1.9 land red,yellow,blue,green,white silver
train 3.6 2.8 land black,red,green,navy gold
bicycle 1.1 1.6 land red,teal,black,yellow brown
airplane 4 2.3 sky white,silver,red blue,red
rocket 12 .6 space white,silver,red red
carriage 2.2 1.7 land black,brown,crimson gold
circle 1 1.0 plane * *
square 1 1.0 plane * *
triangle 1 1.1 plane * *
cube 1 1.1 plane * *
sphere 1 1.0 plane * *
cone 1 .9 plane * *
spiral 1 1.0 plane * *
cross 1 .9 plane red,gold,white gold
line 1 1.6 plane * *
wavesign 1 1.8 plane * *
atom 1 1.2 plane * *
maze 1 1.0 plane navy,teal,rust cream
yinyang 1 1.0 plane black white
form 1 .9 plane * *
"""


@lru_cache(maxsize=1)
def _motifs() -> dict[str, Motif]:
    from . import (
        animals,
        beings,
        buildings,
        food,
        fourlegged,
        furniture,
        heavens,
        instruments,
        nature,
        people,
        pets,
        signs,
        structures,
        things,
        vehicles,
        water_animals,
    )

    draw: dict[str, Draw] = {}
    for module in (
        animals,
        beings,
        buildings,
        food,
        fourlegged,
        furniture,
        heavens,
        instruments,
        nature,
        people,
        pets,
        signs,
        structures,
        things,
        vehicles,
        water_animals,
    ):
        draw.update(module.DRAW)
    found = {}
    for line in _TABLE.strip().splitlines():
        name, height, wide, home, colours, second = line.split()
        found[name] = Motif(
            draw[name], float(height), float(wide), home,
            () if colours == "*" else tuple(colours.split(",")),
            () if second == "*" else tuple(second.split(",")),
        )  # fmt: skip
    return found


def motif(name: str) -> Motif:
    """The motif of a name; an unknown name gives the free form."""
    found = _motifs()
    return found.get(name, found["form"])


def names() -> tuple[str, ...]:
    """The names of all motifs."""
    return tuple(_motifs())
