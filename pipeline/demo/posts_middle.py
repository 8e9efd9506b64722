"""Posts of groups 4 to 6."""

from __future__ import annotations

from pipeline.demo.films import Film, eruption
from pipeline.demo.pictures import Picture, Seen
from pipeline.demo.posts import CHILD, DemoPost
from pipeline.demo.scenes_classroom import painted_squares, reading_corner, stack_of_books
from pipeline.demo.scenes_discovery import aquarium, planets, volcano
from pipeline.demo.scenes_doing import instruments
from pipeline.demo.scenes_outdoors import pond, vegetable_bed
from pipeline.demo.scenes_sint import lanterns
from pipeline.demo.scenes_town import canal_houses

POSTS = (
    DemoPost(
        id="w47-spreekbeurt",
        groups=("groep 4",),
        author="s8",
        published="2026-11-18T13:40:00",
        title="De eerste spreekbeurt",
        body=f"""
Wat een moed! {CHILD} beet vandaag het spits af met een spreekbeurt over uilenballen, met een echte erbij
om uit te pluizen. De vragen waren niet van de lucht.
""",
    ),
    DemoPost(
        id="w47-vijver",
        groups=("groep 4",),
        author="s8",
        published="2026-11-17T14:15:00",
        title="Wat leeft er in de vijver?",
        body="""
Met schepnetjes en witte bakken onderzochten we de vijver achter de school. We vonden posthoornslakken,
een bootsmannetje en iets wat we nog moeten opzoeken. Alles zwemt weer waar het hoort. De eenden keken
toe en vonden het duidelijk veel te druk.
""",
        pictures=(
            Picture(
                scene=pond,
                alt="Een vijver met twee eenden en drie gele kuikens tussen het riet",
                caption="Toeschouwers",
            ),
        ),
    ),
    DemoPost(
        id="w47-leeshoek",
        groups=("groep 4",),
        author="s8",
        published="2026-11-19T13:20:00",
        title="Leesweek: sokken uit, boek open",
        body="""
Deze week lezen we elke dag een half uur langer. In de leeshoek liggen kussens, er brandt een lamp en de
schoenen blijven op de gang. De klas las samen al **eenenveertig boeken**. Heeft u thuis een mooi
prentenboek dat een tijdje bij ons mag logeren? Zet er een naam in, dan komt het weer terug.
""",
        pictures=(
            Picture(
                scene=reading_corner,
                alt="Twee kinderen lezen op zitzakken onder een lamp, naast een volle boekenkast",
                caption="Niet storen",
                seen=Seen.UNKNOWN,
            ),
        ),
    ),
    DemoPost(
        id="w47-vulkaan",
        groups=("groep 4/5",),
        author="s9",
        published="2026-11-17T15:45:00",
        title="Drie, twee, één: uitbarsting!",
        body="""
Onze papier-maché vulkanen zijn klaar, en dat hebben ze in de gang gehoord. Met azijn, soda en een
druppel rode verf lieten de kinderen ze uitbarsten. Eerst voorspellen, dan kijken, dan opschrijven: zo
werken onderzoekers. De vloer is weer schoon. Bijna.
""",
        pictures=(
            Picture(
                scene=volcano,
                alt="Twee kinderen juichen bij een knutselvulkaan die uitbarst",
                caption="Precies zoals voorspeld",
                seen=Seen.SOME,
            ),
        ),
        film=Film(
            scene=eruption,
            alt="Een knutselvulkaan borrelt, spuit vonken en stroomt over",
            caption="Azijn, soda en rode verf",
        ),
    ),
    DemoPost(
        id="w47-vlakken",
        groups=("groep 4/5",),
        author="s9",
        published="2026-11-19T15:15:00",
        title="Rood, geel en blauw",
        body="""
Hoe weinig heb je nodig voor een spannend schilderij? Drie kleuren, een liniaal en veel wit. De kinderen
maakten elk een werk in de stijl van Mondriaan en gaven het een titel. Onze favoriet: *Stad van boven, op
zondag*.
""",
        pictures=(
            Picture(
                scene=painted_squares,
                alt="Schilderij met zwarte lijnen en rode, gele, blauwe en witte vlakken",
            ),
        ),
        links=(("https://www.kunstkijken.example/mondriaan", "Meer zien van Mondriaan"),),
    ),
    DemoPost(
        id="w47-boekenruil",
        groups=("groep 5",),
        author="s9",
        published="2026-11-17T16:30:00",
        title="Boekenruil op vrijdag",
        body="""
Neem vrijdag een boek mee dat je uit hebt en ga met een ander boek naar huis. Strips mogen ook. Wat
overblijft gaat naar de minibieb bij de poort.
""",
        pictures=(
            Picture(scene=stack_of_books, alt="Een stapel gekleurde boeken naast een opengeslagen boek"),
        ),
    ),
    DemoPost(
        id="w47-onderwater",
        groups=("groep 5",),
        author="s10",
        published="2026-11-16T16:00:00",
        title="De klas staat onder water",
        body="""
Geen zorgen, alleen het prikbord. Bij het thema *Zee* heeft ieder kind een vis ontworpen en onderzocht hoe
die ademt, eet en slaapt. Wist u dat een papegaaivis een slaapzak van slijm maakt? De kinderen inmiddels
wel, en ze vertellen er graag over tijdens het eten.
""",
        pictures=(
            Picture(
                scene=aquarium,
                alt="Gekleurde vissen tussen groene waterplanten en luchtbellen",
                caption="Zes van de eenentwintig vissen",
            ),
        ),
    ),
    DemoPost(
        id="w47-moestuin",
        groups=("groep 5",),
        author="s10",
        published="2026-11-18T12:05:00",
        title="De laatste oogst van het jaar",
        body="""
De pompoenen zijn binnen en de boerenkool mag nog even blijven staan, want die wordt lekkerder van de
vorst. We hebben de bedden afgedekt met blad en afgesproken wie in de kerstvakantie een oogje in het zeil
houdt. **Spa's en handschoenen** in kindermaat blijven welkom.
""",
        pictures=(
            Picture(
                scene=vegetable_bed,
                alt="Een moestuin met rijen sla, wortels, kool en pompoenen voor een wit hek",
                caption="Zo stond het er in oktober bij",
            ),
            Picture(
                scene=vegetable_bed,
                alt="De moestuin, gezien vanaf het klimrek",
                caption="Van boven",
                broken=True,
            ),
        ),
    ),
    DemoPost(
        id="w47-trommels",
        groups=("groep 4", "groep 4/5", "groep 5"),
        author="s16",
        published="2026-11-18T15:00:00",
        title="Samen één ritme",
        body="""
Luisteren is moeilijker dan spelen, ontdekten we bij muziek. Eerst had iedereen een eigen tempo, maar na
een kwartier klonk er één ritme door de hele zaal. Op de podiumochtend in januari hoort u het resultaat.
Wie thuis nog een instrument in de kast heeft staan: wij geven het graag een tweede leven.
""",
        pictures=(
            Picture(
                scene=instruments,
                alt="Een gitaar, een trommel en een xylofoon met muzieknoten erboven",
            ),
        ),
    ),
    DemoPost(
        id="w47-planeten",
        groups=("groep 6",),
        author="s11",
        published="2026-11-17T13:55:00",
        title="Een reis langs acht planeten",
        body="""
Als de zon een skippybal is, dan is de aarde een erwt, twintig meter verderop. We hebben het zonnestelsel
op schaal uitgezet op het plein en moesten voor Neptunus tot bij de bakker lopen. Donderdagavond is de
maan mooi te zien, als de wolken meewerken.
""",
        pictures=(
            Picture(
                scene=planets,
                alt="De zon met planeten in hun banen en een raket ertussen",
                caption="Niet helemaal op schaal",
            ),
        ),
        links=(("https://www.sterrenkijken.example/vanavond", "Wat is er vanavond te zien?"),),
    ),
    DemoPost(
        id="w47-plattegrond",
        groups=("groep 6",),
        author="s11",
        published="2026-11-18T16:20:00",
        title="Onze wijk van boven",
        body="""
Met een kaart, een kompas en een meetwiel liepen we een rondje om de school. Elk groepje tekende een
straat, en samen past alles op één plattegrond van vier meter. De kinderen schreven erbij wat ze de
mooiste plek van de buurt vinden.
""",
        pictures=(
            Picture(scene=canal_houses, alt="Een rij gekleurde grachtenpanden met een rode boot ervoor"),
        ),
    ),
    DemoPost(
        id="w46-lampionnen",
        groups=("groep 6",),
        author="s11",
        published="2026-11-11T20:15:00",
        title="Lichtjes in het donker",
        body="""
Wat een stoet! Met zelfgemaakte lampionnen liepen we langs de deuren rond de school. Dank aan alle buren
die opendeden en aan de ouders die meeliepen.
""",
        pictures=(
            Picture(scene=lanterns, alt="Vier kinderen met lampionnen in een donkere straat", seen=Seen.SOME),
        ),
    ),
)
