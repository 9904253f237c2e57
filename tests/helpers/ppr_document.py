"""Processing requests as XML, in the shape that ALMA's requests have."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

Commands = Sequence[tuple[str, dict[str, str]]]


def procedure(commands: Commands, title: str = "hifa_cal", blank: str = "") -> str:
    """Return a <ProcessingProcedure>; `blank` is an attribute of its leaves."""
    listed = "".join(
        f"<ProcessingCommand><Command{blank}>{name}</Command><ParameterSet>"
        + "".join(
            f"<Parameter><Keyword{blank}>{keyword}</Keyword><Value{blank}>{escape(value)}</Value></Parameter>"
            for keyword, value in parameters.items()
        )
        + "</ParameterSet></ProcessingCommand>\n"
        for name, parameters in commands
    )
    return f"<ProcessingProcedure>\n<ProcedureTitle{blank}>{title}</ProcedureTitle>\n{listed}</ProcessingProcedure>\n"


def request(
    commands: Commands,
    asdms: Sequence[tuple[str, str]] = (("x.ms", "uid://A002/X1/X2"),),
    intents: Sequence[tuple[str, str]] = (("PROCESS", "true"),),
    relative_path: str = "2023.1.00001.S/MOUS",
) -> str:
    """Return a <SciPipeRequest>: commands, (disk name, uid) of the data, and processing intents."""
    blank = ' xmlns=""'
    listed_intents = "".join(
        f"<Intents><Keyword{blank}>{keyword}</Keyword><Value{blank}>{value}</Value></Intents>\n"
        for keyword, value in intents
    )
    listed_asdms = "".join(
        f"""<AsdmIdentifier>
              <v:AsdmRef xmlns:v="Alma/ValueTypes"><v:ExecBlockId>{uid}</v:ExecBlockId></v:AsdmRef>
              <AsdmDiskName{blank}>{name}</AsdmDiskName>
            </AsdmIdentifier>"""
        for name, uid in asdms
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<SciPipeRequest xmlns="Alma/pipelinescience/SciPipeRequest"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="SciPipeRequest">
  <SciPipeRequestEntity entityId="UID_UNASSIGNED" entityTypeName="SciPipeRequest" datamodelVersion="0.1"/>
  <ProjectSummary>
    <ProposalCode{blank}>2023.1.00001.S</ProposalCode>
    <Observatory{blank}>ALMA Joint Observatory</Observatory>
    <Telescope{blank}>ALMA</Telescope>
  </ProjectSummary>
  <ProcessingRequests><ProcessingRequest>
    <ProcessingIntents>{listed_intents}</ProcessingIntents>
    {procedure(commands, blank=blank)}
    <DataSet><SchedBlockSet><SchedBlockIdentifier>
      <RelativePath{blank}>{relative_path}</RelativePath>
      <s:SchedBlockRef xmlns:s="Alma/ObsPrep/SchedBlock" entityId="uid://A001/X1/X3" entityTypeName="SchedBlock"/>
      <SBTitle{blank}>Undefined</SBTitle>
      {listed_asdms}
    </SchedBlockIdentifier></SchedBlockSet></DataSet>
  </ProcessingRequest></ProcessingRequests>
</SciPipeRequest>
"""
