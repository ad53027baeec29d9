from allauth.account.views import email
from django.contrib.auth.decorators import login_required
from django.urls import path
from django.views.decorators.http import require_safe

from talkoo.access.views import sessions

urlpatterns = [
    # People sign in with the address they were invited at: shown, never changed here.
    path("accounts/email/", require_safe(login_required(email)), name="account_email"),
    path("me/places/", sessions.places, name="places"),
    path("me/places/end-others/", sessions.end_others, name="places_end_others"),
    path("me/places/<slug:code>/end/", sessions.end, name="place_end"),
]
