"""Where MeasurementSets are worked on: in this process, in local ones, on a Dask cluster, or under mpirun.

The engines differ in how a worker is reached, and in nothing else. Each piece of work runs in a Python process of its
own (`worker`), which is started and watched wherever the engine puts it (`supervise`):

* CASA never crosses a fork, is never used from two threads, and gives its memory back after each MeasurementSet;
* what dies (killed, out of memory, a crash in C++) is that process, and not the MPI rank or the Dask worker that
  watches it: mpirun would end the whole job, and Dask would try the same MeasurementSet on the next worker, and kill
  that too;
* no script needs ``if __name__ == "__main__"``, which process pools ask for (they import the caller's script again in
  every worker), and which the scripts of observers do not have.
"""

from .base import Executor, Job, Outcome
from .choose import choose
from .serial import one_worker

__all__ = ["Executor", "Job", "Outcome", "choose", "one_worker"]
