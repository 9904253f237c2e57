"""Runs on different MeasurementSets that share a working directory, at the same moment."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from pipeline_gfluxscale.casa.tasks import log_command, logging_commands_to
from pipeline_gfluxscale.cli.state import new_name
from pipeline_gfluxscale.domain.flux import CatalogueFlux, StokesFlux
from pipeline_gfluxscale.errors import MeasurementSetLockedError
from pipeline_gfluxscale.files.fluxcsv import FluxEntry, read_flux_csv
from pipeline_gfluxscale.parallel.run_directory import make_run_directory
from pipeline_gfluxscale.stages.importdata.catalogue import extend_flux_csv
from pipeline_gfluxscale.system.environment import LOCK_TIMEOUT
from pipeline_gfluxscale.system.scratch import delete_leftovers, scratch_directory
from pipeline_gfluxscale.weblog.page_files import writing
from pipeline_gfluxscale.weblog.run_pages import render_context


@contextmanager
def at_once(number: int, work: Callable[[int], object]) -> Iterator[list[int]]:
    """Do work in forks meanwhile; each gets its number. At the end they have to have succeeded."""
    pids = []
    for index in range(number):
        pid = os.fork()
        if pid == 0:
            try:
                work(index)
            except BaseException:
                os._exit(1)
            os._exit(0)
        pids.append(pid)
    yield pids
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids] == [0] * number


def test_no_run_deletes_the_directory_that_another_is_making(tmp_path):
    """It looks like that of a killed run until it is locked."""
    directory, stop = tmp_path / "working", tmp_path / "stop"
    directory.mkdir()

    def delete(_: int) -> None:
        while not stop.exists():
            with suppress(MeasurementSetLockedError):
                delete_leftovers(directory, "a.ms")

    with at_once(2, delete):
        try:
            for _ in range(50):
                with scratch_directory(directory, "a.ms") as scratch:
                    (scratch / "file").touch()
                    assert scratch.is_dir()
        finally:
            stop.touch()
    assert list(directory.iterdir()) == []


def test_run_directories_are_made_at_the_same_moment(tmp_path):
    def make(_: int) -> None:
        for _ in range(20):
            with make_run_directory(tmp_path) as directory, directory:
                assert directory.is_open

    with at_once(4, make):
        pass
    assert list(tmp_path.iterdir()) == []


def test_of_two_runs_on_mss_of_one_name_not_both_go_on(tmp_path):
    """Their caltables would have the same names. Neither may go on if they begin at the same moment."""
    for attempt in range(20):
        directory = tmp_path / str(attempt)
        directory.mkdir()

        def work(index: int, directory=directory) -> None:
            try:
                with scratch_directory(directory, "a.ms"):
                    (directory / f"works{index}").touch()
                    time.sleep(0.02)
                    assert not (directory / f"works{1 - index}").exists()
                    (directory / f"works{index}").unlink()
            except MeasurementSetLockedError:
                return

        with at_once(2, work):
            pass


def test_entries_of_all_runs_get_into_flux_csv(tmp_path):
    path = tmp_path / "flux.csv"

    def add(index: int) -> None:
        def entries(_known):
            time.sleep(0.02)  # as if the flux service was asked
            return [FluxEntry(f"{index}.ms", 0, 0, CatalogueFlux(StokesFlux(1.0 + index), None, "DB"))]

        extend_flux_csv(path, entries)

    with at_once(6, add):
        pass
    assert sorted(entry.vis_name for entry in read_flux_csv(path)) == [f"{index}.ms" for index in range(6)]
    assert list(tmp_path.iterdir()) == [path]


def test_lines_of_the_command_log_stay_whole(tmp_path):
    path = tmp_path / "casa_commands.log"

    def log(index: int) -> None:
        with logging_commands_to(path):
            for _ in range(50):
                log_command(f"f({str(index) * 20_000})")

    with at_once(3, log):
        pass
    assert set(path.read_text().splitlines()) == {f"f({str(i) * 20_000})" for i in range(3)}


def test_a_path_that_is_no_text_gets_into_the_command_log(tmp_path):
    with logging_commands_to(tmp_path / "log"):
        log_command("f('\udcff.ms')")
    assert (tmp_path / "log").read_bytes() == b"f('\xff.ms')\n"


def test_contexts_of_the_same_second_have_different_names(tmp_path):
    with at_once(2, lambda index: (tmp_path / f"{index}.json").write_text(json.dumps(new_name()))):
        pass
    assert len({path.read_text() for path in tmp_path.iterdir()}) == 2


def test_a_weblog_is_written_by_one_run_at_a_time(tmp_path, monkeypatch):
    """The plots of one run would be shown on the page of the other."""
    from pipeline_gfluxscale.pipeline.context import Context, StageRecord

    context = Context(tmp_path, records=(StageRecord(1, "hif_refant"),))

    def write(_: int) -> None:
        with writing(tmp_path / "weblog"):
            (tmp_path / "begun").touch()
            time.sleep(0.6)
            (tmp_path / "ended").touch()

    with at_once(1, write):
        while not (tmp_path / "begun").exists():
            time.sleep(0.01)
        with monkeypatch.context() as patch:
            patch.setenv(LOCK_TIMEOUT[0], "0")
            with pytest.raises(MeasurementSetLockedError, match="weblog is still in use by another run"):
                render_context(context)
        assert render_context(context).is_file()
        assert (tmp_path / "ended").exists()
    assert not list((tmp_path / "weblog").glob(".*"))
