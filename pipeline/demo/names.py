# ruff: noqa: RUF001 - Turkish names have a dotless i
"""Names for invented people, in circles so that a family's names go together.

No pupil's first name is a Dutch word: posts must not seem to name a child.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Circle:
    """Names that are heard together; ``weight`` is how many families in a hundred have them."""

    weight: int
    last: tuple[str, ...]
    pupils: tuple[str, ...]
    parents: tuple[str, ...]


def _names(text: str) -> tuple[str, ...]:
    return tuple(" ".join(text.split()).split(", "))


CIRCLES = (
    Circle(
        weight=46,
        last=_names(
            """
            Aalbers, van Asperen, Bleeker, Boersma, van den Broek, Dijkhuizen, van Doorn, Eijsink,
            Geurtsen, de Haan, Hagenaar, Huisman, van der Kamp, Kramer, Lammers, van Leeuwen, Meinders,
            Nijland, Oosterhuis, Prinsen, Roelofs, Scholten, van der Sluis, Tuinstra, Veldkamp, Wolters,
            Zijlstra
            """
        ),
        pupils=_names(
            """
            Anouschka, Benthe, Casper, Daantje, Evi, Femke, Gijs, Hidde, Imke, Jelle, Jurre, Kjeld, Lieke,
            Lotte, Maartje, Merijn, Niek, Nienke, Olivier, Puck, Rins, Sjoerd, Teun, Tess, Veerle, Wietse,
            Ysbrand, Floortje, Guus, Siebe
            """
        ),
        parents=_names(
            """
            Annelies, Bart, Chantal, Diederik, Eline, Frank, Gerdien, Hugo, Inge, Jeroen, Karin, Lennart,
            Mirjam, Niels, Paulien, Remco, Saskia, Thijs, Vera, Wouter, Yvonne, Martijn, Judith, Koen
            """
        ),
    ),
    Circle(
        weight=14,
        last=_names("Aydın, Çelik, Demirci, Erdoğdu, Kılıç, Öztürk, Şahin, Yıldız"),
        pupils=_names("Azra, Berat, Defne, Emir, Eymen, Elif, Kerem, Zümra, Mert, Ecrin"),
        parents=_names("Ayşe, Burak, Ceren, Fatih, Gülşen, Hakan, Meltem, Orhan, Sevda, Tarık"),
    ),
    Circle(
        weight=14,
        last=_names("Achahbar, Benali, El Idrissi, Haddou, Lamrabet, Ouali, Tahiri, Zerouali"),
        pupils=_names("Adam, Amira, Bilal, Dounia, Ilyas, Inaya, Jasmina, Nizar, Safae, Zakaria"),
        parents=_names("Abdelhak, Fatiha, Hicham, Karima, Loubna, Mounir, Naima, Rachid, Samira"),
    ),
    Circle(
        weight=12,
        last=_names("Amatmoekrim, Blijd, Codrington, Doekhie, Kartosen, Ramdin, Sno, Wijngaarde"),
        pupils=_names("Anisha, Dewi, Giovanni, Jahir, Kiyana, Mayra, Rayvano, Shaniqua, Tyrell"),
        parents=_names("Astrid, Dennis, Errol, Henna, Marlon, Patricia, Radjesh, Sherida, Winston"),
    ),
    Circle(
        weight=7,
        last=_names("Kowalska, Lewandowski, Mazur, Wójcik, Zieliński"),
        pupils=_names("Antoni, Hania, Jakub, Maja, Oliwia, Szymon, Zosia"),
        parents=_names("Agnieszka, Grzegorz, Katarzyna, Marek, Paweł, Wioletta"),
    ),
    Circle(
        weight=7,
        last=_names("Adeyemi, Bennett, Fernandes, Haile, Nguyen, Okafor, Rossi, Al-Hamad"),
        pupils=_names("Amara, Chidi, Giulia, Layla, Liwei, Mateus, Selam, Thanh, Yusra"),
        parents=_names("Abeba, Carlos, Chiara, Ifeoma, Linh, Oliver, Rania, Sophie, Tomás"),
    ),
)
