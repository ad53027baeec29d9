"""Webhooks of the organisations in somebody's care, and their delivery log."""

from collections.abc import Collection, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from talkoo.access.permissions import Permission
from talkoo.access.queries import organisations_where
from talkoo.access.subject import Subject
from talkoo.lib.errors import Denied, Missing
from talkoo.lib.outgoing import Reach
from talkoo.lib.sealing import Column, Unreadable
from talkoo.notify.models import Attempt, Delivery, DeliveryState, Endpoint, EndpointState
from talkoo.notify.queries.things import Thing

SECRET = Column("notify.endpoint.secret", former="talkoo webhook 1")  # and the older one, which was it before


def reach() -> Reach:
    """Where webhooks may go in this installation."""
    return Reach(settings.WEBHOOK_PRIVATE_NETWORKS, settings.WEBHOOK_LOOPBACK, plain=settings.INSECURE_HTTP)


def organisations(by: Subject) -> list[tuple[int, str]]:
    """Where this person may register webhooks, by name. Denied where nowhere: the page is not for everybody."""
    ids = organisations_where(by, Permission.WEBHOOK_EDIT)
    if not ids:
        raise Denied(
            _("This page is for task owners and administrators."), _("Ask the coordinator of your organisation."),
            permission=Permission.WEBHOOK_EDIT.value,
        )  # fmt: skip
    found: list[tuple[int, str]] = import_string(settings.ORGANISATION_NAMES)(ids)
    return found


def seen_endpoints(by: Subject) -> QuerySet[Endpoint]:
    """Webhooks of these organisations, each with `waiting`: how many deliveries have not arrived yet."""
    found = Endpoint.objects.filter(organisation_id__in=organisations_where(by, Permission.WEBHOOK_EDIT))
    waiting = Count("deliveries", filter=Q(deliveries__state=DeliveryState.WAITING))
    return found.annotate(waiting=waiting).order_by("organisation_id", "url", "pk")


def access_endpoint(by: Subject, code: str, *, lock: bool = False) -> Endpoint:
    """The webhook of this code; one of a foreign organisation is Missing (404)."""
    found = Endpoint.objects.filter(organisation_id__in=organisations_where(by, Permission.WEBHOOK_EDIT), code=code)
    endpoint = (found.select_for_update() if lock else found).first()
    if endpoint is None:
        raise Missing(_("There is no such webhook in your care."), _("Look at the list of webhooks."))
    return endpoint


def deliveries(endpoint: Endpoint) -> QuerySet[Delivery]:
    """The log of a webhook, newest first, with the tries of each, newest first. Two queries a page."""
    tries = Prefetch("attempts", Attempt.objects.order_by("-id"), to_attr="tried")
    return endpoint.deliveries.order_by("-id").prefetch_related(tries)


def secrets_of(endpoint: Endpoint, now: datetime) -> list[str]:
    """The secrets that sign now, the newest first; raises Unreadable where the key of the installation has changed."""
    found = [SECRET.unseal(endpoint.secret, endpoint.code)]
    if endpoint.older and endpoint.older_until and endpoint.older_until > now:
        try:
            found.append(SECRET.unseal(endpoint.older, endpoint.code))
        except Unreadable:
            return found
    return found


def due(now: datetime) -> Q:
    """Messages that may be tried. A first try has nothing to wait for, though the clock was set back meanwhile."""
    return Q(state=DeliveryState.WAITING) & (Q(next_try__lte=now) | Q(tries=0))


def due_endpoints(now: datetime) -> list[int]:
    """Active webhooks for which something waits that may be tried now."""
    free = Q(retry_at__isnull=True) | Q(retry_at__lte=now)
    waiting = Delivery.objects.filter(due(now), endpoint=OuterRef("pk"))
    found = Endpoint.objects.filter(free, Exists(waiting), state=EndpointState.ACTIVE).order_by("pk")
    return list(found.values_list("pk", flat=True))


def noticed_endpoints(by: Subject, codes: Collection[str]) -> Mapping[str, Thing]:
    """Webhooks as notices name them: by their host."""
    found = Endpoint.objects.filter(
        code__in=codes, organisation_id__in=organisations_where(by, Permission.WEBHOOK_EDIT)
    )
    return {each.code: Thing(urlsplit(each.url).hostname or each.url) for each in found}
