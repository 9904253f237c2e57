"""Apply prior calibration to visibilities in memory, and average their channels: pure numpy, without CASA.

CASA applies a calibration table to each visibility. The calibration is one of antennas: here it is interpolated once
for each antenna, time and channel, and the visibilities of all baselines are multiplied with the products. The
conventions, which CASA's manual leaves open, are those of its source: `CTTimeInterp1`, `CTPatchedInterp`, `Jones` and
the types in `StandardVisCal`, `TsysGainCal` and `KJones` of its directory ``synthesis``. Tests compare the result with
CASA's applycal.
"""
