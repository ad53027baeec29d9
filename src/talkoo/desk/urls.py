from django.urls import path

from talkoo.desk import views
from talkoo.desk.views import log, measures

urlpatterns = [
    path("", views.home, name="home"),
    path("tasks/", views.board, name="board"),
    path("stuck/", views.stuck, name="stuck"),
    path("log/", log.log, name="log"),
    path("log/check/", log.log_check, name="log_check"),
    path("log/<int:position>/", log.log_entry, name="log_entry"),
    path("log/<int:position>/proof/", log.log_proof, name="log_proof"),
    path("measured/", measures.measures_all, name="measures_all"),
    path("measured/<slug:code>/", measures.measures, name="measures"),
    path("help/", views.about, {"page": "help"}, name="help"),
    path("accessibility/", views.about, {"page": "accessibility"}, name="accessibility"),
    path("stored/", views.stored, name="stored"),
    path("me/data/", views.my_data, name="my_data"),
    path("me/data/file/", views.my_data_file, name="my_data_file"),
    path("people/<slug:code>/erase/", views.erase, name="person_erase"),
    path("register/processing.md", views.processing_file, {"kind": "register"}, name="processing_register"),
    path("register/assessment.md", views.processing_file, {"kind": "assessment"}, name="processing_assessment"),
    path("welcome/", views.welcome, name="welcome"),
]
