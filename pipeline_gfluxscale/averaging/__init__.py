"""Apply prior calibration to visibilities in memory, and average their channels: pure numpy, without CASA.

CASA interpolates and applies a calibration table for each visibility. Solutions belong to antennas, so this package
interpolates them once for each antenna, time and channel, and multiplies the visibilities of a baseline with the
product of its antennas' corrections. CASA's manual does not state the conventions. They are taken from CASA's source:
`CTTimeInterp1`, `CTPatchedInterp`, `Jones`, and the table types in `StandardVisCal`, `TsysGainCal` and `KJones` in the
directory ``synthesis``. Tests compare the result with CASA's applycal.
"""
