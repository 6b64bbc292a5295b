"""The words that the painter knows, English and German: aspect -> meaning -> words.

German nouns stand in the singular with their umlaut plurals; ordinary endings are found by
``words``, and so are compounds of known parts (``Wintermarkt``).
"""

from __future__ import annotations

from functools import lru_cache

__all__ = ["MEANINGS", "SILENT", "index", "listed"]


def listed(words: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(words.split())


MEANINGS: dict[str, dict[str, str]] = {
    "colour": {
        "red": "red rot rötlich scarlet zinnober vermilion ruby rubin cherry-red",
        "crimson": "crimson karminrot purpurrot blood-red blutrot",
        "maroon": "maroon burgundy weinrot bordeaux bordeauxrot",
        "rust": "rust rusty rostig rost rostrot terracotta terrakotta",
        "orange": "orange orangefarben orangerot",
        "amber": "amber bernstein honey-coloured",
        "gold": "gold golden golden gülden vergoldet gilded goldgelb",
        "yellow": "yellow gelb gelblich lemon-yellow zitronengelb blonde blond",
        "ochre": "ochre ocker mustard senfgelb",
        "lime": "lime lime-green hellgrün chartreuse",
        "green": "green grün grünlich grassgrün grasgrün",
        "olive": "olive olivgrün khaki",
        "emerald": "emerald smaragd smaragdgrün dark-green dunkelgrün jade",
        "mint": "mint mintgrün",
        "turquoise": "turquoise türkis türkisfarben aquamarine",
        "teal": "teal petrol",
        "cyan": "cyan",
        "skyblue": "skyblue sky-blue light-blue hellblau himmelblau azure azurblau",
        "blue": "blue blau bläulich ultramarine ultramarin cobalt kobaltblau sapphire saphir",
        "navy": "navy dark-blue dunkelblau nachtblau marineblau",
        "indigo": "indigo",
        "violet": "violet purple lila violett purpur plum pflaumenblau",
        "lavender": "lavender lavendel flieder lilac fliederfarben mauve",
        "magenta": "magenta fuchsia",
        "pink": "pink rosa rosig rosafarben rosé",
        "coral": "coral korallenrot salmon lachsfarben",
        "peach": "peach pfirsichfarben apricot aprikosenfarben",
        "brown": "brown braun bräunlich chestnut kastanienbraun hazel",
        "beige": "beige tan sandfarben sepia-toned",
        "cream": "cream cremefarben ivory elfenbein elfenbeinfarben",
        "white": "white weiß weiss weißlich schneeweiß snow-white pale-white",
        "silver": "silver silvery silbern silber",
        "grey": "grey gray grau gräulich greyish",
        "charcoal": "dark-grey dark-gray dunkelgrau anthracite anthrazit",
        "black": "black schwarz tiefschwarz jet-black",
        "copper": "copper kupfern kupfer bronze bronzen brass messing",
    },
    "tone": {
        "many": "colorful colourful rainbow-coloured multicolored multicoloured bunt farbenfroh "
        "farbig psychedelic psychedelisch kaleidoscopic vibrant vivid leuchtend knallig",
        "pale": "pastel pastell pale blass faded verblasst soft zart washed-out muted gedämpft",
        "mono": "monochrome monochrom black-and-white schwarzweiß schwarz-weiß grayscale greyscale "
        "bw graustufen einfarbig",
        "deep": "dark dunkel düster gloomy finster shadowy schattig tenebrous",
        "bright": "bright hell shining shiny glänzend strahlend radiant luminous sunny sonnig",
        "warm": "warm cosy cozy gemütlich",
        "cold": "cold kalt cool kühl icy eisig frosty frostig freezing",
    },
    "light": {
        "dawn": "dawn daybreak sunrise morgengrauen morgendämmerung sonnenaufgang morning morgen "
        "morgens früh early morgenrot morgenlicht",
        "day": "day noon midday daylight tag mittag tagsüber mittags afternoon nachmittag "
        "daytime vormittag sunshine sonnenschein sommertag summer sommer",
        "sunset": "sunset evening abend sonnenuntergang abendrot abends sundown abendlicht "
        "afterglow",
        "dusk": "dusk twilight dämmerung abenddämmerung zwielicht gloaming blue-hour",
        "night": "night midnight nacht nachts mitternacht moonlight moonlit mondlicht mondschein "
        "nocturnal nocturne nächtlich starry sternennacht sternenhimmel moonless",
        "grey": "overcast cloudy grey-sky bedeckt bewölkt dreary trüb drizzle november",
        "winter": "winter wintry winterlich snowy verschneit weihnachten christmas advent januar",
        "autumn": "autumn fall herbst autumnal herbstlich oktober october harvest ernte laub "
        "herbstlaub",
        "spring": "spring frühling frühjahr lenz blossoming april mai ostern easter blühend",
        "candle": "candlelight candlelit kerzenlicht kerzenschein lamplight lampenlicht firelight "
        "feuerschein torchlight fackelschein",
        "neon": "neon neonlicht cyberpunk synthwave vaporwave nightclub disco club",
    },
    "weather": {
        "rain": "rain rainy raining regen regnet verregnet regnerisch downpour shower schauer "
        "regentag puddle pfütze pfützen monsoon drizzle regentropfen raindrop",
        "snow": "snow snowing snowfall snowflake schnee schneit schneefall schneeflocke "
        "blizzard schneesturm covered-in-snow snowstorm",
        "fog": "fog foggy mist misty haze hazy nebel neblig dunst dunstig diesig smoke rauch smoky "
        "verraucht steam dampf dampfend",
        "storm": "storm stormy thunder thunderstorm lightning sturm stürmisch gewitter blitz "
        "donner hurricane unwetter orkan typhoon",
        "wind": "wind windy windig breeze brise gust böe",
    },
    "place": {
        "sea": "sea ocean meer ozean see-side waves wave welle wellen bay bucht marina harbor "
        "harbour hafen coast küste seascape horizon gulf nordsee ostsee pacific atlantic surf",
        "beach": "beach strand shore ufer dune düne sand lakeside seaside sandy island insel",
        "river": "river fluss stream bach canal kanal brook creek elbe rhein rhine danube donau "
        "flusslauf",
        "lake": "lake pond see teich reflection spiegelung lagoon weiher pool",
        "waterfall": "waterfall wasserfall cascade fountain-of-water geyser geysir",
        "mountains": "mountain mountains berg berge gebirge alpen alps peak gipfel summit canyon "
        "cliff klippe valley tal schlucht hokusai everest matterhorn mountainside ridge glacier "
        "gletscher rocky hiking wandern",
        "volcano": "volcano vulkan lava eruption ausbruch",
        "hills": "hill hills hügel hügelland countryside vineyard weinberg rolling highlands "
        "landscape landschaft pasture weide",
        "forest": "forest woods woodland wald wälder jungle dschungel urwald rainforest regenwald "
        "grove hain trees bäume taiga",
        "field": "field feld felder meadow wiese wiesen grass gras grassy prairie savanna steppe "
        "farm bauernhof lawn rasen farmland acker acre grassland court pitch spielfeld stadium "
        "baseball football soccer tennis golf",
        "garden": "garden garten gärten park orchard obstgarten courtyard hof innenhof backyard "
        "schrebergarten playground spielplatz schulhof botanical",
        "desert": "desert wüste egyptian egypt ägypten sahara cactus mars dunes oasis oase "
        "mojave mesa",
        "city": "city stadt städte downtown cityscape skyline großstadt metropolis metropole "
        "manhattan chicago sydney tokyo london paris berlin hamburg rom rome urban "
        "innenstadt hochhaussiedlung megacity vienna wien prague prag venice venedig",
        "street": "street straße strasse strassen straßen road alley gasse sidewalk avenue "
        "boulevard pavement gehweg highway autobahn crossing kreuzung parked "
        "parking driving traffic verkehr weg path pfad landstraße allee",
        "village": "village dorf dörfer town kleinstadt hamlet townscape altstadt",
        "market": "market markt märkte marketplace bazaar basar wochenmarkt flohmarkt fair "
        "jahrmarkt stall marktplatz weihnachtsmarkt fischmarkt",
        "room": "room zimmer indoors interior innenraum raum bedroom schlafzimmer office büro "
        "classroom klassenzimmer living-room wohnzimmer hall halle library bibliothek museum "
        "gallery galerie studio atelier school schule werkstatt workshop cellar keller attic "
        "dachboden hotel hospital krankenhaus restaurant bar cafe café couch sofa ceiling theater "
        "concert opera stage bühne laboratory labor garage basement bathroom bad badezimmer "
        "store shop laden stube flur",
        "kitchen": "kitchen küche bakery bäckerei cooking kochen kocht dining küchentisch",
        "underwater": "underwater unterwasser reef riff seabed meeresgrund aquarium submarine "
        "diving tauchen deep-sea tiefsee coral-reef",
        "space": "space weltraum weltall cosmos kosmos universe universum galaxy galaxie nebula "
        "orbit planet jupiter saturn milky-way milchstraße interstellar outer-space astronomy",
    },
    "mood": {
        "calm": "calm still quiet ruhig friedlich peaceful serene tranquil gelassen sanft gentle "
        "silent schweigend idyllic idyllisch stille silence peace frieden harmony harmonie",
        "wild": "wild chaotic chaos turbulent explosion exploding furious rasend energetic roiling "
        "swirling whirl wirbel crashing dramatic dramatisch fighting battle kampf anger wut hate "
        "angry wütend zornig hass rage war krieg overdrive panic action tornado",
        "sad": "sad sadness traurig trauer lonely einsam melancholy melancholisch sorrow "
        "nostalgic nostalgisch sobbing crying grief lonesome abandoned verlassen sehnsucht longing "
        "wehmütig loneliness einsamkeit",
        "happy": "happy joy fröhlich freude glücklich glück cheerful laughing lachend smiling "
        "festive festlich fun lustig party feier fest celebration birthday geburtstag dancing "
        "tanzend love liebe hope hoffnung lachen playful verspielt",
        "eerie": "eerie scary spooky unheimlich gruselig haunted ghostly geisterhaft creepy horror "
        "nightmare albtraum fear angst mysterious geheimnisvoll mystical mystisch",
        "dream": "dream dreamlike dreamy traum träumerisch surreal magical magisch fantasy "
        "verträumt ethereal zauberhaft fairy fairytale märchen märchenhaft enchanted verzaubert",
        "grand": "epic majestic majestätisch monumental grand massive großartig mighty sublime "
        "erhaben gewaltig",
    },
    "view": {
        "portrait": "portrait porträt selfie bildnis headshot face gesicht faces bust-portrait "
        "mugshot mona",
        "close": "close-up closeup nahaufnahme macro makro close detail zoomed",
        "wide": "wide panorama panoramic weit weitwinkel aerial vogelperspektive bird's-eye "
        "landscape-view distant fern",
        "still": "still-life stillleben",
        "turned": "three-quarters dreiviertelansicht",
    },
    "medium": {
        "oil": "oil ölgemälde öl painting gemälde canvas leinwand painted gemalt acrylic acryl "
        "impasto brushstroke gouache fresco fresko tempera",
        "watercolour": "watercolour watercolor aquarell aquarelle wasserfarbe wasserfarben lavur",
        "ink": "ink tusche tuschezeichnung calligraphy kalligrafie confucian konfuzianisch "
        "literati gelehrte sumi-e brush-drawing federzeichnung wash chinese-painting",
        "charcoal": "kohle kohlezeichnung charcoal-drawing graphite graphit charcoal",
        "pencil": "pencil bleistift bleistiftzeichnung drawing zeichnung sketch skizze "
        "pencil-drawing buntstift crayon colored-pencil doodle kritzelei line-drawing",
        "pastel": "chalk kreide pastellkreide pastel-drawing ölkreide",
        "woodcut": "woodcut holzschnitt linocut linolschnitt linoldruck woodblock engraving "
        "kupferstich etching radierung holzstich druckgrafik",
        "ukiyoe": "ukiyo-e ukiyoe hokusai hiroshige japanese japanisch oriental farbholzschnitt",
        "impressionism": "impressionism impressionist impressionistic impressionismus "
        "impressionistisch monet renoir pissarro pointillism pointillismus seurat",
        "expressionism": "expressionism expressionist expressionistic expressionismus "
        "expressionistisch munch kirchner van-gogh gogh fauvism",
        "renaissance": "renaissance leonardo raphael raffael botticelli old-master mona-lisa "
        "altmeisterlich flemish dürer holbein vermeer",
        "baroque": "baroque barock rembrandt caravaggio chiaroscuro rubens rococo rokoko",
        "artnouveau": "art-nouveau jugendstil nouveau mucha secession klimt sezession",
        "bauhaus": "bauhaus constructivism konstruktivismus suprematism suprematismus kandinsky "
        "de-stijl mondrian albers klee malevich konstruktivistisch",
        "cubism": "cubism cubist kubismus kubistisch picasso braque",
        "popart": "pop-art popart warhol lichtenstein pop",
        "comic": "comic cartoon comics zeichentrick manga anime graphic-novel bildergeschichte "
        "karikatur caricature sticker",
        "pixel": "pixel-art pixelart pixel 8-bit 16-bit pixelig retro-game videospiel minecraft",
        "blueprint": "blueprint technical-drawing technische-zeichnung bauplan "
        "konstruktionszeichnung "
        "blaupause schematic diagram diagramm technical technisch engineering cad "
        "explosionszeichnung grundriss floor-plan",
        "photo1870": "1870s 1870er daguerreotype daguerreotypie sepia sepiafoto wet-plate "
        "kollodium tintype 1860s 1880s 19th-century albumen",
        "photo1970": "1970s 1970er 70s 70er polaroid analog analogue kodachrome kodak retro "
        "vintage "
        "farbfilm expired-film 1960s 1980s super-8 lomography",
        "photo": "photo photograph photography foto fotografie fotorealistisch photorealistic dslr "
        "aufnahme snapshot schnappschuss digital-photography hdr camera-shot",
        "stainedglass": "stained-glass glasfenster bleiglas kirchenfenster glasmalerei",
        "mosaic": "mosaic mosaik tesserae fliesenbild",
        "collage": "collage cut-out scherenschnitt papercut paper-cut papierschnitt découpage "
        "matisse",
        "minimal": "minimal minimalist minimalism minimalismus minimalistisch reduziert flat "
        "flat-design vector vektor logo icon piktogramm",
        "abstract": "abstract abstrakt abstraktion abstraction informel rothko pollock",
    },
    "material": {
        "wood": "wooden wood hölzern holz",
        "stone": "stone stein steinern marble marmor rock felsen concrete beton clay ton granite",
        "metal": "metal metall metallic metallisch steel stahl iron eisen chrome tin aluminium",
        "glass": "glass glas crystal kristall transparent durchsichtig gläsern",
        "brick": "brick backstein ziegel bricks",
        "ice": "ice eis eisern-kalt",
        "fire": "burning brennend flaming flame",
        "paper": "paper papier cardboard pappe origami",
        "fur": "fluffy fuzzy flauschig furry pelzig fellig",
    },
    "size": {
        "small": "small little tiny klein winzig mini miniature baby young jung cute",
        "large": "large big huge giant groß gross riesig massive enormous gigantic tall hoch "
        "gigantisch mächtig",
    },
    "count": {
        "1": "single einzeln einzig one ein-einziger",
        "2": "two zwei pair paar twins zwillinge both beide couple",
        "3": "three drei trio",
        "4": "four vier",
        "5": "five fünf",
        "6": "six sechs",
        "7": "seven sieben",
        "8": "eight acht",
        "9": "nine neun",
        "10": "ten zehn",
        "12": "twelve zwölf dozen dutzend",
        "6+": "several mehrere some einige few wenige group gruppe",
        "9+": "many viele hundred hundert thousands tausende countless unzählige flock "
        "schwarm herd "
        "herde pile haufen stack stapel full-of voller",
    },
    "motif": {
        # people
        "person": "person mensch somebody jemand figure figur artist künstler künstlerin teacher "
        "lehrer lehrerin scientist wissenschaftler politician politiker wanderer athlete sailor "
        "dancer tänzer tänzerin musician musiker student schüler schülerin worker arbeiter "
        "arbeiterin painter maler malerin player spieler god gott doctor arzt ärztin chef koch "
        "fisherman fischer farmer bauer bäuerin cowboy detective baker bäcker händler hiker "
        "someone selbst neighbour nachbar nachbarin verkäufer friend freund freundin clown",
        "man": "man mann männer father vater grandfather großvater opa uncle husband guy monk "
        "brother bruder king könig prince lincoln mönch knight ritter soldier soldat",
        "woman": "woman women frau frauen mother mutter grandmother großmutter oma aunt tante wife "
        "lady dame queen königin princess prinzessin sister schwester mary marktfrau girlfriend "
        "verkäuferin nun seherin",
        "child": "child children kind kinder boy girl junge mädchen toddler kid kids baby-child "
        "enkel daughter tochter son sohn pupil",
        "crowd": "crowd people menschen menge menschenmenge leute audience publikum team family "
        "familie protest demonstration parade besucher fans passers-by passanten wedding hochzeit "
        "demonstranten gesellschaft society",
        "astronaut": "astronaut kosmonaut cosmonaut spaceman astronautin",
        "robot": "robot roboter android cyborg automaton mech bender",
        "ghost": "ghost geist gespenst spirit phantom",
        "angel": "angel engel",
        "monster": "monster alien außerirdischer creature kreatur ungeheuer yeti godzilla troll "
        "demon dämon",
        # animals
        "cat": "cat kitten katze kater kätzchen cats",
        "dog": "labradoodle labrador retriever pudel dog puppy hund hündin welpe corgi beagle "
        "husky poodle dackel hunde terrier",
        "wolf": "wolf wölfe fox-wolf coyote hyena",
        "fox": "fox fuchs füchse",
        "horse": "horse pony pferd stallion mare fohlen esel donkey pferde unicorn einhorn mule",
        "zebra": "zebra",
        "cow": "cow kuh kühe bull stier ochse ox cattle rind buffalo bison calf kalb büffel",
        "sheep": "sheep lamb schaf lamm schafe goat ziege lämmer",
        "pig": "pig schwein ferkel boar wildschwein hog piglet",
        "deer": "deer stag hirsch reh moose elk reindeer rentier elch antelope gazelle",
        "elephant": "elephant elefant mammoth mammut",
        "giraffe": "giraffe",
        "tiger": "tiger leopard jaguar cheetah panther",
        "lion": "lion löwe löwen löwin sphinx",
        "bear": "bear bär bären teddy panda polar-bear eisbär wombat capybara sloth faultier koala",
        "raccoon": "raccoon racoon waschbär badger dachs",
        "monkey": "monkey affe ape gorilla chimpanzee schimpanse affen orangutan",
        "rabbit": "rabbit hare hase kaninchen bunny hasen kangaroo känguru",
        "mouse": (
            "mouse maus mäuse rat ratte hamster squirrel eichhörnchen guinea-pig hedgehog igel"
        ),
        "bird": "bird vogel vögel sparrow spatz robin rotkehlchen raven rabe crow krähe pigeon "
        "taube parrot papagei blackbird amsel finch toucan gull möwe eagle adler hawk falcon "
        "falke seagull swallow schwalbe dove kingfisher eisvogel",
        "owl": "owl eule uhu kauz",
        "penguin": "penguin pinguin",
        "duck": "duck ente goose gans swan schwan enten gänse duckling",
        "chicken": "chicken hen huhn hühner rooster hahn turkey truthahn küken ostrich strauß",
        "heron": "heron reiher stork storch flamingo crane kranich",
        "fish": "fish fisch fische goldfish carp karpfen trout shark hai herring hering koi sushi",
        "whale": "whale wal wale dolphin delfin orca",
        "octopus": "octopus krake tintenfisch squid kraken jellyfish qualle",
        "turtle": "turtle tortoise schildkröte",
        "snake": "snake schlange cobra worm wurm python serpent",
        "frog": "frog toad frosch kröte frösche gecko lizard eidechse salamander chameleon",
        "butterfly": "butterfly schmetterling moth motte falter schmetterlinge dragonfly libelle",
        "bee": "mosquito mücke bee biene bumblebee hummel insect insekt wasp wespe fly fliege "
        "beetle käfer ant "
        "ameise spider spinne ladybug marienkäfer scarab",
        "snail": "snail schnecke shell muschel conch",
        "dinosaur": "dinosaur dinosaurier t-rex tyrannosaurus dragon drache crocodile krokodil "
        "alligator drachen saurus saurier",
        # buildings
        "house": "house haus häuser home cottage hut hütte cabin barn scheune villa bauernhaus "
        "farmhouse zuhause blockhaus alamo heimat shed lagerhaus mansion",
        "church": "church kirche cathedral dom kathedrale chapel kapelle kloster monastery kremlin "
        "mosque moschee synagogue synagoge münster temple-church minster",
        "castle": "castle schloss burg fortress festung palace palast ruine schlösser",
        "tower": "tower turm türme kirchturm fernsehturm big-ben campanile minaret",
        "eiffel": "eiffel eiffelturm eiffel-tower",
        "skyscraper": "skyscraper hochhaus wolkenkratzer building gebäude buildings apartment "
        "hochhäuser empire-state plattenbau office-tower wohnblock fabrikgebäude",
        "lighthouse": "lighthouse leuchtturm leuchttürme beacon",
        "windmill": "windmill windmühle mühle mill windrad",
        "bridge": "bridge brücke brücken aqueduct viaduct aquädukt",
        "pyramid": "pyramid pyramide pyramiden",
        "tent": "tent zelt zelte teepee tipi circus zirkus camping",
        "stall": "market-stall marktstand stand bude kiosk booth food-cart",
        "temple": "temple tempel parthenon pagoda pagode shrine schrein pantheon athenian "
        "acropolis akropolis",
        "factory": "factory fabrik industrial industrie power-plant kraftwerk chimney schornstein "
        "refinery zeche",
        "wall": "wall mauer wand graffiti brick-wall",
        "fence": "fence zaun gate tor zäune hedge",
        "door": "door tür türen doorway entrance eingang portal doorknocker",
        "window": "window fenster windowsill fensterbank",
        "stairs": "stairs treppe staircase steps stufen escalator ladder leiter",
        "fountain": "fountain brunnen springbrunnen hydrant",
        "statue": "statue statuen sculpture skulptur standbild bust büste",
        "gravestone": "grave gravestone grab grabstein friedhof cemetery rosetta monument denkmal "
        "tombstone obelisk",
        # nature
        "tree": "tree baum oak eiche birch birke linde maple ahorn willow weide-baum apfelbaum "
        "kirschbaum beech buche olive-tree walnut stump",
        "conifer": "pine fir spruce tanne fichte kiefer weihnachtsbaum christmas-tree conifer "
        "cypress zypresse",
        "palm": "palm palme palmen palm-tree coconut-tree",
        "cactus": "cactus kaktus kakteen saguaro succulent",
        "branch": "branch branches ast äste zweig zweige twig perch",
        "bush": "bush busch shrub strauch büsche hedges",
        "flower": "flower flowers blume blumen blüte rose rosen tulip tulpe daisy gänseblümchen "
        "lily lilie orchid poppy mohn mohnblume lotus iris petals blossom bouquet blumenstrauß "
        "peony pfingstrose blossoms blüten",
        "sunflower": "sunflower sonnenblume sonnenblumen dandelion löwenzahn",
        "leaf": "leaf leaves blatt blätter fern farn clover klee",
        "mushroom": "mushroom pilz pilze fungus toadstool fliegenpilz",
        "rock": "boulder rocks cliff-rock felsblock stones steine pebble kiesel crystal-rock",
        "cloud": "cloud clouds wolke wolken",
        "sun": "sun sonne",
        "moon": "moon mond crescent halbmond vollmond full-moon",
        "star": "star stars stern sterne constellation comet komet sternschnuppe",
        "planet": (
            "planet jupiter saturn mars venus planets planeten earth erde globe globus world welt "
            "saturn-rings"
        ),
        "rainbow": "rainbow regenbogen",
        "fire": "fire feuer campfire lagerfeuer flames flammen bonfire inferno torch",
        "firework": "fireworks firework feuerwerk explosion-of-light",
        "iceberg": "iceberg eisberg eisschollen",
        "tornado": "tornado-funnel whirlwind wirbelsturm",
        # food
        "pomegranate": "pomegranate granatapfel granatäpfel",
        "apple": "apple apfel äpfel apples",
        "pear": "pear birne birnen avocado fig feige",
        "orangefruit": "oranges apfelsine mandarin mandarine grapefruit fruit obst frucht früchte "
        "fruits peaches pfirsich pfirsiche aprikosen persimmon",
        "pineapple": "pineapple ananas",
        "lemon": "lemon zitrone zitronen limes limette",
        "banana": "banana banane bananen",
        "grapes": "grape grapes traube trauben weintrauben berries beeren blueberry cherry kirsche "
        "kirschen cherries strawberry erdbeere",
        "pumpkin": "pumpkin kürbis melon melone watermelon gourd tomato tomate pepper paprika",
        "carrot": "carrot karotte möhre radish daikon rettich vegetable gemüse corn mais",
        "bread": "bread brot brote loaf baguette bun brötchen toast croissant sandwich burger "
        "hamburger taco",
        "cake": "cake kuchen torte pie pastry birthday-cake muffin cupcake dessert pancake",
        "cheese": "cheese käse butter pizza",
        "egg": "egg ei eier eggs easter-egg osterei",
        "icecream": "ice-cream eiscreme eistüte popsicle",
        # things
        "table": "table tisch tische desk schreibtisch",
        "chair": "chair stuhl stühle stool hocker throne thron armchair sessel seat rocking-chair",
        "bench": "bench bank parkbank",
        "sofa": "couch sofa settee",
        "bed": "bed bett cradle wiege",
        "lamp": "lamp lampe lantern laterne streetlight straßenlaterne streetlamp glühbirne "
        "lightbulb chandelier",
        "candle": "candle kerze kerzen",
        "book": "book buch bücher books dictionary diary tagebuch novel notebook heft bookshelf",
        "newspaper": "newspaper zeitung letter brief map landkarte page seite document poster "
        "plakat napkin towel zettel poem gedicht manuscript hieroglyphics",
        "cup": "cup tasse mug becher coffee kaffee tea tee latte espresso cappuccino milk milch "
        "tassen",
        "teapot": "teapot teekanne kanne kettle jug krug pitcher watering-can gießkanne samovar",
        "bottle": "bottle flasche flaschen wine wein beer bier juice saft milk-bottle perfume",
        "wineglass": "wineglass weinglas cocktail margarita goblet kelch chalice champagne drink "
        "martini",
        "vase": "vase amphora amphore urn urne pot topf blumentopf pottery töpfe",
        "bowl": "bowl schüssel schale soup suppe pho dal noodles nudeln korb basket",
        "plate": "plate teller dish gericht meal mahlzeit frühstück breakfast",
        "clock": "clock uhr watch wanduhr turmuhr zeit compass kompass stopwatch",
        "mirror": "mirror spiegel picture-frame bilderrahmen frame rahmen screen bildschirm tv "
        "television fernseher painting-frame monitor",
        "umbrella": "umbrella regenschirm schirm parasol sonnenschirm schirme",
        "hat": "hat hut hüte cap mütze tophat zylinder helmet helm cowboy-hat tophats",
        "crown": "crown krone tiara",
        "shoe": "shoe schuh shoes schuhe boot stiefel sneaker",
        "shirt": "shirt t-shirt hemd jacket jacke dress kleid coat mantel sweater pullover suit "
        "tuxedo kilt cape robe clothes kleidung",
        "glasses": "eyeglasses brille goggles sunglasses sonnenbrille",
        "bag": "bag tasche suitcase koffer backpack rucksack garbage handtasche sack briefcase",
        "box": "box kiste schachtel carton karton boxes chest truhe crate cube-box parcel "
        "paket bin "
        "geschenk gift present",
        "key": "key schlüssel schlüsselbund",
        "sword": "sword schwert knife messer spear quarterstaff cane dagger dolch lance",
        "flag": "flag fahne flagge fahnen banner flags",
        "sign": "sign schild signpost billboard wegweiser stop-sign straßenschild word words text "
        "schrift letters buchstaben saying written",
        "heart": "heart herz herzen valentine",
        "ball": "ball bälle balls basketball volleyball fußball marble-ball balls orb kugel",
        "balloon": "balloon ballon luftballon balloons heißluftballon hot-air-balloon ballons",
        "kite": "kite papierdrachen lenkdrachen drachen-steigen",
        "violin": "violin geige cello fiddle viola",
        "guitar": "guitar gitarre banjo harp harfe ukulele",
        "piano": "piano klavier flügel-klavier keyboard organ orgel klaviers",
        "drum": "drum trommel drums schlagzeug",
        "trumpet": "trumpet trompete tuba horn saxophone saxofon trombone",
        "camera": "kamera camera projector projektor",
        "headphones": "headphones kopfhörer headset earphones",
        "microphone": "microphone mikrofon mikrophon megaphone",
        "phone": "phone telefon telephone handy smartphone",
        "computer": "computer laptop pc rechner tablet",
        "machine": "machine maschine engine motor apparatus apparat mechanism gears zahnrad "
        "zahnräder clockwork uhrwerk steampunk device gerät espresso-machine dampfmaschine "
        "printing-press",
        "gear": "gear cog cogwheel wheel rad",
        "chess": "chess schach pawn schachfigur",
        "skull": "skull schädel totenkopf skeleton skelett bone knochen",
        "hand": "handpalm handfläche hand hands hände finger fist faust",
        "eye": "eye auge augen eyes",
        "mask": "mask maske masks theatermaske",
        "feather": "feather feder wing flügel wings",
        "swing": "swing schaukel",
        "scarecrow": "scarecrow vogelscheuche",
        "snowman": "snowman schneemann",
        "anchor": "anchor anker",
        # vehicles
        "boat": "boat boot boote sailboat segelboot gondola gondel canoe kanu fishing-boat ferry "
        "ruderboot rowboat fischerboot kajak segelschiff",
        "ship": "ship schiff schiffe dampfer steamer frachter titanic vessel cruise battleship",
        "car": "car auto wagen taxi sedan porsche vw convertible autos cars jeep volkswagen "
        "sports-car",
        "truck": "truck lastwagen lkw pickup lorry van tractor traktor camper wohnmobil bus "
        "feuerwehrauto ambulance lieferwagen school-bus",
        "train": "train zug locomotive lokomotive tram straßenbahn züge railway eisenbahn subway "
        "u-bahn metro bahn",
        "bicycle": (
            "bicycle bike fahrrad motorcycle motorrad scooter roller fahrräder unicycle moped"
        ),
        "airplane": "airplane aeroplane plane flugzeug jet flugzeuge aircraft helicopter "
        "hubschrauber glider zeppelin blimp",
        "rocket": "rocket rakete spaceship raumschiff shuttle ufo spacecraft raketen",
        "carriage": "carriage kutsche cart wheelbarrow schubkarre stagecoach karren",
        # geometry and ideas
        "circle": "circle kreis kreise ring rings circular rund curve concentric",
        "square": "square quadrat quadrate rectangle rechteck tile kachel",
        "triangle": "triangle dreieck dreiecke",
        "cube": "cube würfel cubes block dice",
        "sphere": "sphere sphäre globe-shape bubble seifenblase bubbles",
        "cone": "cone kegel",
        "spiral": "spiral spirale swirl vortex strudel infinity unendlichkeit helix",
        "cross": "cross kreuz plus",
        "line": "line lines linie linien stripe streifen stripes concurrent parallel gestreift",
        "wavesign": "frequency schwingung sound klang music musik melody melodie vibration notes "
        "song lied rhythm rhythmus jazz",
        "atom": "atom molecule molekül element particle bond network netzwerk netz web internet "
        "neuron gene dna energy energie cell zelle",
        "maze": "maze labyrinth puzzle",
        "yinyang": "yin-yang yin yang",
    },
    "wear": {
        "hat": "tophat cowboy-hat beanie",
        "glasses": "bespectacled",
    },
    "abstract": {
        "idea": "idea idee concept begriff thought gedanke freedom freiheit time zeitlos memory "
        "erinnerung justice gerechtigkeit future zukunft past vergangenheit truth wahrheit life "
        "leben death tod infinity unity einheit balance gleichgewicht meaning sinn language "
        "sprache "
        "diversity vielfalt power macht equality gleichheit knowledge wissen intelligence "
        "imagination fantasie emotion gefühl soul seele beauty schönheit identity identität "
        "democracy demokratie culture kultur change wandel",
    },
}

SILENT = listed(
    "a an the and or but of on in with to is are it its that this there their his her he she "
    "they we you i my your our at by for from as be been was were has have had do does not no "
    "without into onto over under next front made out up down off through while one's very so "
    "such than then them which who whose what when where how all any each other also can "
    "could would will may his off about above below behind between around against near inside "
    "outside beside along across toward towards wearing holding standing sitting looking "
    "playing riding coming going being looks like using flying flies fliegt fliegend fliegen "
    "top left right back side middle bottom background foreground style image picture scene "
    "view called named some more most much just only both same der die das den dem des ein "
    "eine einer eines einem einen und oder aber von im in am an auf mit zu zum zur ist sind "
    "war waren wird werden es er sie wir ihr ich du mein meine meiner meines dein deine sein "
    "seine ihre ihrer unser unsere bei beim für aus als nach vor hinter neben zwischen über "
    "unter durch gegen ohne um bis seit während wie wo was wer welche welcher dass nicht kein "
    "keine keinen auch noch schon nur sehr so dann wenn weil man sich hat haben hatte steht "
    "sitzt liegt geht läuft hält trägt schaut stehend sitzend bild szene stil ansicht links "
    "rechts oben unten mitte hintergrund vordergrund dort hier"
)
"""Words that carry no picture."""


@lru_cache(maxsize=1)
def index() -> dict[str, tuple[tuple[str, str], ...]]:
    """Every known word with its (aspect, meaning) pairs."""
    found: dict[str, list[tuple[str, str]]] = {}
    for aspect, meanings in MEANINGS.items():
        for meaning, words in meanings.items():
            for word in words.split():
                pair = (aspect, meaning)
                pairs = found.setdefault(word.replace("-", " ") if "-" in word else word, [])
                if pair not in pairs:
                    pairs.append(pair)
    return {word: tuple(pairs) for word, pairs in found.items()}
