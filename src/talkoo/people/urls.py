from django.urls import path

from talkoo.people.views import files, organisations, people, person, record, signin, tokens

urlpatterns = [
    path("accounts/login/", signin.sign_in, name="account_login"),
    path("accounts/persona/<slug:code>/", signin.persona, name="persona"),
    path("first-run/", signin.first_run, name="first_run"),
    path("invitations/<str:token>/", signin.invitation, name="invitation"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.invite, name="invite"),
    path("people/invitations/<int:number>/resend/", people.resend, name="invitation_resend"),
    path("people/invitations/<int:number>/withdraw/", people.withdraw, name="invitation_withdraw"),
    path("people/file/", files.people_file, name="people_file"),
    path("people/file/<slug:code>/", files.people_file_check, name="people_file_check"),
    path("people/file/<slug:code>/discard/", files.discard, name="people_file_discard"),
    path("people/<slug:code>/", person.person, name="person"),
    path("people/<slug:code>/roles/", person.grant, name="role_grant"),
    path("people/<slug:code>/roles/<int:number>/end/", person.end, name="role_end"),
    path("people/<slug:code>/reopen/", person.reopen, name="person_reopen"),
    path("organisations/", organisations.organisations, name="organisations"),
    path("organisations/new/", organisations.add, name="organisation_new"),
    path("organisations/<slug:code>/rename/", organisations.rename, name="organisation_rename"),
    path("organisations/<slug:code>/move/", organisations.move, name="organisation_move"),
    path("organisations/<slug:code>/end/", organisations.end, name="organisation_end"),
    path("me/", record.record, name="record"),
    path("me/profile/", record.profile, name="profile"),
    path("me/keys/", record.keys, name="keys"),
    path("me/sessions/", record.sessions, name="sessions"),
    path("me/skills/", record.skills, name="skills"),
    path("me/tokens/", tokens.mine, name="tokens"),
    path("tokens/<slug:code>/revoke/", tokens.revoke, name="token_revoke"),
    path("organisations/tokens/", tokens.of_services, name="service_tokens"),
]
