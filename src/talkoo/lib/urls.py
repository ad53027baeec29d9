from django.urls import path

from talkoo.lib import views

urlpatterns = [path("elements/", views.elements, name="elements")]
