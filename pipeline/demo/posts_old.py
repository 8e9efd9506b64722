"""Posts of groups 6/7 to 8."""

from __future__ import annotations

from pipeline.demo.pictures import Picture, Seen
from pipeline.demo.posts import DemoPost, Meeting
from pipeline.demo.scenes_classroom import stack_of_books
from pipeline.demo.scenes_discovery import museum, robot
from pipeline.demo.scenes_doing import schoolyard
from pipeline.demo.scenes_sint import firs_and_stars, gifts
from pipeline.demo.scenes_town import bicycles, windmill

POSTS = (
    DemoPost(
        id="w47-museum",
        groups=("groep 6/7",),
        author="s12",
        published="2026-11-17T17:10:00",
        title="Oog in oog met een dinosaurus",
        body="""
Om half negen stapten we in de bus, om half tien stonden we onder een skelet van elf meter. De gids was
onder de indruk van onze vragen. *Hoe weet je welke kleur hij had?* Dat weet dus niemand, en dat vonden de
kinderen misschien nog het mooiste van de dag.

Met dank aan de vijf ouders die meereisden, de broodtrommels bewaakten en alle jassen telden. Het waren er
evenveel op de terugweg.
""",
        pictures=(
            Picture(
                scene=museum,
                alt="Drie kinderen juichen bij het skelet van een dinosaurus in het museum",
                caption="Elf meter, van neus tot staart",
                seen=Seen.SOME,
            ),
        ),
    ),
    DemoPost(
        id="w47-robots",
        groups=("groep 6/7",),
        author="s12",
        published="2026-11-19T14:50:00",
        title="Een robot doet precies wat je zegt",
        body="""
En dat is lastiger dan het klinkt. De kinderen programmeerden elkaar: *twee stappen vooruit, kwartslag
rechts, pak de stift*. Na drie pogingen stond er een huis op het bord, na vijf een huis met een dak.
Volgende week doen we hetzelfde met echte robots.
""",
        pictures=(
            Picture(
                scene=robot,
                alt="Een vrolijke gele robot met een scherm op zijn buik",
                caption="Zo moet hij worden",
            ),
        ),
    ),
    DemoPost(
        id="w47-molen",
        groups=("groep 7",),
        author="s13",
        published="2026-11-16T15:50:00",
        title="Droge voeten dankzij een molen",
        body="""
Waarom staat onze school niet onder water? De molenaar legde het uit, vijftien meter boven de sloot. We
zagen hoe het scheprad het water omhoog brengt en mochten zelf aan het kruirad draaien. Trots en een
beetje bestoft fietsten we terug.
""",
        pictures=(
            Picture(
                scene=windmill,
                alt="Een molen bij een sloot met rijen gekleurde bloemen",
                caption="Hij draaide voor ons",
            ),
        ),
    ),
    DemoPost(
        id="w47-verkeer",
        groups=("groep 7",),
        author="s13",
        published="2026-11-19T12:30:00",
        title="Oefenen voor het verkeersexamen",
        body="""
Over de schouder kijken, hand uitsteken, voorsorteren: we oefenden het in het echt, op de route van het
examen. Dat ging goed! Drie dingen om samen met uw kind na te kijken:

1. Doen voor- en achterlicht het?
2. Zit de bel vast?
3. Staat het zadel op de goede hoogte?
""",
        pictures=(
            Picture(
                scene=bicycles,
                alt="Twee fietsers met helm op een rood fietspad",
                caption="Hand uit, en dan pas afslaan",
            ),
        ),
        links=(("https://www.veiligopdefiets.example/oefenen", "Online oefenen voor het verkeersexamen"),),
    ),
    DemoPost(
        id="w47-debat",
        groups=("groep 7",),
        author="s13",
        published="2026-11-18T14:00:00",
        title="Debatteren: huiswerk ja of nee?",
        body="""
Twee teams, een voorzitter en een zandloper. De stelling was dat huiswerk mag blijven. Er werd geluisterd,
doorgevraagd en zelfs van mening veranderd. De uitslag volgt in de klas.
""",
    ),
    DemoPost(
        id="w47-surprises",
        groups=("groep 8",),
        author="s14",
        published="2026-11-17T14:30:00",
        title="Lootjes getrokken, plannen gesmeed",
        body="""
De lootjes zijn getrokken en sindsdien wordt er verdacht veel gefluisterd. Een surprise mag groot zijn, gek
zijn of plakken, als hij maar met aandacht is gemaakt. Het cadeautje kost ongeveer **vijf euro** en een
gedicht hoort erbij. Op donderdag 3 december gaat alles mee naar school, in een vuilniszak, zodat niemand
iets ziet.
""",
        pictures=(
            Picture(
                scene=gifts, alt="Een stapel gekleurde cadeaus met witte strikken", caption="Wie heeft wie?"
            ),
        ),
    ),
    DemoPost(
        id="w47-kijkmiddag",
        groups=("groep 8",),
        author="s14",
        published="2026-11-18T13:10:00",
        title="Kijken op de nieuwe school",
        body="""
Nog zeven maanden en dan zwaaien we elkaar uit. Woensdag 2 december komen twee brugklassers vertellen hoe
het is: andere gebouwen, andere vakken, zelf je rooster lezen. Ouders zijn van harte welkom om aan te
schuiven en vragen te stellen.
""",
        pictures=(
            Picture(scene=schoolyard, alt="Vier kinderen op het plein voor een schoolgebouw met een klok"),
        ),
        event=Meeting(
            starts="2026-12-02T19:30:00", ends="2026-12-02T20:45:00", location="Lokaal van groep 8"
        ),
    ),
    DemoPost(
        id="w47-voorlezen",
        groups=("groep 8",),
        author="s14",
        published="2026-11-19T15:40:00",
        title="Muisstil bij de voorleeswedstrijd",
        body="""
Zes kinderen lazen voor aan de hele bovenbouw, en je kon een speld horen vallen. Er was een spannend
fragment, een verdrietig fragment en een fragment waarbij de jury haar tranen van het lachen moest
wegvegen. We feliciteren de winnaar, die ons in januari vertegenwoordigt in de bibliotheek!
""",
        pictures=(
            Picture(
                scene=stack_of_books,
                alt="Een stapel boeken naast een opengeslagen boek, met sterren erboven",
                seen=Seen.APP_ONLY,
            ),
        ),
    ),
    DemoPost(
        id="w47-bedankt",
        groups=("groep 8",),
        author="s20",
        published="2026-11-20T09:15:00",
        title="Bedankt voor alle wafels",
        body="""
De wafelverkoop voor het kamp heeft 312 euro opgebracht. Dank aan iedereen die beslag roerde, ijzers
uitleende of er zes achter elkaar opat. Het kamp komt een stuk dichterbij!
""",
    ),
    DemoPost(
        id="w47-koor",
        groups=("groep 6", "groep 6/7", "groep 7", "groep 8"),
        author="s16",
        published="2026-11-19T16:40:00",
        title="Het bovenbouwkoor zoekt zijn winterstem",
        body="""
Vanaf maandag oefenen we elke dag tien minuten voor het winterconcert. Meerstemmig, dus vraag uw kind
gerust om de tweede stem te laten horen. De liedjes hangen in de gang en staan in de map.
""",
        pictures=(
            Picture(
                scene=firs_and_stars, alt="Dennenbomen in de sneeuw onder een avondlucht met sneeuwvlokken"
            ),
        ),
        event=Meeting(starts="2026-12-16T18:30:00", ends="2026-12-16T19:30:00", location="Het plein"),
    ),
)
