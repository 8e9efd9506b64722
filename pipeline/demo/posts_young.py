"""Posts of groups 1/2 and 3."""

from __future__ import annotations

from pipeline.demo.pictures import Picture, Seen
from pipeline.demo.posts import DemoPost, Meeting
from pipeline.demo.scenes_classroom import hands_up, letter_line, wall_of_drawings
from pipeline.demo.scenes_doing import building_huts, comb_and_brush
from pipeline.demo.scenes_outdoors import bird_feeder, farm, rain
from pipeline.demo.scenes_sint import shoes_by_the_fire, spiced_biscuits
from pipeline.demo.scenes_wood import (
    fox_in_the_wood,
    hedgehog_in_leaves,
    leaf_pattern,
    mushrooms,
    owl_at_night,
)

POSTS = (
    DemoPost(
        id="w47-paddenstoelen",
        groups=("groep 1/2a",),
        author="s3",
        published="2026-11-16T15:10:00",
        title="Op paddenstoelenjacht in het Lindebos",
        body="""
Met laarzen aan en een loep om de nek liepen we maandagochtend het bos in. We telden **drieëntwintig**
paddenstoelen! De rode met witte stippen vonden we het mooist, maar de kinderen weten nu ook:
*kijken mag, plukken niet*.

In de klas maken we deze week een eigen paddenstoelenbos van klei. Kom gerust even kijken bij het
ophalen.
""",
        pictures=(
            Picture(
                scene=mushrooms,
                alt="Rode paddenstoelen met witte stippen op een heuvel in het bos",
                caption="Kijken mag, plukken niet",
            ),
        ),
    ),
    DemoPost(
        id="w47-pepernoten",
        groups=("groep 1/2a",),
        author="s3",
        published="2026-11-18T14:20:00",
        title="Het ruikt hier naar pepernoten",
        body="""
Wat een geur in de gang! Met hulp van drie ouders hebben we pepernoten gebakken. Afwegen, kneden, rollen:
iedereen kwam aan de beurt. De helft is op, de andere helft zit in een trommel te wachten op het feest.

Het recept, voor thuis:

- 250 gram zelfrijzend bakmeel
- 125 gram boter en 125 gram bruine suiker
- een eetlepel speculaaskruiden en een scheutje melk

Twintig minuten in een oven van 170 graden. Eet smakelijk!
""",
        pictures=(
            Picture(
                scene=spiced_biscuits,
                alt="Een bakplaat vol ronde pepernoten en sterretjes met een deegroller erop",
                caption="Honderdtwaalf stuks, we hebben ze geteld",
            ),
        ),
    ),
    DemoPost(
        id="w47-pietengym",
        groups=("groep 1/2a",),
        author="s18",
        published="2026-11-19T20:05:00",
        title="Wie helpt er mee met de pietengym?",
        body="""
Donderdag 26 november klimmen alle kleuters over de daken van het speellokaal. We zoeken nog **vier
ouders** die van 9.00 tot 10.30 uur een hoek willen begeleiden. Geen lenigheid vereist, een goed humeur
wel. Opgeven kan bij de deur van de klas.
""",
    ),
    DemoPost(
        id="w47-egel",
        groups=("groep 1/2b",),
        author="s4",
        published="2026-11-17T12:45:00",
        title="Een logé onder de bladeren",
        body="""
Bij het vegen van het plein ritselde er iets in de bladerhoop: een egel! We hebben de bezem meteen
neergelegd en een bordje gemaakt: *Stil, hier slaapt een egel*. In de kring ging het daarna over
winterslaap. Waarom slapen wij eigenlijk niet de hele winter? Daar hadden de kinderen veel ideeën over.
""",
        pictures=(
            Picture(
                scene=hedgehog_in_leaves,
                alt="Een egel in een berg herfstbladeren",
                caption="Stil, hier slaapt een egel",
            ),
        ),
    ),
    DemoPost(
        id="w47-tekeningen",
        groups=("groep 1/2b",),
        author="s4",
        published="2026-11-19T15:00:00",
        title="Een lijn vol tekeningen",
        body="""
Onze klas lijkt wel een museum. Ieder kind tekende iets waar het blij van wordt: zonnen, huizen, bloemen
en heel veel regenbogen. Vrijdag van 8.15 tot 8.30 uur is de deur open en leiden de kinderen u rond.
Neem gerust een opa, oma of buurvrouw mee.
""",
        pictures=(
            Picture(
                scene=wall_of_drawings,
                alt="Acht kindertekeningen aan een waslijn: zonnen, huizen, bloemen en regenbogen",
            ),
        ),
    ),
    DemoPost(
        id="w47-regen",
        groups=("groep 1/2c",),
        author="s5",
        published="2026-11-16T14:40:00",
        title="Van een beetje regen smelt je niet",
        body="""
Het goot, dus gingen we naar buiten. Hoe klinkt regen op een paraplu? En in een emmer? De kinderen zetten
bakjes neer en meten elke dag hoeveel water erin staat. Fijn dat iedereen laarzen op school heeft staan.
De natte sokken hangen te drogen op de verwarming; kijkt u even of er een paar van u bij is?
""",
        pictures=(
            Picture(
                scene=rain,
                alt="Vier kinderen met gekleurde paraplu's in de regen",
                caption="Stampen mag vandaag",
                seen=Seen.SOME,
            ),
        ),
    ),
    DemoPost(
        id="w47-boerderij",
        groups=("groep 1/2c",),
        author="s5",
        published="2026-11-19T16:10:00",
        title="Op bezoek bij de schapen",
        body="""
Wat was het leuk op de kinderboerderij! De boerin liet ons voelen hoe zacht wol is en hoe je daar een
draad van draait. Twee moeders en een opa liepen mee: **dank jullie wel**, zonder jullie was het niet
gegaan. We vilten volgende week ons eigen schaap.
""",
        pictures=(
            Picture(scene=farm, alt="Schapen in een groene wei voor een rode schuur"),
            Picture(
                scene=leaf_pattern,
                alt="Herfstbladeren in alle kleuren, op gekleurde vakjes geplakt",
                caption="Onderweg geraapt en thuisgebracht",
                seen=Seen.UNLISTED,
            ),
        ),
    ),
    DemoPost(
        id="w47-letters",
        groups=("groep 3a",),
        author="s6",
        published="2026-11-17T15:05:00",
        title="We kennen al zestien letters",
        body="""
Wie in september nog vroeg wat er op het bord stond, leest het nu zelf. We kunnen al hele rijtjes lezen:
*maan, roos, vis, sok*. Thuis oefenen hoeft niet lang te duren: vijf minuten per dag samen lezen is goud
waard. Laat uw kind gerust voorlezen wat er op de melk, de bus of de winkel staat.
""",
        pictures=(
            Picture(
                scene=letter_line,
                alt="Kaartjes met letters aan drie lijnen: maan, roos, vis",
                caption="Drie woorden, tien letters",
            ),
        ),
        links=(("https://www.voorleesplein.example/samen-lezen", "Tips om thuis samen te lezen"),),
    ),
    DemoPost(
        id="w47-vogels",
        groups=("groep 3a",),
        author="s17",
        published="2026-11-19T12:10:00",
        title="Ons vogelrestaurant is open",
        body="""
De vetbollen zijn gelukt, al zaten onze handen onder. Het voederhuisje staat nu voor het raam en we houden
een lijst bij van wie er komt eten. Tot nu toe: elf koolmezen, drie roodborstjes en één heel brutale
ekster. Heeft u thuis nog zonnebloempitten over? Die zijn welkom.
""",
        pictures=(
            Picture(
                scene=bird_feeder,
                alt="Vogels rond een voederhuisje met een rood dak in de sneeuw",
                caption="Vandaag op het menu: vetbol",
            ),
        ),
    ),
    DemoPost(
        id="w47-hutten",
        groups=("groep 3a", "groep 4"),
        author="s17",
        published="2026-11-18T15:30:00",
        title="Hutten bouwen met groep 3 en 4",
        body="""
Woensdag trokken groep 3a en groep 4 samen naar het bos. In groepjes bouwden ze hutten van takken, en wat
werd er goed overlegd! *Wie houdt vast? Past iedereen erin? Komt de regen erdoor?* Na een uur stonden er
zeven hutten, waarvan één met een bel.

We kregen bezoek van een vos, of misschien was het een heel rode kat. Daar zijn de meningen over verdeeld.
""",
        pictures=(
            Picture(
                scene=building_huts,
                alt="Drie kinderen bij een hut van takken in het herfstbos",
                caption="Deze had zelfs een voordeur",
                seen=Seen.SOME,
            ),
            Picture(
                scene=fox_in_the_wood,
                alt="Tekening van een vos tussen de bomen in de herfst",
                caption="Het was echt een vos",
            ),
        ),
    ),
    DemoPost(
        id="w47-sommen",
        groups=("groep 3b",),
        author="s7",
        published="2026-11-16T15:20:00",
        title="Rekenen met je hele lijf",
        body="""
Springen, klappen en stampen: zo leren we tellen met sprongen van twee. De tafels op het bord zijn van de
buren uit groep 4, maar stiekem rekenden er al heel wat kinderen mee. We zijn trots op hoe goed iedereen
elkaar helpt.
""",
        pictures=(
            Picture(
                scene=hands_up,
                alt="Kinderen steken hun vinger op voor een bord met sommen",
                caption="Wie weet het?",
                seen=Seen.REFUSED,
            ),
        ),
    ),
    DemoPost(
        id="w47-kriebels",
        groups=("groep 3b",),
        author="s19",
        published="2026-11-17T19:30:00",
        title="Helpende handen gezocht bij de luizencontrole",
        body="""
Na elke vakantie kijken we alle bollen na, zodat kriebels geen kans krijgen. Voor groep 3b zoeken we twee
ouders die op **dinsdag 24 november om 8.30 uur** een half uur willen helpen. Kammen liggen klaar, koffie
ook. Wilt u die dag haren los en zonder gel naar school laten komen?
""",
        pictures=(
            Picture(
                scene=comb_and_brush, alt="Een rode kam, een haarborstel en een vrolijk getekend gezicht"
            ),
        ),
        event=Meeting(
            starts="2026-11-24T08:30:00", ends="2026-11-24T09:00:00", location="Lokaal van groep 3b"
        ),
    ),
    DemoPost(
        id="w47-schoen",
        groups=("groep 3b",),
        author="s7",
        published="2026-11-19T14:35:00",
        title="We hebben onze schoen gezet",
        body="""
Bij de knutselhaard staan twintig zelfgemaakte schoenen op een rij, elk met een wortel erin. We
zongen zo hard dat de buren van groep 4 meededen. Morgenochtend gaan we kijken. Zou de wortel op zijn?
""",
        pictures=(
            Picture(
                scene=shoes_by_the_fire,
                alt="Gekleurde schoenen met wortels voor een brandende open haard",
                caption="Nu nog even geduld",
            ),
            Picture(
                scene=owl_at_night, alt="Twee uilen op een tak onder de maan", caption="Wie houdt de wacht?"
            ),
        ),
    ),
)
