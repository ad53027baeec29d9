from allauth.account.views import email
from django.contrib.auth.decorators import login_required
from django.urls import path
from django.views.decorators.http import require_safe

urlpatterns = [
    # People sign in with the address they were invited at: shown, never changed here.
    path("accounts/email/", require_safe(login_required(email)), name="account_email"),
]
