from django.urls import path

from talkoo.notify.views import calendars, choices, notices, stop, webhooks

urlpatterns = [
    path("notices/", notices.notices, name="notices"),
    path("notices/choices/", choices.choices, name="notice_choices"),
    path("notices/read/", notices.read_all, name="notices_read"),
    path("notices/stop/<str:token>/", stop.stop, name="notices_stop"),
    path("notices/<int:number>/", notices.notice, name="notice"),
    path("notices/<int:number>/read/", notices.read, name="notice_read"),
    path("notices/calendar/", calendars.address, name="calendar"),
    path("notices/calendar/stop/", calendars.revoke, name="calendar_revoke"),
    path("calendar/<str:token>.ics", calendars.feed, name="calendar_feed"),
    path("webhooks/", webhooks.webhooks, name="webhooks"),
    path("webhooks/new/", webhooks.new, name="webhook_new"),
    path("webhooks/<slug:code>/", webhooks.webhook, name="webhook"),
    path("webhooks/<slug:code>/secret/", webhooks.secret, name="webhook_secret"),
    path("webhooks/<slug:code>/switch/", webhooks.switch, name="webhook_switch"),
    path("webhooks/<slug:code>/remove/", webhooks.remove, name="webhook_remove"),
    path("webhooks/<slug:code>/deliveries/<int:number>/resend/", webhooks.resend, name="webhook_resend"),
]
