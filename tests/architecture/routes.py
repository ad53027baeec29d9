"""What every address answers to whom: the whole house on one page. A route that is not listed here fails the build.

`right` may use it; `wrong` belongs to the same town and sees less; the outsider is a contributor of another town, and
somebody abroad holds there the roles that the right person holds here. A guest was invited to one batch, and finds nothing
(404) wherever `guest` does not say otherwise. Statuses are those of a GET and a POST; `NO`
stands for a method the route does not have (405). Everybody else of another town is told that there is nothing (404).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

PAGE, DONE, MOVED, FORM_AGAIN = 200, 204, 302, 422
BAD, DENIED, MISSING, NO, CHANGED = 400, 403, 404, 405, 409
SIGN_IN, AS_OTHERS = "sign in", "as others"
KEY = "6f1b0d0e-8f1c-4c38-9d5e-2f0f6f6b7a11"
Status = int | str


@dataclass(frozen=True)
class Route:
    """One line of the table. `wrong` None: everybody who is signed in gets the same."""

    right: str
    get: Status = NO
    post: Status = NO
    at: str = ""
    wrong: str | None = None
    denied: Status = DENIED
    denied_get: Status | None = None
    foreign: Status = MISSING
    also: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    visitor: Status = SIGN_IN
    bare: str = ""  # why a form may come without its token
    guest: Status = MISSING  # AS_OTHERS: what the route gives to whoever may use it

    def expected(self, method: str, who: str | None) -> Status:
        """The status for the right person, somebody of the house without the right, or a stranger to it."""
        meant = self.get if method in {"GET", "HEAD"} else self.post if method == "POST" else NO
        if who == "guest" != self.right and self.guest != AS_OTHERS and meant != NO:
            return self.guest
        if meant == NO or who == self.right or (self.wrong is None and who is not None):
            return meant
        if who is None:
            return self.visitor if self.visitor == SIGN_IN else meant
        if who == self.wrong:
            return self.denied if self.denied_get is None or method == "POST" else self.denied_get
        return self.foreign


def everybody(**more: Any) -> Route:
    """A page of one's own, or of all who are signed in."""
    return Route("contributor", **more)


def public(**more: Any) -> Route:
    return Route("contributor", visitor="as everybody", **more)


def of_batch(**more: Any) -> Route:
    return Route(**{"right": "owner", "at": "batch", "wrong": "contributor", **more})


def of_draft(**more: Any) -> Route:
    """A coordinator sees that there is a draft, and changes nothing."""
    return Route(**{"right": "owner", "at": "draft", "wrong": "coordinator", **more})


def of_people(**more: Any) -> Route:
    return Route(**{"right": "coordinator", "wrong": "contributor", **more})


def of_tree(**more: Any) -> Route:
    """A coordinator looks after people, not after the tree."""
    return Route(**{"right": "administrator", "wrong": "coordinator", **more})


def step(name: str, **more: Any) -> Route:
    return of_draft(get=PAGE, post=FORM_AGAIN, also={"step": name}, **more)


def of_webhook(**more: Any) -> Route:
    return Route(**{"right": "owner", "at": "webhook", "wrong": "contributor", "denied": MISSING, **more})


def of_guest(**more: Any) -> Route:
    """One guest has it; nobody else of the house finds it in their name."""
    return Route(**{"right": "guest", "at": "visited", "wrong": "second", "denied": MISSING, **more})


INVITED = {"name": "Gwen", "email": "gwen.more@outside.example", "until": timezone.localdate().isoformat()}
ANSWER = {"key": KEY, "choice": "1", "sure": "2"}

ROUTES: dict[str, Route] = {
    # the desk
    "home": everybody(get=PAGE, guest=MOVED),
    "board": everybody(get=PAGE, guest=MOVED),
    "stuck": Route("coordinator", get=PAGE, wrong="contributor", foreign=DENIED),
    "log": Route("officer", get=PAGE, wrong="contributor", foreign=DENIED),
    "log_check": Route("officer", post=FORM_AGAIN, wrong="contributor", foreign=DENIED, data={"note": "anything"}),
    "log_entry": Route("officer", get=PAGE, at="log entry", wrong="contributor", denied=MISSING),
    "log_proof": Route("officer", post=CHANGED, at="log entry", wrong="contributor", denied=MISSING),
    "batch_redaction": of_draft(get=PAGE, post=CHANGED, data={"words": "***"}),
    "viewings": Route("auditor", get=PAGE, post=FORM_AGAIN, wrong="officer", foreign=DENIED),
    "measures_all": Route("officer", get=MOVED, wrong="contributor", foreign=DENIED),
    "measures": Route("officer", get=PAGE, post=FORM_AGAIN, at="organisation:north", wrong="contributor", denied=MISSING),
    "help": public(get=PAGE, guest=AS_OTHERS),
    "accessibility": public(get=PAGE, guest=AS_OTHERS),
    "stored": public(get=PAGE, guest=AS_OTHERS),
    "look_along": everybody(get=PAGE, post=PAGE),
    "look_along (ended)": everybody(get=PAGE, post=MOVED, data={"stop": "1"}),
    "person_rescue": Route("administrator", post=MOVED, at="person:contributor", wrong="coordinator", data={"do": "sessions"}),
    "person_rescue (no factor)": Route("administrator", post=CHANGED, at="person:contributor", wrong="coordinator", data={"do": "factors"}),
    "look_begin": Route("administrator", get=PAGE, post=FORM_AGAIN, at="person:contributor", wrong="coordinator"),
    "look_begin (another's code)": Route("administrator", get=PAGE, post=FORM_AGAIN, at="person:contributor", wrong="coordinator", data={"said": "abc"}),
    "look_end": everybody(post=MOVED),
    "my_data": everybody(get=PAGE, guest=AS_OTHERS),
    "my_data_file": everybody(post=PAGE, guest=AS_OTHERS),
    "person_erase": Route("administrator", get=PAGE, post=FORM_AGAIN, at="person:contributor", wrong="coordinator"),
    "person_erase (still here)": Route("administrator", get=PAGE, post=FORM_AGAIN, at="person:contributor", wrong="coordinator", data={"sure": "on"}),
    "processing_register": Route("officer", get=PAGE, wrong="contributor", foreign=DENIED),
    "processing_assessment": Route("officer", get=PAGE, wrong="contributor", foreign=DENIED),
    "welcome": everybody(get=PAGE, post=MISSING),
    # contributing
    "work": Route("contributor", get=PAGE, post=MOVED, at="batch", wrong="director", denied_get=PAGE),
    "assignment": Route("contributor", get=PAGE, post=MOVED, at="assignment", wrong="owner", denied=MISSING, data=ANSWER),
    "assignment (nothing chosen)": Route("contributor", get=PAGE, post=FORM_AGAIN, at="assignment", wrong="owner", denied=MISSING, data={"key": KEY}),
    "assignment (to be changed)": Route("contributor", get=PAGE, post=MOVED, at="changing", wrong="second", denied=MISSING, data=ANSWER),
    "assignment (settled)": Route("contributor", get=PAGE, post=CHANGED, at="outcome", wrong="second", denied=MISSING, data=ANSWER),
    "assignment_draft": Route("contributor", post=PAGE, at="assignment", wrong="owner", denied=MISSING),
    "assignment_renew": Route("contributor", post=DONE, at="assignment", wrong="owner", denied=MISSING),
    "assignment_aside": Route("contributor", post=MOVED, at="assignment", wrong="owner", denied=MISSING, data={"version": "2"}),
    "work_answers": Route("contributor", get=PAGE, at="batch", wrong="owner", denied=MISSING),
    "work_aside": Route("contributor", post=MOVED, at="batch", wrong="owner", denied=MISSING, data={"version": "2"}),
    "assignment_skip": Route("contributor", post=MOVED, at="assignment", wrong="owner", denied=MISSING),
    "assignment_question": Route("contributor", post=MOVED, at="assignment", wrong="owner", denied=MISSING, data={"ask": "Does a lamp count?"}),
    "assignment_question (empty)": Route("contributor", post=FORM_AGAIN, at="assignment", wrong="owner", denied=MISSING),
    "assignment_problem": Route("contributor", post=MOVED, at="assignment", wrong="owner", denied=MISSING, data={"text": "Upside down"}),
    "practice": Route("contributor", get=MOVED, at="practice", wrong="director", denied_get=DENIED),
    "practice_item": Route("contributor", get=PAGE, post=MOVED, at="practice item", wrong="director", data={"choice": "1"}),
    "practice_item (nothing chosen)": Route("contributor", get=PAGE, post=FORM_AGAIN, at="practice item", wrong="director"),
    "practice_item (tried)": Route("colleague", get=PAGE, post=MOVED, at="practice item", wrong="director", data={"choice": "1"}),
    # batches
    "batches": everybody(get=PAGE),
    "batch_new": Route("owner", get=PAGE, post=FORM_AGAIN, wrong="contributor", foreign=DENIED),
    "batch_edit (upload)": step("upload"),
    "batch_edit (columns)": step("columns"),
    "batch_edit (question)": step("question"),
    "batch_edit (known)": step("known"),
    "batch_edit (quality)": step("quality"),
    "batch_edit (audience)": step("audience"),
    "batch_edit (data)": of_draft(get=PAGE, post=MOVED, also={"step": "data"}),
    "batch_edit (data, look)": of_draft(get=PAGE, post=MOVED, also={"step": "data"}, data={"do": "look"}),
    "batch_edit (data, word)": of_draft(get=PAGE, post=FORM_AGAIN, also={"step": "data"}, data={"do": "word"}),
    "batch_edit (data, leave out)": of_draft(get=PAGE, post=CHANGED, also={"step": "data"}, data={"do": "leave-out"}),
    "batch_edit (data, opened)": of_batch(get=PAGE, post=MOVED, also={"step": "data"}),
    "batch_looking": of_draft(get=MOVED),
    "batch_edit (check)": of_draft(get=PAGE, post=MOVED, also={"step": "check"}),
    "batch_edit (opened)": of_batch(get=PAGE, post=FORM_AGAIN, also={"step": "audience"}),
    "batch_autosave": of_draft(post=PAGE, also={"step": "quality"}),
    "batch_preview": of_draft(post=PAGE),
    "batch_estimate": of_draft(post=PAGE),
    "batch_try": of_draft(get=PAGE, also={"number": 1}),
    "batch_reading": of_draft(get=PAGE, post=MOVED),
    "batch_rejected": of_draft(get=PAGE),
    "batch_copy": of_batch(post=MOVED),
    "batch_move": of_batch(get=PAGE, post=MOVED, also={"verb": "pause"}),
    "batch_discard": of_draft(get=PAGE, post=MOVED),
    "batch_instructions": of_batch(get=PAGE, post=FORM_AGAIN),
    "batch_instructions (draft)": of_draft(get=MOVED, post=MOVED),
    "batch_instructions (closed)": of_batch(get=PAGE, post=FORM_AGAIN, at="closed", denied=MISSING),
    "batch_records": of_batch(get=PAGE, post=FORM_AGAIN, at="split", data={"cap_person": "99"}),
    "batch_records (whole items)": of_batch(get=MISSING, post=MISSING),
    "batch_records (fewer)": of_batch(get=PAGE, post=MOVED, at="split", data={"cap_person": "1"}),
    "batch_questions": of_batch(get=PAGE),
    "batch_questions (a reviewer)": of_batch(right="reviewer", get=PAGE, wrong="coordinator"),
    "batch_question": of_batch(get=PAGE, post=MOVED, at="question", data={"text": "Yes", "shown": "Does it?"}),
    "batch_question (nothing written)": of_batch(right="reviewer", get=PAGE, post=FORM_AGAIN, at="question", wrong="coordinator"),
    "batch_people": of_batch(post=MOVED, data={"relation": "reviewer", "email": "nobody@test.example"}),
    # results
    "batch": of_batch(get=PAGE),
    "batch (draft)": of_draft(get=PAGE, denied=PAGE),
    "batch (closed)": of_batch(get=PAGE, at="closed", denied=MISSING),
    "batch_progress": of_batch(get=PAGE),
    "picture": of_batch(get=PAGE, at="picture", denied=MISSING),
    "batch_export (csv)": of_batch(get=PAGE, wrong="coordinator", also={"fmt": "csv"}),
    "batch_export (zip)": of_batch(get=PAGE, also={"fmt": "zip"}),
    "batch_export (jsonl)": of_batch(get=PAGE, also={"fmt": "jsonl"}),
    "task": of_batch(get=PAGE, at="task"),
    "task (settled)": of_batch(get=PAGE, at="settled"),
    "task_known": of_batch(get=PAGE, post=FORM_AGAIN, at="task", wrong="coordinator"),
    "task_known (stated)": of_batch(get=PAGE, post=MOVED, at="task", wrong="coordinator", data={"choice": "1"}),
    "task_ask": of_batch(post=MOVED, at="settled"),
    "task_send": of_batch(post=MOVED, at="task"),
    "problem_reply": of_batch(post=MOVED, at="problem", wrong="coordinator", data={"reply": "Turned round"}),
    # guests: how they are invited, and all that is open to one; the rest of this table is missing to them
    "batch_guests": of_batch(get=PAGE, post=FORM_AGAIN, at="visited", wrong="coordinator"),
    "batch_guests (invited)": of_batch(get=PAGE, post=MOVED, at="visited", wrong="coordinator", data=INVITED),
    "batch_guests (not open work)": of_batch(get=PAGE, post=DENIED, wrong="coordinator", data=INVITED),
    "guests": Route("administrator", get=PAGE, wrong="contributor", foreign=DENIED),
    "guest_end": Route("administrator", post=MOVED, at="guest", wrong="contributor", denied=MISSING),
    "guest_ask": public(get=PAGE, post=FORM_AGAIN, guest=AS_OTHERS),
    "guest_ask (with an address)": public(get=PAGE, post=MOVED, guest=AS_OTHERS, data={"email": "x@outside.example"}),
    "guest_enter": public(get=PAGE, post=MOVED, at="guest link", guest=AS_OTHERS),
    "guest_terms": of_guest(get=PAGE, post=FORM_AGAIN, at="visit"),
    "guest_terms (accepted)": of_guest(get=PAGE, post=MOVED, at="visit", data={"agree": "on"}),
    "guest_home": of_guest(get=PAGE, at="visit"),
    "work (as a guest)": of_guest(get=PAGE, post=MOVED, wrong="director", denied=DENIED, denied_get=PAGE),
    "work_answers (as a guest)": of_guest(get=PAGE),
    "work_aside (as a guest)": of_guest(post=MOVED, data={"version": "2"}),
    "assignment (as a guest)": of_guest(get=PAGE, post=MOVED, at="visited task", data=ANSWER),
    "assignment_draft (as a guest)": of_guest(post=PAGE, at="visited task"),
    "assignment_renew (as a guest)": of_guest(post=DONE, at="visited task"),
    "assignment_skip (as a guest)": of_guest(post=MOVED, at="visited task"),
    "assignment_question (as a guest)": of_guest(post=MOVED, at="visited task", data={"ask": "Does a lamp count?"}),
    "assignment_problem (as a guest)": of_guest(post=MOVED, at="visited task", data={"text": "Upside down"}),
    # what we hold
    "register": Route("officer", get=PAGE, wrong="contributor", foreign=DENIED),
    "register_csv": Route("officer", get=PAGE, wrong="contributor", foreign=DENIED),
    "register_defaults": of_people(get=PAGE, post=FORM_AGAIN, at="organisation:north", denied=MISSING, data={"keep_days": "0"}),
    "emergencies": Route("coordinator", get=PAGE, wrong="contributor", foreign=DENIED),
    "emergency_ask": Route("coordinator", get=PAGE, post=FORM_AGAIN, at="batch", wrong="contributor", denied=MISSING),
    "emergency_ask (said why)": Route("coordinator", get=PAGE, post=MOVED, at="batch", wrong="contributor", denied=MISSING, data={"reason": "The owner is ill", "minutes": "60"}),
    "emergency_decide": Route("administrator", post=MOVED, at="emergency", wrong="contributor", denied=MISSING, data={"do": "agree"}),
    "emergency_decide (one's own)": Route("officer", post=DENIED, at="emergency", wrong="contributor", denied=MISSING, data={"do": "agree"}),
    "emergency_end": Route("officer", post=MOVED, at="emergency", wrong="contributor", denied=MISSING),
    "batch_hold": Route("officer", get=PAGE, post=FORM_AGAIN, at="held", wrong="coordinator"),
    "batch_lift": Route("officer", post=MOVED, at="held", wrong="coordinator"),
    "reviews": everybody(get=PAGE),
    "review": of_batch(right="reviewer", get=PAGE, post=MOVED, at="review", data={"choice": "1"}),
    "review (nothing chosen)": of_batch(right="reviewer", get=PAGE, post=FORM_AGAIN, at="review"),
    # coming in
    "persona": public(post=MISSING, at="person:contributor"),
    "first_run": public(get=MISSING, post=MISSING),
    "invitation": public(get=PAGE, post=FORM_AGAIN, at="token", guest=AS_OTHERS),
    # people
    "people": of_people(get=PAGE, foreign=DENIED),
    "invite": of_people(get=PAGE, post=FORM_AGAIN, foreign=DENIED),
    "invite_many": of_people(get=PAGE, post=FORM_AGAIN, foreign=DENIED),
    "people_many": of_people(post=MOVED, foreign=DENIED),
    "people_export": of_people(get=PAGE, foreign=DENIED),
    "invitation_resend": of_people(post=MOVED, at="invitation", denied=MISSING),
    "invitation_withdraw": of_people(post=MOVED, at="invitation", denied=MISSING),
    "people_file": of_people(get=PAGE, post=FORM_AGAIN, foreign=DENIED),
    "people_file_check": of_people(get=PAGE, post=MOVED, at="people file", denied=MISSING),
    "people_file_discard": of_people(post=MOVED, at="people file", denied=MISSING),
    "person": of_people(get=PAGE, at="person:contributor", denied=MISSING),
    "role_grant": of_people(post=FORM_AGAIN, at="person:contributor", denied=MISSING),
    "role_end": of_people(get=PAGE, post=MOVED, at="role", denied=MISSING),
    "person_close": of_people(get=PAGE, post=FORM_AGAIN, at="person:contributor", denied=MISSING),
    "person_close (for good)": of_people(get=PAGE, post=MOVED, at="person:contributor", denied=MISSING, data={"way": "good"}),
    "person_close (owns a batch alone)": of_people(get=PAGE, post=FORM_AGAIN, at="person:owner", denied=MISSING, data={"way": "good"}),
    "person_move": of_people(get=PAGE, post=FORM_AGAIN, at="person:contributor", denied=MISSING),
    "person_merge": Route("administrator", get=PAGE, post=FORM_AGAIN, at="person:contributor", wrong="coordinator"),
    "skills_all": of_tree(get=PAGE, at="skills", foreign=DENIED),
    "skill_merge": Route("administrator", get=PAGE, post=FORM_AGAIN, at="skill", wrong="coordinator", foreign=DENIED),
    "batch_hand_over": of_people(get=PAGE, post=FORM_AGAIN, at="batch", denied=MISSING),
    "batch_hand_over (an owner is here)": of_people(get=PAGE, post=FORM_AGAIN, at="batch", denied=MISSING, data={"to": "nobody@test.example"}),
    "person_reopen": of_people(post=CHANGED, at="person:contributor", denied=MISSING),
    # what people are told
    "notices": everybody(get=PAGE),
    "notices_read": everybody(post=MOVED),
    "notice": Route("contributor", get=MOVED, at="notice", wrong="owner", denied=MISSING),
    "notice_read": Route("contributor", post=MOVED, at="notice", wrong="owner", denied=MISSING),
    "notices_stop": public(get=PAGE, post=PAGE, at="stop", bare="a mail program posts by itself (RFC 8058)", guest=AS_OTHERS),
    "notice_choices": everybody(get=PAGE, post=FORM_AGAIN),
    "calendar": everybody(get=PAGE, post=PAGE),
    "calendar_revoke": everybody(post=MOVED),
    "calendar_feed": public(get=PAGE, at="feed"),
    # webhooks
    "webhooks": Route("owner", get=PAGE, wrong="contributor", foreign=DENIED),
    "webhook_new": Route("owner", get=PAGE, post=FORM_AGAIN, wrong="contributor", foreign=DENIED),
    "webhook": of_webhook(get=PAGE),
    "webhook_secret": of_webhook(post=PAGE),
    "webhook_switch": of_webhook(post=MOVED),
    "webhook_remove": of_webhook(get=PAGE, post=MOVED),
    "webhook_resend": of_webhook(post=MOVED, at="delivery"),
    # organisations
    "organisations": of_tree(get=PAGE, foreign=DENIED),
    "organisations_on": of_tree(get=PAGE, foreign=DENIED),
    "plans": of_tree(get=PAGE, foreign=DENIED),
    "plan_new": of_tree(get=PAGE, post=FORM_AGAIN, foreign=DENIED),
    "plan": of_tree(get=PAGE, at="plan", denied=MISSING),
    "plan_edit": of_tree(get=PAGE, post=FORM_AGAIN, at="plan", denied=MISSING),
    "plan_step": of_tree(get=PAGE, post=FORM_AGAIN, at="plan", denied=MISSING, also={"kind": "merge"}),
    "plan_step_drop": of_tree(post=MOVED, at="plan step", denied=MISSING),
    "plan_decide": of_tree(get=PAGE, post=FORM_AGAIN, at="plan", denied=MISSING),
    "plan_turn": of_tree(get=PAGE, post=MOVED, at="plan", denied=MISSING, also={"verb": "withdraw"}),
    "plan_turn (nothing to change)": of_tree(get=PAGE, post=CHANGED, at="plan", denied=MISSING, also={"verb": "change"}),
    "organisation_new": of_tree(get=PAGE, post=FORM_AGAIN, foreign=DENIED),
    "organisation_settings": of_tree(get=PAGE, post=FORM_AGAIN, at="organisation:north", denied=MISSING),
    "organisation_move": of_tree(get=PAGE, post=FORM_AGAIN, at="organisation:north", denied=MISSING),
    "organisation_end": of_tree(get=PAGE, post=FORM_AGAIN, at="organisation:north", denied=MISSING),
    "theme": Route("owner", get=PAGE, at="themed", wrong="outsider", denied=MISSING),
    # one's own record
    "record": everybody(get=PAGE),
    "profile": everybody(post=FORM_AGAIN),
    "language": everybody(get=PAGE, post=MOVED, guest=AS_OTHERS),
    "keys": everybody(post=MOVED, guest=AS_OTHERS),
    "sessions": everybody(post=SIGN_IN),
    "step_up": everybody(get=PAGE, post=PAGE),
    "oidc_start": public(get=MISSING),  # nobody signs in that way here: tests/access/test_oidc.py does
    "oidc_callback": public(get=MISSING),
    "oidc_signed_out": public(get=MISSING),
    "places": everybody(get=PAGE),
    "places_end_others": everybody(post=MOVED),
    "place_end": Route("contributor", post=MOVED, at="session", wrong="second", denied=MISSING),
    "skills": everybody(get=PAGE, post=MOVED),
    "arrangement": everybody(get=PAGE, post=FORM_AGAIN),
    "home_declare": everybody(post=MOVED),
    "home_remove": Route("contributor", post=MOVED, at="home", wrong="second", denied=MISSING),
    "arrangements": of_people(get=PAGE, foreign=DENIED),
    "arrangement_seen": of_people(get=PAGE, post=FORM_AGAIN, at="arrangement", wrong="second", denied=MISSING),
    "arrangement_seen (agreed)": of_people(get=PAGE, post=MOVED, at="arrangement", wrong="second", denied=MISSING, data={"do": "agree"}),
    "arrangement_seen (one's own)": Route("contributor", get=PAGE, post=DENIED, at="arrangement", wrong="second", denied=MISSING, data={"do": "agree"}),
    "tokens": everybody(get=PAGE, post=FORM_AGAIN),
    "token_revoke": Route("contributor", get=PAGE, post=MOVED, at="api token", wrong="second", denied=MISSING),
    "security": Route("officer", get=PAGE, wrong="contributor", foreign=DENIED),
    "clearances": Route("officer", get=PAGE, wrong="contributor", foreign=DENIED),
    "clearance": Route("officer", get=PAGE, post=FORM_AGAIN, at="person:colleague", wrong="contributor", denied=MISSING),
    "clearance (stated)": Route("officer", get=PAGE, post=MOVED, at="person:colleague", wrong="contributor", denied=MISSING, data={"level": "1", "ground": "A vetting"}),
    "clearance (of oneself)": Route("officer", get=MISSING, post=MISSING, at="person:officer"),
    "clearance_back": Route("officer", post=MOVED, at="cleared", wrong="contributor", denied=MISSING),
    "networks": Route("officer", get=PAGE, post=FORM_AGAIN, at="organisation:north", wrong="contributor", denied=MISSING),
    "networks (declared)": Route("officer", get=PAGE, post=MOVED, at="organisation:north", wrong="contributor", denied=MISSING, data={"network": "192.0.2.0/24", "zone": "office"}),
    "network_remove": Route("officer", post=MOVED, at="network", wrong="contributor", denied=MISSING),
    "rules (a try)": Route("officer", get=PAGE, post=PAGE, at="organisation:north", wrong="contributor", denied=MISSING, data={"do": "try", "home": "1"}),
    "rules": Route("officer", get=PAGE, post=FORM_AGAIN, at="organisation:north", wrong="contributor", denied=MISSING),
    "outlook": Route("officer", get=PAGE, at="organisation:north", wrong="contributor", denied=MISSING),
    "rules_decide": Route("officer", post=MOVED, at="rule change", wrong="contributor", denied=MISSING, data={"do": "approve"}),
    "service_tokens": of_tree(get=PAGE, post=FORM_AGAIN, foreign=DENIED),
    # the API, for those who read about it; its operations are in operations.py
    "api_docs": public(get=PAGE),
    "api_document": public(get=PAGE),
    # the house itself
    "elements": public(get=PAGE),
    "livez": public(get=PAGE, guest=AS_OTHERS),
    "healthz": public(get=PAGE, guest=AS_OTHERS),
    "readyz": public(get=PAGE, guest=AS_OTHERS),
    "metrics": public(get=PAGE, guest=AS_OTHERS),
}  # fmt: skip

# Sign-in as allauth brings it: what a visitor gets by GET and POST (an empty form), then somebody signed in with a
# password a moment ago. Its views take PUT for POST; what they answer to other methods is theirs, but no fault (5xx).
HERE = (SIGN_IN, SIGN_IN)
ALLAUTH: dict[str, tuple[tuple[Status, Status], tuple[Status, Status]]] = {
    "account_login": ((PAGE, PAGE), (MOVED, MOVED)),
    "account_logout": ((MOVED, MOVED), (PAGE, MOVED)),
    "account_inactive": ((PAGE, NO), (PAGE, NO)),
    "account_signup": ((PAGE, PAGE), (MOVED, MOVED)),  # says that people come by invitation
    "account_reauthenticate": ((SIGN_IN, NO), (MOVED, NO)),  # to our page that asks for what is missing
    "account_email": ((SIGN_IN, NO), (PAGE, NO)),  # shown, never changed
    "account_email_verification_sent": ((PAGE, NO), (PAGE, NO)),
    "account_change_password": (HERE, (PAGE, PAGE)),
    "account_set_password": (HERE, (MOVED, MOVED)),
    "account_reset_password": ((PAGE, PAGE), (PAGE, PAGE)),
    "account_confirm_login_code": (HERE, (MOVED, MOVED)),  # not used here
    "account_confirm_email": ((PAGE, MISSING), (PAGE, MISSING)),
    "account_reset_password_done": ((PAGE, NO), (PAGE, NO)),
    "account_reset_password_from_key": ((PAGE, PAGE), (PAGE, PAGE)),
    "account_reset_password_from_key_done": ((PAGE, NO), (PAGE, NO)),
    "mfa_index": (HERE, (PAGE, NO)),
    "mfa_authenticate": (HERE, (MOVED, MOVED)),
    "mfa_reauthenticate": ((SIGN_IN, NO), (MOVED, NO)),
    "mfa_reauthenticate_webauthn": ((SIGN_IN, NO), (MOVED, NO)),
    "mfa_login_webauthn": (HERE, (MOVED, MOVED)),
    "mfa_list_webauthn": (HERE, (MOVED, MOVED)),
    "mfa_add_webauthn": (HERE, (PAGE, PAGE)),
    "mfa_edit_webauthn": (HERE, (MISSING, MISSING)),  # there is none
    "mfa_remove_webauthn": (HERE, (MISSING, MISSING)),
    "mfa_activate_totp": (HERE, (PAGE, PAGE)),
    "mfa_deactivate_totp": (HERE, (MISSING, MISSING)),  # nothing is there to be taken away
    "mfa_view_recovery_codes": (HERE, (MISSING, NO)),
    "mfa_generate_recovery_codes": (HERE, (PAGE, PAGE)),
    "mfa_download_recovery_codes": (HERE, (MISSING, MISSING)),
}
ALLAUTH_AT = {
    "mfa_edit_webauthn": {"pk": 1},
    "mfa_remove_webauthn": {"pk": 1},
    "account_confirm_email": {"key": "abc"},
    "account_reset_password_from_key": {"uidb36": "1", "key": "abc-def"},
}
