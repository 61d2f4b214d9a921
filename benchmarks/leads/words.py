"""Words that the tuning leads are made of: names of several languages, parts of surnames and of companies."""

from __future__ import annotations

GIVEN = """
james:jim:jimmy john:jack:johnny robert:rob:bob:bobby michael:mike:mick william:will:bill:billy david:dave
richard:rick:rich:dick joseph:joe:joey thomas:tom:tommy charles:charlie:chuck christopher:chris daniel:dan:danny
matthew:matt anthony:tony mark steven:steve andrew:andy:drew paul joshua:josh kenneth:ken kevin brian george
timothy:tim ronald:ron edward:ed:eddie:ted jason jeffrey:jeff ryan jacob:jake nicholas:nick gary eric jonathan:jon
stephen:steve larry justin scott brandon benjamin:ben samuel:sam gregory:greg alexander:alex patrick:pat frank
raymond:ray dennis jerry tyler aaron jose henry:harry adam douglas:doug nathan:nate peter:pete zachary:zach kyle
mary patricia:pat:tricia jennifer:jen:jenny linda elizabeth:liz:beth:betty barbara:barb susan:sue jessica:jess
sarah karen lisa nancy betty sandra margaret:maggie:meg ashley kimberly:kim emily donna michelle carol amanda:mandy
melissa:mel deborah:deb:debbie stephanie:steph rebecca:becky laura helen sharon cynthia:cindy kathleen:kathy
amy angela:angie shirley anna brenda pamela:pam nicole:nicky samantha:sam katherine:kate:katie:kathy emma ruth
christine:chris:tina catherine:cathy:kate debra:deb rachel carolyn janet virginia:ginny maria heather diane julie
joyce victoria:vicky:tori olivia:liv kelly christina:tina lauren joan evelyn judith:judy megan:meg andrea cheryl
hannah jacqueline:jackie martha gloria teresa:terry ann sara madison frances:fran kathryn:kate janice jean
alice abigail:abby sophia:sophie grace denise amber doris marilyn danielle:dani beverly isabella:bella theresa
jürgen hans:hansi wolfgang:wolf stefan klaus:nikolaus uwe björn günther:gunter matthias:matze sebastian:basti
françois rené andré jérôme benoît hélène céline aurélie chloé léa théo raphaël jean-pierre anne-marie
josé maría jesús ángel ramón iñigo sofía lucía raúl andrés joaquín francisco:paco:pancho guadalupe:lupe
giuseppe:beppe francesco:franco alessandro:sandro giulia lorenzo matteo federica chiara niccolò luca
søren jørgen lars:lasse ingrid astrid:asta åse håkan mikael göran bjørn ole magnus kåre
piotr paweł łukasz małgorzata:gosia katarzyna:kasia tomasz:tomek jan zofia wojciech:wojtek grzegorz
ivan dmitri:dima aleksandr:sasha sergei:seryozha natalia:natasha ekaterina:katya tatiana:tanya mikhail:misha
wei fang min jing li yan hui xin ming ping hiroshi kenji yuki akira haruka takashi sakura
rahul priya amit anjali sanjay deepak pooja vikram neha arjun kavita suresh ananya mohammed:mo ahmed fatima
aisha omar hassan layla yusuf ibrahim:ibo mehmet ayşe gökhan özlem çağla niamh siobhan aoife seán ciarán
"""

SURNAMES = """
smith johnson williams brown jones garcia miller davis rodriguez martinez hernandez lopez gonzalez wilson anderson
thomas taylor moore jackson martin lee perez thompson white harris sanchez clark ramirez lewis robinson walker young
allen king wright scott torres nguyen hill flores green adams nelson baker hall rivera campbell mitchell carter
roberts o'brien o'connor mcdonald macdonald fitzgerald murphy kelly ryan müller schmidt schneider fischer weber
wagner becker schulz hoffmann schäfer koch bauer richter klein wolf schröder neumann schwarz zimmermann krüger
dubois lefèvre moreau laurent simon michel lefebvre leroy roux fournier girard bonnet françois rossi russo ferrari
esposito bianchi romano colombo ricci nowak kowalski wiśniewski wójcik kamiński lewandowski zieliński szymański
jensen nielsen hansen pedersen andersen christensen larsen sørensen johansson karlsson nilsson eriksson lindström
åkesson gonçalves silva santos ferreira pereira oliveira costa rodrigues ivanov petrov sokolov popov li wang zhang
chen liu yang huang zhao wu zhou xu sun ma zhu hu guo tanaka suzuki takahashi watanabe ito yamamoto nakamura patel
sharma singh kumar gupta reddy khan ahmed ali hussain y\u0131lmaz demir şahin çelik öztürk van der berg de vries jansen
"""
PARTICLED = (("van", "der", "berg"), ("de", "vries"))

ONSETS = [
    "b",
    "br",
    "c",
    "ch",
    "d",
    "dr",
    "f",
    "fl",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "kl",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "r",
    "s",
    "sch",
    "st",
    "t",
    "tr",
    "v",
    "w",
    "z",
]
VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "ei", "ie", "ou"]
CODAS = [
    "b",
    "ck",
    "d",
    "ff",
    "g",
    "k",
    "l",
    "ll",
    "m",
    "n",
    "nd",
    "nn",
    "ng",
    "r",
    "rd",
    "rt",
    "s",
    "ss",
    "st",
    "t",
    "tt",
    "x",
]
ENDINGS = ["", "", "er", "man", "mann", "son", "sen", "ov", "ini", "ez", "ton", "ley", "field", "berg", "ski"]

COMPANY_FIRST = """
acme apex atlas aurora beacon blue bright canyon cedar citadel clear cobalt copper coral crest crown delta ember
evergreen falcon fern first forge frontier global golden granite harbor helix horizon iron juniper keystone lark
liberty lotus lumen maple meridian metro mosaic nexus nimbus north nova oak omega onyx orbit orchid pacific peak pine
pioneer polar prime quantum quartz rapid raven red ridge river rocket royal sable sage sierra silver sky solar
spruce stellar sterling stone summit sun swift terra titan trident unity urban vector vertex violet vista west
willow zenith zephyr alpine baltic carbon dyna echo flux gamma hydro inno jade kinetic lunar micro neo opti
"""
COMPANY_SECOND = """
labs systems technologies software analytics partners consulting logistics foods energy capital health dynamics
robotics media networks solutions materials pharmaceuticals insurance manufacturing motors design security
industries biotech financial education travel marketing engineering holdings services international
"""
SHORT = (
    ("technologies", "tech"),
    ("international", "intl"),
    ("manufacturing", "mfg"),
    ("services", "svcs"),
    ("pharmaceuticals", "pharma"),
    ("systems", "sys"),
    ("engineering", "eng"),
)
LEGAL = ["", " Inc", ", Inc.", " LLC", " GmbH", " Ltd", " Ltd.", " AG", " S.A.", " Corp", " Corporation", " B.V."]
TLDS = ["com", "com", "com", "com", "io", "co", "net", "de", "co.uk", "fr", "ai"]
FREE = ["gmail.com", "gmail.com", "gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "gmx.de"]
ROLES = ["info", "sales", "contact", "office", "hello", "support", "admin", "marketing"]
LEVELS = ["Junior", "Senior", "Lead", "Head of", "Director of", "VP", "Chief", "Manager,", "Associate", "Principal"]
FIELDS = """Sales|Marketing|Engineering|Finance|Operations|People|Product|Legal|Procurement|IT|Customer Success|
Business Development|Quality|Research|Supply Chain|Data""".replace("\n", "").split("|")
CITIES = """New York|NY|United States;San Francisco|CA|United States;Chicago|IL|United States;Austin|TX|United States
Boston|MA|United States;Seattle|WA|United States;Denver|CO|United States;Atlanta|GA|United States
Miami|FL|United States;Los Angeles|CA|United States;London|England|United Kingdom;Manchester|England|United Kingdom
Berlin|Berlin|Germany;München|Bayern|Germany;Hamburg|Hamburg|Germany;Köln|NRW|Germany;Paris|IDF|France
Lyon|ARA|France;Madrid|Madrid|Spain;Barcelona|Catalonia|Spain;Milano|MI|Italy;Roma|RM|Italy;Zürich|ZH|Switzerland
Wien|Wien|Austria;Amsterdam|NH|Netherlands;Stockholm|AB|Sweden;København|H|Denmark;Oslo|O|Norway
Warszawa|MZ|Poland;Dublin|L|Ireland;Toronto|ON|Canada;Sydney|NSW|Australia;Singapore||Singapore
Bengaluru|KA|India;Mumbai|MH|India;São Paulo|SP|Brazil;Istanbul|34|Turkey;Dubai|DU|United Arab Emirates"""
