"""How a session begins that did not come by the form of a password."""

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth import logout
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest


def enter(request: HttpRequest, person: AbstractBaseUser, method: str) -> None:
    """Begin a session of this person, which knows how they proved who they are; whoever was here before is gone."""
    if request.user.is_authenticated:
        logout(request)
    record_authentication(request, person, method=method)
    get_adapter(request).login(request, person)
