"""Names of people: after a title, a greeting's end or the word “name”, or a common given name before a family name."""

import re
from collections.abc import Iterator

UPPER = "A-ZÀ-ÖØ-ÞĀ-ŽΑ-ΩΆ-ΏА-ЯІЇЄҐ"
LOWER = "a-zß-öø-ÿĀ-žα-ωά-ώа-яіїєґ"
WORD = rf"(?:(?:Mc|Mac|O['’]|D['’])?[{UPPER}][{LOWER}]{{1,24}}(?:[-'’][{UPPER}][{LOWER}]{{1,24}})?)"
SMALL = r"(?:(?:van|von|vom|zu|de|der|den|ter|af|av|da|di|del|della|la|le|bin|ben|al|el|ibn) ){0,2}"
SPOKEN = (
    r"my name is|name is|i am called|mein name ist|ich heiße|ich heisse|je m['’]appelle|mi chiamo|me llamo|chamo-me|"
    r"jag heter|mitt namn är|jeg heter|mit navn er|mitt navn er|nimeni on|minun nimeni on|nazywam się|mijn naam is|"
    r"minu nimi on|mani sauc|mano vardas"
)
TITLES = (
    "Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Lady|Herr|Frau|Hr|Fru|Frk|Mme|Mlle|Monsieur|Madame|Sig|Signor|Signora|Sr|Sra|"
    "Señor|Señora|Dhr|Mevr|Mevrouw|Meneer|Pan|Pani|Rouva|Herra|Neiti|Härra|Proua"
)
LABELS = "Name|Full name|Navn|Namn|Nimi|Nom|Nome|Nombre|Naam|Imię i nazwisko|Vorname|Nachname|First name|Last name"
CLOSINGS = (
    r"regards|sincerely|yours|faithfully|grüße|grüssen|grüßen|terveisin|hälsningar|hilsen|cordialement|saluti|saludos|"
    r"groeten|groet|pozdrawiam|lugupidamisega"
)
COMMON = """
aaron abdul abdullah abel adam adrian aino agnes agnieszka ahmed aisha aksel alan albert alejandro aleksander
alessandro alex alexander alexandra alfred ali alice alicja amalia amanda amina amy ana anders andrea andreas andrei
andrew andrzej angela angelo anita anja ann anna anne anneli annika anton antonio antti arne arthur arto arvid asta
astrid axel barbara bartosz beata ben benjamin bernard bernd birgit bjarne björn bo brian britta bruno camilla
carina carl carla carlos carmen carol caroline catherine cecilia charles charlotte chiara chloe christian christina
christine christoph christopher claire clara claudia daniel daniela david diana dieter dmitri dominik dorota edith
edward eero eeva elena eleni elin elisa elisabeth elizabeth ella ellen elsa emilia emily emma enrique eric erik
erika erkki ernst esa espen ester eva ewa fatima felix fernando filip finn florian francesca francesco francisco
françois frank franz fredrik frida gabriel gabriela georg george georgios gerhard giorgio giovanni giulia giuseppe
grace greta grzegorz gunnar gustav guy hannah hanna hans harald harri harry hassan heidi heikki heinz helen helena
helga helmi henri henrik henry hilde hugo hussein ibrahim ida igor ilona ilse ines ingrid irene iris irma isabel
isabella ivan iwona jaakko jack jacob jacques jake james jan jana janne jari javier jean jenna jennifer jens jessica
jesús jim joanna joão joel johan johanna johannes john jonas jonathan jorge josé josef joseph juan juha juhani julia
julie jürgen jussi jyrki kaisa kaja kalle karen kari karin karl karolina katarina katarzyna kate katja katri keijo
kevin kirsi kirsten klaus krzysztof kristian kristiina laila lars lasse laura laurent lea leena lena leo leon liam
liisa lina linda lisa lotta louis louise luca lucas lucia luis luisa lukas magda magdalena magnus maija malgorzata
małgorzata manuel marcin marco marek margaret margareta maria marie marika marina mario marja mark markku marko
markus marta martin martina mary mathias matteo matthew matti max mehmet mei merja mia michael michał michel miguel
mika mikael mikko mikołaj milan minna mohamed mohammad mohammed monica monika muhammad mustafa nadia natalia nicola
nicolas niklas nikolai nina noah nora ola olav ole oleksandr olena olga oliver olivia olivier omar oskar oskari otto
outi paolo pascal patricia patrick patrik paul paula paulina pavel pedro pekka per peter petra petri philip philippe
pia pierre pilar piotr pirjo rachel rafael raimo ralf ranja rashid rasmus rebecca reijo reima renata riccardo
richard riikka rita robert roberto roland roman ronja rosa ruth ryan saara sabine sally salma samir samuel sandra
sanna sara sarah sari satu seán sebastian seppo sergei sigrid silvia simon simone sirpa sofia sofie sophie stefan
stefania stephen steven stig susan susanna susanne svein sven svetlana sylvia taina tanja tapio tarja teemu teresa
terhi teuvo theo theresa thomas tiina till tim timo tom tomas tomasz tommi toni tove tuomas tuula ulla ulrich ursula
uwe valentina vanessa vera veikko victor victoria viktor ville virpi vladimir walter werner wilhelm will william
wojciech wolfgang xavier yasmin yusuf yves zainab zofia zuzanna
"""
GIVEN = frozenset(COMMON.split())

AFTER_TITLE = re.compile(rf"\b(?:{TITLES})\b\.? {SMALL}{WORD}(?: {WORD}){{0,2}}")
SAID = re.compile(rf"\b(?i:{SPOKEN}) {SMALL}{WORD}(?: {SMALL}{WORD}){{0,2}}")
LABELLED = re.compile(rf"\b(?:{LABELS}) ?: ?{SMALL}{WORD}(?: {SMALL}{WORD}){{0,2}}")
SIGNED = re.compile(rf"\b(?i:{CLOSINGS}),?\s{{1,4}}({WORD}(?: {SMALL}{WORD}){{0,2}})[ .]{{0,3}}(?:\n|\Z)")
IN_FULL = re.compile(rf"(?<![\w'’-])({WORD}) {SMALL}{WORD}(?![\w’-])")
TURNED = re.compile(rf"(?<![\w'’-]){WORD}, ({WORD})(?![\w’-])")
CAPITALS = re.compile(rf"(?<![\w'’-])([{UPPER}]{{2,20}}) [{UPPER}]{{2,25}}(?![\w’-])")


def names(text: str) -> Iterator[tuple[int, int]]:
    """Where names stand, as far as a title, a phrase or a common given name tells."""
    for expression in (AFTER_TITLE, SAID, LABELLED):
        for found in expression.finditer(text):
            yield found.span()
    for found in SIGNED.finditer(text):
        yield found.span(1)
    for expression in (IN_FULL, TURNED, CAPITALS):
        yield from _with_given_name(expression, text)


def _with_given_name(expression: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """A match counts where its first group is a given name; else the search goes on behind its first word."""
    at = 0
    while found := expression.search(text, at):
        if found[1].split("-")[0].lower() in GIVEN:
            yield found.span()
            at = found.end()
        else:
            at = found.end(1)
