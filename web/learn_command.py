"""The ``learn`` command: what use of the portal says about the weights of the ranking, and whether it gets better."""

import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sqlalchemy.orm import Session

from models.audit import note_action
from models.base import utc_now
from models.database import begin_write
from models.ranking_weights import RankingWeights, weights_in_force
from web.command_line import database_option
from web.matcher import INDEX_FOLDER, home_of
from web.settings import languages_from

if TYPE_CHECKING:
    from matching.exposure import Exposure
    from matching.learning_trial import Trial
    from matching.market import Home
    from matching.signals import SignalWeights


@click.command(short_help="Learn from use what moves the ranking.")
@database_option
@click.option("--apply", "is_applied", is_flag=True, help="Rank with what was learned, if it is better.")
@click.option("--take-back", "is_taken_back", is_flag=True, help="Undo the last --apply that is in force.")
def learn(database: str, is_applied: bool, is_taken_back: bool) -> None:
    """Learn from use how much place, activity, freshness, history and replies move the ranking.

    Accepted introductions, talks that led on and kept promises count for a partner, dismissals for a reason of fit
    against; requests that ran out tell only who answers. Weights are fitted on the older 70 % of it, held close to
    those of the program, and measured on the newer 30 %. The table shows both, and how evenly first pages show
    organisations. Nothing changes without --apply, and it refuses what is not surely better or shows
    them less evenly.

    \b
    Examples:  python app.py learn
               python app.py learn --apply
               python app.py learn --take-back
    """
    from web.database_commands import session_on

    if is_applied and is_taken_back:
        raise click.UsageError("--apply and --take-back are opposites; give one of them.")
    with session_on(database) as session:
        if is_taken_back:
            _take_back(session)
        else:
            _try(session, is_applied)


def _try(session: Session, is_applied: bool) -> None:
    from matching.learning_trial import LEAST_EPISODES, LEAST_HELD_OUT_SEEKERS, Refusal, try_to_learn

    trial = try_to_learn(session, _home(session), utc_now())
    click.echo(
        f"{trial.episodes} episodes of use tell of the order; at least {LEAST_EPISODES} are needed, the newer of "
        f"them by {LEAST_HELD_OUT_SEEKERS} organisations or more."
    )
    if Refusal.TOO_FEW in trial.refusals:
        click.echo("That is too little to learn from. Nothing was changed.")
    else:
        for line in table_of(trial):
            click.echo(line)
        _decide(session, trial, is_applied)
    if is_applied and trial.refusals:
        raise click.exceptions.Exit(1)


def _home(session: Session) -> "Home":
    """Where the pages of this database let vectors be compared, so that both rank alike."""
    database = session.get_bind().engine.url
    # The pages keep their index beside the database: a large market need not be read again.
    return home_of(database, languages_from(os.environ), Path(str(database.database)).parent / INDEX_FOLDER)


def table_of(trial: "Trial") -> Iterator[str]:
    """Before and after, line by line."""
    yield f"{'':<28}{'before':>10}{'after':>10}"
    after = asdict(trial.after)
    for name, weight in asdict(trial.before).items():
        yield f"{f'weight of {name}':<28}{weight:>10.2f}{after[name]:>10.2f}"
    held_out = trial.held_out
    if held_out is not None:
        gain = held_out.gain
        yield (
            f"{'held-out use, right order':<28}{held_out.before:>10.1%}{held_out.after:>10.1%}"
            f"   {gain.difference:+.1%}, 95 % interval {gain.low:+.1%} to {gain.high:+.1%}, "
            f"{held_out.seekers} organisations, {trial.episodes - trial.learned_from} episodes"
        )
    if trial.exposures is not None:
        before, later, program = (
            trial.exposures.before,
            trial.exposures.after,
            trial.exposures.of_program,
        )
        yield _line("Gini of first pages", before.gini, later.gini, program.gini)
        yield _line("Gini of first places", before.gini_of_first, later.gini_of_first, program.gini_of_first)
        yield _never_shown(before, later, program)


def _line(name: str, before: float, after: float, of_program: float) -> str:
    return f"{name:<28}{before:>10.3f}{after:>10.3f}   {of_program:.3f} with the program's own weights"


def _never_shown(before: "Exposure", after: "Exposure", of_program: "Exposure") -> str:
    return (
        f"{'never on a first page':<28}{before.never_shown:>10.1%}{after.never_shown:>10.1%}   "
        f"{of_program.never_shown:.1%} with the program's own weights; {after.pages} pages"
    )


def _decide(session: Session, trial: "Trial", is_applied: bool) -> None:
    from matching.learning_trial import Refusal

    words = {
        Refusal.NOT_BETTER: "held-out use does not get better beyond chance",
        Refusal.LESS_EVEN: "first pages would show organisations less evenly than may be",
    }
    if trial.refusals:
        reasons = ", and ".join(words[refusal] for refusal in trial.refusals)
        click.echo(f"This must not be applied: {reasons}. Nothing was changed.")
    elif is_applied:
        _apply(session, trial)
    else:
        click.echo("Nothing was changed. --apply ranks with the weights on the right.")


def _apply(session: Session, trial: "Trial") -> None:
    from matching.learning import current_weights, remember_weights

    begin_write(session)
    if current_weights(session) != trial.before:
        raise click.ClickException("Somebody changed the weights meanwhile. Nothing was changed; try again.")
    row = remember_weights(session, trial.after, _learned_from(trial))
    note_action(session, None, "apply_learned_weights", row, changes=_changes(trial.before, trial.after))
    session.commit()
    click.echo("These weights rank from the next page on. --take-back undoes it.")


def _take_back(session: Session) -> None:
    from matching.learning import current_weights

    begin_write(session)
    row: RankingWeights | None = weights_in_force(session)
    if row is None:
        session.rollback()
        click.echo("No learned weights are in force. Nothing was changed.")
        return
    before = current_weights(session)
    row.taken_back_at = utc_now()
    session.flush()
    after = current_weights(session)
    note_action(session, None, "take_back_learned_weights", row, changes=_changes(before, after))
    learned_at, learned_from = row.created_at, row.learned_from
    session.commit()
    click.echo(f"The weights of {learned_at:%Y-%m-%d %H:%M} UTC were taken back ({learned_from}).")
    for name, weight in asdict(after).items():
        click.echo(f"{f'weight of {name}':<28}{weight:>10.2f}")


def _learned_from(trial: "Trial") -> str:
    """In words, for whoever reads the row later."""
    told = f"{trial.learned_from} of {trial.episodes} episodes of use"
    if trial.held_out is None:
        return told
    gain = trial.held_out.gain
    return (
        f"{told}; held out: {trial.held_out.before:.3f} to {trial.held_out.after:.3f} in the right order, "
        f"gain {gain.low:+.3f} to {gain.high:+.3f}"
    )


def _changes(before: "SignalWeights", after: "SignalWeights") -> dict[str, list[float]]:
    later = asdict(after)
    return {name: [weight, later[name]] for name, weight in asdict(before).items() if weight != later[name]}
