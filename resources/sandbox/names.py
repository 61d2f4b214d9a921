"""Names of people by region, with the spellings that break naive matching."""

from __future__ import annotations


def _words(text: str, *phrases: str) -> tuple[str, ...]:
    return (*text.split(), *phrases)


FIRST_NAMES: dict[str, tuple[str, ...]] = {
    "en": _words(
        "James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William "
        "Barbara Richard Susan Joseph Jessica Thomas Sarah Charles Karen Daniel Nancy Matthew "
        "Lisa Anthony Betty Mark Sandra Paul Ashley Steven Kimberly Andrew Emily Kenneth "
        "Donna Joshua Michelle Kevin Carol Brian Amanda George Melissa Siobhán Declan Aoife "
        "Priya Arjun Wei Mei Ngọc Minh Aisha Omar Yusuf Fatima Zoë Renée",
        "Mary Ann",
        "Jean-Luc",
        "Billie-Jo",
        "J. Paul",
    ),
    "de": _words(
        "Jürgen Jörg Günther Björn Sören Käthe Anna Lukas Leonie Felix Marie Maximilian "
        "Sophie Tobias Katharina Stefan Ute Wolfgang Heike Matthias Sabine Florian Claudia "
        "Sebastian Nadine Özlem Mehmet Ayşe",
        "Anna-Lena",
        "Hans-Peter",
        "Karl-Heinz",
        "Eva-Maria",
    ),
    "fr": _words(
        "François Hélène Zoé Chloé Émile Gaëlle Aurélie Benoît Cédric Élodie Jérôme Mathéo "
        "Noël Océane Rémi Thérèse Loïc Anaïs Guillaume Camille",
        "Jean-Baptiste",
        "Marie-Claire",
        "Pierre-Yves",
    ),
    "nl": _words("Jeroen Sanne Daan Femke Bram Lotte Thijs Marloes Ruben Anouk Joris Fleur Pieter Noor"),
    "es": _words(
        "José María Álvaro Begoña Iñaki Lucía Raúl Sofía Andrés Inés Joaquín Martín Mónica "
        "Óscar Pilar Tomás Verónica João Conceição Gonçalo",
        "María José",
        "Juan Carlos",
        "Ana Sofía",
    ),
    "no": _words("Åsa Björn Øyvind Jørgen Søren Mäkinen Lars Ingrid Håkan Märta Kåre Sigrún Þóra Anders"),
    "pl": _words("Łukasz Małgorzata Paweł Agnieszka Żaneta Krzysztof Wojciech Šárka Jiří Ondřej Zdeněk"),
    "in": _words("Rahul Ananya Vikram Deepika Sanjay Kavya Rohan Sunita Amit Lakshmi Nikhil Pooja Suresh"),
}

LAST_NAMES: dict[str, tuple[str, ...]] = {
    "en": _words(
        "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez "
        "Lopez Wilson Anderson Taylor Moore Jackson Martin Lee Thompson White Harris Clark "
        "Lewis Robinson Walker Young Allen King Wright Scott Nguyen Hill Flores Green Adams "
        "Nelson Baker Hall Rivera Campbell Mitchell O'Brien O'Connor McDonald MacLeod Chen "
        "Wang Patel Khan Okafor D'Souza Abu-Bakr Brontë",
        "Smith-Jones",
        "Taylor-Reed",
        "Lloyd Webber",
        "St. John",
        "Davis Jr.",
    ),
    "de": _words(
        "Müller Schmidt Schäfer Köhler Krüger Größmann Weiß Böhm Jäger Fischer Weber Wagner "
        "Becker Hoffmann Schulz Koch Richter Klein Wolf Schröder Neumann Braun Zimmermann "
        "Hofmann Hartmann Yılmaz Öztürk",  # noqa: RUF001 - a Turkish name
        "Müller-Lüdenscheidt",
        "von Bülow",
        "Meyer zu Hörste",
        "Schmidt-Weiß",
    ),
    "fr": _words(
        "Lefèvre Béranger Côté Dubois Durand Leroy Moreau Gérard Fournier Mercier Garçon Hébert Lévêque Rivière",
        "Saint-Exupéry",
        "de La Tour",
        "Martin-Dubois",
    ),
    "nl": _words(
        "Bakker Visser Smit Mulder Dekker Bos Vos Peters Hendriks Dijkstra",
        "van der Berg",
        "de Vries",
        "van den Heuvel",
        "ter Horst",
        "van 't Hoff",
    ),
    "es": _words(
        "García Fernández González Rodríguez López Martínez Sánchez Pérez Gómez Muñoz Ibáñez Núñez Peña",
        "García Márquez",
        "de la Cruz",
        "López-Ibáñez",
        "dos Santos",
        "Gonçalves",
    ),
    "no": _words("Åkesson Lindström Jørgensen Sørensen Bjørklund Hämäläinen Nyström Ødegaard Holm Berg"),
    "pl": _words("Nowak Wójcik Łukaszewicz Żurawski Dąbrowska Dvořák Novák Černý Kowalczyk Šimek"),
    "in": _words("Sharma Iyer Gupta Reddy Nair Banerjee Mukherjee Verma Joshi Rao Subramanian Kaur"),
}
