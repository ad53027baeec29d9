"""The register of processing (GDPR Art. 30) and the frame of an assessment (Art. 35), as Markdown for an organisation.

Both are made from the declarations that the product itself goes by. What only the organisation can say is left open,
each time with the question that has to be answered.
"""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from talkoo.desk.queries.holdings import HOLDINGS
from talkoo.lib.holdings import Erasure, Holding


def register() -> str:
    """One section a holding: the contents that Art. 30(1) asks for."""
    return "\n".join(_register())


def _register() -> Iterator[str]:
    yield f"# {_('Register of processing: Talkoo')}\n"
    yield _("Made from what the product declares. Fill in what stands in brackets.") + "\n"
    yield f"- {_('Controller')}: [{_('name and contact of your organisation')}]"
    yield f"- {_('Data protection officer')}: [{_('name and contact')}]"
    yield f"- {_('Whose data')}: {_('workers of the organisations that take part, and guests they invite')}"
    yield f"- {_('Transfers to third countries')}: {_('none by the product')} [{_('hosting: say where it runs')}]"
    yield f"- {_('Personal data in batches')}: {_('stated batch by batch; the list under “What we hold” is the other half of this register')}\n"
    for holding in HOLDINGS:
        yield f"## {holding.what}\n"
        yield from (f"- {term}: {words}" for term, words in facts(holding))
        yield ""


def facts(holding: Holding) -> list[tuple[str, str]]:
    """A holding in the terms of the register."""
    found = [
        (_("Purpose"), str(holding.purpose)),
        (_("Legal basis, GDPR Art. 6(1)"), str(holding.basis.label)),
        (_("Who sees it"), str(holding.seen_by)),
        (_("How long"), str(holding.kept)),
        (_("Columns"), ", ".join(dict.fromkeys(_columns(holding)))),
        (_("When a person is erased"), _erasure(holding)),
    ]
    return [(term, words) for term, words in found if words]


def _columns(holding: Holding) -> Iterator[str]:
    return (name.replace("__", " ").replace("_", " ") for table in holding.tables for name in table.shows)


def _erasure(holding: Holding) -> str:
    words = {
        Erasure.DELETED: _("Rows are deleted."),
        Erasure.EMPTIED: _("Rows lose every word about the person."),
        Erasure.KEPT: str(holding.because),
    }
    found = {table.erasure for table in holding.tables}
    return " ".join(words[way] for way in Erasure if way in found)


RISKS = (
    (
        gettext_lazy("Somebody sees an item they should not see"),
        gettext_lazy("Every page, file and call passes one door; what is foreign is told to be missing; each refusal is logged."),
    ),
    (
        gettext_lazy("Contributions are used to judge people"),
        gettext_lazy("No ranking, no idle time, no figures about single people for owners or managers; counts under five are hidden."),
    ),
    (
        gettext_lazy("Personal data of citizens leaves its house inside a batch"),
        gettext_lazy("A batch that crosses organisations opens only with controller, purpose, basis, days of keeping and a check for personal data."),
    ),
    (
        gettext_lazy("Data is kept too long"),
        gettext_lazy("Days of keeping are stated before opening and erasure runs by itself; a hold needs a security officer, a reason and a last day."),
    ),
    (
        gettext_lazy("A sign-in is stolen"),
        gettext_lazy("Second factors, limits on attempts, ending every session at once, tokens that never do more than their scopes."),
    ),
    (
        gettext_lazy("A decision about a person is left to a machine"),
        gettext_lazy("Results are about items, not about people; probabilities and the way they came about are shown; a person decides what people could not agree on."),
    ),
)  # fmt: skip


def assessment() -> str:
    """The four parts of Art. 35(7): description, necessity, risks, measures; judgements are left to the organisation."""
    return "\n".join(_assessment())


def _assessment() -> Iterator[str]:
    yield f"# {_('Data protection impact assessment: Talkoo')}\n"
    yield (
        _("A frame made from what the product declares. What stands in brackets is yours to judge and to answer for.")
        + "\n"
    )
    yield f"## 1. {_('What is done')}\n"
    yield (
        _(
            "Small tasks are offered to people of several organisations; their answers are combined into results with a probability."
        )
        + "\n"
    )
    yield f"| {_('What')} | {_('Purpose')} | {_('Who sees it')} | {_('How long')} |"
    yield "| --- | --- | --- | --- |"
    for holding in HOLDINGS:
        yield f"| {holding.what} | {holding.purpose} | {holding.seen_by} | {holding.kept} |"
    yield f"\n[{_('How many people, which organisations, which batches with personal data')}]\n"
    yield f"## 2. {_('Whether it is needed')}\n"
    for holding in HOLDINGS:
        yield f"- {holding.what} ({holding.basis.label}): [{_('why less would not do')}]"
    yield f"\n## 3. {_('Risks for people, and what stands against them')}\n"
    yield f"| {_('Risk')} | {_('Measures of the product')} | {_('Likelihood')} | {_('Severity')} | {_('Your further measures')} |"
    yield "| --- | --- | --- | --- | --- |"
    for risk, measure in RISKS:
        yield f"| {risk} | {measure} | [ ] | [ ] | [ ] |"
    yield f"\n## 4. {_('Who was heard')}\n"
    for who in (_("Data protection officer"), _("Works council"), _("People concerned, or those who speak for them")):
        yield f"- {who}: [{_('when, and what they said')}]"
    yield f"\n{_('Decided by')}: [ ]  {_('on')} [ ]  {_('to be looked at again on')} [ ]\n"
