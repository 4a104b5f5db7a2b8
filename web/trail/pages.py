"""The two pages of the trail. They differ in what is on them, and in nothing else."""

from flask import render_template, url_for
from sqlalchemy import Select, func, select

from models.actor import Action
from models.audit import AuditEntry
from models.audit_policy import entries_of_organisation
from models.organisation import Organisation
from web.access import allowed, operator_only
from web.database import db
from web.loaders import load_organisation
from web.paging import paging_of
from web.trail import blueprint
from web.trail.filters import chosen_values, filter_form, filtered
from web.trail.rows import trail_rows

ROWS_ON_A_PAGE = 50


@blueprint.get("/trail")
@operator_only
def index() -> str:
    return _page(select(AuditEntry), None)


@blueprint.get("/organisations/<int:organisation_id>/trail")
@allowed(Action.ORGANISATION_MANAGE, load_organisation, "organisation_id")
def show(organisation: Organisation) -> str:
    return _page(entries_of_organisation(organisation.id), organisation)


def _page(entries: Select[AuditEntry], organisation: Organisation | None) -> str:
    form = filter_form()
    wanted = filtered(entries, form)
    values = chosen_values(form)

    def address(page: int) -> str:
        if organisation is None:
            return url_for("trail.index", page=page, **values)
        return url_for("trail.show", organisation_id=organisation.id, page=page, **values)

    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    paging = paging_of(total, ROWS_ON_A_PAGE, address)
    newest = wanted.order_by(AuditEntry.id.desc()).limit(ROWS_ON_A_PAGE).offset(paging.skipped)
    return render_template(
        "trail/index.html",
        form=form,
        organisation=organisation,
        rows=trail_rows(db.session.scalars(newest).all()),
        total=total,
        paging=paging,
        is_filtered=bool(values),
    )
