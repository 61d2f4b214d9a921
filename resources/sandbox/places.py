"""What the world is made of besides names: places, company words, titles, industries."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A city with what follows from it: name region, weight and telephone pattern (# is a digit)."""

    city: str
    state: str
    country: str
    region: str
    weight: int
    phone: str


PLACES: tuple[Place, ...] = (
    Place("San Francisco", "California", "United States", "en", 8, "+1415555####"),
    Place("New York", "New York", "United States", "en", 9, "+1212555####"),
    Place("Austin", "Texas", "United States", "en", 6, "+1512555####"),
    Place("Chicago", "Illinois", "United States", "en", 6, "+1312555####"),
    Place("Boston", "Massachusetts", "United States", "en", 5, "+1617555####"),
    Place("Denver", "Colorado", "United States", "en", 4, "+1303555####"),
    Place("Miami", "Florida", "United States", "es", 4, "+1305555####"),
    Place("Seattle", "Washington", "United States", "en", 4, "+1206555####"),
    Place("Toronto", "Ontario", "Canada", "en", 4, "+1416555####"),
    Place("Montréal", "Quebec", "Canada", "fr", 2, "+1514555####"),
    Place("London", "England", "United Kingdom", "en", 8, "+4474009#####"),
    Place("Manchester", "England", "United Kingdom", "en", 3, "+4474008#####"),
    Place("Dublin", "Leinster", "Ireland", "en", 2, "+35385#######"),
    Place("Berlin", "Berlin", "Germany", "de", 5, "+491512#######"),
    Place("Munich", "Bavaria", "Germany", "de", 4, "+491701######"),
    Place("Köln", "North Rhine-Westphalia", "Germany", "de", 2, "+491760#######"),
    Place("Wien", "Vienna", "Austria", "de", 2, "+436641######"),
    Place("Zürich", "Zurich", "Switzerland", "de", 2, "+4179#######"),
    Place("Paris", "Île-de-France", "France", "fr", 5, "+3361#######"),
    Place("Lyon", "Auvergne-Rhône-Alpes", "France", "fr", 2, "+3367#######"),
    Place("Amsterdam", "North Holland", "Netherlands", "nl", 4, "+3161#######"),
    Place("Madrid", "Community of Madrid", "Spain", "es", 3, "+346########"),
    Place("São Paulo", "São Paulo", "Brazil", "es", 2, "+55119########"),
    Place("Stockholm", "Stockholm County", "Sweden", "no", 2, "+46701######"),
    Place("København", "Capital Region", "Denmark", "no", 2, "+4520######"),
    Place("Kraków", "Lesser Poland", "Poland", "pl", 2, "+48501######"),
    Place("Bengaluru", "Karnataka", "India", "in", 4, "+9198########"),
)


def _words(text: str, *phrases: str) -> tuple[str, ...]:
    return (*text.split(), *phrases)


COMPANY_STEMS = _words(
    "Nordwind Brightleaf Cobalt Harbor Quantum Evergreen Silverline Meridian Bluebird "
    "Ironbridge Lumen Pinnacle Cascade Redwood Kestrel Tidewater Falcon Aurora Summit "
    "Granite Solstice Beacon Larkspur Vertex Obsidian Copperfield Windmill Oakmont "
    "Starling Highland Riverbend Monarch Juniper Atlas Catalyst Ember Foxglove Glacier "
    "Horizon Indigo Keystone Lantern Maple Nimbus Orchard Polaris Quarry Rosewood "
    "Sapphire Thistle Müritz Grünwald Société Lumière Ångström Łódź Señal Fjord"
)
COMPANY_KINDS = _words(
    "Systems Software Logistics Analytics Robotics Health Foods Energy Media Labs "
    "Networks Consulting Capital Security Manufacturing Education Travel Cloud Biotech "
    "Textiles Insurance Mobility Partners Studio"
)
COMPANY_FORMS: dict[str, tuple[str, ...]] = {
    "United States": ("Inc.", "LLC", "Corp.", "", ""),
    "Canada": ("Inc.", "Ltd.", ""),
    "United Kingdom": ("Ltd", "PLC", "Limited", ""),
    "Ireland": ("Ltd", ""),
    "Germany": ("GmbH", "AG", "GmbH & Co. KG", ""),
    "Austria": ("GmbH", ""),
    "Switzerland": ("AG", "SA", ""),
    "France": ("SAS", "SA", ""),
    "Netherlands": ("B.V.", ""),
    "Spain": ("S.L.", "S.A.", ""),
    "Brazil": ("Ltda.", "S.A."),
    "Sweden": ("AB", ""),
    "Denmark": ("A/S", "ApS"),
    "Poland": ("Sp. z o.o.", "S.A."),
    "India": ("Pvt Ltd", "Limited"),
}
INDUSTRIES = (
    "information technology & services",
    "computer software",
    "hospital & health care",
    "financial services",
    "logistics & supply chain",
    "marketing & advertising",
    "machinery",
    "food & beverages",
    "renewables & environment",
    "biotechnology",
    "insurance",
    "education management",
    "computer & network security",
    "management consulting",
    "apparel & fashion",
    "automotive",
)

# (Apollo department, functional word in titles); departments as in Apollo's people answers.
DEPARTMENTS: tuple[tuple[str, str], ...] = (
    ("master_sales", "Sales"),
    ("master_marketing", "Marketing"),
    ("master_engineering_technical", "Engineering"),
    ("master_information_technology", "IT"),
    ("master_operations", "Operations"),
    ("master_finance", "Finance"),
    ("master_human_resources", "People"),
    ("product_management", "Product"),
)
C_TITLES: dict[str, str] = {
    "Sales": "Chief Revenue Officer",
    "Marketing": "CMO",
    "Engineering": "CTO",
    "IT": "Chief Information Officer",
    "Operations": "COO",
    "Finance": "CFO",
    "People": "Chief People Officer",
    "Product": "Chief Product Officer",
}
# (Apollo seniority, weight, title patterns)
SENIORITIES: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("owner", 3, ("Owner", "Business Owner")),
    ("founder", 5, ("Founder & CEO", "Co-Founder", "Founder")),
    ("c_suite", 10, ("{c}", "{c}", "CEO", "Interim {c}")),
    ("partner", 2, ("Partner", "Managing Partner")),
    ("vp", 12, ("VP {d}", "Vice President of {d}", "VP, {d}", "SVP {d}")),
    ("head", 9, ("Head of {d}", "Global Head of {d}")),
    ("director", 17, ("Director of {d}", "{d} Director", "Director {d} EMEA")),
    ("manager", 20, ("{d} Manager", "Senior {d} Manager", "Manager, {d}")),
    ("senior", 11, ("Senior {d} Specialist", "Senior {d} Consultant")),
    ("entry", 9, ("{d} Associate", "{d} Coordinator", "Junior {d} Analyst")),
    ("intern", 2, ("{d} Intern",)),
)
FREE_MAIL = ("gmail.com", "outlook.com", "yahoo.com", "gmx.de", "icloud.com")
