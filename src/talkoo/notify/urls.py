from django.urls import path

from talkoo.notify.views import choices, notices, stop

urlpatterns = [
    path("notices/", notices.notices, name="notices"),
    path("notices/choices/", choices.choices, name="notice_choices"),
    path("notices/read/", notices.read_all, name="notices_read"),
    path("notices/stop/<str:token>/", stop.stop, name="notices_stop"),
    path("notices/<int:number>/", notices.notice, name="notice"),
    path("notices/<int:number>/read/", notices.read, name="notice_read"),
]
