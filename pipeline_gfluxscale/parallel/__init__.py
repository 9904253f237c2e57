"""Engines that run jobs in this process, in local processes, on a Dask cluster, or under mpirun.

The engines differ only in how they start workers. A worker is a new Python process (`worker`), which is started and
watched by a supervisor (`supervise`) in this process, in a Dask worker or in an MPI server. The reasons:

* CASA is never used after a fork or from two threads, and its memory is freed after some MeasurementSets;
* if CASA crashes, or the system kills it for lack of memory, only the worker ends. The end of an MPI server would make
  mpirun end the whole job; after the end of a Dask worker, Dask would run the same job on the next Dask worker, which
  would end too;
* scripts do not need ``if __name__ == "__main__"``. Process pools need it, as they import the caller's script in every
  worker, but the scripts of observers do not have it.
"""

from .base import Executor, Job, Outcome
from .choose import choose
from .serial import one_worker

__all__ = ["Executor", "Job", "Outcome", "choose", "one_worker"]
