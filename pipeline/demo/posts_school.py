"""Posts to the whole school, or to nearly all of it."""

from __future__ import annotations

from pipeline.demo.pictures import Picture, Seen
from pipeline.demo.posts import DemoPost, Meeting
from pipeline.demo.scenes_classroom import council
from pipeline.demo.scenes_doing import gym_hall, on_stage, pumpkin_soup
from pipeline.demo.scenes_sint import steamboat
from pipeline.demo.scenes_town import lighthouse

GROUPS = (
    "groep 1/2a",
    "groep 1/2b",
    "groep 1/2c",
    "groep 3a",
    "groep 3b",
    "groep 4",
    "groep 4/5",
    "groep 5",
    "groep 6",
    "groep 6/7",
    "groep 7",
    "groep 8",
)

POSTS = (
    DemoPost(
        id="w47-sint",
        groups=("school",),
        author="s1",
        published="2026-11-16T12:00:00",
        title="Sinterklaas legt aan bij de Walvisboot",
        body="""
Er is post uit Spanje: op **vrijdag 4 december** komt Sinterklaas bij ons op school. Om half negen zingen
we hem toe op het plein, en u bent daarbij van harte welkom. De groepen 1 tot en met 4 krijgen bezoek in
de klas, de groepen 5 tot en met 8 vieren hun surprisefeest. Alle kinderen zijn om 12.00 uur vrij.
""",
        pictures=(
            Picture(
                scene=steamboat,
                alt="Een rode stoomboot met vlaggetjes en cadeaus aan dek",
                caption="Zie ginds komt hij al",
            ),
        ),
        event=Meeting(starts="2026-12-04T08:30:00", ends="2026-12-04T09:15:00", location="Het schoolplein"),
    ),
    DemoPost(
        id="w47-podium",
        groups=("school",),
        author="s1",
        published="2026-11-18T16:45:00",
        title="Wat een podiumochtend!",
        body="""
Er werd gezongen, gegoocheld en gedanst, en er was een toneelstuk over een koning die zijn sokken kwijt
was. Wat is het bijzonder om te zien hoe kinderen van vier en van twaalf elkaar aanmoedigen. **Dank aan
iedereen** die kwam kijken, schminkte of stoelen sjouwde.
""",
        pictures=(
            Picture(
                scene=on_stage,
                alt="Vijf kinderen juichen op het podium onder de schijnwerpers",
                caption="Het slotapplaus",
                seen=Seen.CUSTODY,
            ),
        ),
    ),
    DemoPost(
        id="w47-schoolkamer",
        groups=("school",),
        author="s2",
        published="2026-11-17T16:00:00",
        title="Nieuws uit de schoolkamer",
        body="""
Twaalf kinderen, uit elke groep één, vergaderden over het plein. Hun wensen op een rij: meer schaduw in de
zomer, een rustige hoek met banken en ballen die niet over het hek gaan. Voor de eerste twee is geld
gevonden; over het derde denken we nog na.
""",
        pictures=(
            Picture(
                scene=council,
                alt="Vijf kinderen vergaderen aan een ronde tafel voor een schoolbord",
                caption="De vergadering is geopend",
                seen=Seen.SOME,
            ),
        ),
        links=(("https://www.groenplein.example/voorbeelden", "Voorbeelden van groene pleinen"),),
    ),
    DemoPost(
        id="w47-studiedag",
        groups=("school",),
        author="s1",
        published="2026-11-19T11:00:00",
        title="Maandag 7 december: studiedag",
        body="""
Op maandag 7 december leert het team met elkaar en zijn alle kinderen vrij. We werken aan begrijpend lezen
en bezoeken een school die dat al een paar jaar anders doet. De opvang is die dag gewoon open.
""",
        event=Meeting(
            starts="2026-12-07T08:30:00", ends="2026-12-07T15:00:00", location="Geen school voor de kinderen"
        ),
    ),
    DemoPost(
        id="w47-soep",
        groups=("school",),
        author="s2",
        published="2026-11-20T10:30:00",
        title="Negentig liter pompoensoep",
        body="""
Zoveel hebben we er vanochtend samen van gegeten. De pompoenen kwamen uit de moestuin van groep 5, het
brood van de bakker op de hoek en de pannen van de scouting. Dank aan de kookploeg van ouders die om zes
uur al stond te snijden!
""",
        pictures=(
            Picture(
                scene=pumpkin_soup,
                alt="Een grote dampende pan soep tussen pompoenen, met drie kommen ervoor",
                caption="Er bleef niets over",
            ),
        ),
    ),
    DemoPost(
        id="w47-gym",
        groups=GROUPS,
        author="s15",
        published="2026-11-18T11:20:00",
        title="Apenkooien: de vloer is lava",
        body="""
Deze week lag de hele gymzaal vol. Van wandrek naar kast, van kast naar ringen, zonder de vloer te raken.
De jongsten deden het over banken, de oudsten over touwen. Denkt u aan gymschoenen met een lichte zool?
Zwarte zolen laten strepen achter, en lava is al lastig genoeg.
""",
        pictures=(
            Picture(
                scene=gym_hall,
                alt="Drie kinderen met hun armen omhoog in de gymzaal, met ballen en ringen",
                seen=Seen.SOME,
            ),
        ),
    ),
    DemoPost(
        id="w47-weekend",
        groups=("school",),
        author="s2",
        published="2026-11-20T16:05:00",
        title="Fijn weekend, en tot maandag",
        body="""
De lichten gaan uit en de stoelen staan op tafel. Het was een volle week met veel om trots op te zijn. Wij
wensen iedereen een rustig weekend met warme voeten.
""",
        pictures=(Picture(scene=lighthouse, alt="Een rood-witte vuurtoren bij zonsondergang"),),
    ),
)
