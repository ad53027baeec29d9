from django.urls import path

from talkoo.desk import views

urlpatterns = [
    path("", views.home, name="home"),
    path("tasks/", views.board, name="board"),
    path("welcome/", views.welcome, name="welcome"),
]
