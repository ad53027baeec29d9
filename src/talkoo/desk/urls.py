from django.urls import path

from talkoo.desk import views

urlpatterns = [
    path("", views.home, name="home"),
    path("tasks/", views.board, name="board"),
    path("stuck/", views.stuck, name="stuck"),
    path("help/", views.about, {"page": "help"}, name="help"),
    path("accessibility/", views.about, {"page": "accessibility"}, name="accessibility"),
    path("stored/", views.about, {"page": "stored"}, name="stored"),
    path("welcome/", views.welcome, name="welcome"),
]
